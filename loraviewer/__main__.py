"""The one entry point: window or command line, decided before anything heavy is imported."""

import contextlib
import os
import signal
import sys
from typing import NoReturn

from loraviewer.core.allocator import keep_freed_memory
from loraviewer.core.collector import pause_collector

_INTERRUPTED = 130
_WRONG_USAGE = 2
SPIN_COUNT = "10000"
COMMANDS = frozenset({"render", "inspect", "bake", "verify", "lab", "library"})


def main() -> int:
    """Open the studio for paths, or run a command. Returns the exit status."""
    prepare_process()
    pause_collector()
    arguments = sys.argv[1:]
    if arguments and (arguments[0] in COMMANDS or arguments[0].startswith("-")):
        from loraviewer.cli.commands import run as run_command

        _end_now(run_command(arguments))
    if arguments and _is_odd_word(arguments[0]):
        known = ", ".join(sorted(COMMANDS))
        words = f"“{arguments[0]}” is no command ({known}), and there is no such file or folder."
        print(f"loraviewer: {words}", file=sys.stderr)
        return _WRONG_USAGE
    return _run_studio(arguments)


def _is_odd_word(text: str) -> bool:
    """What looks like a path that is gone is told of in the window, beside all the others."""
    looks_like_path = os.path.splitext(text)[1] or os.path.basename(text) != text
    return not (looks_like_path or text == "demo" or _is_there(text))


def _is_there(text: str) -> bool:
    return os.path.lexists(os.path.expanduser(text))


def _end_now(status: int) -> NoReturn:
    """Everything is written and closed by now. Taking torch apart piece by piece, which is what an
    interpreter does at its end, would take as long as a picture."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # whoever read it may be gone
            stream.flush()
    os._exit(status)


def prepare_process() -> None:
    """What must be set before torch is imported or a thread started: how the allocator keeps
    memory, and how long torch's threads spin before they sleep.

    Measured on two cores (`python -m tests.bench.loaded`): never spinning makes a demo picture 1.7
    times slower where they are idle, 10,000 turns cost nothing there. Beside two busy processes
    they are 4 times faster than 100,000, and libgomp's usual 300,000 starve everything else: the
    threads wait for each other while they keep each other from running.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", SPIN_COUNT)
    keep_freed_memory()


def _run_studio(paths: list[str]) -> int:
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _end_at_once)
    try:
        return _started_studio(paths)
    finally:
        signal.signal(signal.SIGINT, before)


def _end_at_once(number: int, frame: object) -> None:
    """Until the window takes the signal over there is nothing to save; an exception could be lost
    in whatever is being imported."""
    os._exit(_INTERRUPTED)


def _started_studio(paths: list[str]) -> int:
    from loraviewer import qt_check

    problem = qt_check.problem()
    if problem is not None:
        if paths and paths[0] != "demo" and not _is_there(paths[0]):
            print(f"loraviewer: {paths[0]}: there is no such file or folder.", file=sys.stderr)
        print(f"loraviewer: {problem}", file=sys.stderr)
        return 1
    from loraviewer.app.studio import RESTART, run

    status = run(paths)
    if status == RESTART:
        start_again()
    return status


def start_again() -> NoReturn:
    """In the place of this process: what was open is kept, and comes back."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os.execv(sys.executable, [sys.executable, "-m", "loraviewer"])


if __name__ == "__main__":
    sys.exit(main())

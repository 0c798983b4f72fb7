"""The one entry point: window or command line, decided before anything heavy is imported."""

import os
import sys

COMMANDS = frozenset({"render", "inspect", "bake"})


def main() -> int:
    """Open the studio for paths, or run a command. Returns the exit status."""
    # Torch's threads otherwise spin while they wait, and starve the window and one another as soon
    # as anything else runs. Read once, when torch is first imported.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    arguments = sys.argv[1:]
    if arguments and (arguments[0] in COMMANDS or arguments[0].startswith("-")):
        from loraviewer.cli import run as run_command

        return run_command(arguments)
    return _run_studio(arguments)


def _run_studio(paths: list[str]) -> int:
    from loraviewer import qt_check

    problem = qt_check.problem()
    if problem is not None:
        print(f"loraviewer: {problem}", file=sys.stderr)
        return 1
    from loraviewer.app import run

    return run(paths)


if __name__ == "__main__":
    sys.exit(main())

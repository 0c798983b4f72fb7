"""What a whole command costs: a process that makes one small picture of the demo.

python -m tests.bench.start [rounds]

In turns with the same command in a process as Python has it: its collector looks through all that
importing makes, and takes everything apart at the end.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.figures import Figure, keep, print_table

ROUNDS = 5
ARMS = {
    "ours": ["-m", "loraviewer"],
    "plain": [
        "-c",
        "import sys\n"
        "from loraviewer.__main__ import prepare_process\n"
        "prepare_process()\n"
        "from loraviewer.cli.commands import run\n"
        "sys.exit(run(sys.argv[1:]))",
    ],
}
COMMAND = ("render", "--base", "demo", "--prompt", "a girl", "--steps", "1", "--size", "64x64")


def command_s(arm: str, picture: Path) -> float:
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, *ARMS[arm], *COMMAND, "--force", "-o", str(picture)],
        capture_output=True,
        check=True,
    )
    return time.perf_counter() - started


def measure(rounds: int = ROUNDS) -> list[Figure]:
    spent: dict[str, list[float]] = {arm: [] for arm in ARMS}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            for arm in ARMS:
                spent[arm].append(command_s(arm, Path(folder) / "picture.png"))
    ours, plain = min(spent["ours"]), min(spent["plain"])
    what = f"a whole command: {ours:.2f} s, as Python has it {plain:.2f} s"
    return [Figure("start_vs_plain", ours / plain, "×", 0.9, what=what)]


def main() -> None:
    started = time.perf_counter()
    figures = measure(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
    keep("start", figures)
    print_table(f"start: {time.perf_counter() - started:.0f} s", figures)


if __name__ == "__main__":
    main()

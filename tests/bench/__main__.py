"""All timings, one table after the other; figures with bounds go to build/bench.json.

python -m tests.bench [name ...]

Each in a process of its own, so that none finds the memory of another. Half an hour on two cores.
"""

import subprocess
import sys

BENCHES = (
    *("merge", "steps", "stutter", "rows", "memory", "latency", "unmerged", "packed"),
    *("pictures", "inspect", "loaded", "busy", "faders", "start", "stored", "panes"),
    *("gram", "spectra", "weights_ui", "measures", "lab", "library", "library_ui"),
    *("quick", "drafts", "compiled"),
)


def main() -> int:
    failed = [
        name
        for name in sys.argv[1:] or BENCHES
        if subprocess.run([sys.executable, "-m", f"tests.bench.{name}"], check=False).returncode
    ]
    for name in failed:
        print(f"tests.bench.{name} failed", file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())

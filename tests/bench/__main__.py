"""All timings, one table after the other: `python -m tests.bench`."""

from tests.bench import faders, inspect, merge, pictures, unmerged


def main() -> None:
    for bench in (pictures, faders, merge, unmerged, inspect):
        bench.main()
        print()


if __name__ == "__main__":
    main()

"""All timings, one table after the other: `python -m tests.bench`."""

from tests.bench import faders, merge, pictures


def main() -> None:
    for bench in (pictures, faders, merge):
        bench.main()
        print()


if __name__ == "__main__":
    main()

"""All timings, one table after the other: `python -m tests.bench`."""

from tests.bench import merge, pictures


def main() -> None:
    for bench in (pictures, merge):
        bench.main()
        print()


if __name__ == "__main__":
    main()

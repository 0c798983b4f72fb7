"""The one entry point: window or command line, decided before anything heavy is imported."""

import sys

COMMANDS = frozenset({"render", "inspect", "bake"})


def main() -> int:
    """Open the studio for paths, or run a command. Returns the exit status."""
    arguments = sys.argv[1:]
    if arguments and (arguments[0] in COMMANDS or arguments[0].startswith("-")):
        from loraviewer.cli import run as run_command

        return run_command(arguments)
    from loraviewer.app import run as run_studio

    return run_studio(arguments)


if __name__ == "__main__":
    sys.exit(main())

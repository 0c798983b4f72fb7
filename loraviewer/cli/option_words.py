"""Options that take one of a few words."""

from collections.abc import Callable
from typing import Any, get_args

import typer


def choice(known: Any, *names: str, help: str | None = None) -> Any:
    """An option of a command. known: the `Literal` of what can be chosen; anything else is wrong
    usage, told in a sentence of our own: the library's differs from version to version."""
    words: tuple[str, ...] = get_args(known)
    return typer.Option(*names, parser=_reader(words), metavar=f"[{'|'.join(words)}]", help=help)


def _reader(words: tuple[str, ...]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise typer.BadParameter(f"“{text}” is none of {', '.join(words)}.")
        return text

    return read

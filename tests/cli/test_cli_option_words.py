"""Every option that takes one of a few words, given another one."""

import re
from collections.abc import Iterator
from typing import Any

import typer

from loraviewer.cli import commands as cli

_CHOICE = re.compile(r"(--[\w-]+)\s+\[([\w|]+)\]")


def commands(found: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    found = found or typer.main.get_command(cli.app)
    if not hasattr(found, "commands"):
        yield path
        return
    for name, inner in found.commands.items():
        yield from commands(inner, (*path, name))


def test_another_word_is_told_in_one_sentence_of_our_own(capsys):
    seen = set()
    for path in commands():
        assert cli.run([*path, "--help"]) == 0
        for option, words in _CHOICE.findall(capsys.readouterr().out):
            assert cli.run([*path, option, "odd one"]) == 2
            *_, last = capsys.readouterr().err.splitlines()
            known = words.replace("|", ", ")
            told = f"Error: Invalid value for '{option}': “odd one” is none of {known}."
            assert last == told, path
            seen.add(option)
    assert seen >= {"--as", "--dtype", "--layout", "--names", "--words", "--order", "--originals",
                    "--merge-mode", "--prediction"}  # fmt: skip

"""Wildcards: files of a folder with an option on each line, `colour.txt` for `__colour__`.

Touches the disk: not for the GUI thread.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

import msgspec

from loraviewer.core.folders import walk
from loraviewer.core.outcome import FileError
from loraviewer.core.regular_files import read_regular
from loraviewer.core.sentences import say
from loraviewer.core.system_reasons import reason_of

_SUFFIX = ".txt"
_MOST_PLACES, _MOST_FILES = 400, 4_000
_MOST_BYTES, _MOST_TOTAL = 4 << 20, 64 << 20
"""Of one file, and of all together."""


class Wildcards(msgspec.Struct, frozen=True):
    """`lines`: by name in small letters, of a file in a folder below `places/cities`. `problems`:
    one sentence for each file that cannot be used."""

    lines: Mapping[str, tuple[str, ...]] = {}
    problems: tuple[str, ...] = ()

    def of(self, name: str) -> tuple[str, ...]:
        """() for one that is not there."""
        return self.lines.get(name.lower(), ())


NO_WILDCARDS = Wildcards()


def read_wildcards(folder: Path) -> Wildcards:
    """All of a folder. Raises `FileError` where it is none."""
    if not folder.is_dir():
        raise FileError(
            say(
                "“{folder}” is no folder; choose the one with the wildcard files.",
                folder=str(folder),
            )
        )
    lines, problems, left_bytes = dict[str, tuple[str, ...]](), list[str](), _MOST_TOTAL
    for path in islice(_files(folder), _MOST_FILES):
        name = path.relative_to(folder).with_suffix("").as_posix().lower()
        try:
            data = read_regular(path, min(_MOST_BYTES, left_bytes))
            lines[name] = tuple(_options(data.decode("utf-8-sig")))
            left_bytes -= len(data)
        except UnicodeDecodeError:
            problems.append(say("“{path}” is no text in UTF-8; save it as that.", path=str(path)))
        except OSError as error:
            problems.append(
                say(
                    "“{path}” cannot be read: {why}.",
                    path=str(path),
                    why=reason_of(error),
                )
            )
        except FileError as error:
            problems.append(error.message)
    return Wildcards(lines, tuple(problems))


def _files(folder: Path) -> Iterator[Path]:
    for place in islice(walk(folder), _MOST_PLACES):
        yield from (place.path / n for n in sorted(place.files) if n.lower().endswith(_SUFFIX))


def _options(text: str) -> Iterator[str]:
    """Without empty lines, and without those that begin with # and are told to people."""
    lines = (line.strip() for line in text.splitlines())
    return (line for line in lines if line and not line.startswith("#"))

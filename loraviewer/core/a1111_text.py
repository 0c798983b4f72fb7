"""Names and values as AUTOMATIC1111 writes them, so that its own reader gives them back.

Its grammar: one line of `key: value, …`, a value bare or a JSON string; in the prompt tags
`<lora:name:strength>`, split at `:`, without any escapes; and one value that lists names again,
`Lora hashes: "name: hash, …"`. A tag whose name a program does not know is found by that hash.
"""

import itertools
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath, PureWindowsPath

import msgspec

from loraviewer.core.encodable import encodable
from loraviewer.core.stack import AppliedAdapter

MODEL_DIGITS = 10
_SUFFIX = ".safetensors"
_ENDS_A_VALUE = frozenset(',:"')
_ENDS_A_NAME = frozenset(':,<>="')
_LINE_ENDS = ("Cc", "Cs", "Zl", "Zp")
"""Unicode's categories of what moves a cursor, and of halves of a character."""
_SIZE = re.compile(r"^(\d+)x(\d+)$")
"""A value that is read as width and height, quoted or not."""


class GalleryHashes(msgspec.Struct, frozen=True):
    """By what galleries and other programs find files. `model`: hex SHA-256 of the checkpoint's
    file; "" for a folder, which no gallery has a hash of. `adapters`: an adapter's sha256 → what
    A1111 calls its hash, twelve digits."""

    model: str = ""
    adapters: Mapping[str, str] = {}

    def of_adapter(self, sha256: str) -> str:
        """Where A1111's is not known, Civitai's AutoV2."""
        return self.adapters.get(sha256) or sha256[:10]


def quoted(value: object) -> str:
    """A value of the last line; a JSON string where it would not be read as it is."""
    text = str(value)
    is_plain = text.isprintable() and text == text.strip() and _ENDS_A_VALUE.isdisjoint(text)
    return text if is_plain else json.dumps(text, ensure_ascii=False)


def exact(number: float) -> str:
    """As short as gives the same number back."""
    short = f"{number:g}"
    return short if float(short) == number else repr(number)


def model_name(path: str) -> str:
    """What a checkpoint is called: the last part of a path of any system, without its suffix."""
    windows = PureWindowsPath(path)
    name = windows.name if windows.is_absolute() else PurePosixPath(path).name
    if name.lower().endswith(_SUFFIX):
        name = name[: -len(_SUFFIX)]
    name = encodable(name)
    return f"{name}_" if _SIZE.match(name) else name


def tag_names(adapters: Sequence[AppliedAdapter]) -> list[str]:
    """For each adapter the name in its tag: its own, but for what no tag can hold; another one for
    each of several files of one name."""
    files: dict[str, str] = {}
    return [_own_name(adapter, files) for adapter in adapters]


def _own_name(adapter: AppliedAdapter, files: dict[str, str]) -> str:
    """`files`: name → sha256 of those that have one, to which it is added."""
    names = _numbered(_tag_name(adapter))
    return next(n for n in names if files.setdefault(n, adapter.sha256) == adapter.sha256)


def _tag_name(adapter: AppliedAdapter) -> str:
    name = "".join(map(_tag_letter, encodable(adapter.name))).strip()
    return name or adapter.sha256[:MODEL_DIGITS] or "adapter"


def _tag_letter(letter: str) -> str:
    is_held = letter not in _ENDS_A_NAME and unicodedata.category(letter) not in _LINE_ENDS
    return letter if is_held else "_"


def _numbered(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}_{number}" for number in itertools.count(2))

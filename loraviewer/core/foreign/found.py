"""Which files are the adapters that a picture names, and where they may lie."""

from typing import Literal

import msgspec

from loraviewer.core.foreign.picture import ForeignAdapter
from loraviewer.core.reports import AdapterSummary

FoundBy = Literal["", "content", "name"]


class KnownAdapter(msgspec.Struct, frozen=True):
    """A file whose content was read: hex SHA-256 of the whole."""

    path: str
    sha256: str


class AdapterPlaces(msgspec.Struct, frozen=True):
    """Where to look, in this order. `rows`: of stacks. `files`: single ones, such as the demo's.
    `folders`: right in them. `trees`: in them and all below."""

    rows: tuple[KnownAdapter, ...] = ()
    files: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    trees: tuple[str, ...] = ()


class FoundAdapter(msgspec.Struct, frozen=True, kw_only=True):
    """`by`: "content" where a hash says that it is the same file, "name" where only its name does;
    "" for none, with `others` where several files of that name are nearest. `is_changed`: found by
    its name, and its content is another than the picture was made with."""

    adapter: ForeignAdapter
    path: str = ""
    sha256: str = ""
    by: FoundBy = ""
    others: tuple[str, ...] = ()
    is_changed: bool = False


class FoundFiles(msgspec.Struct, frozen=True):
    """What was found of several adapters, and `summaries` of the files that can be read."""

    found: tuple[FoundAdapter, ...]
    summaries: tuple[AdapterSummary, ...] = ()

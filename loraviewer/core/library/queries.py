"""What a person asks the library for."""

from __future__ import annotations

from typing import Literal

import msgspec

from loraviewer.core.library.entries import Sort

Order = Literal["name", "newest", "largest", "rank", "family"]


class LibraryQuery(msgspec.Struct, frozen=True, kw_only=True):
    """All that is asked must hold. `words`: each of them begins a word of the name, title, trigger
    words, tags, base, folder or note. `family`: only what may fit a base of it. `paths`: only
    these, as those in the stack; None for all. `folder`: with all below it. `ranks`: some of the
    file's are within. `order`: "largest" and "rank" have the greatest first."""

    words: str = ""
    sorts: tuple[Sort, ...] = ("adapter",)
    family: str = ""
    kind: str = ""
    ranks: tuple[int, int] | None = None
    folder: str = ""
    is_favourite: bool = False
    paths: tuple[str, ...] | None = None
    order: Order = "name"
    is_reversed: bool = False

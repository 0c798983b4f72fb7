"""One file of the library as its header and the files beside it tell, and what a person wrote."""

from __future__ import annotations

from typing import Literal

import msgspec

Sort = Literal["adapter", "checkpoint", "unreadable"]


class LibraryNote(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a person keeps about a file, by its content: it follows the file wherever that goes.
    `strength`: at which its row is added; None for 1."""

    is_favourite: bool = False
    tags: tuple[str, ...] = ()
    text: str = ""
    strength: float | None = None

    @property
    def is_empty(self) -> bool:
        return self == LibraryNote()


class LibraryEntry(msgspec.Struct, frozen=True, kw_only=True):
    """`families`: all that the file does not exclude, the likeliest first; empty where unknown.
    `kinds`: kind → modules. `ranks`: least and most, None where there is none. `problem`: one
    sentence, of what cannot be read, or not now: its folder is away. `sha256`: "" until it is
    hashed. `twins`: paths of other files with the same content. Texts are plain, never markup."""

    path: str
    sort: Sort
    name: str
    title: str = ""
    families: tuple[str, ...] = ()
    kinds: dict[str, int] = {}
    ranks: tuple[int, int] | None = None
    modules: int = 0
    size_bytes: int = 0
    modified_s: float = 0.0
    trigger_words: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    said_base: str = ""
    suggested_strength: float | None = None
    preview_path: str = ""
    problem: str = ""
    sha256: str = ""
    note: LibraryNote = LibraryNote()
    twins: tuple[str, ...] = ()

    @property
    def family(self) -> str:
        return self.families[0] if self.families else "unknown"

    def fits(self, family: str) -> bool:
        """Whether it may be for a base of that family: nothing in it says otherwise."""
        return self.sort == "adapter" and (not self.families or family in self.families)

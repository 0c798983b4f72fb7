"""What a person wants to see of the library, and what the index answers to that."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from loraviewer.core.library.entries import Sort
from loraviewer.core.library.port import LibraryPort
from loraviewer.core.library.queries import LibraryQuery, Order

Group = Literal["adapters", "fitting", "others", "checkpoints", "unreadable"]
"""“adapters” while there is no base; “fitting” it or “others” where there is one."""

_SORTS: Mapping[Group, tuple[Sort, ...]] = {
    "adapters": ("adapter",),
    "fitting": ("adapter",),
    "others": ("adapter",),
    "checkpoints": ("checkpoint",),
    "unreadable": ("unreadable",),
}
_WITH_BASE: tuple[Group, ...] = ("fitting", "others", "checkpoints", "unreadable")
_WITHOUT_BASE: tuple[Group, ...] = ("adapters", "checkpoints", "unreadable")


class LibraryWishes(msgspec.Struct, frozen=True, kw_only=True):
    """All but `group` narrows every group. `family`: of the base that is loaded, "" for none.
    `stack`: paths of the rows of the active pane, which count where `is_in_stack`."""

    group: Group = "adapters"
    family: str = ""
    words: str = ""
    kind: str = ""
    ranks: tuple[int, int] | None = None
    folder: str = ""
    is_favourite: bool = False
    is_in_stack: bool = False
    stack: tuple[str, ...] = ()
    order: Order = "name"
    is_reversed: bool = False

    @property
    def groups(self) -> tuple[Group, ...]:
        """Those that there are now."""
        return _WITH_BASE if self.family else _WITHOUT_BASE

    @property
    def bare(self) -> "LibraryWishes":
        """With nothing that narrows."""
        return LibraryWishes(group=self.group, family=self.family)

    @property
    def is_narrowed(self) -> bool:
        """Whether something is left out that is in the library."""
        wide = msgspec.structs.replace(
            self.bare, order=self.order, is_reversed=self.is_reversed, stack=self.stack
        )
        return self != wide

    def for_family(self, family: str) -> "LibraryWishes":
        """Of another base, or of none: what fits it comes first."""
        if family == self.family:
            return self
        group: Group = "fitting" if family else "adapters"
        is_of_adapters = self.group in ("adapters", "fitting", "others")
        kept = group if is_of_adapters else self.group
        return msgspec.structs.replace(self, family=family, group=kept)


class LibraryAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`paths` of the group, in their order."""

    wishes: LibraryWishes
    paths: tuple[str, ...] = ()


class LibraryCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many files there are in each group, narrowed, and in the one that is `shown`. `total`: in
    that one with nothing left out."""

    shown: int = 0
    groups: dict[Group, int] = {}
    total: int = 0


def answer(port: LibraryPort, wishes: LibraryWishes) -> LibraryAnswer:
    """Not for the GUI thread: a question to the index, or two."""
    return LibraryAnswer(wishes=wishes, paths=_paths(port, wishes, wishes.group))


def counts(port: LibraryPort, found: LibraryAnswer) -> LibraryCounts:
    """Not for the GUI thread: several questions to the index."""
    wishes, shown = found.wishes, len(found.paths)
    groups: dict[Group, int] = {
        group: shown if group == wishes.group else len(_paths(port, wishes, group))
        for group in wishes.groups
    }
    total = len(_paths(port, wishes.bare, wishes.group)) if wishes.is_narrowed else shown
    return LibraryCounts(shown=shown, groups=groups, total=total)


def _paths(port: LibraryPort, wishes: LibraryWishes, group: Group) -> tuple[str, ...]:
    if group != "others":
        family = wishes.family if group == "fitting" else ""
        return tuple(port.search(_query(wishes, group, family)))
    fitting = frozenset(port.search(_query(wishes, group, wishes.family)))
    return tuple(path for path in port.search(_query(wishes, group, "")) if path not in fitting)


def _query(wishes: LibraryWishes, group: Group, family: str) -> LibraryQuery:
    return LibraryQuery(
        words=wishes.words,
        sorts=_SORTS[group],
        family=family,
        kind=wishes.kind,
        ranks=wishes.ranks,
        folder=wishes.folder,
        is_favourite=wishes.is_favourite,
        paths=wishes.stack if wishes.is_in_stack else None,
        order=wishes.order,
        is_reversed=wishes.is_reversed,
    )

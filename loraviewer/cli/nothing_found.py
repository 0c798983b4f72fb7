"""Why `library search` finds nothing, where that can be told from what was asked."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from loraviewer.core.library.queries import LibraryQuery

if TYPE_CHECKING:
    from loraviewer.library.library import Library


def why_nothing(library: "Library", query: LibraryQuery) -> str:
    """One sentence; "" where it is only that nothing is so."""
    reasons: tuple[Callable[[Library, LibraryQuery], str], ...] = (
        _no_folder_yet,
        _folder_elsewhere,
        _not_of_its_sort,
        _no_such_kind,
    )
    return next(filter(None, (reason(library, query) for reason in reasons)), "")


def _no_folder_yet(library: "Library", query: LibraryQuery) -> str:
    if library.folders():
        return ""
    return "The library has no folder yet; name one: library scan FOLDER."


def _folder_elsewhere(library: "Library", query: LibraryQuery) -> str:
    return folder_elsewhere(library, query.folder)


def folder_elsewhere(library: "Library", folder: str) -> str:
    """One sentence about a folder of which the library can know nothing, or ""."""
    from loraviewer.library.scanning import is_below

    if not folder:
        return ""
    if not os.path.isdir(folder):
        return f"There is no folder “{folder}”."
    folders = library.folders()
    if any(is_below(folder, one) or is_below(one, folder) for one in folders):
        return ""
    known = ", ".join(f"“{one}”" for one in folders) or "none"
    return f"“{folder}” lies in no folder of the library, which has {known}."


def _not_of_its_sort(library: "Library", query: LibraryQuery) -> str:
    """Only adapters have ranks and kinds."""
    if "adapter" in query.sorts or (query.ranks is None and not query.kind):
        return ""
    sort = "Checkpoints" if "checkpoint" in query.sorts else "Files that cannot be read"
    return f"{sort} have no rank and no kind; leave --rank and --kind out."


def _no_such_kind(library: "Library", query: LibraryQuery) -> str:
    if not query.kind:
        return ""
    known = sorted({
        kind for one in library.entries(library.search(LibraryQuery())) for kind in one.kinds
    })  # fmt: skip
    if query.kind in known or not known:
        return ""
    return f"No adapter of the library is of the kind “{query.kind}”; there are {', '.join(known)}."

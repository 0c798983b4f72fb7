"""A query as SQL. Every question is one look at a table of short rows."""

import os
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from loraviewer.core.library.entries import LibraryNote
from loraviewer.core.library.queries import LibraryQuery, Order
from loraviewer.library.words import has_words, search_words, searched_text

_BY_NAME = "name, path"
_ORDERS: Mapping[Order, str] = {
    "name": _BY_NAME,
    "newest": f"modified_ns DESC, {_BY_NAME}",
    "largest": f"size DESC, {_BY_NAME}",
    "rank": f"most_rank DESC, {_BY_NAME}",
    "family": f"families = '', families, {_BY_NAME}",
}
_LISTED = "sha256 IN (SELECT value FROM json_each(?))"


class Question:
    """The text and the values of one question; conditions that are not asked are not there."""

    def __init__(self, query: LibraryQuery, notes: Mapping[str, LibraryNote]) -> None:
        self.values: list[object] = []
        self._conditions: list[str] = []
        places = ", ".join("?" * len(query.sorts))
        self._add(f"sort IN ({places})", *query.sorts)
        self._add_words(query.words, notes)
        if query.family:
            self._add("(families = '' OR instr(families, ?))", f" {query.family} ")
        if query.kind:
            self._add("instr(kinds, ?)", f" {query.kind} ")
        if query.ranks is not None:
            least, most = query.ranks
            self._add("most_rank >= ? AND least_rank <= ?", least, most)
        if query.folder:
            self._add("(path = ? OR path >= ? AND path < ?)", *_below(query.folder))
        if query.is_favourite:
            self._add(_LISTED, _json(sha for sha, note in notes.items() if note.is_favourite))
        where = " AND ".join(self._conditions)
        self.text = f"SELECT path FROM files WHERE {where} ORDER BY {_ORDERS[query.order]}"

    def _add(self, condition: str, *values: object) -> None:
        self._conditions.append(condition)
        self.values += values

    def _add_words(self, typed: str, notes: Mapping[str, LibraryNote]) -> None:
        """Each word may be one of the file's own or of its note's."""
        words = search_words(typed)
        noted = {sha256: _noted_text(note) for sha256, note in notes.items()} if words else {}
        for word in words:
            having = [sha256 for sha256, text in noted.items() if has_words(text, (word,))]
            if having:
                self._add(f"(instr(words, ?) OR {_LISTED})", f" {word}", _json(having))
            else:
                self._add("instr(words, ?)", f" {word}")


def _noted_text(note: LibraryNote) -> str:
    return searched_text("", (*note.tags, note.text))


def _json(values: Iterable[str]) -> str:
    return msgspec.json.encode(list(values)).decode()


def _below(folder: str) -> tuple[bytes, bytes, bytes]:
    """A folder, which may be a pipeline, the first path that may be below it, and the first one
    beyond."""
    inside = os.fsencode(os.path.join(folder, ""))
    return os.fsencode(folder), inside, inside[:-1] + bytes([inside[-1] + 1])


def only(paths: Sequence[str], wanted: Sequence[str] | None) -> list[str]:
    """In order; all where `wanted` is None."""
    if wanted is None:
        return list(paths)
    kept = frozenset(wanted)
    return [path for path in paths if path in kept]

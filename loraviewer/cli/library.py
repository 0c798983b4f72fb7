"""`loraviewer library …`: the studio's index of adapters and checkpoints from the command line."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from loraviewer.cli.nothing_found import folder_elsewhere, why_nothing
from loraviewer.cli.option_words import choice
from loraviewer.cli.shared import Json, failing_in_one_line, tell_note, visible
from loraviewer.core.cancel import CancelToken
from loraviewer.core.families import FAMILY_TITLES, VIDEO_TITLES
from loraviewer.core.library.entries import LibraryEntry, Sort
from loraviewer.core.library.port import Scanned
from loraviewer.core.library.queries import LibraryQuery
from loraviewer.core.outcome import FileError
from loraviewer.core.resources import absolute_path

if TYPE_CHECKING:
    from loraviewer.library.library import Library

app = typer.Typer(
    help="The index of adapters and checkpoints on this machine, shared with the studio.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_SORTS: tuple[Sort, ...] = ("adapter", "checkpoint", "unreadable")
_Order = Literal["name", "newest", "largest", "rank", "family"]
_COUNTS = ("adapters", "checkpoints", "unreadable")


def _family(text: str) -> str:
    known = {**FAMILY_TITLES, **VIDEO_TITLES}
    if text not in known:
        raise typer.BadParameter(f"“{text}” is none of {', '.join(known)}.")
    return text


def _ranks(text: str) -> tuple[int, int]:
    """`8` or `4-16`."""
    least, dash, most = text.partition("-")
    if not least.isdecimal() or (dash and not most.isdecimal()) or len(text) > 20:
        raise typer.BadParameter(f"“{text}” is no rank; write 8 or 4-16.")
    found = int(least), int(most or least)
    if found[0] > found[1]:
        raise typer.BadParameter(f"No rank is within “{text}”; write {found[1]}-{found[0]}.")
    return found


@app.callback()
def _library() -> None:
    pass


@app.command()
def scan(
    folders: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FOLDER]...", help="Folders to add; with all below them."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Add folders, and bring all of the library up to date."""
    with failing_in_one_line():
        library = _opened()
        for folder in folders or ():
            library.add_folder(folder)
        if not library.folders():
            raise FileError("The library has no folder yet; name one: library scan FOLDER.")
        scanned = library.scan(CancelToken(), _progress())
        facts = {
            "folders": list(library.folders()),
            "files": scanned.files,
            "read": scanned.read,
            "moved": scanned.moved,
            "gone": scanned.gone,
            "unread_folders": [{"path": f.path, "problem": f.problem} for f in scanned.unread],
            **_counts(library, ""),
        }
        _tell(facts, as_json, _scan_lines)


@app.command("list")
def list_known(
    folder: Annotated[
        str | None, typer.Argument(metavar="[FOLDER]", help="Only what lies in it.")
    ] = None,
    folders: Annotated[
        bool, typer.Option("--folders", help="Only folders, also those of other programs.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Say what is known: folders, how many files, and what cannot be read."""
    with failing_in_one_line():
        library = _opened()
        inside = absolute_path(folder) if folder else ""
        facts: dict[str, Any] = {"folders": [_folder_row(library, f) for f in library.folders()]}
        if folders:
            others = library.known_folders()
            facts["other_folders"] = [{"path": f.path, "program": f.program} for f in others]
        else:
            if told := folder_elsewhere(library, inside):
                tell_note(told)
            facts |= _counts(library, inside)
            paths = library.search(LibraryQuery(sorts=("unreadable",), folder=inside))
            bad = library.entries(paths)
            facts["problems"] = [{"path": e.path, "problem": e.problem} for e in bad]
        _tell(facts, as_json, _list_lines)


@app.command()
def search(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[WORDS]...", help="Each begins a word of what is known."),
    ] = None,
    family: Annotated[
        str | None, typer.Option("--family", parser=_family, help="What may fit a base of it.")
    ] = None,
    kind: Annotated[str, typer.Option("--kind", help="lora, loha, lokr, dora …")] = "",
    rank: Annotated[
        Any, typer.Option("--rank", parser=_ranks, metavar="A-B", help="Ranks within.")
    ] = None,
    folder: Annotated[str | None, typer.Option("--folder", help="With all below it.")] = None,
    favourite: Annotated[bool, typer.Option("--favourite", help="Only favourites.")] = False,
    checkpoints: Annotated[
        bool, typer.Option("--checkpoints", help="Checkpoints in place of adapters.")
    ] = False,
    unreadable: Annotated[
        bool, typer.Option("--unreadable", help="Only what cannot be read, with the reason.")
    ] = False,
    order: Annotated[_Order, choice(_Order, "--order")] = "name",
    reverse: Annotated[bool, typer.Option("--reverse")] = False,
    as_json: Json = False,
) -> None:
    """Find files by what they are called, by trigger words, tags, base, folder and notes."""
    if checkpoints and unreadable:
        raise typer.BadParameter("--checkpoints does not go with --unreadable.")
    query = LibraryQuery(
        words=" ".join(words or ()),
        sorts=("unreadable",) if unreadable else ("checkpoint",) if checkpoints else ("adapter",),
        family=family or "",
        kind=kind.lower(),
        ranks=rank,
        folder=absolute_path(folder) if folder else "",
        is_favourite=favourite,
        order=order,
        is_reversed=reverse,
    )
    with failing_in_one_line():
        library = _opened()
        entries = library.entries(library.search(query))
        if not entries and (told := why_nothing(library, query)):
            tell_note(told)
        facts = {"count": len(entries), "files": list(map(_entry_facts, entries))}
        _tell(facts, as_json, _search_lines)


def _opened() -> "Library":
    import platformdirs

    from loraviewer.adapters.files.hash_cache import HashCache
    from loraviewer.library.library import Library

    cache = platformdirs.user_cache_path("loraviewer", appauthor=False)
    data = platformdirs.user_data_path("loraviewer", appauthor=False)
    return Library(cache, data, HashCache(cache / "hashes.sqlite"))


def _progress() -> Callable[[Scanned], None]:
    """A line that rewrites itself on a terminal; nothing where stderr goes to a file."""
    if not sys.stderr.isatty():
        return lambda told: None

    def show(told: Scanned) -> None:
        line = f"{told.files:,} files, {told.read:,} read"
        sys.stderr.write("\r\033[K" if told.is_done else f"\r\033[K{line}")
        sys.stderr.flush()

    return show


def _counts(library: "Library", folder: str) -> dict[str, int]:
    queries = (LibraryQuery(sorts=(sort,), folder=folder) for sort in _SORTS)
    return {name: len(library.search(q)) for name, q in zip(_COUNTS, queries, strict=True)}


def _folder_row(library: "Library", folder: str) -> dict[str, Any]:
    return {"path": folder, "is_there": os.path.isdir(folder), **_counts(library, folder)}


def _entry_facts(entry: LibraryEntry) -> dict[str, Any]:
    """With `inspect`'s names for what it tells as well."""
    return {
        "path": entry.path,
        "type": entry.sort,
        "name": entry.name,
        "title": entry.title,
        "family": entry.family,
        "candidates": list(entry.families),
        "kinds": entry.kinds,
        "ranks": dict(zip(("min", "max"), entry.ranks, strict=True)) if entry.ranks else None,
        "modules": entry.modules,
        "bytes": entry.size_bytes,
        "modified": entry.modified_s,
        "trigger_words": list(entry.trigger_words),
        "tags": list(entry.tags),
        "said_base": entry.said_base,
        "suggested_strength": entry.suggested_strength,
        "preview": entry.preview_path or None,
        "problem": entry.problem or None,
        "sha256": entry.sha256 or None,
        "twins": list(entry.twins),
        "is_favourite": entry.note.is_favourite,
        "own_tags": list(entry.note.tags),
        "note": entry.note.text,
        "own_strength": entry.note.strength,
    }


def _tell(
    facts: dict[str, Any], as_json: bool, lines: Callable[[dict[str, Any]], Iterator[str]]
) -> None:
    if as_json:
        typer.echo(json.dumps(facts))
        return
    for line in lines(facts):
        typer.echo(line)


def _scan_lines(facts: dict[str, Any]) -> Iterator[str]:
    unread = facts["unread_folders"]
    for name, value in facts.items():
        if name != "unread_folders":
            yield f"{name}: {visible('; '.join(value)) if name == 'folders' else value}"
    yield from (visible(folder["problem"]) for folder in unread)


def _list_lines(facts: dict[str, Any]) -> Iterator[str]:
    columns = ("folder", *_COUNTS, "")
    rows = [
        (f["path"], *(str(f[name]) for name in _COUNTS), "" if f["is_there"] else "not there now")
        for f in facts["folders"]
    ]
    yield from _aligned([columns, *rows])
    for other in facts.get("other_folders", ()):
        yield visible(f"{other['program']}: {other['path']}")
    if "adapters" in facts:
        yield ", ".join(f"{name}: {facts[name]}" for name in _COUNTS)
    yield from (visible(row["problem"]) for row in facts.get("problems", ()))


def _search_lines(facts: dict[str, Any]) -> Iterator[str]:
    yield from _aligned([_cells(file) for file in facts["files"]])
    yield f"files: {facts['count']}"


def _cells(file: dict[str, Any]) -> tuple[str, ...]:
    ranks = file["ranks"]
    shown = sorted(set(ranks.values())) if ranks else ()
    return (
        "★" if file["is_favourite"] else "",
        file["family"],
        "+".join(file["kinds"]),
        "–".join(map(str, shown)),
        file["path"],
        file["problem"] or file["title"],
    )


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    plain = [tuple(map(visible, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*plain, strict=True)]
    for row in plain:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()

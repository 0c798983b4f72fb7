"""Licence, author and source of a base and of adapters: from their own metadata, from the files
beside them, and from a folder's model card. Texts of strangers, made plain; none is looked up."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from loraviewer.adapters.about.metadata import read_metadata
from loraviewer.adapters.about.plain_text import plain_line
from loraviewer.adapters.about.sidecars import read_sidecars
from loraviewer.adapters.files.header import read_header
from loraviewer.core.adapter_paths import adapter_file
from loraviewer.core.licences import PartNote
from loraviewer.core.outcome import FileError
from loraviewer.core.regular_files import read_regular
from loraviewer.core.stack import AppliedAdapter

NOTES_FILE = "loraviewer.json"
"""Beside model_index.json of a folder that was exported."""

_CARD, _MOST_CARD_BYTES = "README.md", 1 << 20
_MOST_CARD_LINES = 200


class _Rights(msgspec.Struct, frozen=True, kw_only=True):
    licence: str = ""
    author: str = ""
    source: str = ""


class _FolderNotes(msgspec.Struct):
    licence_note: str = ""


def part_notes(base: str, path: Path, applied: Iterable[AppliedAdapter]) -> tuple[PartNote, ...]:
    """The base first. base: what it is called; path: where it lies. Reads headers and small files
    only; never raises for what these say."""
    rights = _of_folder(path) if path.is_dir() else _of_file(path)
    name = base if path.is_dir() and base == "demo" else path.stem if path.is_file() else path.name
    first = PartNote(role="base", name=plain_line(name), **msgspec.structs.asdict(rights))
    return (first, *map(_of_adapter, applied))


def _of_adapter(applied: AppliedAdapter) -> PartNote:
    return PartNote(
        role="adapter",
        name=plain_line(applied.name),
        sha256=applied.sha256,
        scale=applied.scale,
        text_scale=applied.text_scale,
        **msgspec.structs.asdict(_of_file(adapter_file(Path(applied.path)))),
    )


def _of_file(path: Path) -> _Rights:
    """What the file itself says goes before what lies beside it."""
    try:
        metadata: Mapping[str, str] = read_header(path).metadata
    except FileError:
        metadata = {}
    said, beside = read_metadata(metadata), read_sidecars(path)
    return _Rights(
        licence=said.licence or beside.licence,
        author=said.author or beside.author,
        source=said.source or beside.source,
    )


def _of_folder(folder: Path) -> _Rights:
    """From what an export of ours left there, which speaks for all parts while the base's own card
    may be copied beside it; from the front matter of its model card, or from a licence file."""
    card = dict(_front_matter(folder / _CARD))
    licence = card.get("license_name") or card.get("license", "")
    licence = _with_link(licence, card.get("license_link", ""))
    return _Rights(
        licence=_own_note(folder) or licence or _licence_file(folder),
        author=card.get("author", ""),
        source=card.get("source", "") or card.get("repository", ""),
    )


def _with_link(licence: str, link: str) -> str:
    return f"{licence} ({link})" if licence and link else licence


def _front_matter(path: Path) -> Iterator[tuple[str, str]]:
    """Plain fields between the first two lines of dashes; lists and tables are passed over."""
    lines = _text(path).splitlines()[:_MOST_CARD_LINES]
    if not lines or lines[0].strip() != "---":
        return
    for line in lines[1:]:
        if line.strip() == "---":
            return
        key, colon, value = line.partition(":")
        if colon and value.strip() and not line.startswith((" ", "\t", "-", "#")):
            yield key.strip().lower(), plain_line(value.strip().strip("\"'"))


def _own_note(folder: Path) -> str:
    try:
        found = msgspec.json.decode(_text(folder / NOTES_FILE), type=_FolderNotes)
    except (msgspec.MsgspecError, RecursionError):
        return ""
    return plain_line(found.licence_note)


def _licence_file(folder: Path) -> str:
    """The first line of the licence that lies there."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return ""
    for name in names:
        if name.lower().startswith(("license", "licence")):
            lines = filter(None, map(plain_line, _text(folder / name).splitlines()[:20]))
            return next(lines, "")
    return ""


def _text(path: Path) -> str:
    """Empty where there is none that can be read."""
    try:
        return read_regular(path, _MOST_CARD_BYTES).decode("utf-8", errors="replace")
    except (OSError, FileError):
        return ""

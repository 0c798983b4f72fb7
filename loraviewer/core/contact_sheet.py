"""All panes as one picture with captions, and what is written into it."""

from typing import Any

import msgspec

from loraviewer.core.encodable import encode_json, plain
from loraviewer.core.infotext import installed_versions, record_of
from loraviewer.core.outcome import Rendered
from loraviewer.core.picture import Picture

SHEET_CHUNK = "loraviewer-panes"
"""Keyword of the text with the record of every pane."""

LEAST_CELL_PX = 384
"""Small pictures are shown larger, in whole steps, so that words fit below them."""


class SheetCell(msgspec.Struct, frozen=True):
    """One pane. `caption`: its words as a picture, as wide as `cell_width` says."""

    name: str
    rendered: Rendered
    caption: Picture


class ContactSheet(msgspec.Struct, frozen=True):
    """`columns` cells in each row. `footer`: what all panes share, as a picture."""

    cells: tuple[SheetCell, ...]
    columns: int
    footer: Picture


def enlargement(width: int) -> int:
    """How many times larger a picture of so many pixels is shown."""
    return max(1, -(-LEAST_CELL_PX // width))


def cell_width(pictures: "tuple[Picture, ...]") -> int:
    """Of the widest of them."""
    return max(picture.width * enlargement(picture.width) for picture in pictures)


def sheet_record(sheet: ContactSheet) -> str:
    """JSON: for each pane what it is called and its whole record."""
    versions = installed_versions()  # once: it is slow
    panes = [{"pane": cell.name, "record": _fields(cell, versions)} for cell in sheet.cells]
    return encode_json(panes).decode()


def _fields(cell: SheetCell, versions: dict[str, str]) -> dict[str, Any]:
    """As sheets always had them; what is younger only where it says something."""
    fields = plain(record_of(cell.rendered, versions), order="deterministic")
    if not fields["made_on"]:
        del fields["made_on"]
    return fields

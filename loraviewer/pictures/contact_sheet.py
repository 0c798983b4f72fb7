"""All panes as one PNG: pictures in rows, each over its caption, and what they share below."""

import io
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from loraviewer.core.atomic import new_file
from loraviewer.core.contact_sheet import (
    SHEET_CHUNK,
    ContactSheet,
    SheetCell,
    cell_width,
    enlargement,
    sheet_record,
)
from loraviewer.core.outcome import FileError
from loraviewer.core.picture import Picture
from loraviewer.core.sentences import say

_PAPER = (255, 255, 255)
_MARGIN_PX, _GAP_PX, _BELOW_PX = 24, 20, 8


def write_sheet(path: Path, sheet: ContactSheet) -> None:
    """Whole or not at all, over a file of that name. Raises `FileError`."""
    if path.suffix.lower() != ".png":
        raise FileError(say("“{path}” is no name of a sheet; let it end in .png.", path=str(path)))
    with new_file(path) as file:
        file.write_bytes(encoded_sheet(sheet))


def encoded_sheet(sheet: ContactSheet) -> bytes:
    info = PngInfo()
    info.add_text(SHEET_CHUNK, sheet_record(sheet))
    buffer = io.BytesIO()
    drawn_sheet(sheet).save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


def drawn_sheet(sheet: ContactSheet) -> Image.Image:
    width = cell_width(tuple(cell.rendered.picture for cell in sheet.cells))
    rows = [
        sheet.cells[first : first + sheet.columns]
        for first in range(0, len(sheet.cells), sheet.columns)
    ]
    heights = [max(map(_height, row)) for row in rows]
    columns = min(sheet.columns, len(sheet.cells))
    whole_width = 2 * _MARGIN_PX + columns * width + (columns - 1) * _GAP_PX
    whole_height = 2 * _MARGIN_PX + sum(heights) + len(rows) * _GAP_PX + sheet.footer.height
    drawn = Image.new("RGB", (whole_width, whole_height), _PAPER)
    top = _MARGIN_PX
    for row, height in zip(rows, heights, strict=True):
        for place, cell in enumerate(row):
            _draw(drawn, cell, _MARGIN_PX + place * (width + _GAP_PX), top)
        top += height + _GAP_PX
    drawn.paste(as_image(sheet.footer), (_MARGIN_PX, top))
    return drawn


def as_image(picture: Picture) -> Image.Image:
    return Image.frombytes("RGB", (picture.width, picture.height), picture.rgb)


def _draw(drawn: Image.Image, cell: SheetCell, left: int, top: int) -> None:
    """Every pixel of the picture as a square: larger, and nothing made up."""
    shown = as_image(cell.rendered.picture)
    times = enlargement(shown.width)
    shown = shown.resize((shown.width * times, shown.height * times), Image.Resampling.NEAREST)
    drawn.paste(shown, (left, top))
    drawn.paste(as_image(cell.caption), (left, top + shown.height + _BELOW_PX))


def _height(cell: SheetCell) -> int:
    picture = cell.rendered.picture
    return picture.height * enlargement(picture.width) + _BELOW_PX + cell.caption.height

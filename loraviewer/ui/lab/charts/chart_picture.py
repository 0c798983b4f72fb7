"""A chart as a picture in a file: its words, its drawing and its legend, without its buttons."""

import re
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QRect
from PySide6.QtGui import QImage, QPainter, QPalette, QRegion
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QApplication, QWidget

from loraviewer.core.atomic import new_file
from loraviewer.core.outcome import FileError
from loraviewer.core.sentences import say
from loraviewer.ui.lab.charts.chart_dialogs import ChartFile

_SCALE = 2.0
"""Pixels of a PNG for each of the screen's."""
_MARGIN = 8


def chart_bytes(frame: QWidget, parts: Sequence[QWidget], kind: ChartFile) -> bytes:
    """PNG or SVG of those parts of a widget that are seen, where they lie in it."""
    seen = [part for part in parts if part.isVisibleTo(frame)]
    with _without_focus(frame):
        return _svg(frame, seen) if kind is ChartFile.SVG else _png(frame, seen)


def save_bytes(content: bytes, path: str) -> str:
    """Whole or not at all; one sentence where it cannot be written, "" where it is."""
    try:
        with new_file(Path(path)) as temporary:
            temporary.write_bytes(content)
    except FileError as error:
        return error.message
    except OSError:
        return say("“{path}” could not be written; choose another folder.", path=path)
    return ""


class _without_focus:  # noqa: N801
    """Nothing of where the keyboard is enters a picture."""

    def __init__(self, frame: QWidget) -> None:
        focused = QApplication.focusWidget()
        self._focused = focused if focused is not None and frame.isAncestorOf(focused) else None

    def __enter__(self) -> None:
        if self._focused is not None:
            self._focused.clearFocus()

    def __exit__(self, *_: object) -> None:
        if self._focused is not None:
            self._focused.setFocus()


def _place(frame: QWidget, parts: Sequence[QWidget]) -> QRect:
    around = QRect()
    for part in parts:
        around |= QRect(part.mapTo(frame, QPoint(0, 0)), part.size())
    return around.adjusted(-_MARGIN, -_MARGIN, _MARGIN, _MARGIN)


def _png(frame: QWidget, parts: Sequence[QWidget]) -> bytes:
    place = _place(frame, parts)
    image = QImage(place.size() * _SCALE, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(_SCALE)
    painter = QPainter(image)
    _paint(painter, frame, parts, place)
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # pyright: ignore[reportArgumentType, reportCallIssue]
    buffer.close()
    return bytes(content.data())


def _svg(frame: QWidget, parts: Sequence[QWidget]) -> bytes:
    place = _place(frame, parts)
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(place.size())
    generator.setViewBox(QRect(QPoint(0, 0), place.size()))
    generator.setTitle(frame.accessibleName())
    painter = QPainter(generator)
    _paint(painter, frame, parts, place)
    buffer.close()
    # Where the family is unknown (as Qt's own “Sans Serif” is), viewers would take one with serifs.
    return re.sub(rb'font-family="([^"]+)"', rb'font-family="\1, sans-serif"', content.data())


def _paint(painter: QPainter, frame: QWidget, parts: Sequence[QWidget], place: QRect) -> None:
    size = QRect(QPoint(0, 0), place.size())
    try:
        painter.fillRect(size, frame.palette().color(QPalette.ColorRole.Window))
        for part in parts:
            where = part.mapTo(frame, QPoint(0, 0)) - place.topLeft()
            # Of the base class: views of scenes have another method of that name.
            QWidget.render(part, painter, where, QRegion(), QWidget.RenderFlag.DrawChildren)
    finally:
        painter.end()

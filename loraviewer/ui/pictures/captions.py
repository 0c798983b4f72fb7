"""Words as pictures, for sheets and animations: Qt has letters of every script."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter

from loraviewer.core.picture import Picture

_PAPER, _INK, _QUIET = QColor("#ffffff"), QColor("#1d1d1d"), QColor("#5c5c5c")
_FIRST_PX, _OTHER_PX, _BAND_PX = 19, 16, 14
_WRAP = Qt.TextFlag.TextWrapAnywhere | Qt.TextFlag.TextWordWrap
_TALLEST_PX = 1_200
"""Of one text: a prompt of any length is cut, never the sheet made larger than can be seen."""


def caption(title: str, lines: Sequence[str], width: int) -> Picture:
    """A title and lines below it, wrapped; so many pixels wide and as high as it needs."""
    texts = [(title, _font(_FIRST_PX, is_bold=True), _INK)] if title else []
    texts += [(line, _font(_OTHER_PX), _QUIET) for line in lines if line]
    heights = [_height(text, font, width) for text, font, _ in texts]
    image = _paper(width, max(1, sum(heights)))
    painter = QPainter(image)
    top = 0
    for (text, font, colour), height in zip(texts, heights, strict=True):
        painter.setFont(font)
        painter.setPen(colour)
        painter.drawText(QRect(0, top, width, height), _WRAP, text)
        top += height
    painter.end()
    return to_picture(image)


def bands(texts: Sequence[str], width: int) -> tuple[Picture, ...]:
    """One line each, all of one size; what is too long is cut at its end."""
    font = _font(max(9, min(_BAND_PX, width // 9)))
    metrics = QFontMetrics(font)
    height = metrics.height() + 6
    drawn: list[Picture] = []
    for text in texts:
        image = _paper(width, height)
        painter = QPainter(image)
        painter.setFont(font)
        painter.setPen(_INK)
        words = metrics.elidedText(text, Qt.TextElideMode.ElideRight, width - 6)
        painter.drawText(QRect(3, 0, width - 6, height), Qt.AlignmentFlag.AlignVCenter, words)
        painter.end()
        drawn.append(to_picture(image))
    return tuple(drawn)


def to_picture(image: QImage) -> Picture:
    """Rows of a QImage may end in padding."""
    plain = image.convertToFormat(QImage.Format.Format_RGB888)
    stride, width = plain.bytesPerLine(), plain.width() * 3
    data = bytes(plain.constBits())
    rows = (data[row * stride : row * stride + width] for row in range(plain.height()))
    return Picture(plain.width(), plain.height(), b"".join(rows))


def _paper(width: int, height: int) -> QImage:
    image = QImage(width, height, QImage.Format.Format_RGB888)
    image.fill(_PAPER)
    return image


def _font(pixels: int, *, is_bold: bool = False) -> QFont:
    font = QFont()
    font.setPixelSize(pixels)
    font.setBold(is_bold)
    return font


def _height(text: str, font: QFont, width: int) -> int:
    around = QRect(0, 0, width, _TALLEST_PX)
    needed = QFontMetrics(font).boundingRect(around, int(_WRAP.value), text)
    return min(_TALLEST_PX, needed.height()) + 2

"""Letters that are read from the back of a room: as large as their place."""

from PySide6.QtGui import QFont

_SMALLEST_PX, _LARGEST_PX = 12, 56


def sized(font: QFont, height: float, share: float) -> QFont:
    """A part of a height, in pixels, within what can be read and what is not absurd."""
    result = QFont(font)
    result.setPixelSize(max(_SMALLEST_PX, min(_LARGEST_PX, round(height * share))))
    return result

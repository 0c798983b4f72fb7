"""Where a bubble lies: beside what it points at, never over it."""

from enum import Enum, auto
from typing import NamedTuple

from PySide6.QtCore import QPoint, QRect, QSize

from loraviewer.ui.widgets.theme import GAP

ARROW_PX = 10
_CORNER_PX = 2 * GAP
"""The arrow keeps off the rounded corners."""


class Side(Enum):
    """Of the target, on which the bubble lies."""

    BELOW = auto()
    LEFT = auto()
    ABOVE = auto()
    RIGHT = auto()


class Place(NamedTuple):
    """In the coordinates of the window. `body`: the bubble without its arrow; `tip`: where the
    arrow ends, at the edge of the target."""

    side: Side
    body: QRect
    tip: QPoint

    @property
    def whole(self) -> QRect:
        """With the arrow."""
        return self.body.united(QRect(self.tip, QSize(1, 1)))


def beside(target: QRect, size: QSize, room: QRect) -> Place | None:
    """On the first side where all of it is within the room, and the arrow reaches the target; None
    where there is none."""
    for side in Side:
        place = _on(side, target, size, room)
        is_touching = target.adjusted(-1, -1, 1, 1).contains(place.tip)
        if is_touching and room.contains(place.whole):
            return place
    return None


def _on(side: Side, target: QRect, size: QSize, room: QRect) -> Place:
    centre, width, height = target.center(), size.width(), size.height()
    if side in (Side.BELOW, Side.ABOVE):
        is_below = side is Side.BELOW
        left = _kept(centre.x() - width // 2, room.left(), room.right() + 1 - width)
        top = target.bottom() + 1 + ARROW_PX if is_below else target.top() - ARROW_PX - height
        x = _kept(centre.x(), left + _CORNER_PX, left + width - _CORNER_PX)
        tip = QPoint(x, target.bottom() + 1 if is_below else target.top() - 1)
    else:
        is_right = side is Side.RIGHT
        left = target.right() + 1 + ARROW_PX if is_right else target.left() - ARROW_PX - width
        top = _kept(centre.y() - height // 2, room.top(), room.bottom() + 1 - height)
        y = _kept(centre.y(), top + _CORNER_PX, top + height - _CORNER_PX)
        tip = QPoint(target.right() + 1 if is_right else target.left() - 1, y)
    return Place(side, QRect(QPoint(left, top), size), tip)


def _kept(value: int, least: int, most: int) -> int:
    return max(least, min(value, most))

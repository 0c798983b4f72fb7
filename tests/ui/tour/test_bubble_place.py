"""A bubble lies beside what it is about, within the window, never over it."""

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QRect, QSize

from loraviewer.ui.tour.bubble_place import Side, beside

ROOM = QRect(0, 0, 1000, 700)
SIZE = QSize(300, 100)
lengths = st.integers(1, 1100)
targets = st.builds(QRect, st.integers(0, 990), st.integers(0, 690), lengths, lengths)


def test_below_is_first() -> None:
    place = beside(QRect(400, 100, 80, 20), SIZE, ROOM)
    assert place is not None
    assert (place.side, place.body) == (Side.BELOW, QRect(289, 130, 300, 100))
    assert place.tip == QPoint(439, 120)


def test_at_the_lower_edge_it_is_left_or_above() -> None:
    place = beside(QRect(800, 670, 80, 20), SIZE, ROOM)
    assert place is not None
    assert place.side is Side.LEFT
    place = beside(QRect(10, 640, 900, 50), SIZE, ROOM)
    assert place is not None
    assert place.side is Side.ABOVE


def test_without_room_there_is_none() -> None:
    assert beside(ROOM, SIZE, ROOM) is None


@given(targets, st.builds(QSize, lengths, lengths))
def test_never_over_it_never_outside(target: QRect, size: QSize) -> None:
    place = beside(target, size, ROOM)
    if place is not None:
        assert place.body.size() == size
        assert not place.whole.intersects(target)
        assert ROOM.contains(place.whole)
        assert target.adjusted(-1, -1, 1, 1).contains(place.tip)

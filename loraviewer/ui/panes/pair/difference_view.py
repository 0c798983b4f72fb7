"""What two finished pictures differ in, as a picture: black where they are equal."""

import dataclasses

import msgspec
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QWidget

from loraviewer.bridge.differences import GAINS, Difference, brightened, difference
from loraviewer.bridge.images import to_qimage
from loraviewer.core.picture import Picture
from loraviewer.ui.panes.loupe import Reading, Spot
from loraviewer.ui.panes.painted_picture import PaintedPicture
from loraviewer.ui.panes.pair.pair_canvas import PairCanvas
from loraviewer.ui.panes.pair.sides import SideShown
from loraviewer.ui.panes.picture_marks import draw_pill, pill_size
from loraviewer.ui.panes.viewport import Viewport
from loraviewer.ui.widgets.theme import backdrop

_GAIN_KEYS = {Qt.Key.Key_Plus: 1, Qt.Key.Key_Equal: 1, Qt.Key.Key_Minus: -1}
_QUIET = Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier


class DifferenceView(PairCanvas):
    """Of finished pictures only: what a partial one differs in would say nothing of the two."""

    measured = Signal()
    """`found`, `gain` or `reason` are other ones."""

    def __init__(self, viewport: Viewport, parent: QWidget | None = None) -> None:
        super().__init__(viewport, parent)
        self._pictures: tuple[Picture | None, Picture | None] = (None, None)
        self._found: Difference | None = None
        self._gain = GAINS[0]
        self._painted = PaintedPicture()
        self._readings: tuple[Reading, ...] | None = None

    @property
    def found(self) -> Difference | None:
        return self._found

    @property
    def gain(self) -> int:
        return self._gain

    @property
    def reason(self) -> str:
        """Why there is no difference to be seen; empty where there is."""
        if self._found is not None:
            return ""
        for side, picture in zip(self.sides, self._pictures, strict=True):
            if picture is None:
                return self.tr("{} has no finished picture yet.").format(side.name)
        sizes = [f"{p.width}×{p.height}" for p in self._pictures if p is not None]
        words = self.tr("{} is {} pixels and {} is {}: only pictures of one size are subtracted.")
        left, right = self.sides
        return words.format(left.name, sizes[0], right.name, sizes[1])

    @property
    def verdict(self) -> str:
        """What is said over the picture: only that there is nothing to be seen in it."""
        is_none = self._found is not None and self._found.is_none
        return self.tr("Equal, pixel for pixel") if is_none else ""

    def set_gain(self, gain: int) -> None:
        """One of `GAINS`."""
        if gain != self._gain:
            self._gain = gain
            self._brighten()

    def show_sides(self, left: SideShown, right: SideShown, alone: SideShown | None = None) -> None:
        left, right = _finished(left), _finished(right)
        super().show_sides(left, right, alone)
        self._readings = None
        states = (left.state, right.state)
        one, other = (s.shown.picture if s.shown else None for s in states)
        if one is not self._pictures[0] or other is not self._pictures[1]:
            self._pictures = one, other
            self._found = _difference(*self._pictures)
            self._brighten()
        else:
            self.measured.emit()  # names are in the reason

    def set_smooth(self, is_smooth: bool) -> None:
        self._painted.set_smooth(is_smooth)
        super().set_smooth(is_smooth)

    def picture_size(self) -> QSize:
        return super().picture_size() if self._is_alone else self._painted.size

    def pair_spots(self) -> tuple[Spot, ...]:
        image = self._painted.image
        return () if image is None else (Spot(image, self.picture_rect(), QRectF(self.rect())),)

    def readings(self) -> tuple[Reading, ...]:
        """Both pictures, and what they differ in before it is made brighter."""
        if self._is_alone:
            return super().readings()
        if self._readings is None:
            self._readings = self._made_readings()
        return self._readings

    def _made_readings(self) -> tuple[Reading, ...]:
        names = [side.name for side in self.sides]
        pictures = [*self._pictures, self._found.levels if self._found else None]
        named = zip(pictures, [*names, self.tr("difference")], strict=True)
        return tuple(Reading(to_qimage(p), name) for p, name in named if p is not None)

    def paint_pair(self, painter: QPainter) -> None:
        whole = QRectF(self.rect())
        if self._painted.image is None:
            self.sides[0].say(painter, self.reason, whole)
            return
        rect = self.picture_rect()
        self._painted.paint(painter, rect, whole, self.devicePixelRatioF())
        # Outdated is outdated, whichever of both it is; one veil is enough.
        veil = max((side.veil for side in self.sides), key=lambda veil: veil.strength)
        veil.paint(painter, rect, backdrop(self.palette()))
        if self.verdict:
            size = pill_size(painter, self.verdict)
            middle = whole.center() - QPointF(size.width() / 2, size.height() / 2)
            draw_pill(painter, middle, self.verdict, self.palette())

    def take_key(self, event: QKeyEvent) -> bool:
        step = _GAIN_KEYS.get(Qt.Key(event.key()))
        if step is None or event.modifiers() & ~_QUIET:
            return super().take_key(event)
        at = GAINS.index(self._gain) + step
        self.set_gain(GAINS[max(0, min(len(GAINS) - 1, at))])
        return True

    def _brighten(self) -> None:
        found = self._found
        self._painted.show(None if found is None else brightened(found.levels, self._gain))
        self.measured.emit()
        self.update()


def _finished(side: SideShown) -> SideShown:
    """Without the picture under way."""
    return dataclasses.replace(side, state=msgspec.structs.replace(side.state, preview=None))


def _difference(one: Picture | None, other: Picture | None) -> Difference | None:
    if one is None or other is None or (one.width, one.height) != (other.width, other.height):
        return None
    return difference(one, other)

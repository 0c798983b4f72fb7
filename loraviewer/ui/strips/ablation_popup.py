"""The picture without an adapter beside the whole one, large enough to compare."""

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QWidget

from loraviewer.core.picture import Picture
from loraviewer.ui.widgets.fitted_picture import fitted, paint_centred
from loraviewer.ui.widgets.painting import antialiased, fill_rounded, outline_rounded
from loraviewer.ui.widgets.theme import GAP, RADIUS, backdrop, quiet_text

_LARGEST_PX = 320
_SMALLEST_PX = 120
_VEIL = 0.6


@dataclass(frozen=True)
class Side:
    """One of the two pictures: None where there is none yet, and `words` say why."""

    caption: str
    picture: Picture | None
    is_outdated: bool = False
    words: str = ""


class AblationPopup(QWidget):
    """Lies over the window's other parts; the pointer goes through it, so that leaving the small
    picture puts it away. It never takes the keyboard."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._sides: tuple[Side, ...] = ()
        self._drawn: dict[int, QPixmap] = {}
        self._side_px = _LARGEST_PX
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    @property
    def captions(self) -> tuple[str, ...]:
        return tuple(side.caption for side in self._sides)

    @property
    def sides(self) -> tuple[Side, ...]:
        return self._sides

    def show_beside(self, panel: QWidget, anchor: QWidget, sides: tuple[Side, ...]) -> None:
        """To the left of a panel, about as high as one of its widgets is."""
        window = self.parentWidget()
        assert window is not None
        left, top = panel.mapTo(window, QPoint(0, 0)), anchor.mapTo(window, QPoint(0, 0))
        where = QPoint(left.x(), top.y())
        room = (where.x() - GAP - self._frame().width()) // 2
        side_px = max(_SMALLEST_PX, min(_LARGEST_PX, room, window.height() - 2 * _frame_px()))
        if sides != self._sides or side_px != self._side_px:
            self._sides, self._side_px = sides, side_px
            self._drawn.clear()
        self.setAccessibleName(" | ".join(self.captions))
        self.resize(self._frame() + QSize(2 * side_px, side_px))
        self.move(self._corner(where, anchor.height(), left.y(), window.height()))
        self.raise_()
        self.show()
        self.update()

    def _corner(self, where: QPoint, height: int, top: int, bottom: int) -> QPoint:
        x = where.x() - GAP - self.width()
        y = where.y() + height // 2 - self.height() // 2
        lowest = bottom - self.height() - GAP
        return QPoint(max(GAP, x), max(0, min(max(top, y), lowest)))

    def _frame(self) -> QSize:
        """What is around the two pictures."""
        return QSize(3 * GAP, 2 * GAP + self._line_px())

    def _line_px(self) -> int:
        return self.fontMetrics().height() + GAP // 2

    def _place(self, index: int) -> QRectF:
        left = GAP + index * (self._side_px + GAP)
        return QRectF(left, GAP + self._line_px(), self._side_px, self._side_px)

    def paintEvent(self, event) -> None:
        palette = self.palette()
        painter = antialiased(self)
        fill_rounded(painter, QRectF(self.rect()), palette.color(QPalette.ColorRole.Window))
        outline_rounded(painter, QRectF(self.rect()), palette.color(QPalette.ColorRole.Mid))
        for index, side in enumerate(self._sides):
            self._paint_side(painter, index, side)
        painter.end()

    def _paint_side(self, painter: QPainter, index: int, side: Side) -> None:
        place = self._place(index)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        line = QRectF(place.left(), GAP // 2, place.width(), self._line_px())
        elided = self.fontMetrics().elidedText(
            side.caption, Qt.TextElideMode.ElideRight, round(line.width())
        )
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, elided)
        fill_rounded(painter, place, backdrop(self.palette()), RADIUS)
        if side.picture is None:
            painter.setPen(quiet_text(self.palette()))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(place.adjusted(GAP, GAP, -GAP, -GAP), flags, side.words)
            return
        if index not in self._drawn:
            size = place.size().toSize()
            self._drawn[index] = fitted(side.picture, size, self.devicePixelRatioF())
        paint_centred(painter, self._drawn[index], place)
        if side.is_outdated:
            veil = backdrop(self.palette())
            veil.setAlphaF(_VEIL)
            painter.fillRect(place, veil)


def _frame_px() -> int:
    return 6 * GAP

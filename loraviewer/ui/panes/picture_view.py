"""Paints one pane's picture: zoomed, veiled when outdated, with the progress of its job."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QImage, QPainter, QPalette
from PySide6.QtWidgets import QWidget

from loraviewer.ui.panes.loupe import Spot
from loraviewer.ui.panes.painted_picture import PaintedPicture, Veil
from loraviewer.ui.panes.picture_marks import draw_progress, progress_width
from loraviewer.ui.panes.viewport import Viewport
from loraviewer.ui.panes.zoomed_area import ZoomedArea
from loraviewer.ui.widgets.painting import fill_rounded, outline_rounded
from loraviewer.ui.widgets.theme import GAP, RADIUS, backdrop, mix, quiet_text

_MARK_STRENGTH = 0.25
_BY_WILL = (
    Qt.FocusReason.MouseFocusReason,
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
)


class PictureView(ZoomedArea):
    """A function of what `show_picture`, `set_veiled`, `set_progress` and `set_words` were told."""

    menu_requested = Signal(QPointF)
    entered = Signal()
    """The keyboard came here because the person wanted it to."""

    def __init__(self, viewport: Viewport, parent: QWidget | None = None) -> None:
        super().__init__(viewport, parent)
        self._picture = PaintedPicture()
        self._veil = Veil(self)
        self._progress: tuple[int, int] | None = None
        self._words = ""
        self._is_framed = False
        self._is_marked = False

    # -- what it shows --------------------------------------------------------------------

    def show_picture(self, image: QImage | None) -> None:
        """A new picture takes the old one's place at once; None only before the first."""
        self._picture.show(image)
        self.update()

    def set_smooth(self, is_smooth: bool) -> None:
        self._picture.set_smooth(is_smooth)
        self.update()

    def set_veiled(self, is_veiled: bool) -> None:
        self._veil.set_on(is_veiled)

    def settle_veil(self) -> None:
        """Without fading in, over a first picture."""
        self._veil.settle()
        self.update()

    @property
    def veil(self) -> float:
        """0 is clear; `VEIL_STRENGTH` is as veiled as it gets."""
        return self._veil.strength

    def set_progress(self, step: int, steps: int) -> None:
        """A ring with "step/steps"; (0, 0) takes it away."""
        self._progress = (step, steps) if steps else None
        self.update()

    @property
    def words(self) -> str:
        return self._words

    def set_words(self, words: str) -> None:
        """What stands here before the first picture."""
        self._words = words
        self.update()

    def set_framed(self, is_framed: bool) -> None:
        """A frame that stays where the keyboard goes elsewhere."""
        if is_framed != self._is_framed:
            self._is_framed = is_framed
            self.update()

    def set_marked(self, is_marked: bool) -> None:
        """As the place where something is to be let go."""
        if is_marked != self._is_marked:
            self._is_marked = is_marked
            self.update()

    @property
    def is_framed(self) -> bool:
        return self._is_framed

    def picture_size(self) -> QSize:
        return self._picture.size

    def spots(self) -> tuple[Spot, ...]:
        image = self._picture.image
        return () if image is None else (Spot(image, self.picture_rect(), QRectF(self.rect())),)

    def hideEvent(self, event) -> None:
        self._veil.rest()
        super().hideEvent(event)

    def showEvent(self, event) -> None:
        super().showEvent(event)
        self._veil.settle()

    # -- the mouse and keys ---------------------------------------------------------------

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        # Not where a window comes to the front or a menu closes.
        if event.reason() in _BY_WILL:
            self.entered.emit()

    def contextMenuEvent(self, event) -> None:
        self.menu_requested.emit(QPointF(event.globalPos()))

    # -- painting -------------------------------------------------------------------------

    def paint_content(self, painter: QPainter) -> None:
        if self._picture.image is None:
            self._paint_words(painter)
        else:
            rect = self.picture_rect()
            self._picture.paint(painter, rect, QRectF(self.rect()), self.devicePixelRatioF())
            self._veil.paint(painter, rect, backdrop(self.palette()))
        if self._progress is not None:
            step, steps = self._progress
            left = self.width() - progress_width(painter, steps) - GAP
            draw_progress(painter, QPointF(left, GAP), step, steps, self.palette())
        if self._is_marked:
            tint = self.palette().color(QPalette.ColorRole.Accent)
            tint.setAlphaF(_MARK_STRENGTH)
            fill_rounded(painter, QRectF(self.rect()), tint, RADIUS)
        if self._is_framed and not self.hasFocus():
            self._paint_frame(painter)

    def _paint_frame(self, painter: QPainter) -> None:
        """As the ring of the keyboard, but quieter: that one is where keys go."""
        palette = self.palette()
        accent = palette.color(QPalette.ColorRole.Accent)
        colour = mix(palette.color(QPalette.ColorRole.Window), accent, 0.55)
        outline_rounded(painter, QRectF(self.rect()), colour, RADIUS, 2.0)

    def _paint_words(self, painter: QPainter) -> None:
        painter.setPen(quiet_text(self.palette()))
        inside = self.rect().adjusted(2 * GAP, GAP, -2 * GAP, -GAP)
        if self._progress is not None:
            inside.translate(0, 3 * GAP)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(inside, flags, self._words)

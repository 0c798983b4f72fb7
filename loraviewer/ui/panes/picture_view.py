"""Paints one pane's picture: zoomed, veiled when outdated, with the progress of its job."""

from PySide6.QtCore import (
    QEasingCurve,
    QPointF,
    QRectF,
    QSize,
    Qt,
    QTimer,
    QVariantAnimation,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor, QFocusEvent, QImage, QMouseEvent, QPainter, QPalette, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from loraviewer.ui.panes.viewport import Viewport
from loraviewer.ui.widgets.painting import (
    antialiased,
    draw_focus_ring,
    draw_ring,
    fill_rounded,
    outline_rounded,
)
from loraviewer.ui.widgets.theme import GAP, RADIUS, backdrop, mix, quiet_text

VEIL_DELAY_MS = 350
VEIL_FADE_MS = 250
VEIL_STRENGTH = 0.4
_MARK_STRENGTH = 0.25
_ZOOM_PER_NOTCH = 1.25
_LARGEST_PX = 4096
_BY_WILL = (
    Qt.FocusReason.MouseFocusReason,
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
)
_ARROWS = {
    Qt.Key.Key_Left: QPointF(-1, 0),
    Qt.Key.Key_Right: QPointF(1, 0),
    Qt.Key.Key_Up: QPointF(0, -1),
    Qt.Key.Key_Down: QPointF(0, 1),
}


class PictureView(QWidget):
    """A function of what `show_picture`, `set_veiled`, `set_progress` and `set_words` were told."""

    menu_requested = Signal(QPointF)
    entered = Signal()
    """The keyboard came here because the person wanted it to."""

    def __init__(self, viewport: Viewport, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._viewport = viewport
        self._image: QImage | None = None
        self._drawn: QImage | None = None
        self._drawn_for: tuple[object, ...] = ()
        self._is_smooth = True
        self._is_veiled = False
        self._veil = 0.0
        self._progress: tuple[int, int] | None = None
        self._words = ""
        self._is_framed = False
        self._is_marked = False
        self._pan_from: QPointF | None = None
        self._veil_delay = QTimer(self, singleShot=True, interval=VEIL_DELAY_MS)
        self._fade = QVariantAnimation(self, duration=VEIL_FADE_MS)
        self._fade.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._fade.setStartValue(0.0)
        self._fade.setEndValue(VEIL_STRENGTH)
        self._fade.valueChanged.connect(self._on_fade)
        self._veil_delay.timeout.connect(self._fade.start)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        viewport.changed.connect(self.update)

    # -- what it shows --------------------------------------------------------------------

    def show_picture(self, image: QImage | None) -> None:
        """A new picture takes the old one's place at once; None only before the first."""
        self._image = image
        self._drawn = None
        self.update()

    def set_smooth(self, is_smooth: bool) -> None:
        self._is_smooth = is_smooth
        self._drawn = None
        self.update()

    def set_veiled(self, is_veiled: bool) -> None:
        """The veil fades in after a moment, so that a quick live picture does not flicker."""
        if is_veiled == self._is_veiled:
            return
        self._is_veiled = is_veiled
        self._fade.stop()
        if is_veiled and self.isVisible():
            self._veil_delay.start()
        elif not is_veiled:
            self._veil_delay.stop()
            self._veil = 0.0
        self.update()

    @property
    def veil(self) -> float:
        """0 is clear; `VEIL_STRENGTH` is as veiled as it gets."""
        return self._veil

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

    def sizeHint(self) -> QSize:
        return QSize(400, 400)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 100)

    def hideEvent(self, event) -> None:
        self._veil_delay.stop()
        self._fade.stop()
        super().hideEvent(event)

    def showEvent(self, event) -> None:
        super().showEvent(event)
        self._veil = VEIL_STRENGTH if self._is_veiled else 0.0

    # -- geometry -------------------------------------------------------------------------

    def fit_scale(self) -> float:
        """Device-independent pixels per picture pixel when the picture fits the pane."""
        if self._image is None:
            return 1.0
        return min(
            self.width() / max(1, self._image.width()),
            self.height() / max(1, self._image.height()),
        )

    def picture_rect(self) -> QRectF:
        """Where the whole picture lies, in this widget; mostly outside it when zoomed in."""
        if self._image is None:
            return QRectF()
        scale = self.fit_scale() * self._viewport.zoom
        width, height = self._image.width() * scale, self._image.height() * scale
        centre = self._viewport.centre
        left = self.width() / 2 - centre.x() * width
        top = self.height() / 2 - centre.y() * height
        return QRectF(left, top, width, height)

    def picture_point(self, where: QPointF) -> QPointF:
        """The point of the picture (0 … 1 in both directions) under a point of this widget."""
        rect = self.picture_rect()
        if rect.isEmpty():
            return QPointF(0.5, 0.5)
        inside = where - rect.topLeft()
        return QPointF(inside.x() / rect.width(), inside.y() / rect.height())

    def show_actual_size(self) -> None:
        """One picture pixel on one pixel of the screen."""
        zoom = 1.0 / (self.fit_scale() * self.devicePixelRatioF())
        self._viewport.look_at(self._viewport.centre, zoom)

    # -- the mouse and keys ---------------------------------------------------------------

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        # Not where a window comes to the front or a menu closes.
        if event.reason() in _BY_WILL:
            self.entered.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        notches = event.angleDelta().y() / 120
        if notches and self._image is not None:
            point = self.picture_point(event.position())
            self._viewport.zoom_about(point, _ZOOM_PER_NOTCH**notches)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._pan_from = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pan_from is not None:
            self._pan_by(event.position() - self._pan_from)
            self._pan_from = event.position()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pan_from = None
        self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._viewport.fit()

    def keyPressEvent(self, event) -> None:
        arrow = _ARROWS.get(Qt.Key(event.key()))
        if arrow is not None and not event.modifiers():
            self._pan_by(-arrow * self.width() / 10)
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event) -> None:
        self.menu_requested.emit(QPointF(event.globalPos()))

    def _pan_by(self, way: QPointF) -> None:
        rect = self.picture_rect()
        if not rect.isEmpty():
            moved = QPointF(way.x() / rect.width(), way.y() / rect.height())
            self._viewport.look_at(self._viewport.centre - moved, self._viewport.zoom)

    # -- painting -------------------------------------------------------------------------

    def paintEvent(self, event) -> None:
        painter = antialiased(self)
        ground = backdrop(self.palette())
        fill_rounded(painter, QRectF(self.rect()), ground, RADIUS)
        if self._image is None:
            self._paint_words(painter)
        else:
            self._paint_picture(painter)
            if self._veil > 0.0:
                ground.setAlphaF(self._veil)
                painter.fillRect(self.picture_rect().toAlignedRect(), ground)
        if self._progress is not None:
            self._paint_progress(painter, *self._progress)
        if self._is_marked:
            tint = self.palette().color(QPalette.ColorRole.Accent)
            tint.setAlphaF(_MARK_STRENGTH)
            fill_rounded(painter, QRectF(self.rect()), tint, RADIUS)
        if self.hasFocus():
            draw_focus_ring(painter, QRectF(self.rect()), self.palette(), RADIUS)
        elif self._is_framed:
            self._paint_frame(painter)
        painter.end()

    def _paint_frame(self, painter: QPainter) -> None:
        """As the ring of the keyboard, but quieter: that one is where keys go."""
        palette = self.palette()
        accent = palette.color(QPalette.ColorRole.Accent)
        colour = mix(palette.color(QPalette.ColorRole.Window), accent, 0.55)
        outline_rounded(painter, QRectF(self.rect()), colour, RADIUS, 2.0)

    def _paint_picture(self, painter: QPainter) -> None:
        rect = self.picture_rect()
        image = self._prepared(rect.width() * self.devicePixelRatioF())
        scale = image.width() / rect.width()
        visible = rect.intersected(QRectF(self.rect()))
        source = QRectF((visible.topLeft() - rect.topLeft()) * scale, visible.size() * scale)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(visible, image, source)

    def _prepared(self, device_width: float) -> QImage:
        """The picture in the resolution it is painted from; kept until something changes.

        Pixels as squares: repeated a whole number of times first, so that smoothing only touches
        their edges. Smooth: doubled first, which keeps edges nearly as crisp as a bicubic filter
        would, without the smear of Qt's bilinear one. Shrunk pictures are averaged.
        """
        image = self._image
        assert image is not None
        ratio = device_width / image.width()
        if ratio < 1.0:
            target, mode = round(device_width), Qt.TransformationMode.SmoothTransformation
        else:
            repeats = min(int(ratio), _LARGEST_PX // image.width(), 2 if self._is_smooth else 64)
            if repeats <= 1:
                return image
            target, mode = image.width() * repeats, Qt.TransformationMode.FastTransformation
        if self._drawn is None or self._drawn_for != (target, mode):
            self._drawn = image.scaledToWidth(max(1, target), mode)
            self._drawn_for = (target, mode)
        return self._drawn

    def _paint_words(self, painter: QPainter) -> None:
        painter.setPen(quiet_text(self.palette()))
        inside = self.rect().adjusted(2 * GAP, GAP, -2 * GAP, -GAP)
        if self._progress is not None:
            inside.translate(0, 3 * GAP)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(inside, flags, self._words)

    def _paint_progress(self, painter: QPainter, step: int, steps: int) -> None:
        """A pill in the upper right corner: a ring and "7/16"."""
        text = f"{step}/{steps}"
        width = painter.fontMetrics().horizontalAdvance(f"{steps}/{steps}") + 44
        pill = QRectF(self.width() - width - GAP, GAP, width, 26)
        ground = QColor(self.palette().color(QPalette.ColorRole.Window))
        ground.setAlphaF(0.88)
        fill_rounded(painter, pill, ground, 13)
        accent = self.palette().color(QPalette.ColorRole.Accent)
        centre = QPointF(pill.left() + 15, pill.center().y())
        draw_ring(painter, centre, 7, step / steps, accent)
        painter.setPen(mix(self.palette().color(QPalette.ColorRole.WindowText), accent, 0.1))
        words = pill.adjusted(28, 0, -10, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)

    @Slot(object)
    def _on_fade(self, strength: object) -> None:
        if self._is_veiled and isinstance(strength, float):
            self._veil = strength
            self.update()

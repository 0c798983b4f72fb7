"""A picture as it is painted: in the right resolution, and under a veil where it is outdated."""

from PySide6.QtCore import QEasingCurve, QObject, QRectF, QSize, Qt, QTimer, QVariantAnimation, Slot
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QWidget

VEIL_DELAY_MS = 350
VEIL_FADE_MS = 250
VEIL_STRENGTH = 0.4
_LARGEST_PX = 4096


class PaintedPicture:
    """Keeps the resolution that it is painted from until something changes."""

    def __init__(self) -> None:
        self._image: QImage | None = None
        self._drawn: QImage | None = None
        self._drawn_for: tuple[object, ...] = ()
        self._is_smooth = True

    @property
    def image(self) -> QImage | None:
        return self._image

    @property
    def size(self) -> QSize:
        """In pixels; empty where there is none."""
        return QSize() if self._image is None else self._image.size()

    def show(self, image: QImage | None) -> None:
        self._image = image
        self._drawn = None

    def set_smooth(self, is_smooth: bool) -> None:
        self._is_smooth = is_smooth
        self._drawn = None

    def paint(self, painter: QPainter, rect: QRectF, within: QRectF, ratio: float) -> None:
        """What lies within a part of the widget. rect: where the whole picture lies. ratio: pixels
        of the screen per pixel of the widget."""
        visible = rect.intersected(within)
        if self._image is None or visible.isEmpty():
            return
        image = self._prepared(self._image, rect.width() * ratio)
        scale = image.width() / rect.width()
        source = QRectF((visible.topLeft() - rect.topLeft()) * scale, visible.size() * scale)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(visible, image, source)

    def _prepared(self, image: QImage, device_width: float) -> QImage:
        """The picture in the resolution it is painted from.

        Pixels as squares: repeated a whole number of times first, so that smoothing only touches
        their edges. Smooth: doubled first, which keeps edges nearly as crisp as a bicubic filter
        would, without the smear of Qt's bilinear one. Shrunk pictures are averaged.
        """
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


class Veil(QObject):
    """Over a picture that is outdated. It fades in after a moment, so that a quick live picture
    does not flicker."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self._is_on = False
        self._strength = 0.0
        self._delay = QTimer(self, singleShot=True, interval=VEIL_DELAY_MS)
        self._fade = QVariantAnimation(self, duration=VEIL_FADE_MS)
        self._fade.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._fade.setStartValue(0.0)
        self._fade.setEndValue(VEIL_STRENGTH)
        self._fade.valueChanged.connect(self._on_fade)
        self._delay.timeout.connect(self._fade.start)

    @property
    def strength(self) -> float:
        """0 is clear; `VEIL_STRENGTH` is as veiled as it gets."""
        return self._strength

    def set_on(self, is_on: bool) -> None:
        if is_on == self._is_on:
            return
        self._is_on = is_on
        self._fade.stop()
        if is_on and self._widget.isVisible():
            self._delay.start()
        elif not is_on:
            self._delay.stop()
            self._strength = 0.0
        self._widget.update()

    def rest(self) -> None:
        """The widget is seen no more."""
        self._delay.stop()
        self._fade.stop()

    def settle(self) -> None:
        """At once as it should be: what is under it was not seen before."""
        self.rest()
        self._strength = VEIL_STRENGTH if self._is_on else 0.0

    def paint(self, painter: QPainter, rect: QRectF, ground: QColor) -> None:
        if self._strength > 0.0:
            veil = QColor(ground)
            veil.setAlphaF(self._strength)
            painter.fillRect(rect.toAlignedRect(), veil)

    @Slot(object)
    def _on_fade(self, strength: object) -> None:
        if self._is_on and isinstance(strength, float):
            self._strength = strength
            self._widget.update()

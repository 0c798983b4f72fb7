"""Pictures in the size in which a small place shows them."""

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPixmap

from loraviewer.bridge.images import to_qimage
from loraviewer.core.picture import Picture


def fitted(picture: Picture, place: QSize, device_ratio: float) -> QPixmap:
    """The whole picture, as large as the place lets it be. Shrunk ones are averaged; pixels of
    enlarged ones stay squares with soft edges."""
    return fitted_image(to_qimage(picture), place, device_ratio)


def fitted_image(image: QImage, place: QSize, device_ratio: float) -> QPixmap:
    """The same of an image."""
    room = QSize(
        max(1, round(place.width() * device_ratio)), max(1, round(place.height() * device_ratio))
    )
    target = image.size().scaled(room, Qt.AspectRatioMode.KeepAspectRatio).expandedTo(QSize(1, 1))
    if target.width() > image.width():
        repeats = math.ceil(target.width() / image.width())
        image = image.scaled(image.size() * repeats)
    smooth = Qt.TransformationMode.SmoothTransformation
    shown = image.scaled(target, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
    drawn = QPixmap.fromImage(shown)
    drawn.setDevicePixelRatio(device_ratio)
    return drawn


def centred(drawn: QPixmap, place: QRectF) -> QRectF:
    """Where a fitted picture lies in its place."""
    size = drawn.deviceIndependentSize()
    corner = place.center() - QPointF(size.width() / 2, size.height() / 2)
    return QRectF(corner, size)


def paint_centred(painter: QPainter, drawn: QPixmap, place: QRectF) -> None:
    painter.drawPixmap(centred(drawn, place).topLeft(), drawn)

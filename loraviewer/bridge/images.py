"""Pictures to Qt images."""

from PySide6.QtGui import QImage

from loraviewer.core.picture import Picture


def to_qimage(picture: Picture) -> QImage:
    """An image that owns its pixels (a QImage over a buffer would not)."""
    stride = picture.width * 3
    view = QImage(picture.rgb, picture.width, picture.height, stride, QImage.Format.Format_RGB888)
    return view.copy()

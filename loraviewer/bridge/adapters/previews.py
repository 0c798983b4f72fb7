"""Preview pictures of adapters, read with limits: a picture beside a file is a stranger's too."""

import base64
import binascii
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QImage, QImageReader

from loraviewer.core.outcome import FileError
from loraviewer.core.regular_files import read_regular

MOST_BYTES = 32_000_000
MOST_PIXELS = 64_000_000
_FORMATS = frozenset({b"png", b"jpg", b"jpeg", b"webp"})
_DATA_URL = "data:image/"


def read_preview(source: str, edge_px: int) -> QImage:
    """A picture of at most `edge_px` on its longer side; a null image where there is none that
    may be shown.

    `source` is a path, or a data URL as modelspec keeps it. Not for the GUI thread. Raises
    `OSError` where there is no such file.
    """
    data = _decoded(source) if source.startswith(_DATA_URL) else _read(source)
    if not data:
        return QImage()
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    # By content: a suffix may lie, and Qt would take formats that can hold programs.
    reader = QImageReader(buffer)
    reader.setDecideFormatFromContent(True)
    if reader.format().data() not in _FORMATS or not _is_modest(reader.size()):
        return QImage()
    reader.setAutoTransform(True)
    reader.setScaledSize(_fitted(reader.size(), edge_px))
    return reader.read()


def _is_modest(size: QSize) -> bool:
    return size.isValid() and 0 < size.width() * size.height() <= MOST_PIXELS


def _fitted(size: QSize, edge_px: int) -> QSize:
    if max(size.width(), size.height()) <= edge_px:
        return size
    scaled = size.scaled(edge_px, edge_px, Qt.AspectRatioMode.KeepAspectRatio)
    return scaled.expandedTo(QSize(1, 1))


def _read(path: str) -> bytes:
    try:
        return read_regular(Path(path), MOST_BYTES)
    except FileError:
        return b""


def _decoded(url: str) -> bytes:
    """The bytes of a base64 data URL; empty where it is too long or broken."""
    head, _, text = url.partition(",")
    if not head.endswith(";base64") or len(text) > MOST_BYTES:
        return b""
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        return b""

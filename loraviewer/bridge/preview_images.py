"""Preview pictures of adapters by content hash, read when somebody wants to see them."""

from collections import OrderedDict
from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.previews import read_preview
from loraviewer.core.outcome import Failure
from loraviewer.core.reports import AdapterSummary

EDGE_PX = 320
_MOST_KEPT = 64
_EMBEDDED = "modelspec.thumbnail"


class PreviewImages(QObject):
    """GUI thread only; decoding runs in the background."""

    changed = Signal(str)  # sha256

    def __init__(self, tasks: BackgroundTasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._images: OrderedDict[str, QImage] = OrderedDict()
        self._asked: dict[str, tuple[str, ...]] = {}
        """sha256 → where its picture was looked for, so that a broken one is read only once."""

    def image(self, sha256: str) -> QImage:
        """A null image while, or where, there is none."""
        return self._images.get(sha256, QImage())

    def request(self, summary: AdapterSummary) -> None:
        """`changed` tells when the picture is there; nothing happens where there is none."""
        wanted = (summary.preview_path, summary.metadata.get(_EMBEDDED, ""))
        sources = tuple(source for source in wanted if source)
        sha256 = summary.sha256
        if not sources or self._asked.get(sha256) == sources:
            return
        self._asked[sha256] = sources
        self._tasks.run(lambda: _first_image(sources), lambda image: self._on_read(sha256, image))

    def _on_read(self, sha256: str, image: QImage | Failure) -> None:
        if isinstance(image, Failure) or image.isNull():
            return
        self._images[sha256] = image
        while len(self._images) > _MOST_KEPT:
            self._asked.pop(self._images.popitem(last=False)[0], None)
        self.changed.emit(sha256)


def _first_image(sources: Sequence[str]) -> QImage:
    for source in sources:
        try:
            image = read_preview(source, EDGE_PX)
        except OSError:
            continue
        if not image.isNull():
            return image
    return QImage()

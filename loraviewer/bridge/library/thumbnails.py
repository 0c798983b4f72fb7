"""Small pictures of the library's files, read while their rows are in sight."""

from collections import OrderedDict
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage

from loraviewer.bridge.adapters.previews import read_preview
from loraviewer.bridge.background import BackgroundTasks
from loraviewer.core.library.entries import LibraryEntry

EDGE_PX = 192
_MOST_KEPT = 400
"""60 MB of pixels."""
_MOST_WAITING = 96
"""Rows that were scrolled past are not read for."""

Sources = tuple[str, ...]
Place = Callable[[str], str]
"""Content hash → where a picture of it lies or would lie, "" for nowhere."""


class Thumbnails(QObject):
    """Of each file one that a person chose, the one beside it or in it, or the studio's own. GUI
    thread only; decoding runs in the background, what was asked for last comes first."""

    changed = Signal(str)  # path of the file

    def __init__(
        self,
        chosen_place: Place = lambda sha256: "",
        own_place: Place = lambda sha256: "",
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._chosen_place = chosen_place
        self._own_place = own_place
        self._tasks = BackgroundTasks(self, threads=1)
        self._images: OrderedDict[str, tuple[Sources, QImage]] = OrderedDict()
        self._waiting: OrderedDict[str, Sources] = OrderedDict()
        self._reading = ""

    def image(self, entry: LibraryEntry) -> QImage:
        """A null image while, or where, there is none."""
        sources, known = self._sources(entry), self._images.get(entry.path)
        if known is not None:
            self._images.move_to_end(entry.path)
        if sources and (known is None or known[0] != sources):
            self._ask(entry.path, sources)
        return QImage() if known is None else known[1]

    @Slot(str)
    def forget(self, sha256: str) -> None:
        """There is another picture of this content now."""
        places = {self._chosen_place(sha256), self._own_place(sha256)} - {""}
        for path, (sources, _) in tuple(self._images.items()):
            if places.intersection(sources):
                del self._images[path]
                self.changed.emit(path)

    def close(self, patience_ms: int) -> bool:
        self._waiting.clear()
        return self._tasks.close(patience_ms)

    def _sources(self, entry: LibraryEntry) -> Sources:
        sha256 = entry.sha256
        places = (self._chosen_place(sha256), entry.preview_path, self._own_place(sha256))
        return tuple(source for source in places if source)

    def _ask(self, path: str, sources: Sources) -> None:
        if path == self._reading:
            return
        self._waiting[path] = sources
        self._waiting.move_to_end(path)
        while len(self._waiting) > _MOST_WAITING:
            self._waiting.popitem(last=False)
        self._read_next()

    def _read_next(self) -> None:
        if self._reading or not self._waiting:
            return
        path, sources = self._waiting.popitem(last=True)
        self._reading = path
        self._tasks.run(partial(_first_of, sources), partial(self._on_read, path, sources))

    def _on_read(self, path: str, sources: Sources, found: object) -> None:
        """A null image is kept too: it is not read for again and again."""
        self._reading = ""
        image = found if isinstance(found, QImage) else QImage()
        self._images[path] = (sources, image)
        self._images.move_to_end(path)
        while len(self._images) > _MOST_KEPT:
            self._images.popitem(last=False)
        if not image.isNull():
            self.changed.emit(path)
        self._read_next()


def _first_of(sources: Sources) -> QImage:
    for source in sources:
        try:
            image = read_preview(source, EDGE_PX)
        except OSError:
            continue
        if not image.isNull():
            return image
    return QImage()

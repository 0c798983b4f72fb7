"""Preview pictures of adapters by content hash, read when somebody wants to see them."""

import os
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from loraviewer.bridge.adapters.previews import read_preview
from loraviewer.bridge.background import BackgroundTasks
from loraviewer.core.outcome import Failure
from loraviewer.core.reports import AdapterSummary

EDGE_PX = 320
_MOST_KEPT = 64
_EMBEDDED = "modelspec.thumbnail"

State = tuple[tuple[str, int, int, int], ...]
"""Where pictures were looked for: path or data URL, size, time of change, inode."""


class PreviewImages(QObject):
    """Pictures that are replaced, completed, added or taken away are noticed whenever one is asked
    for or looked for again. GUI thread only; looking and decoding run in the background."""

    changed = Signal(str)  # sha256

    def __init__(
        self,
        tasks: BackgroundTasks,
        find: Callable[[Path], str] = lambda path: "",
        parent: QObject | None = None,
    ) -> None:
        """find: adapter file → the picture beside it, "" for none; called in the background."""
        super().__init__(parent)
        self._tasks = tasks
        self._find = find
        self._images: OrderedDict[str, QImage] = OrderedDict()
        self._asked: dict[str, AdapterSummary] = {}
        self._states: dict[str, State] = {}
        """sha256 → what was found there, so that a broken one is read only once."""

    def image(self, sha256: str) -> QImage:
        """A null image while, or where, there is none."""
        return self._images.get(sha256, QImage())

    def request(self, summary: AdapterSummary) -> None:
        """`changed` tells when another picture is there than before, or none any more."""
        sha256 = summary.sha256
        self._asked[sha256] = summary
        known, find = self._states.get(sha256), self._find
        self._tasks.run(
            lambda: _look(summary, find, known), lambda found: self._on_looked(sha256, found)
        )

    def look_again(self) -> None:
        """Files may be others while the person was elsewhere."""
        for summary in tuple(self._asked.values()):
            self.request(summary)

    def _on_looked(self, sha256: str, found: "_Found | Failure | None") -> None:
        if found is None or isinstance(found, Failure):
            return
        self._states[sha256] = found.state
        if found.image.isNull():
            if self._images.pop(sha256, None) is not None:
                self.changed.emit(sha256)
            return
        self._images[sha256] = found.image
        self._images.move_to_end(sha256)
        while len(self._images) > _MOST_KEPT:
            gone, _ = self._images.popitem(last=False)
            del self._states[gone], self._asked[gone]
        self.changed.emit(sha256)


class _Found(NamedTuple):
    state: State
    image: QImage


def _look(
    summary: AdapterSummary, find: Callable[[Path], str], known: State | None
) -> _Found | None:
    """None where nothing changed since `known`."""
    wanted = (find(Path(summary.path)) or summary.preview_path, summary.metadata.get(_EMBEDDED, ""))
    state = tuple(_state_of(source) for source in wanted if source)
    return None if state == known else _Found(state, _first_image(state))


def _state_of(source: str) -> tuple[str, int, int, int]:
    """Zeros for what is no file or is not there."""
    try:
        facts = os.stat(source)
    except (OSError, ValueError):
        return source, 0, 0, 0
    return source, facts.st_size, facts.st_mtime_ns, facts.st_ino


def _first_image(state: State) -> QImage:
    for source, *_ in state:
        try:
            image = read_preview(source, EDGE_PX)
        except OSError:
            continue
        if not image.isNull():
            return image
    return QImage()

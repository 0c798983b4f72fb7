"""Pictures of the studio as thumbnails of adapters: of a stack that is one adapter alone."""

import contextlib
import os
from functools import partial
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, Qt, Signal, Slot

from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.images import to_qimage
from loraviewer.bridge.library.library_model import LibraryModel
from loraviewer.bridge.rendering.pane_model import PaneModel
from loraviewer.core.atomic import new_file
from loraviewer.core.outcome import Failure, Rendered
from loraviewer.core.pane import PaneState
from loraviewer.core.picture import Picture

_EDGE_PX = 256
_QUALITY = 88
_HASH_DIGITS = frozenset("0123456789abcdef")
_LONGEST_HASH = 64
MOST_FIRST, MOST_FIRST_BYTES = 2_000, 50_000_000
"""Of pictures that came by themselves: each has some 15 kB."""


class OwnThumbnails(QObject):
    """JPEG files by content hash: one that a person chose, and the first one that came by itself;
    of these the newest are kept (`MOST_FIRST`).
    GUI thread only; files are written in the background."""

    kept = Signal(str)  # sha256 of an adapter that has another picture now
    notice = Signal(object)  # Failure: the chosen one cannot be written

    def __init__(
        self,
        folder: Path | None,
        document: DocumentModel,
        panes: PaneModel,
        model: LibraryModel,
        parent: QObject | None = None,
    ) -> None:
        """folder: None to keep none. model: pictures come by themselves once it is open."""
        super().__init__(parent)
        self._folder = folder
        self._document = document
        self._panes = panes
        self._model = model
        self._tasks = BackgroundTasks(self, threads=1)
        self._seen: set[str] = set()
        """Of which there is one, or will be."""
        panes.pane_changed.connect(self._on_pane_changed)

    def chosen_place(self, sha256: str) -> str:
        """Where the chosen one lies, or would; "" for nowhere."""
        return self._place(sha256, "-chosen")

    def first_place(self, sha256: str) -> str:
        """As `chosen_place`, of the one that came by itself."""
        return self._place(sha256, "")

    def shown_alone(self) -> tuple[str, Picture] | None:
        """The hash of the adapter that the active pane's settled picture is of, and that picture;
        None where it is of none, or of several."""
        return _alone(self._panes.pane(self._document.document.active))

    def choose(self, sha256: str, picture: Picture) -> None:
        """As its thumbnail from now on, whatever lies beside the file."""
        if place := self.chosen_place(sha256):
            receive = partial(self._on_kept, sha256, True)
            self._tasks.run(partial(_write, Path(place), picture), receive)

    def close(self, patience_ms: int) -> bool:
        """Whether what was being written is."""
        return self._tasks.close(patience_ms)

    def _place(self, sha256: str, ending: str) -> str:
        is_hash = 0 < len(sha256) <= _LONGEST_HASH and _HASH_DIGITS.issuperset(sha256)
        return str(self._folder / f"{sha256}{ending}.jpg") if self._folder and is_hash else ""

    @Slot(object)
    def _on_pane_changed(self, state: PaneState) -> None:
        found = _alone(state) if self._model.is_open else None
        if found is None or found[0] in self._seen:
            return
        sha256, picture = found
        self._seen.add(sha256)
        if place := self.first_place(sha256):
            receive = partial(self._on_kept, sha256, False)
            self._tasks.run(partial(_write_first, Path(place), picture), receive)

    def _on_kept(self, sha256: str, is_chosen: bool, outcome: object) -> None:
        if not isinstance(outcome, Failure):
            self.kept.emit(sha256)
        elif is_chosen:
            self.notice.emit(outcome)


def _alone(state: PaneState) -> tuple[str, Picture] | None:
    """Drafts and pictures of an earlier stack are none."""
    shown = state.shown
    if shown is None or state.is_outdated or state.is_busy or not _is_of_one(shown):
        return None
    return shown.request.adapters[0].sha256, shown.picture


def _is_of_one(shown: Rendered) -> bool:
    adapters = shown.request.adapters
    return len(adapters) == 1 and adapters[0].scale > 0 and not shown.request.is_draft


def _write_first(place: Path, picture: Picture) -> None:
    if not place.exists():
        _write(place, picture)
        _clear(place.parent)


def _clear(folder: Path) -> None:
    """Of the pictures that came by themselves the oldest go where there are too many; those that a
    person chose stay."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        own = [(e.stat().st_mtime_ns, e.stat().st_size, e.path) for e in entries if _is_first(e)]
        own.sort(reverse=True)
        whole = 0
        for at, (_, size, path) in enumerate(own):
            whole += size
            if at >= MOST_FIRST or whole > MOST_FIRST_BYTES:
                os.unlink(path)


def _is_first(entry: "os.DirEntry[str]") -> bool:
    name, _, suffix = entry.name.partition(".")
    is_hash = 0 < len(name) <= _LONGEST_HASH and _HASH_DIGITS.issuperset(name)
    return is_hash and suffix == "jpg" and entry.is_file(follow_symlinks=False)


def _write(place: Path, picture: Picture) -> None:
    """Raises `FileError` and `OSError`."""
    image, size = to_qimage(picture), (_EDGE_PX, _EDGE_PX)
    if max(image.width(), image.height()) > _EDGE_PX:
        aspect, smooth = (
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        image = image.scaled(*size, aspect, smooth)
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "JPEG", _QUALITY)  # pyright: ignore[reportCallIssue, reportArgumentType]
    place.parent.mkdir(parents=True, exist_ok=True)
    with new_file(place) as temporary:
        temporary.write_bytes(data.data())

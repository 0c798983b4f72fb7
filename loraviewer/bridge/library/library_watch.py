"""Noticing that files of the library appear or go while the studio is open."""

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Slot

from loraviewer.bridge.library.library_model import LibraryModel
from loraviewer.bridge.library.library_scan import LibraryScan
from loraviewer.core.library.port import LibraryPort

_QUIET_MS = 1_500
"""Files that are being copied are waited for."""
_STALE_S = 30.0
_MOST_WATCHED = 256
"""Folders; a system has a limit for all programs together."""
_AT_ONCE = 16


class LibraryWatch(QObject):
    """Starts a scan when a watched folder changes, and when the person comes back after a while.
    GUI thread only."""

    def __init__(
        self, model: LibraryModel, scan: LibraryScan, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._scan = scan
        self._files = QFileSystemWatcher(self)
        self._to_watch: list[str] = []
        self._quiet = QTimer(self, singleShot=True, interval=_QUIET_MS)
        self._adding = QTimer(self, singleShot=True, interval=0)
        self._quiet.timeout.connect(scan.start)
        self._adding.timeout.connect(self._watch_some)
        self._files.directoryChanged.connect(self._on_directory_changed)
        scan.changed.connect(self._on_scan_changed)

    @property
    def watched(self) -> tuple[str, ...]:
        return tuple(self._files.directories())

    def look_again(self) -> None:
        """The person comes back from elsewhere: not every file system tells of changes."""
        if self._model.is_open and self._model.folders and self._scan.is_older_than(_STALE_S):
            self._scan.start()

    def close(self) -> None:
        self._quiet.stop()
        self._adding.stop()
        self._to_watch.clear()
        if watched := self._files.directories():
            self._files.removePaths(watched)

    @Slot(str)
    def _on_directory_changed(self, _: str) -> None:
        self._quiet.start()

    @Slot()
    def _on_scan_changed(self) -> None:
        if not self._scan.is_running and self._model.is_open:
            self._model.ask(_directories, self._on_directories)

    def _on_directories(self, wanted: frozenset[str]) -> None:
        watched = set(self._files.directories())
        if gone := sorted(watched - wanted):
            self._files.removePaths(gone)
        self._to_watch = sorted(wanted - watched)
        if self._to_watch:
            self._adding.start()

    @Slot()
    def _watch_some(self) -> None:
        """A folder on a slow drive takes its time, so that the window comes in between."""
        some, self._to_watch = self._to_watch[:_AT_ONCE], self._to_watch[_AT_ONCE:]
        self._files.addPaths(some)
        if self._to_watch:
            self._adding.start()


def _directories(port: LibraryPort) -> frozenset[str]:
    """The chosen folders, then those that hold files, the upper ones first."""
    wanted = dict.fromkeys((*port.folders(), *port.directories()))
    return frozenset(tuple(wanted)[:_MOST_WATCHED])

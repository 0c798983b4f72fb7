"""Which file the library previews: the one with the keyboard, while that is wanted."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QObject, QTimer, Slot

from loraviewer.bridge.library.library_desk import LibraryDesk
from loraviewer.core.library.entries import LibraryEntry
from loraviewer.ui.library.library_dock import LibraryDock

_REST_MS = 250
"""Rows that arrows go past are not asked for."""


class PreviewFollow(QObject):
    """Off until somebody switches it on, since each picture costs; off again where the library
    closes."""

    def __init__(self, desk: LibraryDesk, dock: LibraryDock) -> None:
        super().__init__(dock)
        self._desk = desk
        self._dock = dock
        self._is_on = False
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self._look)
        dock.foot.preview.clicked.connect(self.set_on)
        dock.view.preview_wanted.connect(self.toggle)
        dock.hidden.connect(self.stop)
        dock.view.selectionModel().currentChanged.connect(self._on_current_changed)

    @Slot(bool)
    def set_on(self, on: bool) -> None:
        self._is_on = on
        self._dock.foot.preview.setChecked(on)
        self._rest.stop()
        if on:
            self._look()
        else:
            self._desk.preview.look_at(None)

    @Slot()
    def toggle(self) -> None:
        self.set_on(not self._is_on)

    @Slot()
    def stop(self) -> None:
        self.set_on(False)

    @Slot(QModelIndex, QModelIndex)
    def _on_current_changed(self, _: QModelIndex, __: QModelIndex) -> None:
        if self._is_on:
            self._rest.start()

    @Slot()
    def _look(self) -> None:
        row = self._dock.view.currentIndex().row()
        if self._is_on and 0 <= row < self._desk.list.rowCount():
            self._desk.list.with_entries([self._desk.list.path(row)], self._look_at)

    def _look_at(self, entries: Sequence[LibraryEntry]) -> None:
        preview = self._desk.preview.preview
        for entry in entries[:1]:
            is_there = preview is not None and preview.entry.path == entry.path
            if self._is_on and not is_there:
                self._desk.preview.look_at(entry)

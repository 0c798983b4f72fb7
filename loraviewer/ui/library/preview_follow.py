"""Which file the library previews: the one with the keyboard, while that is wanted; else the one
under the resting mouse, where the settings say so."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QObject, QTimer, Slot

from loraviewer.bridge.library.library_desk import LibraryDesk
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.library.entries import LibraryEntry
from loraviewer.core.settings import Settings
from loraviewer.ui.library.library_dock import LibraryDock

_REST_MS = 250
"""Rows that arrows go past are not asked for."""
HOVER_MS = 700
"""How long the mouse rests; asked again as often while something else is at work."""


class PreviewFollow(QObject):
    """Off until somebody switches it on, since each picture costs; off again where the library
    closes. What the mouse rests on never begins while a picture is wanted, and goes with it."""

    def __init__(self, desk: LibraryDesk, dock: LibraryDock, settings: SettingsModel) -> None:
        super().__init__(dock)
        self._desk = desk
        self._dock = dock
        self._is_on = False
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self._look)
        self._settings = settings
        self._hovered = ""
        self._shown_by_mouse = ""
        self.hover = QTimer(self, singleShot=True, interval=HOVER_MS)
        """Runs while the mouse rests."""
        self.hover.timeout.connect(self._look_at_hovered)
        dock.view.hovered.connect(self._on_hovered)
        settings.changed.connect(self._on_settings)
        dock.foot.preview.clicked.connect(self.set_on)
        dock.view.preview_wanted.connect(self.toggle)
        dock.hidden.connect(self.stop)
        dock.view.selectionModel().currentChanged.connect(self._on_current_changed)

    @Slot(bool)
    def set_on(self, on: bool) -> None:
        self._is_on = on
        self.hover.stop()
        self._shown_by_mouse = ""
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

    # -- the mouse ------------------------------------------------------------------------

    @Slot(str)
    def _on_hovered(self, path: str) -> None:
        self._hovered = path
        if self._shown_by_mouse and self._shown_by_mouse != path:
            self._shown_by_mouse = ""
            self._desk.preview.look_at(None)
        if path and not self._is_on and self._settings.settings.previews_hovered:
            self.hover.start()
        else:
            self.hover.stop()

    @Slot()
    def _look_at_hovered(self) -> None:
        if not self._desk.is_idle:
            self.hover.start()
            return
        self._desk.list.with_entries([self._hovered], self._show_hovered)

    def _show_hovered(self, entries: Sequence[LibraryEntry]) -> None:
        """The mouse may be elsewhere by now."""
        for entry in entries[:1]:
            if entry.path == self._hovered and not self._is_on:
                self._shown_by_mouse = entry.path
                self._desk.preview.look_at(entry)

    @Slot(object)
    def _on_settings(self, settings: Settings) -> None:
        if not settings.previews_hovered:
            self._on_hovered("")

    # -- the keyboard ---------------------------------------------------------------------

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

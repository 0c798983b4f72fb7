"""The sessions of late as a menu: files, and what gave way without being saved."""

import time
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from loraviewer.bridge.sessions.session_model import SessionModel
from loraviewer.ui.widgets.added_action import added
from loraviewer.ui.widgets.file_words import shortened
from loraviewer.ui.widgets.labels import plain_tip


class RecentSessions(QMenu):
    """Filled when it is opened. Files that are gone are shown, and cannot be chosen."""

    chosen = Signal(str)
    set_aside_chosen = Signal(object)
    """The path of a session that gave way."""
    clear_requested = Signal()

    def __init__(self, sessions: SessionModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sessions = sessions
        self._files: list[tuple[str, QAction]] = []
        self.setTitle(self.tr("Open &recent"))
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.fill)
        sessions.changed.connect(self._show_missing)
        self.fill()

    @Slot()
    def fill(self) -> None:
        """As it is now; what is gone is known a moment later."""
        self.clear()
        self._files = [(path, self._file_action(path)) for path, _ in self._sessions.recent]
        self._add_set_aside()
        if self.isEmpty():
            added(self, self.tr("No sessions yet")).setEnabled(False)
        elif self._files:
            self.addSeparator()
            added(self, self.tr("Clear the list")).triggered.connect(self.clear_requested)
        self._show_missing()
        self._sessions.look()

    def _file_action(self, path: str) -> QAction:
        action = added(self, _plain(shortened(Path(path).name)))
        action.setToolTip(plain_tip(path))
        action.triggered.connect(lambda: self.chosen.emit(path))
        return action

    def _add_set_aside(self) -> None:
        found = self._sessions.set_aside()
        if found:
            self.addSection(self.tr("Not saved"))
        for one in found:
            words = self.tr("What was open at {}").format(moment(one.saved_at))
            action = added(self, words)
            action.setToolTip(self.tr("It gave way to another session, and was kept."))
            action.triggered.connect(lambda _=False, one=one: self.set_aside_chosen.emit(one.path))

    @Slot()
    def _show_missing(self) -> None:
        there = dict(self._sessions.recent)
        for path, action in self._files:
            name = _plain(shortened(Path(path).name))
            is_there = there.get(path, True)
            action.setEnabled(is_there)
            action.setText(name if is_there else self.tr("{} (not there)").format(name))


def moment(seconds: float, now: float | None = None) -> str:
    """The time of day, with the date where it was not today. seconds: since the epoch."""
    when, today = time.localtime(seconds), time.localtime(now)
    is_today = (when.tm_year, when.tm_yday) == (today.tm_year, today.tm_yday)
    return time.strftime("%H:%M" if is_today else "%Y-%m-%d %H:%M", when)


def _plain(name: str) -> str:
    """A name of a file, without a letter that a menu would underline."""
    return name.replace("&", "&&")

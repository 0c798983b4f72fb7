"""What menus and keys do with sessions, and what the window says of them."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QMainWindow

from loraviewer.bridge.adapters.adapter_finder import OtherFile
from loraviewer.bridge.languages import shown
from loraviewer.bridge.openings import Openings
from loraviewer.bridge.sessions.session_model import SessionModel
from loraviewer.bridge.status_model import StatusModel
from loraviewer.core.document_rows import rows_of
from loraviewer.core.outcome import FailureKind
from loraviewer.core.session import BaseRef
from loraviewer.ui.message_bar import MessageBar
from loraviewer.ui.notices import Notices
from loraviewer.ui.recent_sessions import RecentSessions, moment
from loraviewer.ui.session_dialogs import SessionDialogs
from loraviewer.ui.widgets.file_words import shortened

_PROGRAM = "loraviewer"


class SessionActions(QObject):
    """Between the table of actions, the sessions, the dialogs and the notices."""

    base_gone = Signal(str)
    """The path of a base that is wanted and not there."""

    def __init__(
        self,
        window: QMainWindow,
        sessions: SessionModel,
        openings: Openings,
        status: StatusModel,
        notices: Notices,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._sessions = sessions
        self._openings = openings
        self._finder = sessions.finder
        self._status = status
        self._notices = notices
        self._gone_bar: MessageBar | None = None
        self._questions: list[MessageBar] = []
        """About the session that is open; on another one they would be untrue."""
        self.dialogs = SessionDialogs(window, sessions.settings)
        self.recent_menu = RecentSessions(sessions, window)
        self._connect()
        self._show_title()

    def slots(self) -> dict[str, Callable[..., object]]:
        """For the rows of the table that are about sessions."""
        return {
            "new_session": self._openings.new_session,
            "open_session": self.dialogs.open_session,
            "save_session": self._on_save,
            "save_session_as": self._on_save_as,
        }

    def locate(self, entry_id: str) -> None:
        """Ask where the file of a row is."""
        rows = {row.entry_id: row for row in rows_of(self._sessions.document)}
        if entry_id in rows:
            self.dialogs.locate_row(entry_id, rows[entry_id].path)

    def _connect(self) -> None:
        sessions, dialogs, menu = self._sessions, self.dialogs, self.recent_menu
        dialogs.session_chosen.connect(self._open)
        dialogs.session_named.connect(sessions.save_as)
        dialogs.row_located.connect(self._finder.locate)
        dialogs.base_located.connect(sessions.base.locate)
        menu.chosen.connect(self._open)
        menu.set_aside_chosen.connect(sessions.open_set_aside)
        menu.clear_requested.connect(sessions.forget_recent)
        sessions.changed.connect(self._show_title)
        sessions.installing.connect(self._take_back_questions)
        sessions.restored.connect(self._on_restored)
        sessions.left.connect(self._on_left)
        sessions.saved.connect(self._on_saved)
        sessions.changed_elsewhere.connect(self._on_changed_elsewhere)
        sessions.base.gone.connect(self._on_base_gone)
        sessions.base.changed.connect(self._on_base_changed)
        self._finder.mentioned.connect(self._notices.mention)
        self._finder.differs.connect(self._on_differs)

    @Slot()
    def _on_save(self) -> None:
        if self._sessions.file:
            self._sessions.save()
        else:
            self.dialogs.save_session("")

    @Slot()
    def _on_save_as(self) -> None:
        self.dialogs.save_session(self._sessions.file)

    @Slot(str)
    def _open(self, path: str) -> None:
        self._sessions.open(path, lambda: self._notices.forget_file(path))

    # -- what is said ---------------------------------------------------------------------

    @Slot()
    def _show_title(self) -> None:
        """The star is Qt's: where the desktop has another sign for it, that is shown."""
        info, path = self._sessions.base.info, self._sessions.file
        name = f"{Path(path).name.replace('[*]', '[*][*]')}[*]" if path else ""
        parts = (name, shown(info.name) if info is not None else "", _PROGRAM)
        self._window.setWindowTitle(" — ".join(part for part in parts if part))
        self._window.setWindowModified(bool(path) and self._sessions.is_unsaved)

    @Slot()
    def _on_base_changed(self) -> None:
        if self._gone_bar is not None:
            self._notices.take_away(self._gone_bar)
            self._gone_bar = None
        self._show_title()

    @Slot()
    def _take_back_questions(self) -> None:
        for bar in self._questions:
            self._notices.take_away(bar)
        self._questions.clear()

    def _ask(self, words: str, answer: str, icon_name: str, act: Callable[[], None]) -> MessageBar:
        bar = self._notices.ask(words, answer, icon_name, act)
        self._questions.append(bar)
        return bar

    @Slot(object)
    def _on_restored(self, saved_at: float) -> None:
        words = self.tr("Restored what was open at {}.").format(moment(saved_at))
        self._ask(words, self.tr("Start fresh"), "reset", self._openings.start_fresh)

    @Slot()
    def _on_left(self) -> None:
        words = self.tr("What was open is kept.")
        self._notices.tell(words, self.tr("Back to it"), "undo", self._sessions.go_back)

    @Slot(str)
    def _on_saved(self, path: str) -> None:
        self._notices.forget_file(path)
        words = self.tr("“{}” is saved").format(shortened(Path(path).name))
        self._status.change(activity=words)

    @Slot(str)
    def _on_changed_elsewhere(self, path: str) -> None:
        words = self.tr("“{}” was changed elsewhere since it was opened. Save over it?")
        save = partial(self._sessions.save_over, path)
        name = shortened(Path(path).name)
        self._ask(words.format(name), self.tr("Save over it"), "save", save)

    @Slot(object)
    def _on_base_gone(self, ref: BaseRef) -> None:
        self._notices.forget(FailureKind.CHECKPOINT)
        words = self.tr("The base of this session is not there any more: {}")
        locate = partial(self.dialogs.locate_base, ref.path)
        self.base_gone.emit(ref.path)
        self._gone_bar = self._ask(
            words.format(shortened(ref.path)), self.tr("Locate…"), "search", locate
        )

    @Slot(object)
    def _on_differs(self, other: OtherFile) -> None:
        words = self.tr("“{file}” is another file than that of “{row}”. Take it all the same?")
        names = {"file": shortened(Path(other.summary.path).name), "row": other.row.name}
        self._ask(
            words.format(**names), self.tr("Take it"), "check", partial(self._finder.take, other)
        )

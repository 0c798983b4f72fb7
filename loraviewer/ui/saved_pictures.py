"""Saving pictures from the window: what it asks, what it says, and that none of them is lost."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.pictures.picture_saver import PictureAge, PictureSaver, SavedPicture
from loraviewer.bridge.rendering.pane_model import PaneModel
from loraviewer.core.document import PaneId
from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.ui.file_dialogs import FileDialogs
from loraviewer.ui.message_bar import MessageBar
from loraviewer.ui.notices import Notices
from loraviewer.ui.widgets.file_words import folder_text, shortened
from loraviewer.ui.widgets.reveal import reveal


class SavedPictures(QObject):
    """Between the saver, the dialog that asks for a name, and the notices."""

    close_wanted = Signal()
    """All is written that a closing window waited for, or the person does not want to wait."""

    def __init__(
        self, saver: PictureSaver, panes: PaneModel, dialogs: FileDialogs, notices: Notices
    ) -> None:
        super().__init__(notices)
        self._saver = saver
        self._panes = panes
        self._dialogs = dialogs
        self._notices = notices
        self._is_closing = False
        self._waiting: MessageBar | None = None
        dialogs.picture_chosen.connect(saver.save)
        saver.saved.connect(self._on_saved)
        saver.notice.connect(self._on_failed)
        saver.settled.connect(self._on_settled)

    @Slot(str)
    def save(self, pane_id: PaneId) -> None:
        """Ask where the finished picture of a pane goes; nothing where there is none."""
        state = self._panes.pane(pane_id)
        if state.shown is None:
            return
        title = self.tr("Save picture")
        if state.is_outdated and not state.shown.request.is_draft:
            title = self.tr("Save the picture from before the last change")
        self._dialogs.save_picture(state.shown, title)

    def holds_closing(self) -> bool:
        """Whether the window has to stay, which it says, until pictures are written: for whoever
        closes it a second time it does not, and whoever dismisses the sentence keeps it open."""
        if self._is_closing or not self._saver.under_way:
            return False
        self._is_closing = True
        first = shortened(Path(self._saver.under_way[0]).name)
        words = self.tr("“{}” is being saved; the window closes when it is written.").format(first)
        answer = self.tr("Close now")
        self._waiting = self._notices.ask(words, answer, "close", self.close_wanted.emit)
        self._waiting.dismissed.connect(self._on_stay_wanted)
        return True

    @Slot(object)
    def _on_saved(self, saved: SavedPicture) -> None:
        path = Path(saved.path)
        words = self.tr("“{name}” is saved in “{folder}”.")
        sentence = words.format(name=shortened(path.name), folder=folder_text(path))
        sentence = " ".join(filter(None, [sentence, self._age(saved.age)]))
        show = self.tr("Open the folder")
        self._notices.tell(sentence, show, "open", lambda: self._reveal(path), whole=saved.path)

    def _age(self, age: PictureAge) -> str:
        if age is PictureAge.NEXT_UNDER_WAY:
            return self.tr("It is the picture before the one that is still being painted.")
        if age is PictureAge.BEFORE:
            return self.tr("It is the picture from before the last change.")
        return ""

    def _reveal(self, path: Path) -> None:
        if problem := reveal(path):
            self._notices.say(Failure(FailureKind.FILE, problem))

    @Slot()
    def _on_stay_wanted(self) -> None:
        self._is_closing = False

    @Slot(object)
    def _on_failed(self, _: Failure) -> None:
        """Who closed the window must read it."""
        self._is_closing = False
        if self._waiting is not None:
            self._notices.take_away(self._waiting)
            self._waiting = None

    @Slot()
    def _on_settled(self) -> None:
        if self._is_closing:
            self.close_wanted.emit()

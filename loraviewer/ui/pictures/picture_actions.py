"""What menus and drops do with files of pictures, and what is said of it."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, Slot
from PySide6.QtWidgets import QWidget

from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.document.document_panes import DocumentPanes
from loraviewer.bridge.languages import shown
from loraviewer.bridge.pictures.picture_checks import CheckedPicture
from loraviewer.bridge.pictures.picture_desk import PictureDesk
from loraviewer.bridge.pictures.picture_opening import PictureReport
from loraviewer.bridge.rendering.pane_model import PaneModel
from loraviewer.bridge.status_model import StatusModel
from loraviewer.core.animation import FaderWay, frame_words
from loraviewer.core.contact_sheet import ContactSheet
from loraviewer.core.document import PaneId
from loraviewer.core.encodable import encode_json
from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.core.pane_edits import editable
from loraviewer.core.picture_names import picture_name
from loraviewer.ui.actions import Actions
from loraviewer.ui.notices import Notices
from loraviewer.ui.panes.compare_view import CompareView
from loraviewer.ui.panes.image_pane import ImagePane
from loraviewer.ui.pictures.animation_dialog import AnimationDialog
from loraviewer.ui.pictures.captions import bands
from loraviewer.ui.pictures.picture_dialogs import PictureDialogs
from loraviewer.ui.pictures.report_page import ReportPage, report_sentence
from loraviewer.ui.pictures.sheets import sheet_of
from loraviewer.ui.widgets.file_words import folder_text, shortened
from loraviewer.ui.widgets.reveal import reveal


class PictureActions(QObject):
    """Between the table of actions, the desk of pictures, and the notices."""

    def __init__(
        self,
        actions: Actions,
        desk: PictureDesk,
        places: DocumentPanes,
        panes: PaneModel,
        base: BaseModel,
        status: StatusModel,
        dialogs: PictureDialogs,
        notices: Notices,
        compare: CompareView,
    ) -> None:
        super().__init__(actions)
        self._desk = desk
        self._places = places
        self._panes = panes
        self._base = base
        self._status = status
        self._dialogs = dialogs
        self._notices = notices
        self._compare = compare
        dialogs.opening_chosen.connect(desk.opening.open)
        dialogs.check_chosen.connect(desk.check)
        dialogs.sheet_chosen.connect(self._on_sheet_chosen)
        dialogs.animation_chosen.connect(self._on_animation_chosen)
        desk.opening.opened.connect(self._on_opened)
        desk.opening.reading.connect(self._on_reading)
        desk.checks.checked.connect(self._on_checked)
        desk.checks.busy.connect(self._on_check_busy)
        desk.sheet_saved.connect(self._on_saved)
        desk.animation.saved.connect(self._on_saved)
        desk.animation.progressed.connect(self._on_frame)

    def slots(self) -> dict[str, Callable[..., object]]:
        """For the rows of the table that are about files of pictures."""
        return {
            "open_picture": self._dialogs.open_picture,
            "save_panes": self._save_panes,
            "save_animation": self._ask_for_way,
            "verify_picture": self._dialogs.check_picture,
        }

    def pane_under(self, where: QPoint) -> PaneId:
        """That a picture is dropped on, "" for none. where: in the window."""
        pane = self._pane_at(where)
        return pane.pane_id if pane is not None else ""

    def place_under(self, where: QPoint) -> QWidget:
        """What takes a picture there: a pane that holds a stack, else all of them."""
        pane = self._pane_at(where) or self._compare.active
        is_base = self._places.document.pane(pane.pane_id).is_base
        return self._compare if is_base else pane

    def _pane_at(self, where: QPoint) -> ImagePane | None:
        window = self._compare.window()
        for pane in self._compare.shown():
            if pane.rect().contains(pane.mapFrom(window, where)):
                return pane
        return None

    # -- opening and checking -------------------------------------------------------------

    @Slot(str)
    def _on_reading(self, name: str) -> None:
        words = self.tr("reading {}").format(shortened(name)) if name else self.tr("idle")
        self._status.change(activity=words)

    @Slot(object)
    def _on_opened(self, report: PictureReport) -> None:
        sentence = report_sentence(report)
        if report.is_whole:
            self._notices.mention_good(sentence)
            return
        window = self._compare.window()
        self._notices.ask(
            sentence, self.tr("Show all"), "info", lambda: ReportPage(report, window).show()
        )

    @Slot(str)
    def _on_check_busy(self, name: str) -> None:
        words = self.tr("making {} again").format(shortened(name)) if name else self.tr("idle")
        self._status.change(activity=words)

    @Slot(object)
    def _on_checked(self, checked: CheckedPicture) -> None:
        name = shortened(Path(checked.path).name)
        answer = checked.verification
        sentence = self.tr("“{name}”: {told}").format(name=name, told=shown(answer.sentence()))
        if answer.holds:
            self._notices.mention_good(sentence, stays=True)
            return
        details = encode_json(answer).decode()
        self._notices.say(Failure(FailureKind.FILE, sentence, details))

    # -- saving ---------------------------------------------------------------------------

    @Slot()
    def _save_panes(self) -> None:
        document = self._places.document
        states = [self._panes.pane(pane.pane_id) for pane in document.visible()]
        info = self._base.info
        sheet = sheet_of(document, states, info.name if info else "")
        if sheet is None:
            self._notices.mention(self.tr("No pane shows a finished picture yet."))
            return
        name = Path(picture_name(sheet.cells[-1].rendered.request)).stem
        self._dialogs.save_sheet(sheet, f"{name} - {len(sheet.cells)} panes.png")

    @Slot(object, str)
    def _on_sheet_chosen(self, sheet: ContactSheet, path: str) -> None:
        self._desk.save_sheet(path, sheet)

    @Slot()
    def _ask_for_way(self) -> None:
        stack = editable(self._places.document).stack
        if self._base.info is None or not stack.without_draft_rows().entries:
            self._notices.mention(self.tr("Add an adapter first: an animation moves its fader."))
            return
        dialog = AnimationDialog(stack, self._compare.window())
        dialog.chosen.connect(self._on_way_chosen)
        dialog.show()

    @Slot(object)
    def _on_way_chosen(self, way: FaderWay) -> None:
        name = self._desk.animation.fader_name(way.entry_id)
        ends = " to ".join(f"{value:g}" for value in (way.start, way.end))
        self._dialogs.save_animation(way, f"{shortened(name)} {ends}.png")

    @Slot(object, str)
    def _on_animation_chosen(self, way: FaderWay, path: str) -> None:
        maker = self._desk.animation
        name = maker.fader_name(way.entry_id)
        width = self._places.document.active_sampling.width
        words = (
            [shown(frame_words(name, value)) for value in way.values()] if way.has_captions else []
        )
        maker.start(way, path, name, bands(words, width))

    @Slot(int, int)
    def _on_frame(self, done: int, total: int) -> None:
        words = self.tr("animation: {done} of {total} pictures").format(done=done, total=total)
        self._status.change(activity=words if total else self.tr("idle"))

    @Slot(str)
    def _on_saved(self, path: str) -> None:
        words = self.tr("“{name}” is saved in “{folder}”.")
        file = Path(path)
        self._tell(words.format(name=shortened(file.name), folder=folder_text(file)), path)

    def _tell(self, sentence: str, path: str) -> None:
        show = self.tr("Open the folder")
        self._notices.tell(sentence, show, "open", lambda: self._reveal(Path(path)), whole=path)

    def _reveal(self, path: Path) -> None:
        if problem := reveal(path):
            self._notices.say(Failure(FailureKind.FILE, problem))

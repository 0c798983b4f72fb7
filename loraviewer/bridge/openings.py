"""What is opened from outside or begun anew: sessions, pictures, bases, adapters."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.adapters.adapter_intake import MANY_ADAPTERS, AdapterIntake
from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.drops import Dropped, read_drop, split_session
from loraviewer.bridge.example_scenes import ExampleScenes
from loraviewer.bridge.pictures.picture_desk import PictureDesk
from loraviewer.bridge.services import Services
from loraviewer.bridge.sessions.session_model import SessionModel
from loraviewer.bridge.status_model import StatusModel
from loraviewer.core.document import Document, PaneId
from loraviewer.core.examples import OPENING
from loraviewer.core.outcome import Failure, FailureKind


class Openings(QObject):
    """Finds out what files are, and hands them to whatever opens them. GUI thread only."""

    many_dropped = Signal(object)  # Dropped: a folder of many adapters, to be asked about
    notice = Signal(object)  # Failure

    def __init__(
        self,
        base: BaseModel,
        intake: AdapterIntake,
        sessions: SessionModel,
        pictures: PictureDesk,
        examples: ExampleScenes,
        status: StatusModel,
        tasks: BackgroundTasks,
        services: Services,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._base = base
        self._intake = intake
        self._sessions = sessions
        self._pictures = pictures
        self._examples = examples
        self._status = status
        self._tasks = tasks
        self._demo = services.demo_checkpoint
        self._is_checkpoint = services.is_checkpoint

    @Slot()
    def new_session(self) -> None:
        """An empty stack on the base that is loaded, at the size that it is made for."""
        info = self._base.info
        document = Document()
        if info is not None:
            document = document.with_samplings(info.fitted)
        self._sessions.new(document)

    @Slot()
    def start_fresh(self) -> None:
        """With what a first start shows."""
        self._sessions.new(Document(), lambda: self._examples.open(OPENING))

    def open_named(self, paths: Sequence[str]) -> None:
        """As `open_dropped`, of what was named at the start: on the demo where no base is among it,
        and whatever is no file to be opened is told as such."""
        session, others = split_session(paths)
        if session:
            self._open_session(session, others, lambda: self._base.open(self._demo))
            return
        rest = self._pictures.take_named(paths)
        named = [path for path in rest if path != self._demo]

        def read() -> Dropped:
            found = read_drop(named, is_checkpoint=self._is_checkpoint)
            adapters = (*found.adapters, *found.strangers)
            checkpoint = found.checkpoint or self._pictures.base_of(paths) or self._demo
            return Dropped(checkpoint, adapters, found.collection, bare=found.bare)

        self._status.change(activity=self.tr("looking for files"))
        self._tasks.run(read, self._on_named_read)

    def open_dropped(
        self, paths: Sequence[str], *, is_on_base: bool = False, pane_id: PaneId = ""
    ) -> None:
        """Find out in the background what dropped paths are, then open the base, add adapters; a
        session first, whatever lies beside it, and a picture into the pane it was dropped on."""
        session, others = split_session(paths)
        if session:
            self._open_session(session, others)
            return
        if self._pictures.take_dropped(paths, pane_id):
            return

        def read() -> Dropped:
            return read_drop(paths, is_on_base, self._is_checkpoint)

        self._tasks.run(read, self._on_drop_read)

    def _open_session(
        self, path: str, others: Sequence[str], otherwise: Callable[[], None] = lambda: None
    ) -> None:
        self._expect_no_more()

        def then() -> None:
            if others:
                self.open_dropped(others)

        self._sessions.open(path, then, otherwise)

    def _on_named_read(self, named: Dropped | Failure) -> None:
        self._on_drop_read(named)
        if isinstance(named, Failure):
            self._base.open(self._demo)

    def _on_drop_read(self, dropped: Dropped | Failure) -> None:
        if isinstance(dropped, Failure):
            self._expect_no_more()
            self.notice.emit(dropped)
            return
        if dropped.checkpoint:
            self._base.choose(dropped.checkpoint)
        if dropped.collection and len(dropped.adapters) > MANY_ADAPTERS:
            self._expect_no_more()
            self.many_dropped.emit(dropped)
        else:
            self._intake.add(dropped.adapters)
        self._tell_left_out(dropped)

    def _tell_left_out(self, dropped: Dropped) -> None:
        if not dropped and (dropped.strangers or not dropped.bare):
            words = self.tr("Nothing there can be opened; drop .safetensors files or folders.")
            self.notice.emit(Failure(FailureKind.FILE, words))
        for folder in dropped.bare:
            words = self.tr("“{}” holds no adapters and no base.").format(folder)
            self.notice.emit(Failure(FailureKind.FILE, words))

    def _expect_no_more(self) -> None:
        """No adapter is on its way into the stack."""
        self._intake.add(())

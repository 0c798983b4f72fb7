"""Making saved pictures again, and comparing: ordinary jobs of the engine."""

from functools import partial
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.languages import shown
from loraviewer.bridge.pictures.picture_services import PictureServices
from loraviewer.bridge.rendering.engine_thread import Engine
from loraviewer.bridge.rendering.jobs import JobEnded, JobProgress, Priority, RenderJob, pane_key
from loraviewer.core.cancel import CancelToken
from loraviewer.core.foreign.found import AdapterPlaces
from loraviewer.core.outcome import Failure, FailureKind, Rendered
from loraviewer.core.request import GenerationRequest
from loraviewer.core.verification import RecordedPicture, Verification, impossible

_PLACE = "verified picture"
"""In place of a pane's id: no pane shows it."""


class CheckedPicture(msgspec.Struct, frozen=True):
    path: str
    verification: Verification


class PictureChecks(QObject):
    """One picture at a time; a newer one takes the place of what is under way. GUI thread only."""

    checked = Signal(object)  # CheckedPicture
    notice = Signal(object)  # Failure
    busy = Signal(str)  # the name of the picture that is being made again; "" once that ended

    def __init__(
        self,
        engine: Engine,
        base: BaseModel,
        tasks: BackgroundTasks,
        services: PictureServices,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._base = base
        self._tasks = tasks
        self._services = services
        self._path = ""
        self._token = CancelToken()
        self._recorded: RecordedPicture | None = None
        self._left: list[GenerationRequest] = []
        engine.tell(self._on_progressed, self._on_ended)

    @property
    def is_busy(self) -> bool:
        return bool(self._path)

    def check(self, path: str, places: AdapterPlaces) -> None:
        """Read, find its adapters, make it again, compare."""
        self.stop()
        self._path = path
        self.busy.emit(Path(path).name)
        read = partial(self._services.recorded, Path(path), places, self._token)
        self._tasks.run(read, partial(self._receive, self._token))

    def stop(self) -> bool:
        """Whether there was anything to stop."""
        was_busy = self.is_busy
        self._token.cancel()
        self._token = CancelToken()
        self._end()
        self._engine.cancel(pane_key(_PLACE))
        return was_busy

    def _receive(self, token: CancelToken, read: RecordedPicture | Verification | Failure) -> None:
        if token.is_cancelled:
            return
        if isinstance(read, Failure):
            self._fail(read)
        elif isinstance(read, Verification):
            self._tell(read)
        elif missing := (*read.missing, *self._other_base(read.request)):
            self._tell(impossible(*missing))
        else:
            self._recorded = read
            # A draft took its first steps from another picture.
            origin = [read.request.origin()] if read.request.resumed else []
            self._left = [*origin, read.request]
            self._submit()

    def _other_base(self, request: GenerationRequest) -> tuple[str, ...]:
        """Never switched by itself: what a person is at would be lost."""
        info = self._base.info
        if info is not None and request.checkpoint.identity in ("", info.identity):
            return ()
        words = self.tr("it was made on “{}”, which is not the loaded base; open that first")
        return (words.format(request.checkpoint.path),)

    def _submit(self) -> None:
        request = self._left.pop(0)
        work = RenderJob(_PLACE, request, priority=Priority.OTHER_PANE, is_anew=True)
        self._engine.submit(work)

    @Slot(object)
    def _on_progressed(self, progress: JobProgress) -> None:
        """Nothing to tell; the engine wants to be heard."""

    @Slot(object)
    def _on_ended(self, ended: JobEnded) -> None:
        work, answer = ended.job.work, ended.answer
        is_ours = isinstance(work, RenderJob) and work.pane_id == _PLACE
        recorded = self._recorded
        if not is_ours or recorded is None or ended.job.token.is_cancelled:
            return
        if isinstance(answer, Failure) and answer.kind is FailureKind.REQUEST:
            self._tell(impossible(shown(answer.message).rstrip(".")))
        elif isinstance(answer, Failure):
            self._fail(answer)
        elif not isinstance(answer, Rendered):
            self._end()
        elif self._left:
            self._submit()
        else:
            compare = partial(self._services.verified, recorded, answer)
            self._tasks.run(compare, partial(self._receive_answer, self._token))

    def _receive_answer(self, token: CancelToken, answer: Verification | Failure) -> None:
        if token.is_cancelled:
            return
        if isinstance(answer, Failure):
            self._fail(answer)
        else:
            self._tell(answer)

    def _tell(self, verification: Verification) -> None:
        path = self._path
        self._end()
        self.checked.emit(CheckedPicture(path, verification))

    def _fail(self, failure: Failure) -> None:
        self._end()
        self.notice.emit(failure)

    def _end(self) -> None:
        was_busy = self.is_busy
        self._path, self._recorded, self._left = "", None, []
        if was_busy:
            self.busy.emit("")

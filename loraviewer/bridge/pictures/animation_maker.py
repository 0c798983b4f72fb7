"""A fader's way as an animation: ordinary jobs of the engine, one after another, then one file."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.pictures.picture_services import PictureServices
from loraviewer.bridge.rendering.engine_thread import Engine
from loraviewer.bridge.rendering.jobs import JobEnded, JobProgress, Priority, RenderJob, pane_key
from loraviewer.bridge.rendering.render_scheduler import settled_request
from loraviewer.core.animation import MASTER, Animation, FaderWay
from loraviewer.core.infotext import record_of
from loraviewer.core.outcome import Failure, Rendered
from loraviewer.core.pane_edits import editable
from loraviewer.core.picture import Picture
from loraviewer.core.row_names import row_names

_PLACE = "animation"
"""In place of a pane's id: no pane shows its frames."""


class AnimationMaker(QObject):
    """One at a time. Nothing is written unless every frame was made. GUI thread only."""

    progressed = Signal(int, int)  # frames made, of how many; 0, 0 when idle
    saved = Signal(str)  # path of the file that is there now
    notice = Signal(object)  # Failure

    def __init__(
        self,
        engine: Engine,
        document: DocumentModel,
        adapters: AdapterModel,
        base: BaseModel,
        tasks: BackgroundTasks,
        services: PictureServices,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._document = document
        self._adapters = adapters
        self._base = base
        self._tasks = tasks
        self._services = services
        self._way: FaderWay | None = None
        self._works: list[RenderJob] = []
        self._made: list[Rendered] = []
        self._name = self._path = ""
        self._words: tuple[Picture, ...] = ()
        engine.tell(self._on_progressed, self._on_ended)

    @property
    def is_busy(self) -> bool:
        return self._way is not None

    def start(self, way: FaderWay, path: str, name: str, words: Sequence[Picture] = ()) -> None:
        """Of the active pane, as it is now. name: of the fader; words: a caption for each frame, or
        none. What was under way is given up."""
        self.stop()
        info = self._base.info
        if info is None:
            return
        document = editable(self._document.document)
        stack = document.stack.without_muted(self._adapters.muted(document.stack))
        requests = (
            settled_request(info, one, document.active_sampling, self._base.prediction)
            for one in way.stacks(stack)
        )
        self._works = [RenderJob(_PLACE, r, priority=Priority.OTHER_PANE) for r in requests]
        self._way, self._name, self._path = way, name, path
        self._words, self._made = tuple(words), []
        self._next()

    def fader_name(self, entry_id: str) -> str:
        """As its row is called."""
        if entry_id == MASTER:
            return self.tr("master")
        return row_names(editable(self._document.document).stack)[entry_id]

    @Slot()
    def stop(self) -> bool:
        """Whether there was anything to stop."""
        was_busy = self.is_busy
        self._end()
        self._engine.cancel(pane_key(_PLACE))
        return was_busy

    def _next(self) -> None:
        done = len(self._made)
        self.progressed.emit(done, len(self._works))
        self._engine.submit(self._works[done])

    @Slot(object)
    def _on_progressed(self, progress: JobProgress) -> None:
        """Frames are counted, not their steps."""

    @Slot(object)
    def _on_ended(self, ended: JobEnded) -> None:
        work, answer = ended.job.work, ended.answer
        is_ours = isinstance(work, RenderJob) and work.pane_id == _PLACE
        if not is_ours or self._way is None or ended.job.token.is_cancelled:
            return
        if isinstance(answer, Rendered):
            self._take(answer, self._way)
            return
        self._end()
        if isinstance(answer, Failure):
            self.notice.emit(answer)

    def _take(self, rendered: Rendered, way: FaderWay) -> None:
        self._made.append(rendered)
        if len(self._made) < len(self._works):
            self._next()
            return
        animation = Animation(
            way=way,
            name=self._name,
            frames=tuple(one.picture for one in self._made),
            captions=self._words,
            record=record_of(self._made[0]),
        )
        path = self._path
        self._end()
        write = partial(self._services.save_animation, Path(path), animation)
        self._tasks.run(write, partial(self._receive, path))

    def _receive(self, path: str, failure: Failure | None) -> None:
        if failure is None:
            self.saved.emit(path)
        else:
            self.notice.emit(failure)

    def _end(self) -> None:
        was_busy = self.is_busy
        self._way, self._works, self._made = None, [], []
        if was_busy:
            self.progressed.emit(0, 0)

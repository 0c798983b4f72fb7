"""The base that a session asks for: loading it, keeping it in mind while it is gone."""

import os

from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.base_model import BaseModel
from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.core.reports import CheckpointInfo
from loraviewer.core.session import BaseRef


class SessionBase(QObject):
    """What is wanted stays wanted until a base is loaded: who saves meanwhile loses nothing of it.
    GUI thread only."""

    changed = Signal()  # another base is the session's
    gone = Signal(object)  # BaseRef of which no file is there
    notice = Signal(object)  # Failure

    def __init__(
        self, base: BaseModel, tasks: BackgroundTasks, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._base = base
        self._tasks = tasks
        self._wanted: BaseRef | None = None
        self._source = ""
        """What was opened for it, which is another path once it was located."""
        base.failed.connect(self._on_failed)

    @property
    def info(self) -> CheckpointInfo | None:
        """Of the base that is loaded; None while there is none."""
        return self._base.info

    @property
    def ref(self) -> BaseRef | None:
        """Of the session; None before anything was loaded or wanted."""
        info = self._base.info
        if self._wanted is not None or info is None:
            return self._wanted
        return BaseRef(info.source, info.identity, info.name)

    def open(self, ref: BaseRef | None) -> None:
        """Load the base of a session; nothing where it is loaded already, or none is named."""
        info = self._base.info
        is_there = info is not None and ref is not None and info.source == ref.path
        if ref is None or (is_there and not self._base.is_loading):
            self._wanted = None
            if ref is not None and info is not None:
                self._compare(ref, info)
            return
        self._load(ref, ref.path)

    def locate(self, source: str) -> None:
        """Load what a person says that the base is."""
        if self._wanted is not None:
            self._load(self._wanted, source)

    def arrived(self, info: CheckpointInfo) -> bool:
        """A base was loaded: whether sizes and steps in the document are to stay, since they were
        saved with it, or with the one that is on its way."""
        if self._base.is_loading:
            return self._wanted is not None
        wanted, self._wanted = self._wanted, None
        is_own = wanted is not None and info.source == self._source
        if wanted is not None and is_own:
            self._compare(wanted, info)
        self.changed.emit()
        return is_own

    def _load(self, ref: BaseRef, source: str) -> None:
        self._wanted, self._source = ref, source
        self._base.open(source)

    def _compare(self, wanted: BaseRef, info: CheckpointInfo) -> None:
        if wanted.identity and wanted.identity != info.identity:
            words = self.tr(
                "“{}” has other weights than the base of the session; its pictures will differ."
            )
            self.notice.emit(Failure(FailureKind.FILE, words.format(info.source)))

    @Slot(object)
    def _on_failed(self, _: Failure) -> None:
        wanted, source = self._wanted, self._source
        if wanted is None:
            return

        def receive(is_there: bool | Failure) -> None:
            if is_there is False and self._wanted is wanted:
                self.gone.emit(wanted)

        self._tasks.run(lambda: os.path.lexists(source), receive)

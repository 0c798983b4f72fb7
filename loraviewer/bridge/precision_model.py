"""How fast this machine is in bfloat16: known from an earlier start, measured once while idle, or
when a person asks."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.rendering.engine_thread import Engine
from loraviewer.bridge.rendering.jobs import Answer, SpeedJob
from loraviewer.core.precision_speed import (
    PrecisionSpeed,
    read_speed,
    this_machine,
    write_speed,
)
from loraviewer.core.reports import CheckpointInfo

IDLE_MS = 20_000
"""How long nothing was made or read before it is measured without anybody asking."""


class PrecisionModel(QObject):
    """It changes nothing: which precision is used is a person's choice. GUI thread only."""

    changed = Signal()

    def __init__(
        self,
        engine: Engine,
        base: BaseModel,
        file: Path | None,
        tasks: BackgroundTasks,
        is_idle: Callable[[], bool],
        parent: QObject | None = None,
    ) -> None:
        """file: where it is kept, None to keep nothing and measure on request only. is_idle:
        whether nothing else is at work; asked now and then."""
        super().__init__(parent)
        self._engine = engine
        self._base = base
        self._file = file
        self._tasks = tasks
        self._is_idle = is_idle
        self._was_idle = False
        self._speed: PrecisionSpeed | None = None
        self._is_measuring = False
        self._is_closed = False
        self._waiting = QTimer(self, interval=IDLE_MS)
        self._waiting.timeout.connect(self.measure_if_idle)
        base.changed.connect(self._on_base_changed)

    @property
    def speed(self) -> PrecisionSpeed | None:
        """None while nothing is known."""
        return self._speed

    @property
    def is_measuring(self) -> bool:
        return self._is_measuring

    @property
    def can_measure(self) -> bool:
        """Whether it would say something: on a processor that is not known to lack bfloat16."""
        has_it = self._speed is None or self._speed.has_bfloat16
        return has_it and self._base.info is not None and self._base.info.device == "cpu"

    def look(self) -> None:
        """Read what an earlier start measured; without that, wait until the machine is idle."""
        file = self._file
        if file is not None:
            self._tasks.run(lambda: read_speed(file, this_machine()), self._on_read)

    def close(self) -> None:
        """Nothing is measured any more."""
        self._is_closed = True
        self._waiting.stop()

    @Slot()
    def measure(self) -> None:
        """Now, as soon as nothing else is under way."""
        if not self._is_measuring and self.can_measure:
            self._is_measuring = True
            self._engine.submit(SpeedJob())
            self.changed.emit()

    @Slot()
    def measure_if_idle(self) -> None:
        """Where nothing was at work, now and when this was asked before."""
        if self._speed is not None:
            self._waiting.stop()
            return
        was_idle, self._was_idle = self._was_idle, self._is_idle()
        if was_idle and self._was_idle:
            self.measure()

    def on_ended(self, answer: Answer) -> None:
        """Where it was broken off, it is tried again when the machine is idle."""
        self._is_measuring = False
        if isinstance(answer, PrecisionSpeed):
            self._waiting.stop()
            self._speed = answer
            self._keep(answer)
        self.changed.emit()

    @Slot(object)
    def _on_base_changed(self, _: CheckpointInfo) -> None:
        """Another one may be on another device."""
        self.changed.emit()

    def _on_read(self, read: object) -> None:
        if isinstance(read, PrecisionSpeed):
            self._speed = read
            self.changed.emit()
        elif not self._is_closed:
            self._waiting.start()

    def _keep(self, speed: PrecisionSpeed) -> None:
        """A folder that does not let us costs nothing but the next measurement."""
        file = self._file
        if file is not None:
            self._tasks.run(lambda: write_speed(file, speed), lambda _: None)

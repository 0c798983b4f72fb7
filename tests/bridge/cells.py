"""A studio that makes pictures which belong to no pane, step by step."""

from collections.abc import Iterable

import msgspec
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from loraviewer.bridge.rendering.jobs import CellJob, RenderJob
from loraviewer.core.outcome import Failure, Rendered
from loraviewer.core.request import GenerationRequest
from loraviewer.core.stack import StackEntry
from tests.bridge.machine import Machine
from tests.shown import shown_by


def loaded(machine: Machine, *names: str) -> Machine:
    """With the demo shown, and these rows in the stack."""
    machine.studio.base.open("demo")
    machine.drain()
    for name in names:
        row = StackEntry(entry_id=name, name=name, path=name, sha256=name, scale=0.8)
        machine.studio.stack.add(row)
        machine.drain()
    return machine


def turn() -> None:
    """A few of the event loop: a busy machine looks for known pictures in more than one."""
    for _ in range(5):
        QApplication.processEvents()


def rest(machine: Machine) -> None:
    """Until nothing is left to do, cells included."""
    for _ in range(1_000):
        QApplication.processEvents()
        machine.clock.advance(5.0)
        if machine.engine.running is None and machine.engine.take() is None:
            turn()
            if machine.engine.waiting == 0 and not machine.studio.cells.queue._turn.isActive():
                return
        else:
            machine.finish()
    raise AssertionError("there is always something left to do")


def seeds(machine: Machine, *wanted: int) -> list[GenerationRequest]:
    """Requests like the picture of the current pane, of other seeds."""
    shown = shown_by(machine.studio.panes.pane("current")).request
    return [shown.with_seed(seed) for seed in wanted]


def of_scale(request: GenerationRequest, scale: float) -> GenerationRequest:
    adapters = tuple(msgspec.structs.replace(a, scale=scale) for a in request.adapters)
    return msgspec.structs.replace(request, adapters=adapters)


def cells_submitted(machine: Machine) -> list[GenerationRequest]:
    return [work.request for work in machine.engine.works if isinstance(work, CellJob)]


def panes_submitted(machine: Machine) -> int:
    return sum(isinstance(work, RenderJob) for work in machine.engine.works)


class Heard(QObject):
    """What was answered, by owner."""

    def __init__(self, machine: Machine) -> None:
        super().__init__()
        self.answers: list[tuple[str, GenerationRequest, Rendered | Failure]] = []
        machine.studio.cells.queue.answered.connect(self._on_answered)

    def _on_answered(
        self, owner: str, request: GenerationRequest, answer: Rendered | Failure
    ) -> None:
        self.answers.append((owner, request, answer))

    def seeds(self, owner: str = "test") -> list[int]:
        return [r.sampling.seed for who, r, _ in self.answers if who == owner]


def running_seed(machine: Machine) -> int | None:
    """Of the cell that runs; None where something else does, or nothing."""
    work = machine.engine.running.work if machine.engine.running else None
    return work.request.sampling.seed if isinstance(work, CellJob) else None


def started(machine: Machine) -> Machine:
    """The engine has taken the next job."""
    turn()
    machine.engine.take()
    return machine


def scales(requests: Iterable[GenerationRequest]) -> list[tuple[float, ...]]:
    return [tuple(a.scale for a in request.adapters) for request in requests]

"""When the engine is asked to go on compiling, and what is told of it."""

from collections.abc import Iterator

import pytest
import shiboken6
from PySide6.QtCore import QObject, QTimer

from loraviewer.bridge.compile_model import CompileModel
from loraviewer.bridge.rendering.jobs import CompileJob, RenderJob, SpeedJob, Stopped
from loraviewer.bridge.rendering.pane_model import PaneModel
from loraviewer.bridge.rendering.pane_queue import PaneQueue
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.compiling import CompileReport
from loraviewer.core.settings import Settings
from loraviewer.core.stack import AdapterStack
from tests.still_engine import StillEngine
from tests.ui.fakes import plain_picture, rendered

BUILDING = CompileReport(waiting=1, is_building=True)
READY = CompileReport(ready=1)


class Place:
    """The model over an engine that stands still."""

    def __init__(self) -> None:
        self.parent = QObject()
        self.engine = StillEngine(self.parent)
        self.panes = PaneModel(self.parent)
        self.settings = SettingsModel(Settings(compiles="idle"), self.parent)
        self.is_idle = True
        self.model = CompileModel(
            self.engine, self.panes, self.settings, lambda: self.is_idle, self.parent
        )
        self.engine.ended.connect(lambda ended: self.model.on_ended(ended.answer))

    @property
    def is_looking(self) -> bool:
        timer = self.model.findChild(QTimer)
        assert timer is not None
        return timer.isActive()

    def show_picture(self, level: int = 1) -> None:
        self.panes.change("A", shown=rendered(plain_picture((level, 2, 3))))

    def look_twice(self) -> None:
        self.model.look()
        self.model.look()

    def answer(self, answer: CompileReport | Stopped) -> None:
        self.engine.take()
        self.engine.finish(answer)


@pytest.fixture
def place(qapp) -> Iterator[Place]:
    made = Place()
    yield made
    shiboken6.delete(made.parent)


def test_nothing_is_asked_before_a_picture_is_there(place):
    assert not place.is_looking
    place.show_picture()
    assert place.is_looking


def test_two_idle_looks_ask_for_the_next_piece(place):
    place.show_picture()
    place.model.look()
    assert place.engine.works == []
    place.model.look()
    assert place.engine.works == [CompileJob()]
    place.model.look()
    assert place.engine.works == [CompileJob()], "one at a time"
    place.answer(BUILDING)
    assert place.model.report == BUILDING
    place.model.look()
    assert len(place.engine.works) == 2


def test_whoever_is_at_work_is_left_alone(place):
    place.show_picture()
    place.model.look()
    place.is_idle = False
    place.model.look()
    place.is_idle = True
    place.model.look()
    assert place.engine.works == []


def test_once_nothing_is_left_it_waits_for_the_next_picture(place):
    heard = []
    place.model.changed.connect(lambda: heard.append(place.model.report))
    place.show_picture()
    place.look_twice()
    place.answer(BUILDING)
    assert place.is_looking
    place.look_twice()
    place.answer(READY)
    assert not place.is_looking
    assert heard == [BUILDING, READY]
    place.show_picture(level=2)
    assert place.is_looking


def test_what_was_broken_off_is_asked_again(place):
    place.show_picture()
    place.look_twice()
    place.answer(Stopped())
    assert place.model.report == CompileReport()
    place.model.look()
    assert len(place.engine.works) == 2


def test_a_picture_that_somebody_waits_for_breaks_a_piece_off(place):
    place.show_picture()
    place.look_twice()
    job = place.engine.take()
    place.engine.submit(SpeedJob())
    assert not job.token.is_cancelled, "nobody waits for what is measured at leisure"
    place.engine.submit(RenderJob("A", rendered(plain_picture((1, 2, 3))).request, AdapterStack()))
    assert job.token.is_cancelled


def test_switched_off_nothing_is_asked_or_told(place):
    place.show_picture()
    place.look_twice()
    place.settings.change(compiles="off")
    assert place.engine.waiting == 0
    assert not place.is_looking
    place.show_picture(level=2)
    assert not place.is_looking
    place.settings.change(compiles="idle")
    place.show_picture(level=3)
    place.look_twice()
    place.answer(READY)
    assert place.model.report == READY
    place.settings.change(compiles="off")
    assert place.model.report == CompileReport()


def test_drafts_start_from_a_picture_whatever_made_it():
    """What a pane asks for decides, so that the swap to a compiled denoiser breaks no drag."""
    answer = rendered(plain_picture((1, 2, 3)))
    asked = answer.request.__class__(
        checkpoint=answer.request.checkpoint, sampling=answer.request.sampling, is_compiled=True
    )
    queue = PaneQueue("A")
    queue.shows(RenderJob("A", asked), answer, 0.0)
    assert queue.settled == asked
    assert not queue.shows_draft_of(asked)

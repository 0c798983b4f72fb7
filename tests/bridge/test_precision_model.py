"""When it is measured whether bfloat16 is faster here, and that nothing waits for it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
import shiboken6
from PySide6.QtCore import QObject, QTimer

from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.precision_model import PrecisionModel
from loraviewer.bridge.rendering.engine_thread import EngineThread
from loraviewer.bridge.rendering.jobs import RenderJob, SpeedJob
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.precision_speed import (
    PrecisionSpeed,
    read_speed,
    this_machine,
    write_speed,
)
from loraviewer.core.request import CheckpointRef, GenerationRequest
from loraviewer.core.settings import Settings
from tests.still_engine import StillEngine
from tests.ui.fakes import DEMO

FAST = PrecisionSpeed(machine=this_machine(), has_bfloat16=True, ratio=1.42)


class Place:
    """The model over an engine that stands still, with a base loaded on a processor."""

    def __init__(self, file: Path | None, device: str = "cpu") -> None:
        self.parent = QObject()
        self.engine = StillEngine(self.parent)
        self.base = BaseModel(self.engine, SettingsModel(Settings(), self.parent), self.parent)
        self.tasks = BackgroundTasks(self.parent)
        self.is_idle = True
        self.model = PrecisionModel(
            self.engine, self.base, file, self.tasks, lambda: self.is_idle, self.parent
        )
        self.base.open("/base")
        self.engine.take()
        self.engine.ended.connect(self.base.on_ended)
        self.engine.finish(msgspec.structs.replace(DEMO, device=device))
        self.engine.ended.disconnect(self.base.on_ended)
        self.engine.ended.connect(lambda ended: self.model.on_ended(ended.answer))
        self.engine.works.clear()

    def close(self) -> None:
        self.tasks.close()
        shiboken6.delete(self.parent)


@pytest.fixture
def place(qapp) -> Iterator[Callable[..., Place]]:
    made: list[Place] = []

    def make(file: Path | None = None, device: str = "cpu") -> Place:
        made.append(Place(file, device))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_a_person_asks_and_hears(place):
    here = place()
    here.model.measure()
    assert here.model.is_measuring
    here.model.measure()
    assert here.engine.works == [SpeedJob()], "once is enough"
    here.engine.take()
    here.engine.finish(FAST)
    assert not here.model.is_measuring
    assert here.model.speed == FAST


def test_it_is_kept_and_read_at_the_next_start(place, tmp_path: Path):
    file = tmp_path / "precision.json"
    here = place(file)
    here.model.measure()
    here.engine.take()
    here.engine.finish(FAST)
    assert here.tasks.finish()
    assert read_speed(file, this_machine()) == FAST
    again = place(file)
    again.model.look()
    assert again.tasks.finish()
    assert again.model.speed == FAST
    again.model.measure_if_idle()
    again.model.measure_if_idle()
    assert again.engine.works == []


def test_it_is_measured_by_itself_only_after_the_machine_was_idle_for_a_while(place, tmp_path):
    here = place(tmp_path / "precision.json")
    here.is_idle = False
    here.model.measure_if_idle()
    here.is_idle = True
    here.model.measure_if_idle()
    assert here.engine.works == []
    here.model.measure_if_idle()
    assert here.engine.works == [SpeedJob()]


def test_nothing_waits_once_it_is_closed(place, tmp_path):
    here = place(tmp_path / "precision.json")
    here.model.look()
    here.model.close()
    assert here.tasks.finish()
    assert not [timer for timer in here.model.findChildren(QTimer) if timer.isActive()]


def test_whatever_is_wanted_breaks_it_off_and_it_is_tried_again(place):
    here = place()
    here.model.measure()
    job = here.engine.take()
    request = GenerationRequest(checkpoint=CheckpointRef("demo"))
    here.engine.submit(RenderJob("current", request))
    assert job.token.is_cancelled
    here.engine.finish()
    assert not here.model.is_measuring
    assert here.model.speed is None
    here.model.measure_if_idle()
    here.model.measure_if_idle()
    assert here.engine.works[-1] == SpeedJob()


def test_a_processor_without_bfloat16_and_a_graphics_card_offer_nothing(place, tmp_path: Path):
    file = tmp_path / "precision.json"
    write_speed(file, PrecisionSpeed(machine=this_machine(), has_bfloat16=False))
    lacking = place(file)
    lacking.model.look()
    assert lacking.tasks.finish()
    card = place(None, "cuda")
    for here in (lacking, card):
        assert not here.model.can_measure
        here.model.measure()
        assert here.engine.works == []


def test_the_engine_is_asked_on_its_thread(controller, engine, engine_thread: EngineThread, qtbot):
    controller.start()
    controller.base.open("/models/base")
    qtbot.waitUntil(lambda: controller.precision.can_measure)
    controller.precision.measure()
    qtbot.waitUntil(lambda: controller.precision.speed is not None)
    assert controller.precision.speed.ratio == 1.5
    assert len(engine.threads) == 1

"""Bases to choose from, and what is said while one is loaded."""

import pytest

from loraviewer.bridge.controller import StudioController
from loraviewer.bridge.rendering.jobs import LoadStep
from loraviewer.core.settings import Settings
from tests.bridge.conftest import dispose, is_settled
from tests.fakes import PATIENCE_S


def until(qtbot, condition) -> None:
    qtbot.waitUntil(condition, timeout=int(PATIENCE_S * 1000))


def listed(studio) -> list[tuple[str, str]]:
    return [(row.group, row.path) for row in studio.bases.rows()]


@pytest.fixture
def open_base(studio, qtbot):
    def open_base(path: str) -> None:
        studio.base.open(path)
        until(qtbot, lambda: studio.base.info.source == path)

    return open_base


def test_loaded_bases_are_remembered_with_their_facts(studio, open_base):
    open_base("/models/xl")
    demo, recent = studio.bases.rows()
    assert (demo.group, demo.family, demo.is_current) == ("demo", "sd1", False)
    assert (recent.path, recent.family, recent.weight_bytes) == ("/models/xl", "sdxl", 4_000)
    assert recent.is_current
    assert studio.settings.settings.recent_checkpoints == ("/models/xl",), "not the demo"


def test_favourites_come_before_recent_ones_and_only_once(studio, open_base, qtbot):
    for path in ("/models/a", "/models/b", "/models/c"):
        open_base(path)
    with qtbot.waitSignal(studio.bases.changed):
        studio.bases.set_favourite("/models/a", True)
    assert listed(studio) == [
        ("demo", "demo"),
        ("favourite", "/models/a"),
        ("recent", "/models/c"),
        ("recent", "/models/b"),
    ]
    studio.bases.set_favourite("/models/a", False)
    assert listed(studio)[-1] == ("recent", "/models/a")
    studio.bases.forget("/models/a")
    assert ("recent", "/models/a") not in listed(studio)


def test_the_demo_cannot_become_a_favourite(studio):
    studio.bases.set_favourite("demo", True)
    assert listed(studio) == [("demo", "demo")]


def test_bases_that_are_gone_are_marked(engine_thread, services, qtbot, tmp_path):
    here, gone = tmp_path / "here.safetensors", tmp_path / "gone.safetensors"
    here.touch()
    settings = Settings(recent_checkpoints=(str(here), str(gone)))
    controller = StudioController(engine_thread, services, settings)
    with qtbot.waitSignal(controller.bases.changed):
        controller.bases.look()
    assert [row.is_missing for row in controller.bases.rows()] == [False, False, True]
    dispose(controller)


def test_a_sampler_that_a_base_cannot_use_becomes_its_own(studio, open_base):
    studio.prompt.change(sampler="DDIM")
    open_base("/bases/flow")
    assert studio.prompt.sampling.sampler == "Euler"
    studio.prompt.change(sampler="LCM")
    open_base("/bases/flow-2")
    assert studio.prompt.sampling.sampler == "LCM"


def test_loading_tells_bytes(studio, qtbot):
    steps: list[LoadStep] = []
    studio.base.loading.connect(steps.append)
    studio.base.open("/models/large")
    until(qtbot, lambda: studio.base.info.source == "/models/large")
    assert steps == [LoadStep("large", 0.0), LoadStep("unet", 0.5, 2_000, 4_000)]


def test_a_load_that_only_waits_can_be_cancelled_too(studio, engine, qtbot):
    engine.hold()
    studio.prompt.change(seed=5)
    assert engine.reached.acquire(timeout=PATIENCE_S)
    loaded = list(engine.loaded)
    studio.base.open("/models/large")
    with qtbot.waitSignal(studio.base.failed) as failed:
        studio.base.cancel()
    assert failed.args[0].message == "Loading was stopped. Scripted stays the base."
    engine.release(10_000)
    until(qtbot, lambda: is_settled(studio, "current"))
    assert engine.loaded == loaded


def test_cancelling_a_load_keeps_the_base_and_finishes_the_pictures(studio, engine, qtbot):
    until(qtbot, lambda: is_settled(studio, "current"))
    engine.hold()
    steps: list[LoadStep] = []
    studio.base.loading.connect(steps.append)
    studio.prompt.change(seed=5)
    studio.base.open("/models/large")
    until(qtbot, lambda: any(step.total_bytes for step in steps))
    studio.base.cancel()
    with qtbot.waitSignal(studio.base.failed) as failed:
        engine.release(10_000)
    assert failed.args[0].message == "Loading was stopped. Scripted stays the base."
    until(qtbot, lambda: is_settled(studio, "current"))
    assert studio.panes.pane("current").shown.request.sampling.seed == 5
    assert studio.panes.pane("current").shown.request.checkpoint.path == "demo"


def test_a_chosen_components_folder_counts_from_the_next_load_on(studio, engine, open_base):
    assert engine.components == [""]
    studio.settings.change(components_folder="/models/parts")
    open_base("/models/flux")
    assert engine.components == ["", "/models/parts"]


def test_a_failed_load_says_which_base_is_there(studio, engine, qtbot):
    engine.broken.add("/models/broken")
    with qtbot.waitSignal(studio.base.failed) as failed:
        studio.base.open("/models/broken")
    assert failed.args[0].message.endswith("choose another file. Scripted stays the base.")


def test_without_a_base_nothing_is_said_to_stay(controller, engine, qtbot):
    engine.broken.add("/models/broken")
    with qtbot.waitSignal(controller.base.failed) as failed:
        controller.base.open("/models/broken")
    assert failed.args[0].message.endswith("choose another file.")

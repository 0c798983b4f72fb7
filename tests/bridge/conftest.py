from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import shiboken6

from loraviewer.bridge.controller import StudioController
from loraviewer.bridge.rendering.engine_thread import EngineThread
from loraviewer.bridge.services import DemoAdapter, Services
from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import AdapterError, FileError, Rendered
from loraviewer.core.reports import AdapterSummary
from tests.fakes import ScriptedEngine


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine()


@pytest.fixture
def engine_thread(qapp, engine: ScriptedEngine) -> Iterator[EngineThread]:
    engine_thread = EngineThread(lambda: engine)
    engine_thread.start()
    yield engine_thread
    if engine._steps is not None:
        engine.release(10_000)
    engine_thread.close()


@pytest.fixture
def saved() -> dict[Path, Rendered]:
    """What was "written" by the controller under test."""
    return {}


@pytest.fixture
def services(saved: dict[Path, Rendered]) -> Services:
    def save_png(path: Path, rendered: Rendered) -> None:
        if path.name == "full.png":
            raise FileError(f"{path} cannot be written: no space left.")
        saved[path] = rendered

    return Services(
        summarise=summarise,
        is_checkpoint=lambda path: path.stem == "base",
        save_png=save_png,
        demo_checkpoint="demo",
        demo_adapters=(DemoAdapter("manga", "/demo/manga.safetensors"),),
    )


@pytest.fixture
def controller(engine_thread: EngineThread, services: Services) -> Iterator[StudioController]:
    controller = StudioController(engine_thread, services)
    yield controller
    dispose(controller)


@pytest.fixture
def studio(controller: StudioController, qtbot) -> StudioController:
    """A controller with the demo loaded and both panes shown."""
    controller.base.open("demo")
    qtbot.waitUntil(lambda: both_shown(controller))
    return controller


@pytest.fixture
def add(studio: StudioController, qtbot) -> Callable[[str], str]:
    """Adds an adapter and returns its row id once the row is there."""

    def add(name: str) -> str:
        before = len(studio.stack.stack.entries)
        studio.intake.add([f"/adapters/{name}.safetensors"])
        qtbot.waitUntil(lambda: len(studio.stack.stack.entries) == before + 1)
        return studio.stack.stack.entries[-1].entry_id

    return add


def dispose(controller: StudioController) -> None:
    """Here and now, not whenever the cycle collector comes by."""
    # Deleting a pool whose threads still run would wait for them with Python's lock in hand.
    assert controller.close()
    shiboken6.delete(controller)


def summarise(path: Path, token: CancelToken) -> AdapterSummary:
    if path.stem == "truncated":
        raise AdapterError(f"{path} is shorter than its header says; download it again.")
    return AdapterSummary(
        path=str(path),
        name=path.stem,
        sha256=f"sha-{path.stem}",
        family="sdxl" if path.stem.startswith("xl") else "sd1",
        suggested_strength=0.7 if path.stem == "gentle" else None,
    )


def both_shown(controller: StudioController) -> bool:
    return all(is_settled(controller, pane_id) for pane_id in ("base", "current"))


def is_settled(controller: StudioController, pane_id) -> bool:
    state = controller.panes.pane(pane_id)
    return state.shown is not None and not state.is_busy and not state.is_outdated

"""A picture from the store is, to the byte, the one that the engine would make now."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import torch
from pytestqt.qtbot import QtBot

from loraviewer.app.services import picture_store, services
from loraviewer.bridge.controller import StudioController
from loraviewer.bridge.rendering.engine_thread import EngineThread
from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import Rendered
from loraviewer.core.settings import Settings
from loraviewer.engine.studio_engine import StudioEngine
from loraviewer.pictures.png import read_record
from tests.listeners import silent
from tests.shown import shown_by

PATIENCE_MS = 60_000


class CountingEngine(StudioEngine):
    """`asked`: how many pictures it was asked for."""

    def __init__(self) -> None:
        torch.set_num_threads(1)
        super().__init__("cpu", "float32")
        self.asked = 0

    def render(self, request, token, on_progress) -> Rendered:
        self.asked += 1
        return super().render(request, token, on_progress)


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Path]:
    threads = torch.get_num_threads()
    yield tmp_path / "data"
    torch.set_num_threads(threads)


def shown_at_last(
    base: Path, data: Path, cache: Path, adapter: Path, qtbot: QtBot
) -> tuple[Rendered, int]:
    """What the pane shows once a studio has come to rest, and how often its engine was asked."""
    engines: list[CountingEngine] = []

    def make() -> CountingEngine:
        engines.append(CountingEngine())
        return engines[0]

    offered = services(cache, open_pictures=picture_store(data, Settings()))
    studio = StudioController(EngineThread(make), offered, Settings())
    try:
        studio.start()
        studio.set_live(False)
        studio.base.open(str(base))
        qtbot.waitUntil(lambda: studio.base.info is not None, timeout=PATIENCE_MS)
        sampling = msgspec.structs.replace(
            studio.prompt.sampling, prompt="a red cat", width=32, height=32, steps=3
        )
        studio.prompt.reset(sampling)
        studio.intake.add([str(adapter)])
        studio.set_live(True)

        def is_done() -> bool:
            state = studio.panes.pane("current")
            adapters = state.shown.request.adapters if state.shown else ()
            return bool(adapters) and not (state.is_busy or state.is_outdated)

        qtbot.waitUntil(is_done, timeout=PATIENCE_MS)
        return shown_by(studio.panes.pane("current")), engines[0].asked
    finally:
        assert studio.close()


def test_the_second_studio_shows_what_the_first_one_made(
    tiny_folder: Path, shelf: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    places = (tiny_folder / "sd", shelf, tmp_path, tiny_folder / "style.safetensors")
    made, asked = shown_at_last(*places, qtbot)
    assert asked
    assert not made.is_from_store
    found, _ = shown_at_last(*places, qtbot)
    assert found.is_from_store
    assert found.request == made.request
    assert found.picture == made.picture
    assert found.fingerprint == made.fingerprint
    peer = CountingEngine()
    peer.load_checkpoint(str(places[0]), CancelToken(), silent)
    assert peer.report(str(places[3]), made.request.adapters[0].sha256, CancelToken())
    assert peer.render(found.request, CancelToken(), lambda _: None).picture == found.picture
    peer.close()
    records = [read_record(path).record for path in shelf.glob("pictures/*/*.png")]
    assert made.request in [record.request for record in records]

"""What was made once is shown from the store: the engine hears nothing of it."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from loraviewer.bridge.controller import StudioController
from loraviewer.bridge.pictures.stored_pictures import StoredPictures
from loraviewer.bridge.rendering.engine_thread import EngineThread
from loraviewer.bridge.services import Services
from loraviewer.core.outcome import Failure, Rendered
from loraviewer.core.picture_port import PicturePort
from loraviewer.core.request import GenerationRequest, Sampling
from loraviewer.core.stack import AdapterStack
from loraviewer.core.stored_picture import StoredPicture
from loraviewer.pictures.store import PictureStore
from tests.bridge.conftest import both_shown, dispose, is_settled
from tests.fakes import PATIENCE_S, ScriptedEngine
from tests.shown import shown_by
from tests.ui.fakes import plain_picture, rendered


class Studios:
    """Opens one studio after the other on the same store, each with an engine of its own."""

    def __init__(self, services: Services, folder: Path, qtbot) -> None:
        self._services = services
        self.folder = folder
        self.told: list[Failure] = []
        self._qtbot = qtbot
        self._open: list[tuple[StudioController, EngineThread]] = []

    def open(self, engine: ScriptedEngine) -> StudioController:
        thread = EngineThread(lambda: engine)
        services = replace(self._services, open_pictures=self._store)
        studio = StudioController(thread, services)
        self._open.append((studio, thread))
        studio.notice.connect(self.told.append)
        studio.start()
        studio.base.open("demo")
        self._qtbot.waitUntil(lambda: both_shown(studio))
        return studio

    def close(self) -> None:
        for studio, _ in self._open:
            dispose(studio)
        self._open.clear()

    def _store(self) -> PictureStore:
        return PictureStore(self.folder, 1 << 30)


@pytest.fixture
def studios(services: Services, tmp_path: Path, qtbot) -> Iterator[Studios]:
    studios = Studios(services, tmp_path / "pictures", qtbot)
    yield studios
    studios.close()


def kept(folder: Path) -> list[Path]:
    return list(folder.glob("*/*.png"))


def test_a_second_start_shows_pictures_without_the_engine(studios, qtbot):
    first = studios.open(ScriptedEngine())
    made = {p.pane_id: shown_by(p) for p in first.panes.panes()}
    studios.close()
    engine = ScriptedEngine()
    second = studios.open(engine)
    assert engine.started == []
    for pane_id, first_one in made.items():
        found = shown_by(second.panes.pane(pane_id))
        assert found.is_from_store
        assert found.request == first_one.request
        assert found.picture == first_one.picture
        assert found.fingerprint == first_one.fingerprint
    assert second.status.status.is_from_store
    assert second.status.status.denoise_ms is None


def test_what_is_not_there_is_made_and_kept(studios, qtbot):
    engine = ScriptedEngine()
    studio = studios.open(engine)
    studio.prompt.change(seed=11)
    qtbot.waitUntil(lambda: both_shown(studio))
    assert {r.sampling.seed for r in engine.rendered} == {7, 11}
    qtbot.waitUntil(lambda: len(kept(studios.folder)) == 2)


def test_going_back_to_a_stored_picture_asks_the_engine_nothing(studios, qtbot):
    engine = ScriptedEngine()
    studio = studios.open(engine)
    for seed in (11, 12):
        studio.prompt.change(seed=seed)
        qtbot.waitUntil(lambda: both_shown(studio))
    qtbot.waitUntil(lambda: len(kept(studios.folder)) == 3)
    started = len(engine.started)
    studio.prompt.change(seed=11)
    qtbot.waitUntil(lambda: both_shown(studio))
    assert shown_by(studio.panes.pane("current")).request.sampling.seed == 11
    assert len(engine.started) == started


def test_a_stored_picture_is_shown_while_live_rendering_is_off(studios, qtbot):
    engine = ScriptedEngine()
    studio = studios.open(engine)
    studio.prompt.change(seed=11)
    qtbot.waitUntil(lambda: both_shown(studio) and len(kept(studios.folder)) == 2)
    started = len(engine.started)
    studio.set_live(False)
    studio.prompt.change(seed=7)
    qtbot.waitUntil(lambda: both_shown(studio))
    assert shown_by(studio.panes.pane("current")).request.sampling.seed == 7
    assert len(engine.started) == started


def test_drafts_are_never_kept(studios, qtbot):
    engine = ScriptedEngine()
    studio = studios.open(engine)
    studio.intake.add(["/adapters/manga.safetensors"])
    qtbot.waitUntil(lambda: bool(shown_adapters(studio)))
    qtbot.waitUntil(lambda: is_settled(studio, "current"))
    row = studio.stack.stack.entries[0].entry_id
    studio.stack.begin_drag()
    studio.stack.set_scale(row, 0.25)
    qtbot.waitUntil(lambda: shown_by(studio.panes.pane("current")).request.is_draft)
    studio.stack.end_drag()
    qtbot.waitUntil(lambda: is_settled(studio, "current"))
    settled = {r.sha256() for r in engine.rendered if not r.is_draft}
    qtbot.waitUntil(lambda: len(kept(studios.folder)) == len(settled))
    assert any(r.is_draft for r in engine.rendered)
    studios.close()
    listed = PictureStore(studios.folder, 1 << 30).earlier(99)
    assert {one.record.request.sha256() for one in listed} == settled


def test_the_rows_of_the_pane_are_kept_with_its_picture(studios, qtbot):
    studio = studios.open(ScriptedEngine())
    studio.intake.add(["/adapters/manga.safetensors", "/adapters/neon.safetensors"])
    qtbot.waitUntil(lambda: len(shown_adapters(studio)) == 2)
    studio.stack.set_enabled(studio.stack.stack.entries[1].entry_id, False)
    qtbot.waitUntil(lambda: len(shown_adapters(studio)) == 1)
    rows = studio.stack.stack
    qtbot.waitUntil(lambda: all(one.path for one in in_strip(studio)))
    studios.close()
    listed = PictureStore(studios.folder, 1 << 30).earlier(99)
    assert listed[0].stack == rows


def test_a_damaged_file_is_rendered_again(studios, qtbot):
    studios.open(ScriptedEngine())
    studios.close()
    (path,) = kept(studios.folder)
    path.write_bytes(path.read_bytes()[:-30])
    engine = ScriptedEngine()
    studio = studios.open(engine)
    assert {r.sampling.seed for r in engine.rendered} == {7}
    assert not shown_by(studio.panes.pane("current")).is_from_store


def test_two_panes_that_ask_for_the_same_read_it_once(studios, qtbot, monkeypatch):
    studios.open(ScriptedEngine())
    studios.close()
    found: list[str] = []
    find = PictureStore.find

    def counted(self, request):
        found.append(request.sha256())
        return find(self, request)

    monkeypatch.setattr(PictureStore, "find", counted)
    studio = studios.open(ScriptedEngine())
    assert len(found) == len(set(found))
    assert all(shown_by(studio.panes.pane(one)).is_from_store for one in ("base", "current"))


def test_without_a_place_for_the_store_the_studio_goes_on_and_says_so_once(studios, qtbot):
    studios.folder.write_text("in the way")
    engine = ScriptedEngine()
    studio = studios.open(engine)
    for seed in (11, 12):
        studio.prompt.change(seed=seed)
        qtbot.waitUntil(lambda: both_shown(studio))
    assert {r.sampling.seed for r in engine.rendered} == {7, 11, 12}
    assert [str(studios.folder) in failure.message for failure in studios.told] == [True]


class SlowStore(PictureStore):
    """Its disk is asleep until `woken`."""

    woken = threading.Event()

    def keep(self, rendered, stack):
        assert self.woken.wait(PATIENCE_S)
        return super().keep(rendered, stack)


def test_closing_waits_for_a_picture_that_is_being_written(qapp, tmp_path):
    stored = StoredPictures(lambda: SlowStore(tmp_path / "pictures", 1 << 30))
    stored.keep(rendered(plain_picture((1, 2, 3))), AdapterStack())
    threading.Timer(0.05, SlowStore.woken.set).start()
    assert stored.close(round(1000 * PATIENCE_S))
    assert len(kept(tmp_path / "pictures")) == 1


def test_what_damaged_weights_made_is_kept_no_longer(studios, qtbot):
    engine = ScriptedEngine()
    studio = studios.open(engine)
    qtbot.waitUntil(lambda: len(kept(studios.folder)) == 1)
    studio.checks.verify()
    qtbot.waitUntil(lambda: studio.checks.result is not None)
    studio.prompt.change(seed=11)
    qtbot.waitUntil(lambda: both_shown(studio) and len(kept(studios.folder)) == 2)
    engine.differing = ("unet.conv_in.weight",)
    studio.checks.verify()
    qtbot.waitUntil(lambda: len(kept(studios.folder)) == 1)
    assert [one.sampling.seed for one in in_strip(studio)] == [7]


class GatedStore:
    """Writes nothing before it is let; tells in which order it was asked."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.asked: list[tuple[str, str]] = []

    def key(self, request: GenerationRequest) -> str:
        return str(request.sampling.seed)

    def keep(self, answer: Rendered, stack: AdapterStack | None) -> None:
        seed = self.key(answer.request)
        assert self.gate.wait(PATIENCE_S)
        self.asked.append(("keep", seed))

    def delete(self, key: str) -> None:
        self.asked.append(("delete", key))

    def complaint(self) -> str:
        return ""

    def close(self) -> None:
        pass


def test_pictures_are_written_in_their_order_and_damaged_ones_go_last(qtbot):
    store = GatedStore()
    stored = StoredPictures(lambda: cast(PicturePort, store))
    for seed in (1, 2):
        stored.keep(rendered(plain_picture((1, 2, 3)), sampling=Sampling(seed=seed)), None)
    stored.learn_check(is_exact=False)
    browsed: list[object] = []
    stored.browse(lambda store: store.complaint(), browsed.append)
    qtbot.waitUntil(lambda: bool(browsed))
    store.gate.set()
    assert stored.close(int(PATIENCE_S * 1000))
    assert store.asked == [("keep", "1"), ("keep", "2"), ("delete", "1"), ("delete", "2")]


def in_strip(studio: StudioController) -> list[StoredPicture]:
    strip = studio.store.filmstrip
    listed = (strip.picture(strip.index(row, 0)) for row in range(strip.rowCount()))
    return [one for one in listed if one is not None]


def shown_adapters(studio: StudioController) -> tuple:
    shown = studio.panes.pane("current").shown
    return shown.request.adapters if shown else ()

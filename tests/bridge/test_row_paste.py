"""Pasted rows whose files are gone, and texts whose adapters are looked for meanwhile."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from loraviewer.bridge.controller import StudioController
from loraviewer.bridge.pictures.picture_services import PictureServices
from loraviewer.bridge.services import Services
from loraviewer.core.cancel import CancelToken
from loraviewer.core.foreign.found import AdapterPlaces, FoundAdapter, FoundFiles
from loraviewer.core.foreign.picture import ForeignAdapter
from loraviewer.core.outcome import FileError
from loraviewer.core.reports import AdapterSummary
from loraviewer.core.row_clipboard import rows_to_json
from loraviewer.core.session import Session
from tests.bridge.conftest import dispose, summarise
from tests.still_engine import StillEngine
from tests.ui.fakes import entry


class Disk:
    """Where adapters are that a text names; looking takes until `goes_on`."""

    def __init__(self) -> None:
        self.goes_on = threading.Event()
        self.goes_on.set()
        self.places: list[AdapterPlaces] = []

    def summarise(self, path: Path, token: CancelToken) -> AdapterSummary:
        if not path.exists():
            raise FileError(f"“{path}” is no longer there.")
        return summarise(path, token)

    def find(
        self, adapters: Sequence[ForeignAdapter], places: AdapterPlaces, token: CancelToken
    ) -> FoundFiles:
        self.places.append(places)
        self.goes_on.wait()
        token.raise_if_cancelled()
        return FoundFiles(tuple(map(self._found, adapters)))

    def _found(self, adapter: ForeignAdapter) -> FoundAdapter:
        if adapter.name == "unreadable":
            raise FileError("The folder cannot be read.")
        if adapter.name == "twice":
            return FoundAdapter(adapter=adapter, others=("/a/twice", "/b/twice"))
        path = f"/adapters/{adapter.name}.safetensors"
        return FoundAdapter(adapter=adapter, path=path, sha256=f"sha-{adapter.name}", by="name")


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def still(qapp, services: Services, disk: Disk) -> Iterator[StudioController]:
    pictures = PictureServices(find=disk.find)
    controller = StudioController(
        StillEngine(), replace(services, summarise=disk.summarise, pictures=pictures)
    )
    yield controller
    disk.goes_on.set()
    dispose(controller)


def rest(controller: StudioController, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not controller._hashing._receivers, timeout=20_000)


def names(controller: StudioController) -> list[str]:
    return [row.name for row in controller.stack.stack.entries]


def test_a_row_whose_file_moved_is_found_again(
    still: StudioController, qtbot: QtBot, tmp_path: Path
) -> None:
    there = tmp_path / "elsewhere" / "manga.safetensors"
    there.parent.mkdir()
    there.write_bytes(b"weights")
    still.settings.change(folders={"adapters": str(tmp_path)})
    mentioned: list[str] = []
    still.finder.mentioned.connect(mentioned.append)
    gone = entry("manga", 0.5, path="/gone/manga.safetensors", sha256="sha-manga")
    still.row_paste.paste_rows(rows_to_json([gone]))
    assert [row.path for row in still.stack.stack.entries] == ["/gone/manga.safetensors"]
    rest(still, qtbot)
    (row,) = still.stack.stack.entries
    assert (row.path, row.scale) == (str(there), 0.5)
    assert mentioned == ["Found again in another folder: “manga”."]
    still.document.undo_stack.undo()
    assert names(still) == []


def test_a_row_whose_file_is_nowhere_says_so(still: StudioController, qtbot: QtBot) -> None:
    still.row_paste.paste_rows(rows_to_json([entry("manga", path="/gone/manga.safetensors")]))
    rest(still, qtbot)
    assert names(still) == ["manga"]
    assert still.adapters.facts("manga").report is not None


def test_names_are_looked_for_beside_the_rows_and_not_where_the_studio_was_started(
    still: StudioController, disk: Disk, qtbot: QtBot
) -> None:
    still.stack.add(entry("birds", path="/lora/birds.safetensors"))
    still.row_paste.paste_text("<lora:manga:0.8>")
    rest(still, qtbot)
    (places,) = disk.places
    assert places.folders == ("/lora",)
    assert [row.sha256 for row in places.rows] == ["birds"]


def test_several_files_of_a_name_are_told(still: StudioController, qtbot: QtBot) -> None:
    told: list[str] = []
    still.row_paste.mentioned.connect(told.append)
    still.row_paste.paste_text("<lora:twice:1>")
    rest(still, qtbot)
    assert told == ["Several files are called “twice”; add the one that is meant."]
    assert names(still) == []


def test_where_reading_fails_that_is_said(still: StudioController, qtbot: QtBot) -> None:
    told: list[str] = []
    still.row_paste.mentioned.connect(told.append)
    still.row_paste.paste_text("<lora:unreadable:1>")
    rest(still, qtbot)
    assert told == ["The folder cannot be read."]


def test_of_two_texts_the_newer_counts(still: StudioController, disk: Disk, qtbot: QtBot) -> None:
    disk.goes_on.clear()
    still.row_paste.paste_text("<lora:manga:1>")
    still.row_paste.paste_text("<lora:birds:1>")
    disk.goes_on.set()
    rest(still, qtbot)
    assert names(still) == ["birds"]


def test_what_is_looked_for_does_not_come_into_another_session(
    still: StudioController, disk: Disk, qtbot: QtBot
) -> None:
    disk.goes_on.clear()
    still.row_paste.paste_text("<lora:manga:1>")
    still.sessions._install(Session(document=still.document.document), "")
    disk.goes_on.set()
    rest(still, qtbot)
    assert names(still) == []


def test_rows_arrive_below_the_one_that_is_meant(still: StudioController, qtbot: QtBot) -> None:
    still.stack.add_all([entry("a"), entry("b")])
    still.row_paste.paste_rows(rows_to_json([entry("new")]), "a")
    assert names(still) == ["a", "new", "b"]
    still.row_paste.paste_rows(rows_to_json([entry("last")]), "gone")
    assert names(still) == ["a", "new", "b", "last"]
    rest(still, qtbot)


def test_no_rows_at_all_are_nothing(still: StudioController) -> None:
    told: list[str] = []
    still.row_paste.mentioned.connect(told.append)
    still.row_paste.paste_rows(rows_to_json([]))
    assert told[0].startswith("There is nothing to paste")
    assert still.document.undo_stack.count() == 0

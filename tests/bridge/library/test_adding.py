"""From the library into stacks, and bases from it."""

from collections.abc import Callable

from pytestqt.qtbot import QtBot

from loraviewer.bridge.rendering.jobs import LoadJob
from loraviewer.core.library.entries import LibraryNote
from tests.bridge.library.conftest import heard
from tests.bridge.library.fake_index import FakeIndex, adapter, checkpoint, unreadable
from tests.ui.fakes import Desk, entry

Look = Callable[[FakeIndex], Desk]


def rows(desk: Desk) -> list[tuple[str, float]]:
    return [(row.name, row.scale) for row in desk.stack.stack.entries]


def test_the_noted_strength_counts_before_the_suggested_one(look: Look, qtbot: QtBot) -> None:
    noted = adapter("gentle", note=LibraryNote(strength=0.25))
    other = adapter("gentle", path="/elsewhere/gentle.safetensors", sha256="other")
    desk = look(FakeIndex())
    desk.library.adding.add([noted, other, adapter("plain")])
    qtbot.waitUntil(lambda: len(rows(desk)) == 3)
    assert rows(desk) == [("gentle", 0.25), ("gentle", 0.7), ("plain", 1.0)]


def test_several_are_one_step(look: Look, qtbot: QtBot) -> None:
    desk = look(FakeIndex())
    desk.library.adding.add([adapter("birds"), adapter("manga")])
    qtbot.waitUntil(lambda: len(rows(desk)) == 2)
    desk.document.undo_stack.undo()
    assert rows(desk) == []


def test_what_is_in_the_stack_already_is_said_and_the_others_come(look: Look, qtbot: QtBot) -> None:
    desk = look(FakeIndex())
    same_content = entry("copy", sha256="sha-manga")
    desk.stack.add_all([entry("birds", path=adapter("birds").path), same_content])
    said = heard(desk.library.adding.refused)
    desk.library.adding.add([adapter("birds"), adapter("manga"), adapter("new")])
    qtbot.waitUntil(lambda: len(rows(desk)) == 3)
    assert said == ["“birds”, “manga” are in the stack already."]
    assert rows(desk)[-1] == ("new", 1.0)


def test_a_pane_that_is_dropped_on_becomes_active(look: Look, qtbot: QtBot) -> None:
    desk = look(FakeIndex())
    desk.stack.add(entry("birds", path=adapter("birds").path))
    desk.places.pin()
    copy = desk.places.document.panes[-1].pane_id
    desk.library.adding.add([adapter("manga")], copy)
    qtbot.waitUntil(lambda: [name for name, _ in rows(desk)] == ["birds", "manga"])
    assert desk.places.document.active == copy
    assert len(desk.places.document.pane("current").stack.entries) == 1


def test_a_checkpoint_is_opened(look: Look) -> None:
    desk = look(FakeIndex())
    dreams = checkpoint("dreams")
    desk.library.adding.add([dreams])
    assert desk.base.is_loading
    job = desk.engine.take()
    assert job is not None
    assert isinstance(job.work, LoadJob)
    assert job.work.path == dreams.path


def test_what_cannot_be_read_says_why(look: Look) -> None:
    desk = look(FakeIndex())
    said = heard(desk.library.adding.refused)
    desk.library.adding.add([unreadable("torn", "“torn” is too short.")])
    assert said == ["“torn” is too short."]
    assert rows(desk) == []

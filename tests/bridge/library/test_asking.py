"""What the library lists, and that nobody waits for it."""

import threading
from collections.abc import Callable

import msgspec
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from loraviewer.bridge.library.library_answers import LibraryCounts, LibraryWishes, answer, counts
from loraviewer.bridge.library.library_list import ENTRY_ROLE, IN_STACK_ROLE, PAGE
from loraviewer.core.cancel import CancelToken
from loraviewer.core.library.entries import LibraryNote
from tests.bridge.library.conftest import heard, is_at_rest
from tests.bridge.library.fake_index import FOLDER, FakeIndex, adapter, checkpoint, unreadable
from tests.ui.fakes import DEMO, Desk, entry

Look = Callable[[FakeIndex], Desk]


def names(desk: Desk) -> list[str]:
    return [path.rsplit("/", 1)[-1].removesuffix(".safetensors") for path in paths(desk)]


def paths(desk: Desk) -> tuple[str, ...]:
    return desk.library.model.answer.paths


def counts_of(desk: Desk) -> LibraryCounts:
    found = desk.library.model.counts
    assert found is not None
    return found


def ask(desk: Desk, qtbot: QtBot, **fields: object) -> list[str]:
    desk.library.model.change(**fields)
    qtbot.waitUntil(lambda: is_at_rest(desk))
    return names(desk)


MIXED = (
    adapter("manga"),
    adapter("birds", trigger_words=("blue bird",)),
    adapter("anything", ""),
    adapter("ghibli", "sd1", kinds={"loha": 9}, ranks=(4, 64)),
    checkpoint("dreams"),
    unreadable("torn", "“torn” is shorter than its header says; download it again."),
)


def test_nothing_is_touched_before_somebody_looks(open_desk, qtbot: QtBot) -> None:
    index = FakeIndex(*MIXED)
    desk = open_desk(index)
    desk.use_checkpoint()
    desk.library.model.change(words="manga")
    desk.look_again()
    assert desk.library.scan.is_older_than(0)
    assert index.threads == set()


def test_what_fits_the_base_comes_first_and_all_groups_are_counted(look: Look) -> None:
    desk = look(FakeIndex(*MIXED))
    assert desk.library.model.wishes.group == "fitting"
    assert names(desk) == ["anything", "birds", "manga"]
    expected = {"fitting": 3, "others": 1, "checkpoints": 1, "unreadable": 1}
    assert counts_of(desk).groups == expected


def test_without_a_base_all_adapters_are_one_group() -> None:
    index = FakeIndex(*MIXED)
    index.scan(CancelToken())
    found = answer(index, LibraryWishes())
    assert len(found.paths) == 4
    assert counts(index, found).groups == {"adapters": 4, "checkpoints": 1, "unreadable": 1}


def test_another_base_has_other_adapters(look: Look, qtbot: QtBot) -> None:
    desk = look(FakeIndex(*MIXED))
    desk.use_checkpoint(msgspec.structs.replace(DEMO, family="sd1"))
    qtbot.waitUntil(lambda: is_at_rest(desk))
    assert names(desk) == ["anything", "ghibli"]


def test_the_group_stays_where_the_base_has_no_say(look: Look, qtbot: QtBot) -> None:
    desk = look(FakeIndex(*MIXED))
    ask(desk, qtbot, group="checkpoints")
    desk.use_checkpoint(msgspec.structs.replace(DEMO, family="sd1"))
    qtbot.waitUntil(lambda: is_at_rest(desk))
    assert names(desk) == ["dreams"]


def test_words_narrow_every_group_and_the_total_stays(look: Look, qtbot: QtBot) -> None:
    desk = look(FakeIndex(*MIXED))
    assert ask(desk, qtbot, words="bi") == ["birds"]
    assert counts_of(desk).total == 3
    assert counts_of(desk).groups["others"] == 0
    desk.library.model.widen()
    qtbot.waitUntil(lambda: is_at_rest(desk))
    assert len(names(desk)) == 3


def test_kind_rank_folder_and_order(look: Look, qtbot: QtBot) -> None:
    deep = adapter("deep", path=f"{FOLDER}/sub/deep.safetensors", ranks=(128, 128))
    desk = look(FakeIndex(*MIXED, deep))
    assert ask(desk, qtbot, folder=f"{FOLDER}/sub") == ["deep"]
    assert ask(desk, qtbot, folder="", ranks=(65, 128)) == ["deep"]
    assert ask(desk, qtbot, ranks=None, kind="loha", group="others") == ["ghibli"]
    found = ask(desk, qtbot, kind="", group="fitting", is_reversed=True)
    assert found == ["manga", "deep", "birds", "anything"]


def test_stars_and_the_stack_narrow_too(look: Look, qtbot: QtBot) -> None:
    starred = adapter("star", note=LibraryNote(is_favourite=True))
    desk = look(FakeIndex(*MIXED, starred))
    assert ask(desk, qtbot, is_favourite=True) == ["star"]
    desk.stack.add(entry("birds", path=f"{FOLDER}/birds.safetensors"))
    assert ask(desk, qtbot, is_favourite=False, is_in_stack=True) == ["birds"]
    desk.stack.add(entry("manga", path=f"{FOLDER}/manga.safetensors"))
    qtbot.waitUntil(lambda: is_at_rest(desk))
    assert names(desk) == ["birds", "manga"]


def test_words_that_are_typed_at_once_are_one_question(look: Look, qtbot: QtBot) -> None:
    index = FakeIndex(*MIXED)
    desk = look(index)
    index.asked.clear()
    for words in ("b", "bi", "bir"):
        desk.library.model.change(words=words)
    qtbot.waitUntil(lambda: is_at_rest(desk))
    assert {query.words for query in index.asked} <= {"bir", ""}
    assert names(desk) == ["birds"]


def test_no_question_is_asked_on_the_gui_thread(look: Look) -> None:
    index = FakeIndex(*MIXED)
    look(index)
    assert threading.get_ident() not in index.threads


def test_an_index_that_fails_is_said_and_asked_again(look: Look, qtbot: QtBot) -> None:
    index = FakeIndex(*MIXED)
    desk = look(index)
    said = heard(desk.notice)
    index.fails = "“library.sqlite” cannot be read; remove it."
    ask(desk, qtbot, words="x")
    assert [failure.message for failure in said] == [index.fails]
    index.fails = ""
    assert ask(desk, qtbot, words="birds") == ["birds"]


def test_facts_are_read_page_by_page_as_rows_are_looked_at(look: Look, qtbot: QtBot) -> None:
    index = FakeIndex(*(adapter(f"a{i:04d}") for i in range(1000)))
    desk = look(index)
    files = desk.library.list
    assert files.rowCount() == 1000
    assert index.pages == []
    row = files.index(500)
    assert row.data(ENTRY_ROLE) is None
    assert row.data(Qt.ItemDataRole.DisplayRole) == f"{FOLDER}/a0500.safetensors"
    qtbot.waitUntil(lambda: row.data(ENTRY_ROLE) is not None)
    assert row.data(ENTRY_ROLE).name == "a0500"
    assert [len(page) for page in index.pages] == [PAGE]


def test_rows_tell_what_is_in_the_stack_of_the_active_pane(look: Look) -> None:
    desk = look(FakeIndex(*MIXED))
    files = desk.library.list
    row = files.index(files.row_of(f"{FOLDER}/birds.safetensors"))
    assert row.data(IN_STACK_ROLE) is False
    changed = heard(files.dataChanged)
    desk.stack.add(entry("birds", path=f"{FOLDER}/birds.safetensors"))
    assert row.data(IN_STACK_ROLE) is True
    assert len(changed) == 1
    desk.stack.set_scale("birds", 0.5)
    assert len(changed) == 1

"""What is done with files of the library: by keys, mouse, menu and card."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from loraviewer.bridge.rendering.jobs import ReportJob
from loraviewer.core.library.entries import LibraryNote
from loraviewer.ui.cards.adapter_card import AdapterCard
from loraviewer.ui.library.note_card import NoteCard
from loraviewer.ui.main_window import MainWindow
from tests.bridge.library.fake_index import FakeIndex
from tests.ui.fakes import Desk, entry
from tests.ui.library.shown_library import (
    centre_of,
    drop_files,
    entry_of,
    file_of,
    listed,
    path_of,
    press,
    select,
    settle,
    view,
)


def rows(desk: Desk) -> list[str]:
    return [row.name for row in desk.stack.stack.entries]


def test_enter_adds_all_that_is_selected(
    library: MainWindow, controller: Desk, qtbot: QtBot
) -> None:
    select(library, "birds", "manga")
    press(library, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: rows(controller) == ["birds", "manga"])
    assert view(library).hasFocus()


def test_a_double_click_adds_and_a_second_one_says_that_it_is_there(
    library: MainWindow, controller: Desk, qtbot: QtBot
) -> None:
    where = centre_of(library, "birds")
    for _ in range(2):
        QTest.mouseDClick(view(library).viewport(), Qt.MouseButton.LeftButton, pos=where)
        qtbot.waitUntil(lambda: rows(controller) == ["birds"])
    sentences = [bar.sentence for bar in library.notices.bars]
    assert sentences == ["“birds” is in the stack already."]


def test_dragged_on_a_pane_they_come_into_its_stack(
    library: MainWindow, controller: Desk, qtbot: QtBot
) -> None:
    controller.stack.add(entry("night", path=path_of("night")))
    controller.places.pin()
    controller.places.set_layout(4)
    QApplication.processEvents()
    pinned = library.compare.shown()[2]
    drop_files(library, pinned, "birds", "manga")
    qtbot.waitUntil(lambda: rows(controller) == ["night", "birds", "manga"])
    assert controller.places.document.active == pinned.pane_id


def test_dragged_on_the_stack_they_come_into_the_active_one(
    library: MainWindow, controller: Desk, qtbot: QtBot
) -> None:
    active = controller.places.document.active
    drop_files(library, library.stack_panel, "birds")
    qtbot.waitUntil(lambda: rows(controller) == ["birds"])
    assert controller.places.document.active == active


def test_s_and_the_corner_star(
    library: MainWindow, controller: Desk, index: FakeIndex, qtbot: QtBot
) -> None:
    select(library, "birds", "manga")
    press(library, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: len(index.kept) == 2)
    files = view(library)
    model = listed(library)
    cell = files.visualRect(model.index(model.row_of(path_of("birds")), 0))
    corner = QPoint(cell.right() - 12, cell.top() + 12)
    QTest.mouseClick(files.viewport(), Qt.MouseButton.LeftButton, pos=corner)
    qtbot.waitUntil(lambda: not index.kept["sha-birds"].is_favourite)
    assert index.kept["sha-manga"].is_favourite


def card_of(window: MainWindow) -> NoteCard:
    return next(card for card in window.findChildren(NoteCard) if card.isVisible())


def test_n_opens_a_card_that_keeps_what_is_written(
    library: MainWindow, index: FakeIndex, qtbot: QtBot
) -> None:
    select(library, "birds")
    press(library, Qt.Key.Key_N)
    card = card_of(library)
    QTest.keyClicks(card.text, "for skies")
    QTest.keyClicks(card.tags, "sky,  big  blue ,sky")
    QTest.keyClicks(card.strength, "0,7")
    QTest.keyClick(card.tags, Qt.Key.Key_Return)
    note = LibraryNote(tags=("sky", "big blue"), text="for skies", strength=0.7)
    qtbot.waitUntil(lambda: index.kept == {"sha-birds": note})
    assert not any(card.isVisible() for card in library.findChildren(NoteCard))


def test_escape_leaves_a_note_as_it_was(library: MainWindow, index: FakeIndex) -> None:
    select(library, "birds")
    press(library, Qt.Key.Key_N)
    card = card_of(library)
    QTest.keyClicks(card.text, "never mind")
    QTest.keyClick(card.text, Qt.Key.Key_Escape)
    assert card.isVisible(), "it says first what would be lost"
    assert "Esc again drops" in card.told.text()
    QTest.keyClick(card.text, Qt.Key.Key_Escape)
    assert not card.isVisible()
    assert index.kept == {}


def test_a_click_elsewhere_loses_no_strength_that_is_no_number(
    library: MainWindow, index: FakeIndex
) -> None:
    select(library, "birds")
    press(library, Qt.Key.Key_N)
    card = card_of(library)
    QTest.keyClicks(card.strength, "much")
    QTest.mouseClick(card, Qt.MouseButton.LeftButton, pos=QPoint(-5, -5))
    assert card.isVisible()
    assert "not “much”" in card.told.text()
    QTest.keyClick(card.strength, Qt.Key.Key_Escape)
    QTest.keyClick(card.strength, Qt.Key.Key_Escape)
    assert not card.isVisible()
    assert index.kept == {}


def test_escape_closes_an_untouched_note_at_once(library: MainWindow, index: FakeIndex) -> None:
    select(library, "birds")
    press(library, Qt.Key.Key_N)
    card = card_of(library)
    QTest.keyClick(card.text, Qt.Key.Key_Escape)
    assert not card.isVisible()
    assert index.kept == {}


def test_a_strength_that_is_no_number_is_told_and_stays_in_its_field(
    library: MainWindow, index: FakeIndex, qtbot: QtBot
) -> None:
    select(library, "birds")
    press(library, Qt.Key.Key_N)
    card = card_of(library)
    QTest.keyClicks(card.strength, "much")
    QTest.keyClick(card.strength, Qt.Key.Key_Return)
    assert card.isVisible()
    assert "not “much”" in card.told.text()
    assert card.strength.text() == "much"
    assert index.kept == {}
    card.strength.selectAll()
    QTest.keyClicks(card.strength, "0.5")
    assert not card.told.isVisible()
    QTest.keyClick(card.strength, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: index.kept == {"sha-birds": LibraryNote(strength=0.5)})


def test_the_menu_puts_trigger_words_into_the_prompt_once(
    library: MainWindow, controller: Desk
) -> None:
    controller.prompt.change(prompt="sky")
    birds = file_of(controller, "birds")
    menu = library.library.menu([birds])
    entry_of(menu, "Trigger words into the prompt").trigger()
    entry_of(menu, "Trigger words into the prompt").trigger()
    assert controller.prompt.sampling.prompt == "sky, blue bird"


def test_the_menu_copies_paths_and_narrows_to_a_folder(
    library: MainWindow, controller: Desk, qtbot: QtBot
) -> None:
    files = [file_of(controller, name) for name in ("birds", "manga")]
    entry_of(library.library.menu(files), "Copy path").trigger()
    text = QApplication.clipboard().text()
    assert text == f"{path_of('birds')}\n{path_of('manga')}"
    entry_of(library.library.menu(files[:1]), "Only its folder").trigger()
    settle(controller, qtbot)
    assert controller.library.model.wishes.folder == "/weights"


def cards(window: MainWindow) -> list[AdapterCard]:
    return [card for card in window.findChildren(AdapterCard) if card.isVisible()]


def test_details_are_those_of_the_row(library: MainWindow, controller: Desk) -> None:
    birds = file_of(controller, "birds")
    controller.stack.add(entry("birds", path=path_of("birds")))
    assert entry_of(library.library.menu([birds]), "Details…").isEnabled()
    entry_of(library.library.menu([birds]), "Details…").trigger()
    assert [card.entry_id for card in cards(library)] == [
        row.entry_id for row in controller.stack.stack.entries
    ]


def test_details_of_a_file_that_is_in_no_stack(
    library: MainWindow, controller: Desk, qtbot: QtBot
) -> None:
    birds, dreams = (file_of(controller, name) for name in ("birds", "manga"))
    entry_of(library.library.menu([birds]), "Details…").trigger()
    qtbot.waitUntil(lambda: len(cards(library)) == 1)
    (card,) = cards(library)
    assert card.windowTitle().startswith("birds")
    assert controller.stack.stack.entries == ()
    assert any(isinstance(work, ReportJob) for work in controller.works)
    controller.stack.add(entry("manga"))
    assert card.isVisible()
    entry_of(library.library.menu([birds]), "Details…").trigger()
    entry_of(library.library.menu([dreams]), "Details…").trigger()
    qtbot.waitUntil(lambda: len(cards(library)) == 2)


def test_letters_that_are_not_its_own_stay_the_windows(library: MainWindow) -> None:
    select(library, "birds")
    press(library, Qt.Key.Key_L)
    assert library.actions_table["loupe"].isChecked()

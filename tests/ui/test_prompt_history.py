"""Earlier prompts: learnt from pictures, walked through by keys, searched, starred, kept."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from loraviewer.bridge.words.prompt_history import PromptHistory
from loraviewer.core.infotext import ImageRecord
from loraviewer.core.outcome import Rendered, Timings
from loraviewer.core.prompt_book import KeptPrompt, PromptFile
from loraviewer.core.request import CheckpointRef, GenerationRequest
from loraviewer.core.stored_picture import StoredPicture
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.prompt.prompt_window import PromptWindow
from loraviewer.ui.widgets.buttons import IconButton
from tests.fakes import picture_of
from tests.ui.fakes import Desk
from tests.ui.focus import focused

ALT, CONTROL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier


def show_picture(desk: Desk) -> None:
    """As if a settled picture of the present prompt had come into a pane."""
    request = GenerationRequest(checkpoint=CheckpointRef("demo"), sampling=desk.prompt.sampling)
    stored = StoredPicture(key=request.sha256(), record=ImageRecord(request=request))
    rendered = Rendered(request, picture_of(request), Timings(), fingerprint="")
    desk.store.pictures.shown.emit(stored, rendered)


def use(desk: Desk, *prompts: str) -> None:
    for prompt in prompts:
        desk.prompt.change(prompt=prompt)
        show_picture(desk)


def texts(desk: Desk) -> list[str]:
    return [one.text for one in desk.prompt_history.book.prompts]


def press(key: Qt.Key, modifier=Qt.KeyboardModifier.NoModifier, at: QWidget | None = None) -> None:
    QTest.keyClick(at or focused(), key, modifier)
    QApplication.processEvents()


@pytest.fixture
def used(window: MainWindow, controller: Desk) -> MainWindow:
    window.activateWindow()
    use(controller, "a cat", "a red dog", "the sea")
    return window


@pytest.fixture
def prompts(used: MainWindow) -> PromptWindow:
    used.actions_table["prompts"].trigger()
    (window,) = used.findChildren(PromptWindow)
    QApplication.processEvents()
    return window


def rows(prompts: PromptWindow) -> list[str]:
    model = prompts.prompts.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def test_prompts_of_pictures_are_learnt_newest_first(used: MainWindow, controller: Desk) -> None:
    assert texts(controller) == ["the sea", "a red dog", "a cat"]
    controller.prompt.change(prompt="never drawn")
    assert texts(controller) == ["the sea", "a red dog", "a cat"]
    use(controller, "a {red|blue} cat")
    assert texts(controller)[0] == "a {red|blue} cat"


def test_keys_walk_back_and_forth_in_one_step(used: MainWindow, controller: Desk) -> None:
    controller.prompt.change(prompt="a new idea")
    used.prompt_panel.focus_prompt()
    steps = controller.document.undo_stack.count()
    for there in ("the sea", "a red dog", "a cat", "a cat"):
        press(Qt.Key.Key_Up, ALT)
        show_picture(controller)
        assert controller.prompt.sampling.prompt == there
    assert texts(controller) == ["the sea", "a red dog", "a cat"], "a walk is no use of them"
    for there in ("a red dog", "the sea", "a new idea", "a new idea"):
        press(Qt.Key.Key_Down, ALT)
        assert controller.prompt.sampling.prompt == there
    press(Qt.Key.Key_Up, ALT)
    assert controller.document.undo_stack.count() == steps + 1
    controller.document.undo_stack.undo()
    assert controller.prompt.sampling.prompt == "a new idea"


def test_what_is_being_typed_is_where_the_walk_begins(used: MainWindow, controller: Desk) -> None:
    used.prompt_panel.focus_prompt()
    QTest.keyClicks(focused(), "half a thought")
    press(Qt.Key.Key_Up, ALT)
    assert controller.prompt.sampling.prompt == "the sea"
    press(Qt.Key.Key_Down, ALT)
    line = focused()
    assert isinstance(line, QLineEdit)
    assert line.text() == "half a thought"


def test_typing_ends_a_walk(used: MainWindow, controller: Desk) -> None:
    used.prompt_panel.focus_prompt()
    press(Qt.Key.Key_Up, ALT)
    press(Qt.Key.Key_Up, ALT)
    controller.prompt.change(prompt="a cat in a box")
    press(Qt.Key.Key_Down, ALT)
    assert controller.prompt.sampling.prompt == "a cat in a box"
    press(Qt.Key.Key_Up, ALT)
    assert controller.prompt.sampling.prompt == "the sea"


def test_where_a_walk_began_is_learnt_once_its_picture_comes(
    used: MainWindow, controller: Desk
) -> None:
    """Weighed, and gone on from before there was a picture of it."""
    used.prompt_panel.focus_prompt()
    line = focused()
    assert isinstance(line, QLineEdit)
    line.setCursorPosition(len("the s"))
    press(Qt.Key.Key_Up, CONTROL)
    press(Qt.Key.Key_Up, ALT)
    press(Qt.Key.Key_Down, ALT)
    assert controller.prompt.sampling.prompt == "the (sea:1.05)"
    show_picture(controller)
    assert texts(controller) == ["the (sea:1.05)", "the sea", "a red dog", "a cat"]


def test_words_that_are_being_weighed_are_the_present_prompt_of_the_list(
    used: MainWindow, controller: Desk
) -> None:
    used.prompt_panel.focus_prompt()
    press(Qt.Key.Key_Up, CONTROL)
    used.actions_table["prompts"].trigger()
    assert controller.prompt.sampling.prompt == "(the sea:1.05)"
    show_picture(controller)
    (window,) = used.findChildren(PromptWindow)
    assert rows(window)[0] == "(the sea:1.05)"


def test_adapters_are_no_words_of_a_prompt(used: MainWindow, controller: Desk) -> None:
    """Undo gives a tag back as text, and pictures are made of that as well."""
    use(controller, "a hat, <lora:manga:0.8>, a cat")
    assert texts(controller)[0] == "a hat, a cat"
    show_picture(controller)
    use(controller, "a hat, a cat")
    assert texts(controller).count("a hat, a cat") == 1


def test_the_list_is_searched_and_a_prompt_used(prompts: PromptWindow, controller: Desk) -> None:
    assert rows(prompts) == ["the sea", "a red dog", "a cat"]
    QTest.keyClicks(focused(), "dog red")
    assert rows(prompts) == ["a red dog"]
    press(Qt.Key.Key_Return)
    assert controller.prompt.sampling.prompt == "a red dog"
    assert controller.document.undo_stack.undoText() == "Prompt “a red dog”"


def test_the_negative_prompt_comes_along(
    used: MainWindow, controller: Desk, prompts: PromptWindow
) -> None:
    controller.prompt.change(prompt="a wood", negative_prompt="fog")
    show_picture(controller)
    controller.prompt.change(prompt="", negative_prompt="")
    assert rows(prompts)[0] == "a wood · without fog"
    prompts.prompts.setCurrentIndex(prompts.prompts.model().index(0, 0))
    press(Qt.Key.Key_Return, at=prompts)
    sampling = controller.prompt.sampling
    assert (sampling.prompt, sampling.negative_prompt) == ("a wood", "fog")


def test_favourites_by_key_and_by_button(prompts: PromptWindow, controller: Desk) -> None:
    press(Qt.Key.Key_Down)
    press(Qt.Key.Key_D, CONTROL)
    assert rows(prompts) == ["the sea", "★ a red dog", "a cat"]
    assert controller.prompt_history.book.found("", only_starred=True)[0].text == "a red dog"
    (star,) = [b for b in prompts.findChildren(IconButton) if b.accessibleName() == "Star"]
    assert star.isChecked()
    star.click()
    assert rows(prompts)[1] == "a red dog"
    assert not star.isChecked()
    assert prompts.findChildren(QPushButton) == []


def test_a_prompt_is_removed_and_the_next_is_selected(
    prompts: PromptWindow, controller: Desk
) -> None:
    press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Delete)
    assert texts(controller) == ["the sea", "a cat"]
    assert prompts.prompts.currentIndex().data() == "a cat"


def test_an_empty_list_offers_nothing(window: MainWindow, controller: Desk) -> None:
    window.actions_table["prompts"].trigger()
    (prompts,) = window.findChildren(PromptWindow)
    assert rows(prompts) == []
    assert not any(button.isEnabled() for button in prompts.findChildren(IconButton))
    press(Qt.Key.Key_Return, at=prompts)
    press(Qt.Key.Key_Delete, at=prompts)
    prompts.close()


@pytest.fixture
def on_disk(controller: Desk, tmp_path: Path) -> Iterator[PromptHistory]:
    history = PromptHistory(controller.prompt, tmp_path / "prompts.json", controller)
    yield history
    assert history.close(5_000)


def test_what_is_starred_is_on_disk_and_others_see_it(
    on_disk: PromptHistory, controller: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    file = PromptFile(tmp_path / "prompts.json")
    file.change(lambda book: book.with_used(KeptPrompt(text="theirs", used_at=1.0)))
    with qtbot.waitSignal(on_disk.changed):
        on_disk.star(KeptPrompt(text="ours"), True)
    qtbot.waitUntil(lambda: len(on_disk.book.prompts) == 2)
    assert {one.text for one in file.read().prompts} == {"ours", "theirs"}


def test_a_file_that_cannot_be_read_is_told_once(
    on_disk: PromptHistory, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "prompts.json").write_bytes(b"{")
    told: list[str] = []
    on_disk.complained.connect(told.append)
    on_disk.look_again()
    on_disk.star(KeptPrompt(text="ours"), True)
    assert on_disk.close(5_000)
    assert len(told) == 1
    assert "holds no prompts" in told[0]
    assert [one.text for one in on_disk.book.prompts] == ["ours"]

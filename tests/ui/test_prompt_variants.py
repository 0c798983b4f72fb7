"""Prompts that leave something to the seed: what is drawn, told, kept and given back."""

from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from loraviewer.bridge.rendering.jobs import RenderJob
from loraviewer.core.variants.draws import words_of
from loraviewer.core.variants.wildcards import Wildcards
from loraviewer.ui.main_window import MainWindow
from tests.ui.fakes import Desk
from tests.ui.focus import focused

TEMPLATE = "a girl in a {red|blue|white} dress"


def prompt_line(window: MainWindow) -> QLineEdit:
    window.activateWindow()
    window.prompt_panel.focus_prompt()
    line = focused()
    assert isinstance(line, QLineEdit)
    return line


def type_prompt(window: MainWindow, text: str) -> None:
    line = prompt_line(window)
    line.selectAll()
    QTest.keyClicks(line, text)
    QTest.keyClick(line, Qt.Key.Key_Return)


def note(window: MainWindow) -> str:
    return window.prompt_panel.note.text()


def drawn(seed: int, template: str = TEMPLATE) -> str:
    return words_of(template, seed).text


def test_the_words_of_the_seed_are_told_and_are_the_prompt(
    window: MainWindow, controller: Desk
) -> None:
    type_prompt(window, TEMPLATE)
    sampling = controller.prompt.sampling
    assert (sampling.prompt, sampling.template) == (drawn(7), TEMPLATE)
    assert prompt_line(window).text() == TEMPLATE
    assert note(window).endswith(f"Seed 7: “{drawn(7)}”")
    assert "Read as letters" not in note(window)
    assert controller.document.undo_stack.undoText().startswith("Prompt “a girl in a {red|blue")


def test_what_is_amiss_is_told_before_what_is_only_told(window: MainWindow) -> None:
    type_prompt(window, "a zebra in {red|blue} __colour__ <lora:none:1>")
    told = ["doesn’t know: zebra", "There is no wildcard", "Read as letters", "Seed 7: “"]
    places = [note(window).find(words) for words in told]
    assert -1 not in places
    assert places == sorted(places)


def test_another_seed_gives_other_words_in_the_same_step(
    window: MainWindow, controller: Desk
) -> None:
    type_prompt(window, TEMPLATE)
    seed = next(s for s in range(8, 99) if drawn(s) != drawn(7))
    controller.prompt.change(seed=seed)
    assert controller.prompt.sampling.prompt == drawn(seed)
    assert note(window).endswith(f"Seed {seed}: “{drawn(seed)}”")
    assert controller.document.undo_stack.undoText() == f"Seed {seed}"
    controller.document.undo_stack.undo()
    assert controller.prompt.sampling.prompt == drawn(7)
    assert prompt_line(window).text() == TEMPLATE


def test_what_changes_neither_prompt_nor_seed_leaves_the_words(
    window: MainWindow, controller: Desk
) -> None:
    type_prompt(window, TEMPLATE)
    words = controller.prompt.sampling.prompt
    controller.prompt.use_wildcards(Wildcards({"red": ("green",)}))
    controller.prompt.change(steps=5)
    assert controller.prompt.sampling.prompt == words


def test_all_panes_of_a_seed_are_asked_for_the_same_words(
    window: MainWindow, controller: Desk
) -> None:
    type_prompt(window, TEMPLATE)
    controller.render()
    prompts = {
        work.request.sampling.prompt for work in controller.works if isinstance(work, RenderJob)
    }
    assert prompts == {drawn(7)}


def test_a_prompt_that_was_meant_to_the_letter_stays_so_until_it_is_edited(
    window: MainWindow, controller: Desk
) -> None:
    literal = msgspec.structs.replace(controller.prompt.sampling, prompt="{red|blue}", template="")
    controller.prompt.reset(literal)
    controller.prompt.change(seed=8)
    assert (controller.prompt.sampling.prompt, controller.prompt.sampling.template) == (
        "{red|blue}",
        "",
    )
    type_prompt(window, "{red|blue} dress")
    assert controller.prompt.sampling.template == "{red|blue} dress"


def test_plain_words_again_leave_nothing_of_the_template(
    window: MainWindow, controller: Desk
) -> None:
    type_prompt(window, TEMPLATE)
    type_prompt(window, "a cat")
    sampling = controller.prompt.sampling
    assert (sampling.prompt, sampling.template) == ("a cat", "")
    assert "Seed" not in note(window)


def test_a_trigger_word_goes_to_what_was_typed(window: MainWindow, controller: Desk) -> None:
    type_prompt(window, TEMPLATE)
    controller.prompt.add_word("mng")
    assert controller.prompt.sampling.template == f"{TEMPLATE}, mng"
    assert controller.prompt.sampling.prompt == drawn(7, f"{TEMPLATE}, mng")


def test_tags_in_a_choice_are_no_rows(window: MainWindow, controller: Desk) -> None:
    type_prompt(window, "a {<lora:manga:1>|<lora:birds:1>} girl")
    assert controller.stack.stack.entries == ()
    assert "Read as letters: “<lora:" in note(window)


def test_a_folder_of_wildcards_is_chosen_and_drawn_from_at_once(
    window: MainWindow, controller: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "colour.txt").write_text("purple\n", "utf-8")
    type_prompt(window, "a __colour__ hat")
    assert "There is no wildcard “colour”" in note(window)
    window.actions_table["wildcards_folder"].trigger()
    dialog = window.findChild(QFileDialog)
    assert dialog is not None
    with qtbot.waitSignal(controller.wildcards.chosen):
        dialog.fileSelected.emit(str(tmp_path))
        dialog.close()
    assert controller.settings.settings.wildcards_folder == str(tmp_path)
    sampling = controller.prompt.sampling
    assert (sampling.prompt, sampling.template) == ("a purple hat", "a __colour__ hat")
    assert "There is no wildcard" not in note(window)


def test_files_that_change_are_seen_and_the_words_stay_until_they_are_drawn(
    window: MainWindow, controller: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    file = tmp_path / "colour.txt"
    file.write_text("purple\n", "utf-8")
    with qtbot.waitSignal(controller.wildcards.chosen):
        controller.wildcards.choose(str(tmp_path))
    type_prompt(window, "a __colour__ hat")
    file.write_text("green\n", "utf-8")
    with qtbot.waitSignal(controller.wildcards.changed):
        controller.wildcards.look_again()
    assert controller.prompt.sampling.prompt == "a purple hat"
    controller.prompt.change(seed=8)
    assert controller.prompt.sampling.prompt == "a green hat"


@pytest.mark.parametrize("has_bad_file", [False, True])
def test_what_is_wrong_with_a_folder_is_said_once(
    window: MainWindow, controller: Desk, qtbot: QtBot, tmp_path: Path, has_bad_file: bool
) -> None:
    folder = tmp_path if has_bad_file else tmp_path / "gone"
    if has_bad_file:
        (folder / "bad.txt").write_bytes(b"\xff\xfe\xff")
    with qtbot.waitSignal(controller.wildcards.complained):
        controller.wildcards.choose(str(folder))
    (bar,) = window.notices.bars
    assert ("bad.txt” is no text" if has_bad_file else "is no folder") in bar.sentence
    bar.dismiss()
    controller.wildcards.look_again()
    qtbot.waitUntil(lambda: not controller._tasks._receivers)
    assert window.notices.bars == ()

"""Weights by keys, the count of tokens, and whether prompts are read with weights."""

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from loraviewer.core.request import Sampling, WordReading
from loraviewer.core.unread import TokenCount, Unread
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.prompt.prompt_line import PromptLine
from loraviewer.ui.prompt.prompt_panel import PromptPanel
from loraviewer.ui.widgets.number_box import NumberBox
from tests.ui.test_prompt_panel import big_checkpoint, field, panel  # noqa: F401 - a fixture

CONTROL = Qt.KeyboardModifier.ControlModifier


class Chunks:
    """Four tokens a chunk, each of them a word."""

    reads_weights = True

    def count(self, text: str, words: WordReading) -> TokenCount:
        tokens = len(text.split())
        chunks = max(1, -(-tokens // 4))
        if words == "plain":
            return TokenCount(tokens=tokens, limit=4)
        return TokenCount(tokens=tokens, limit=4 * chunks, chunks=chunks)

    def unread(self, sampling: Sampling) -> tuple[Unread, ...]:
        return ()


class Letters(Chunks):
    reads_weights = False


@pytest.fixture
def line(panel: PromptPanel, controller) -> PromptLine:  # noqa: F811
    controller.use_checkpoint(msgspec.structs.replace(big_checkpoint(), prompts=Chunks()))
    controller.prompt.change(words="weighted")
    return field(panel, PromptLine, "Prompt")


def test_keys_weigh_the_word_at_the_cursor(line, panel, controller):  # noqa: F811
    QTest.keyClicks(line, "a red cat")
    QTest.keyClick(line, Qt.Key.Key_Up, CONTROL)
    QTest.keyClick(line, Qt.Key.Key_Up, CONTROL)
    assert line.text() == "a red (cat:1.1)"
    assert line.selectedText() == "cat"
    panel.commit()
    assert controller.prompt.sampling.prompt == "a red (cat:1.1)"
    for _ in range(2):
        QTest.keyClick(line, Qt.Key.Key_Down, CONTROL)
    panel.commit()
    assert controller.prompt.sampling.prompt == "a red cat"
    controller.document.undo_stack.undo()
    assert line.text() == "a red (cat:1.1)"


def test_letters_beyond_the_first_plane_are_one_each(line, panel):  # noqa: F811
    line.setText("😀😀 cat, dog")
    line.setSelection(9 - 4, 3)  # Qt counts each face twice
    assert line.selectedText() == "cat"
    QTest.keyClick(line, Qt.Key.Key_Down, CONTROL)
    assert (line.text(), line.selectedText()) == ("😀😀 (cat:0.95), dog", "cat")
    panel.commit()


def test_where_weights_are_letters_keys_leave_words_alone(line, panel, controller):  # noqa: F811
    controller.prompt.change(words="plain", prompt="a cat")
    QTest.keyClick(line, Qt.Key.Key_Up, CONTROL)
    assert line.text() == "a cat"
    controller.prompt.change(words="weighted")
    controller.use_checkpoint(msgspec.structs.replace(big_checkpoint(), prompts=Letters()))
    QTest.keyClick(line, Qt.Key.Key_Up, CONTROL)
    assert line.text() == "a cat"
    panel.commit()


def test_trigger_words_come_where_the_prompt_is_written(line, panel, controller):  # noqa: F811
    controller.prompt.add_word("first")
    assert line.text() == "first", "nobody has written yet"
    line.setFocus()
    QTest.keyClicks(line, ", a cat in a tree")
    panel.commit()
    for _ in " in a tree":
        QTest.keyClick(line, Qt.Key.Key_Left)
    controller.prompt.add_word("second")
    controller.prompt.add_word("third")
    assert line.text() == "first, a cat, second, third, in a tree"
    controller.prompt.change(prompt="a dog in a tree")
    controller.prompt.add_word("fourth")
    assert line.text().endswith("fourth")


def test_tokens_are_counted_while_typing(line, panel, controller):  # noqa: F811
    assert line.count_text == ""
    QTest.keyClicks(line, "a red cat")
    assert line.count_text == "3 / 4"
    QTest.keyClicks(line, " in a tree")
    assert line.count_text == "6 / 8: 2 chunks"
    assert line.accessibleDescription() == "6 / 8: 2 chunks tokens"
    panel.commit()
    controller.prompt.change(words="plain")
    assert line.count_text == "6 / 4"


def test_a_seed_that_cannot_be_used_does_not_change_the_count(line, panel, controller):  # noqa: F811
    controller.prompt.change(prompt="a {dark red|light red} cat", seed=1)
    assert line.count_text == "4 / 4"
    seed = field(panel, NumberBox, "Seed")
    seed.setFocus()
    seed.selectAll()
    QTest.keyClicks(seed, "-5")
    panel.commit()
    assert "-5" in panel.note.text()
    assert line.count_text == "4 / 4"
    line.setFocus()
    line.end(False)
    QTest.keyClicks(line, " in a {tall tree|tall house}")
    panel.commit()
    assert line.count_text == "8 / 8: 2 chunks"


def test_what_the_base_ignores_is_told(line, panel, controller):  # noqa: F811
    controller.use_checkpoint(msgspec.structs.replace(big_checkpoint(), prompts=Letters()))
    controller.prompt.change(prompt="a (red:1.2) cat")
    assert panel.note.text() == (
        "This base ignores weights, and reads as letters: “(red:1.2)”; write plain words instead."
    )
    controller.use_checkpoint(msgspec.structs.replace(big_checkpoint(), prompts=Chunks()))
    assert panel.note.text() == ""


def test_the_menu_says_how_prompts_are_read_and_undo_takes_it_back(
    window: MainWindow, controller
) -> None:
    action = window.actions_table["weigh_words"]
    assert action.isChecked()
    action.trigger()
    assert controller.prompt.sampling.words == "plain"
    assert controller.document.undo_stack.undoText() == "Prompts as letters"
    controller.document.undo_stack.undo()
    assert action.isChecked()

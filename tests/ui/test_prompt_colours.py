"""What commands something in a prompt is coloured while it is typed, and nothing else changes."""

from collections.abc import Iterator

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QInputMethodEvent, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from loraviewer.ui.lab.experiments.form_fields import PromptLines
from loraviewer.ui.prompt.letter_units import letters_in, place_of, units_in
from loraviewer.ui.prompt.prompt_line import PromptLine
from loraviewer.ui.widgets.theme import studio_palette

Role = QPalette.ColorRole
WEIGHT, CHOICE = Role.Link, Role.LinkVisited


@pytest.fixture
def line(qtbot: QtBot) -> Iterator[PromptLine]:
    made = PromptLine()
    made.setPalette(studio_palette(is_dark=False))
    made.resize(500, 28)
    made.set_can_weigh(True)
    made.show()
    qtbot.waitExposed(made)
    yield made
    shiboken6.delete(made)


def has(widget: QWidget, role: QPalette.ColorRole) -> bool:
    """Whether letters of this colour are seen: strong ones, as the edges of letters are mixed."""
    QApplication.processEvents()
    image, wanted = widget.grab().toImage(), widget.palette().color(role)
    points = ((x, y) for x in range(image.width()) for y in range(image.height()))
    return any(_is_near(image.pixelColor(*point), wanted) for point in points)


def _is_near(one: QColor, other: QColor) -> bool:
    parts = ((c.red(), c.green(), c.blue()) for c in (one, other))
    return all(abs(a - b) < 16 for a, b in zip(*parts, strict=True))


def test_weights_and_choices_have_colours_of_their_own(line: PromptLine) -> None:
    line.setText("a plain cat")
    assert not has(line, WEIGHT)
    line.setText("a cat ((((((((:1.2)")
    assert has(line, WEIGHT)
    assert not has(line, CHOICE)
    line.setText("a {{|{|||||}}|} cat")
    assert has(line, CHOICE)
    line.setText("a plain cat")
    assert not has(line, CHOICE)


def test_what_is_letters_looks_like_letters(line: PromptLine) -> None:
    line.setText("((((((((a:1.2)")
    line.set_can_weigh(False)
    assert not has(line, WEIGHT)
    line.set_can_weigh(True)
    assert has(line, WEIGHT)


def test_a_dark_window_has_colours_of_its_own(line: PromptLine) -> None:
    line.setText("((((((((a:1.2)")
    line.setPalette(studio_palette(is_dark=True))
    assert has(line, WEIGHT)


def test_colours_are_no_edit(line: PromptLine) -> None:
    edits, carets, selections = list[str](), list[int](), list[None]()
    line.textEdited.connect(edits.append)
    line.setText("a (cat:1.2)")
    line.setSelection(3, 3)
    line.cursorPositionChanged.connect(lambda _, now: carets.append(now))
    line.selectionChanged.connect(lambda: selections.append(None))
    line.setPalette(studio_palette(is_dark=True))
    assert (line.text(), line.selectedText(), edits) == ("a (cat:1.2)", "cat", [])
    assert carets == selections == []
    QTest.keyClicks(line, "dog")
    assert edits == ["a (d:1.2)", "a (do:1.2)", "a (dog:1.2)"]
    line.undo()
    assert line.text() == "a (cat:1.2)"


def test_a_long_prompt_is_coloured_in_a_pause(line: PromptLine, qtbot: QtBot) -> None:
    line.setText("((((((((" + "a green meadow, " * 600)
    line.setCursorPosition(0)
    assert not has(line, WEIGHT)
    qtbot.waitUntil(lambda: has(line, WEIGHT))
    line.end(False)
    line.home(False)
    qtbot.waitUntil(lambda: has(line, WEIGHT))
    line.setText("")


def test_letters_on_their_way_are_not_disturbed(line: PromptLine) -> None:
    def caret() -> int:
        return line.inputMethodQuery(Qt.InputMethodQuery.ImCursorRectangle).left()

    empty = caret()
    QApplication.sendEvent(line, QInputMethodEvent("ねこ", []))
    behind = caret()
    line.setPalette(studio_palette(is_dark=True))
    assert caret() == behind > empty, "they are still there"
    done = QInputMethodEvent()
    done.setCommitString("((((((((猫")
    QApplication.sendEvent(line, done)
    assert line.text() == "((((((((猫"
    assert has(line, WEIGHT)


def test_letters_that_count_twice() -> None:
    text = "🐈 (a)"
    assert (units_in(text), letters_in(text, 3)) == (6, 2)
    assert [place_of(text)(at) for at in (0, 1, 2, 5)] == [0, 2, 3, 6]
    assert place_of("plain")(4) == 4


def test_prompts_of_an_experiment_have_them_too(qtbot: QtBot) -> None:
    field = PromptLines()
    field.setPalette(studio_palette(is_dark=False))
    field.resize(300, 90)
    field.show()
    qtbot.waitExposed(field)
    edits: list[None] = []
    field.edited.connect(lambda: edits.append(None))
    field.show_prompts(("a dog", "🐈 {{|{|||||}}|}"))
    assert has(field, CHOICE)
    field.setPalette(studio_palette(is_dark=True))
    assert has(field, CHOICE)
    assert len(edits) == 1
    QTest.keyClick(field, Qt.Key.Key_End)
    field.hide()
    shiboken6.delete(field)

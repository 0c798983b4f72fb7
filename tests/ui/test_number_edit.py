import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from loraviewer.ui.widgets.number_edit import NumberEdit, parsed_number, strength_text


@pytest.fixture
def edit(qtbot: QtBot) -> NumberEdit:
    made = NumberEdit("Strength")
    qtbot.addWidget(made)
    made.set_value(0.8)
    made.show()
    return made


def type_over(edit: NumberEdit, text: str) -> None:
    edit.selectAll()
    QTest.keyClicks(edit, text)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.8, "0.80"), (15.0, "15.00"), (-2, "-2.00"), (0.8125, "0.8125"), (0.805, "0.805")],
)
def test_numbers_show_two_to_four_digits(value: float, text: str) -> None:
    assert strength_text(value) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [("1,5", 1.5), ("−.4", -0.4), ("×2", 2.0), ("1e1", 10.0), ("", None), ("nan", None)],
)
def test_what_counts_as_a_number(text: str, value: float | None) -> None:
    assert parsed_number(text) == value


def test_a_typed_number_is_sent_unclamped(qtbot: QtBot, edit: NumberEdit) -> None:
    type_over(edit, "15")
    with qtbot.waitSignal(edit.value_entered) as sent:
        QTest.keyClick(edit, Qt.Key.Key_Return)
    assert sent.args == [15.0]


def test_nonsense_is_put_back(qtbot: QtBot, edit: NumberEdit) -> None:
    type_over(edit, "loud")
    with qtbot.assertNotEmitted(edit.value_entered):
        QTest.keyClick(edit, Qt.Key.Key_Return)
    assert edit.text() == "0.80"


def test_escape_puts_the_number_back(qtbot: QtBot, edit: NumberEdit) -> None:
    type_over(edit, "3")
    with qtbot.assertNotEmitted(edit.value_entered):
        QTest.keyClick(edit, Qt.Key.Key_Escape)
    assert edit.text() == "0.80"


def test_arrows_send_what_was_typed_and_then_nudge(qtbot: QtBot, edit: NumberEdit) -> None:
    type_over(edit, "2")
    with qtbot.waitSignals([edit.value_entered, edit.nudged], order="strict"):
        QTest.keyClick(edit, Qt.Key.Key_Up)

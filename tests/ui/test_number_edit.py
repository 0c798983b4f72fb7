from collections.abc import Iterator

import pytest
from PySide6.QtCore import QLocale, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.strips.strength_row import StrengthRow
from loraviewer.ui.widgets.number_box import NumberBox
from loraviewer.ui.widgets.number_edit import NumberEdit, parsed_number
from loraviewer.ui.widgets.number_field import NumberField
from loraviewer.ui.widgets.quantities import duration_text, figures, share_text


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


@pytest.mark.parametrize("value", [0.8, -1.25])
def test_a_double_click_takes_all_of_the_number(edit: NumberEdit, value: float) -> None:
    edit.set_value(value)
    at = edit.cursorRect().center()
    QTest.mouseClick(edit, Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseDClick(edit, Qt.MouseButton.LeftButton, pos=at)
    assert edit.selectedText() == edit.text()


def test_nonsense_is_put_back(qtbot: QtBot, edit: NumberEdit) -> None:
    type_over(edit, "loud")
    with qtbot.assertNotEmitted(edit.value_entered), qtbot.waitSignal(edit.refused) as said:
        QTest.keyClick(edit, Qt.Key.Key_Return)
    assert edit.text() == "0.80"
    assert said.args == ["“loud” is no number that can be used; write one as 0.8 or 0,8."]


@pytest.mark.parametrize("text", ["1e309", "inf", "nan", "5²", "٣", "1_0", "1 0", "0x1", "8" * 400])
def test_what_is_no_finite_number_is_refused_in_one_sentence(qtbot, edit, text) -> None:
    edit.selectAll()
    edit.insert(text)
    edit.setModified(True)
    with qtbot.assertNotEmitted(edit.value_entered), qtbot.waitSignal(edit.refused) as said:
        QTest.keyClick(edit, Qt.Key.Key_Return)
    assert len(said.args[0]) < 120
    assert said.args[0].startswith(f"“{text[:20]}")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("1e9", "1e9"),
        ("1e308", "1e308"),
        ("-0", "0.00"),
        ("1e-320", "1e-320"),
        ("-.25", "-0.25"),
        ("1,5", "1.50"),
    ],
)
def test_every_finite_number_is_taken(qtbot: QtBot, edit: NumberEdit, typed, shown) -> None:
    edit.value_entered.connect(edit.set_value)
    type_over(edit, typed)
    said: list[str] = []
    edit.refused.connect(said.append)
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert edit.text() == shown
    assert not any(said)


@pytest.mark.parametrize("language", [QLocale.Language.German, QLocale.Language.English])
@pytest.mark.parametrize("typed", ["0.3125", "0,3125"])
def test_comma_and_point_are_decimals_in_every_locale(qtbot: QtBot, language, typed: str) -> None:
    before = QLocale()
    QLocale.setDefault(QLocale(language))
    try:
        edit = NumberEdit("Strength")
        qtbot.addWidget(edit)
        edit.value_entered.connect(edit.set_value)
        edit.show()
        type_over(edit, typed)
        QTest.keyClick(edit, Qt.Key.Key_Return)
        written = f"0{QLocale(language).decimalPoint()}3125"
        assert (edit.value, edit.text()) == (0.3125, written)
    finally:
        QLocale.setDefault(before)


def test_all_digits_are_kept(qtbot: QtBot, edit: NumberEdit) -> None:
    edit.value_entered.connect(edit.set_value)
    type_over(edit, "0,1234567")
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert (edit.value, edit.text()) == (0.1234567, "0.1234567")
    edit.set_value(1 / 3)
    edit.setFocus()
    with qtbot.assertNotEmitted(edit.value_entered):
        QTest.keyClick(edit, Qt.Key.Key_Return)
    assert edit.value == 1 / 3


def test_the_window_has_one_field_for_numbers(qtbot: QtBot, window: MainWindow) -> None:
    """Every arrow box holds one, and nothing reads numbers as a locale writes them."""
    boxes = window.findChildren(QAbstractSpinBox)
    assert boxes
    assert all(isinstance(box, NumberBox) for box in boxes)
    assert all(isinstance(box.lineEdit(), NumberField) for box in boxes)


def test_a_held_arrow_ends_when_it_is_let_go(qtbot: QtBot, edit: NumberEdit) -> None:
    with qtbot.assertNotEmitted(edit.nudges_ended):
        QTest.keyPress(edit, Qt.Key.Key_Up)
    with qtbot.waitSignal(edit.nudges_ended):
        QTest.keyRelease(edit, Qt.Key.Key_Up)


def test_escape_puts_the_number_back(qtbot: QtBot, edit: NumberEdit) -> None:
    type_over(edit, "3")
    with qtbot.assertNotEmitted(edit.value_entered):
        QTest.keyClick(edit, Qt.Key.Key_Escape)
    assert edit.text() == "0.80"


def test_arrows_send_what_was_typed_and_then_nudge(qtbot: QtBot, edit: NumberEdit) -> None:
    type_over(edit, "2")
    with qtbot.waitSignals([edit.value_entered, edit.nudged], order="strict"):
        QTest.keyClick(edit, Qt.Key.Key_Up)


@pytest.fixture
def row(qtbot: QtBot) -> Iterator[StrengthRow]:
    """One of two, so that the keyboard can go elsewhere."""
    holder = QWidget()
    column = QVBoxLayout(holder)
    rows = [StrengthRow(-2.0, 2.0, name, "") for name in ("Strength", "Other")]
    for made in rows:
        made.show_strength(0.8)
        column.addWidget(made)
    qtbot.addWidget(holder)
    holder.show()
    holder.activateWindow()
    qtbot.waitUntil(holder.isActiveWindow)
    yield rows[0]
    holder.close()


def number_of(row: StrengthRow) -> NumberEdit:
    found = row.findChild(NumberEdit)
    assert found is not None
    found.setFocus()
    return found


def test_what_is_said_of_a_number_goes_with_the_keyboard(row: StrengthRow) -> None:
    number = number_of(row)
    type_over(number, "1.234,5")
    QTest.keyClick(number, Qt.Key.Key_Return)
    assert number.text() == "0.80"
    assert "1.234,5" in row.refusal
    QTest.keyClick(number, Qt.Key.Key_Tab)
    assert row.refusal == ""


def test_what_was_left_as_nonsense_is_told_for_a_while(row: StrengthRow, qtbot: QtBot) -> None:
    number = number_of(row)
    type_over(number, "1.234,5")
    QTest.keyClick(number, Qt.Key.Key_Tab)
    assert number.text() == "0.80"
    assert "1.234,5" in row.refusal
    told = row.findChild(QTimer)
    assert told is not None
    told.setInterval(0)
    qtbot.waitUntil(lambda: row.refusal == "")


@pytest.fixture
def comma() -> Iterator[None]:
    """A window in German."""
    before = QLocale()
    QLocale.setDefault(QLocale("de"))
    yield
    QLocale.setDefault(before)


@pytest.mark.usefixtures("comma")
@pytest.mark.parametrize(
    ("number", "shown"),
    [(0.8, "0,80"), (-0.25, "-0,25"), (1234.5, "1234,50"), (3.14159265, "3,14159265"),
     (1.5e20, "1,5e20"), (2.0, "2,00")],
)  # fmt: skip
def test_numbers_are_written_with_the_mark_of_the_language(
    qtbot: QtBot, number: float, shown: str
) -> None:
    """Digits are not grouped, and what is read back is the same number."""
    edit, field = NumberEdit("Strength"), NumberField()
    for widget in (edit, field):
        qtbot.addWidget(widget)
    edit.set_value(number)
    field.show_number(number)
    assert (edit.text(), field.text()) == (shown, shown)
    assert (edit.read(shown), field.number()) == (number, number)
    box = NumberBox(NumberField(), 0.5)
    qtbot.addWidget(box)
    box.set_number(number)
    assert (box.text(), box.number()) == (shown, number)


@pytest.mark.usefixtures("comma")
def test_a_step_keeps_the_mark(qtbot: QtBot) -> None:
    box = NumberBox(NumberField(0.0, 10.0, digits=1), 0.5)
    qtbot.addWidget(box)
    box.set_number(7.0)
    box.stepBy(1)
    assert (box.text(), box.number()) == ("7,5", 7.5)


@pytest.mark.usefixtures("comma")
def test_what_cannot_be_used_is_told_with_the_mark(qtbot: QtBot) -> None:
    field = NumberField(0.5, 10.0)
    qtbot.addWidget(field)
    field.setText("12,5")
    assert field.problem("Guidance") == (
        "Guidance must be a number between 0,50 and 10,00, not “12,5”."
    )


@pytest.mark.usefixtures("comma")
def test_quantities_have_the_mark_too() -> None:
    assert (duration_text(12_340), share_text(0.0004)) == ("12,3 s", "< 0,1 %")
    assert (figures("×1.6"), figures("4.2 GB")) == ("×1,6", "4,2 GB")


@pytest.mark.parametrize(("typed", "shown"), [("1e9", "1e9"), ("123456789.25", "123456789.25")])
def test_a_number_that_is_too_long_is_shown_from_its_beginning(
    edit: NumberEdit, typed: str, shown: str
) -> None:
    edit.value_entered.connect(edit.set_value)
    edit.setFocus()
    type_over(edit, typed)
    QTest.keyClick(edit, Qt.Key.Key_Return)
    edit.clearFocus()
    assert edit.text() == shown
    assert edit.value == float(typed)
    assert edit.cursorPosition() == 0

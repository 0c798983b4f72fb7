"""One setting a row: what it is, its control, and what it means."""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QWidget

from loraviewer.core.settings import Settings
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.check_box import CheckBox
from loraviewer.ui.widgets.choice_box import ChoiceBox
from loraviewer.ui.widgets.labels import ElidedLabel, QuietLabel, plain_tip
from loraviewer.ui.widgets.number_box import NumberBox
from loraviewer.ui.widgets.number_field import NumberField, WholeNumberField
from loraviewer.ui.widgets.theme import GAP

_AROUND_PX, _NAMES_PX = 52, 130

Change = dict[str, Any]
"""Fields of `Settings` → what they become."""


class SettingRow(QWidget):
    """`changed`: a person chose something else. A row shows what the settings say, whoever changed
    them, and sends nothing then."""

    changed = Signal(object)  # Change

    def __init__(self, field: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field

    def show_settings(self, settings: Settings) -> None:
        raise NotImplementedError


class ChoiceRow(SettingRow):
    """One of several. offered: each value and its words."""

    def __init__(self, field: str, name: str, offered: Sequence[tuple[Any, str]]) -> None:
        super().__init__(field)
        self._values = tuple(value for value, _ in offered)
        self.box = ChoiceBox()
        self.box.setAccessibleName(name)
        self.box.addItems([words for _, words in offered])
        widest = max(self.box.fontMetrics().horizontalAdvance(words) for _, words in offered)
        self.box.setMinimumWidth(widest + _AROUND_PX)
        _fill(self, self.box)
        self.box.activated.connect(self._on_chosen)

    def show_settings(self, settings: Settings) -> None:
        value = getattr(settings, self.field)
        self.box.setCurrentIndex(self._values.index(value) if value in self._values else -1)

    @Slot(int)
    def _on_chosen(self, at: int) -> None:
        self.changed.emit({self.field: self._values[at]})


class TickRow(SettingRow):
    def __init__(self, field: str, words: str) -> None:
        super().__init__(field)
        self.box = CheckBox(words)
        _fill(self, self.box)
        self.box.clicked.connect(self._on_clicked)

    def show_settings(self, settings: Settings) -> None:
        self.box.setChecked(bool(getattr(settings, self.field)))

    @Slot(bool)
    def _on_clicked(self, on: bool) -> None:
        self.changed.emit({self.field: on})


class NumberRow(SettingRow):
    """A number with its unit, taken when it is whole: by Enter, by leaving, by a step. nothing:
    words for None, which may then be ticked; else there is always a number."""

    def __init__(
        self,
        field: str,
        name: str,
        lowest: float,
        highest: float,
        unit: str,
        *,
        is_whole: bool = False,
        step: float = 1,
        nothing: str = "",
        usual: float = 0,
    ) -> None:
        """usual: where a number begins once there is to be one."""
        super().__init__(field)
        self._is_whole = is_whole
        # Sizes and seconds are mostly whole: “16 GB”, not “16.00 GB”.
        free = NumberField(lowest, highest, digits=0)
        number = WholeNumberField(lowest, highest) if is_whole else free
        self.box = NumberBox(number, step)
        self.box.setAccessibleName(name)
        self.box.set_number(usual)
        self.none = CheckBox(nothing) if nothing else None
        parts = [self.none] if self.none is not None else []
        _fill(self, *parts, self.box, QuietLabel(unit))
        self.box.edited.connect(self._on_edited)
        if self.none is not None:
            self.none.clicked.connect(self._on_edited)

    def show_settings(self, settings: Settings) -> None:
        value = getattr(settings, self.field)
        if self.none is not None:
            self.none.setChecked(value is None)
        self.box.setEnabled(value is not None)
        if value is not None and value != self._value():
            self.box.set_number(value)

    def _value(self) -> float:
        number = self.box.number()
        return int(number) if self._is_whole else number

    @Slot()
    def _on_edited(self) -> None:
        is_none = self.none is not None and self.none.isChecked()
        if is_none or not self.box.is_empty:
            self.changed.emit({self.field: None if is_none else self._value()})


class FolderRow(SettingRow):
    """A folder, or none. choose: asks for one, beginning at the present one."""

    def __init__(
        self, field: str, name: str, nothing: str, choose: Callable[[str], object]
    ) -> None:
        super().__init__(field)
        self._nothing = nothing
        self._choose = choose
        self._folder = ""
        self._shown = ElidedLabel()
        self.choose_button = IconButton("open", self.tr("Choose: {}").format(name))
        self.clear = IconButton("close", self.tr("None"))
        _fill(self, self._shown, self.choose_button, self.clear)
        self.choose_button.clicked.connect(self._on_choose)
        self.clear.clicked.connect(self._on_clear)

    @property
    def words(self) -> str:
        return self._shown.text()

    def show_settings(self, settings: Settings) -> None:
        self._folder = getattr(settings, self.field)
        self._shown.set_text(self._folder or self._nothing)
        self.clear.setEnabled(bool(self._folder))

    @Slot()
    def _on_choose(self) -> None:
        self._choose(self._folder)

    @Slot()
    def _on_clear(self) -> None:
        self.changed.emit({self.field: ""})


class SettingGroup(QWidget):
    """Rows of one subject, with what each means below it."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, GAP)
        self._grid.setHorizontalSpacing(2 * GAP)
        self._grid.setVerticalSpacing(GAP // 2)
        self._grid.setColumnStretch(1, 1)
        heading = ElidedLabel(title).set_look(bold=True)
        self._grid.addWidget(heading, 0, 0, 1, 2)

    def add(self, name: str, row: SettingRow, meaning: str = "") -> SettingRow:
        at = self._grid.rowCount()
        label = QLabel(name)
        label.setMinimumWidth(_NAMES_PX)
        self._grid.addWidget(label, at, 0)
        self._grid.addWidget(row, at, 1)
        row.setToolTip(plain_tip(meaning))
        if meaning:
            said = QuietLabel(meaning)
            said.setWordWrap(True)
            self._grid.addWidget(said, at + 1, 1)
        return row

    def add_note(self, note: QWidget) -> None:
        """Below the last row; what it says may change."""
        self._grid.addWidget(note, self._grid.rowCount(), 1)


def _fill(row: QWidget, *parts: QWidget) -> None:
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(GAP)
    for part in parts:
        line.addWidget(part)
    if not any(isinstance(part, ElidedLabel) for part in parts):
        line.addStretch(1)

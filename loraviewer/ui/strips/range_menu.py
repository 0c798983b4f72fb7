"""How far a row's fader goes: usual ranges in its menu, and any other one in a small dialog."""

from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLabel, QMenu, QWidget

from loraviewer.bridge.languages import figures, shown
from loraviewer.core.fader_ranges import (
    FARTHEST,
    PRESET_RANGES,
    USUAL_RANGE,
    FaderRange,
    range_problem,
    range_text,
)
from loraviewer.ui.widgets.labels import QuietLabel
from loraviewer.ui.widgets.number_field import NumberField
from loraviewer.ui.widgets.theme import FIELD_HEIGHT, GAP


class RangeMenu(QMenu):
    """The range that is there now has the mark. `host`: over whose window the dialog comes up."""

    chosen = Signal(object)  # FaderRange

    def __init__(self, host: QWidget) -> None:
        super().__init__(host)
        self._host = host
        self.setTitle(self.tr("Fader range"))
        self._present = USUAL_RANGE
        self._group = QActionGroup(self)
        self._presets: dict[FaderRange, QAction] = {}
        for preset in PRESET_RANGES:
            action = self._added(figures(range_text(preset)))
            action.triggered.connect(partial(self._choose, preset))
            self._presets[preset] = action
        self.addSeparator()
        self._other = self._added("")
        self._other.triggered.connect(self._ask)
        self.show_range(self._present)

    def show_range(self, present: FaderRange) -> None:
        self._present = present
        action = self._presets.get(present, self._other)
        action.setChecked(True)
        words = self.tr("Other: {}…").format(figures(range_text(present)))
        self._other.setText(words if action is self._other else self.tr("Other…"))

    def _added(self, text: str) -> QAction:
        action = QAction(text, self)
        action.setCheckable(True)
        self._group.addAction(action)
        self.addAction(action)
        return action

    def _choose(self, wanted: FaderRange, _is_checked: bool = True) -> None:
        self.chosen.emit(wanted)

    @Slot()
    def _ask(self) -> None:
        self.show_range(self._present)  # until another one is taken
        dialog = RangeDialog(self._present, self._host.window())
        dialog.chosen.connect(self.chosen)
        dialog.show()


class RangeDialog(QDialog):
    """Not modal. Says why two numbers are no range."""

    chosen = Signal(object)  # FaderRange

    def __init__(self, present: FaderRange, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Fader range"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._lowest, self._highest = (NumberField(-FARTHEST, FARTHEST) for _ in present)
        self._problem = QuietLabel()
        self._problem.setWordWrap(True)
        self._problem.hide()
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self._lay_out(present, buttons)

    def _lay_out(self, present: FaderRange, buttons: QDialogButtonBox) -> None:
        form = QFormLayout(self)
        form.setContentsMargins(2 * GAP, 2 * GAP, 2 * GAP, 2 * GAP)
        form.setHorizontalSpacing(2 * GAP)
        form.setVerticalSpacing(GAP)
        fields = ((self.tr("From"), self._lowest), (self.tr("To"), self._highest))
        for (words, field), end in zip(fields, present, strict=True):
            label = QLabel(words)
            label.setBuddy(field)
            field.setAccessibleName(words)
            field.show_number(end)
            for part in (label, field):
                part.setFixedHeight(FIELD_HEIGHT)
            form.addRow(label, field)
        form.addRow(self._problem)
        form.addRow(QuietLabel(self.tr("Numbers beyond it can still be typed.")))
        form.addRow(buttons)
        self._lowest.selectAll()

    @property
    def ends(self) -> tuple[NumberField, NumberField]:
        return self._lowest, self._highest

    @property
    def problem(self) -> str:
        """One sentence why what is typed is no range; empty where it is one, or was not tried."""
        return self._problem.text()

    @Slot()
    def accept(self) -> None:
        problem = self._lowest.problem(self.tr("From")) or self._highest.problem(self.tr("To"))
        wanted = (float(self._lowest.number()), float(self._highest.number()))
        problem = shown(problem or range_problem(*wanted))
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        if not problem:
            self.chosen.emit(wanted)
            super().accept()

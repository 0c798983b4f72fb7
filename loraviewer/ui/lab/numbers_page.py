"""Numerics: how the base is kept, what merging rounds away of the selected weight, and what all
words of the lab mean."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import (
    QBoxLayout,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QVBoxLayout,
    QWidget,
)

from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.languages import shown
from loraviewer.bridge.weights.weights_desk import WeightsDesk
from loraviewer.ui.lab.charts.chart_numbers import ChartNumbers
from loraviewer.ui.lab.definitions import definitions
from loraviewer.ui.lab.live_state import why_nothing
from loraviewer.ui.lab.module_numbers import ModuleNumbers, ModuleReader
from loraviewer.ui.lab.row_names import row_names
from loraviewer.ui.lab.ticks import Ticks
from loraviewer.ui.lab.weight_facts import Fact, base_facts, detail_facts, name_facts
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.copy_value import CopyValue
from loraviewer.ui.widgets.labels import QuietLabel, plain_tip
from loraviewer.ui.widgets.scroll_area import ScrollArea
from loraviewer.ui.widgets.theme import GAP

_WIDE_PX = 640
"""From here on the words stand beside the numbers."""
_TICK_MS = 70


class NumbersPage(QWidget):
    """`verify`: the action of the lamp, which compares all live weights."""

    def __init__(
        self, desk: WeightsDesk, base: BaseModel, verify: QAction, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._live = desk.live
        self._details = desk.details
        self._base = base
        self._reader = ModuleReader()
        self._is_watched = False
        self._facts: list[Fact] = []
        self._ticks = Ticks(_TICK_MS, self)
        self._ticks.due.connect(self._show)
        self._form = QFormLayout()
        self._state = QuietLabel()
        self._state.setWordWrap(True)
        self.copy_button = IconButton("copy", self.tr("Copy these numbers"))
        self.copy_button.clicked.connect(self._on_copy)
        self._verify = IconButton("verify", verify.text(), verify.toolTip())
        self._verify.with_words(verify.text())
        self._verify.clicked.connect(verify.trigger)
        self._lay_out()
        for changed in (desk.live.changed, desk.details.changed, desk.details.selected_changed):
            changed.connect(self._on_changed)
        base.changed.connect(self._on_changed)

    @property
    def facts(self) -> tuple[Fact, ...]:
        return tuple(self._facts)

    @property
    def state(self) -> str:
        """What is said below the numbers, while some are missing."""
        return self._state.text()

    def watch(self, on: bool) -> None:
        self._is_watched = on
        self._details.watch(on)
        if on:
            self._show()
        else:
            self._ticks.stop()

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        is_wide = self.width() >= _WIDE_PX
        direction = QBoxLayout.Direction
        self._sides.setDirection(direction.LeftToRight if is_wide else direction.TopToBottom)

    # -- building -----------------------------------------------------------------------------

    def _lay_out(self) -> None:
        numbers = QVBoxLayout()
        numbers.setSpacing(GAP)
        _set_up_form(self._form)
        numbers.addLayout(self._form)
        numbers.addWidget(self._state)
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP)
        buttons.addWidget(self._verify)
        buttons.addWidget(self.copy_button)
        buttons.addStretch(1)
        numbers.addLayout(buttons)
        numbers.addStretch(1)
        content = QWidget()
        # Wrapped lines take what they need here, whatever scrolls.
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, GAP, 0)
        self._sides = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._sides.setSpacing(3 * GAP)
        self._sides.addLayout(numbers, 1)
        self._sides.addWidget(_Definitions(), 1)
        column.addLayout(self._sides)
        column.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(ScrollArea(content))

    # -- what is shown ------------------------------------------------------------------------

    @Slot()
    def _on_changed(self) -> None:
        if self._is_watched:
            self._ticks.ask()

    @Slot()
    def _show(self) -> None:
        facts = [*base_facts(self._base.info), *self._weight_facts()]
        self._fill(facts)
        self._state.setText(self._missing())
        self._state.setVisible(bool(self._state.text()))

    def _weight_facts(self) -> list[Fact]:
        selected, details = self._details.selected, self._details.details
        if selected is None:
            return []
        facts = name_facts(selected, self._numbers())
        return facts if details is None else [*facts, *detail_facts(details)]

    def _numbers(self) -> ModuleNumbers:
        live, rows = self._live.live, tuple(self._live.rows.values())
        if live is None or not rows or not self._live.is_known:
            return ModuleNumbers()
        return self._reader.read(live, rows, row_names(rows), {})

    def _missing(self) -> str:
        if self._details.selected is None:
            return self.tr(
                "Select a weight in the overview or among the modules: what merging does to its "
                "numbers is here then."
            )
        if self._details.failure is not None:
            return shown(self._details.failure.message)
        if self._details.details is not None:
            return ""
        return why_nothing(self._live) or self.tr("It is being measured…")

    def _fill(self, facts: Sequence[Fact]) -> None:
        """Only what is another than before: a row that is being copied stays."""
        if [fact.label for fact in facts] != [fact.label for fact in self._facts]:
            while self._form.rowCount():
                self._form.removeRow(0)
            for fact in facts:
                self._form.addRow(QuietLabel(fact.label), _value(fact))
        else:
            for row, (fact, before) in enumerate(zip(facts, self._facts, strict=True)):
                if fact != before:
                    self._change(row, fact)
        self._facts = list(facts)
        self.copy_button.setEnabled(bool(facts))

    def _change(self, row: int, fact: Fact) -> None:
        item = self._form.itemAt(row, QFormLayout.ItemRole.FieldRole)
        shown = item.widget() if item is not None else None
        if isinstance(shown, QLabel) and not fact.is_name:
            shown.setText(fact.text)
            return
        self._form.removeRow(row)
        self._form.insertRow(row, QuietLabel(fact.label), _value(fact))

    @Slot()
    def _on_copy(self) -> None:
        rows = tuple((fact.label, fact.text) for fact in self._facts)
        table = ChartNumbers((self.tr("What"), self.tr("Number")), rows)
        QGuiApplication.clipboard().setText(table.tsv())
        self.copy_button.set_icon_name("check")


class _Definitions(QWidget):
    """Each term with its line."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        _set_up_form(form)
        for term, meaning in definitions():
            form.addRow(_plain(term), _wrapped(meaning))


def _set_up_form(form: QFormLayout) -> None:
    form.setHorizontalSpacing(2 * GAP)
    form.setVerticalSpacing(GAP // 2)
    form.setSizeConstraint(QLayout.SizeConstraint.SetDefaultConstraint)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
    form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)


def _value(fact: Fact) -> QWidget:
    return CopyValue(fact.label, fact.text) if fact.is_name else _wrapped(fact.text)


def _plain(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
    return label


def _wrapped(text: str) -> QLabel:
    label = _plain(text)
    label.setWordWrap(True)
    label.setMinimumWidth(120)
    label.setToolTip(plain_tip(text))
    flags = Qt.TextInteractionFlag
    label.setTextInteractionFlags(flags.TextSelectableByMouse)
    return label

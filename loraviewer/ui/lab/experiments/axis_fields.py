"""Along what a sweep goes, and its points."""

from collections.abc import Sequence
from typing import cast

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFormLayout, QWidget

from loraviewer.core.experiments.axes import What
from loraviewer.ui.lab.experiments.experiment_words import AXES, axis_words
from loraviewer.ui.lab.experiments.form_fields import Choice, TextField
from loraviewer.ui.lab.experiments.form_values import AxisValues
from loraviewer.ui.lab.experiments.rows import add_row, field_rows

_OF_ONE: tuple[What, ...] = ("fader", "text", "block")


class AxisFields(QWidget):
    """Only what the chosen axis asks for is seen."""

    changed = Signal()

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.what = Choice(title, AXES, lambda one: axis_words(cast(What, one)))
        self.adapter = Choice(self.tr("Adapter"))
        self.block = TextField(
            self.tr("Block"),
            self.tr("As the drawing of blocks calls it: M00, IN04, OUT07, D03."),
            "M00",
        )
        self.points = TextField(
            self.tr("Points"),
            self.tr("“0 to 2 in 9”, or numbers between commas."),
            self.tr("0 to 2 in 9"),
        )
        self._rows = self._laid_out(title)
        self.what.changed.connect(self._on_changed)
        self.adapter.changed.connect(self.changed)
        self.block.textEdited.connect(self.changed)
        self.points.textEdited.connect(self.changed)
        self._show_what()

    def _laid_out(self, title: str) -> QFormLayout:
        rows = field_rows(self)
        add_row(rows, title, self.what)
        add_row(rows, self.tr("Adapter"), self.adapter)
        add_row(rows, self.tr("Block"), self.block)
        add_row(rows, self.tr("Points"), self.points)
        return rows

    def values(self) -> AxisValues:
        number = self.adapter.value()
        return AxisValues(
            what=cast(What, self.what.value()),
            points=self.points.text(),
            adapter=number if isinstance(number, int) else 1,
            block=self.block.text().strip(),
        )

    def show_values(self, values: AxisValues) -> None:
        self.what.choose(values.what)
        self.adapter.choose(values.adapter)
        self.block.show_text(values.block)
        self.points.show_text(values.points)
        self._show_what()

    def show_adapters(self, names: Sequence[str]) -> None:
        numbers = range(1, len(names) + 1)
        self.adapter.show_values(tuple(numbers), lambda at: names[cast(int, at) - 1])

    @Slot()
    def _on_changed(self) -> None:
        self._show_what()
        self.changed.emit()

    def _show_what(self) -> None:
        what = self.what.value()
        self._rows.setRowVisible(self.adapter, what in _OF_ONE)
        self._rows.setRowVisible(self.block, what == "block")

"""Which two faders a map goes over, and from where to where."""

from functools import partial

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from loraviewer.bridge.cells.map_model import MapModel, Side
from loraviewer.bridge.languages import shown
from loraviewer.core.map_cells import MASTER, Span
from loraviewer.core.row_names import row_names
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.choice_box import ChoiceBox
from loraviewer.ui.widgets.labels import QuietLabel
from loraviewer.ui.widgets.number_edit import NumberEdit
from loraviewer.ui.widgets.theme import FIELD_HEIGHT, GAP


class MapSides(QWidget):
    """One line for each side: the fader, its lowest and its highest strength; below them, why a
    range is none."""

    def __init__(self, model: MapModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._choices: dict[Side, ChoiceBox] = {}
        self._ends: dict[Side, tuple[NumberEdit, NumberEdit]] = {}
        self._faders: list[str] = []
        self._refusal = QuietLabel()
        self._refusal.setWordWrap(True)
        self._refusal.hide()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GAP)
        self._grid.setVerticalSpacing(GAP // 2)
        self._grid.setColumnStretch(1, 1)
        self._add_side("x", self.tr("Across"))
        self._add_side("y", self.tr("Upwards"))
        self._grid.addWidget(self._refusal, 2, 0, 1, 6)
        model.faders_changed.connect(self.refresh)
        self.refresh()

    def choice(self, side: Side) -> ChoiceBox:
        return self._choices[side]

    def ends(self, side: Side) -> tuple[NumberEdit, NumberEdit]:
        return self._ends[side]

    @property
    def refusal(self) -> str:
        return self._refusal.text()

    def names(self) -> tuple[str, str]:
        """Of both faders, as axes are called."""
        if not self._model.has_faders:
            return "", ""
        named = self._named()
        return named[self._model.fader("x")], named[self._model.fader("y")]

    def _add_side(self, side: Side, words: str) -> None:
        row = len(self._choices)
        choice = ChoiceBox()
        choice.setFixedHeight(FIELD_HEIGHT)
        choice.setAccessibleName(words)
        choice.activated.connect(partial(self._on_chosen, side))
        low = NumberEdit(self.tr("{}: from").format(words), self.tr("The lowest strength."))
        high = NumberEdit(self.tr("{}: to").format(words), self.tr("The highest strength."))
        low.value_entered.connect(partial(self._on_low, side))
        high.value_entered.connect(partial(self._on_high, side))
        for edit in (low, high):
            edit.refused.connect(self._say)
        self._choices[side], self._ends[side] = choice, (low, high)
        cells = (QLabel(words), choice, QuietLabel(self.tr("from")), low)
        for column, widget in enumerate((*cells, QuietLabel(self.tr("to")), high)):
            self._grid.addWidget(widget, row, column)
        if row == 0:
            centre = IconButton("reset", self.tr("Both ranges around the present point"))
            centre.clicked.connect(self._model.centre)
            self._grid.addWidget(centre, 0, 6, 2, 1)

    def _named(self) -> dict[str, str]:
        return {**row_names(self._model.stack), MASTER: self.tr("Master")}

    @Slot()
    def refresh(self) -> None:
        self.setEnabled(self._model.has_faders)
        if not self._model.has_faders:
            return
        named = self._named()
        rows = self._model.stack.without_draft_rows().entries
        self._faders = [*(e.entry_id for e in rows), MASTER]
        for side, choice in self._choices.items():
            choice.offer([named[fader] for fader in self._faders], named[self._model.fader(side)])
            choice.setCurrentIndex(self._faders.index(self._model.fader(side)))
            span = self._model.span(side)
            low, high = self._ends[side]
            low.set_value(span.low)
            high.set_value(span.high)

    def _on_chosen(self, side: Side, index: int) -> None:
        self._model.set_fader(side, self._faders[index])

    def _on_low(self, side: Side, value: float) -> None:
        self._set(side, Span(value, self._model.span(side).high))

    def _on_high(self, side: Side, value: float) -> None:
        self._set(side, Span(self._model.span(side).low, value))

    def _set(self, side: Side, span: Span) -> None:
        self._say(self._model.set_span(side, span))

    @Slot(str)
    def _say(self, sentence: str) -> None:
        self._refusal.setText(shown(sentence))
        self._refusal.setVisible(bool(sentence))

"""The faders of the stage: a page of rows, how far the stack is, and what comes next."""

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from loraviewer.bridge.presenter.presenter_model import PresenterModel
from loraviewer.bridge.weights.live_weights_model import LiveWeightsModel
from loraviewer.core.stage import PAGE_ROWS
from loraviewer.ui.presenter.stage_fader import LEAST, StageFader
from loraviewer.ui.presenter.zone_line import ZoneLine
from loraviewer.ui.widgets.elided_lines import ElidedLines
from loraviewer.ui.widgets.labels import ElidedLabel
from loraviewer.ui.widgets.theme import GAP


class FaderStrip(QWidget):
    """`hint`: what the keys do, said while somebody reaches for the mouse."""

    def __init__(
        self, model: PresenterModel, weights: LiveWeightsModel, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._faders: list[StageFader] = []
        self._shown = 0
        self._columns = 1
        self._grid = QGridLayout()
        self._grid.setSpacing(GAP // 2)
        self.zone = ZoneLine(weights)
        self.pages, self.coming = ElidedLabel().set_look(quiet=True), ElidedLabel()
        self.hint = ElidedLines()
        self.hint.set_look(quiet=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP, GAP, GAP, GAP // 2)
        column.setSpacing(GAP // 2)
        column.addLayout(self._grid, 100)
        column.addStretch(1)  # rows grow no higher than they are seen from afar
        for widget in (self.pages, self.zone, self.coming, self.hint):
            column.addWidget(widget)
        model.changed.connect(self.show_rows)

    @property
    def faders(self) -> tuple[StageFader, ...]:
        """Those that are seen, in the order of their rows."""
        return tuple(self._faders[: self._shown])

    def least(self, width: int) -> QSize:
        """What it needs at the right, and in the height below pictures of this width."""
        rows = -(-self._shown // self.columns_in(width))
        foot = sum(w.sizeHint().height() + GAP // 2 for w in self._foot() if not w.isHidden())
        return QSize(LEAST.width() + 2 * GAP, rows * (LEAST.height() + GAP // 2) + foot + 2 * GAP)

    def columns_in(self, width: int) -> int:
        """As many as there is room for, and no more than make the rows even."""
        rows = max(1, self._shown)
        most = max(1, min(rows, (width - 2 * GAP) // (LEAST.width() + GAP)))
        return -(-rows // -(-rows // most))

    def set_columns(self, columns: int) -> None:
        if columns != self._columns:
            self._columns = columns
            self._lay_out()

    def tell_coming(self, words: str) -> None:
        """What comes next; "" takes the line away."""
        self.coming.setVisible(bool(words))
        self.coming.set_text(self.tr("Next: {}").format(words) if words else "")

    def take_focus(self) -> None:
        """The keyboard to the selected row."""
        for fader in self.faders:
            if fader.row.is_selected:
                fader.fader.setFocus(Qt.FocusReason.OtherFocusReason)

    def end_gestures(self) -> None:
        """What comes next is no part of moving a fader, unless the mouse holds it."""
        for fader in self._faders:
            fader.fader.end_gesture()

    @Slot()
    def show_rows(self) -> None:
        rows = self._model.rows()
        count, self._shown = len(self._faders), len(rows)
        for row in rows[count:]:
            self._faders.append(StageFader(self._model, row, self))
        for fader, row in zip(self._faders, rows, strict=False):
            fader.show_row(row)
        for place, fader in enumerate(self._faders):
            fader.setVisible(place < self._shown)
        if len(self._faders) > count:
            self._lay_out()
        self._tell_pages()

    def _tell_pages(self) -> None:
        total = self._model.row_count
        self.pages.setVisible(total > PAGE_ROWS)
        words = self.tr("{} of {} rows; Tab: the others")
        self.pages.set_text(words.format(self._shown, total))

    def _lay_out(self) -> None:
        for fader in self._faders:
            self._grid.removeWidget(fader)
        for place, fader in enumerate(self._faders):
            self._grid.addWidget(fader, place // self._columns, place % self._columns)
        for place in range(PAGE_ROWS):
            self._grid.setColumnStretch(place, 1 if place < self._columns else 0)

    def _foot(self) -> tuple[QWidget, ...]:
        return self.pages, self.zone, self.coming, self.hint

"""Equal energy for several adapters: what it would do to each strength, before it is done."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QCoreApplication, Qt, Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from loraviewer.bridge.document.row_edits import RowEdits
from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.bridge.languages import figures
from loraviewer.core.balance import AdapterNorms, BalancedRow, WhyLeft, balanced, rounded
from loraviewer.core.numbers import short_number
from loraviewer.core.row_edits import rows_with
from loraviewer.core.row_names import row_names
from loraviewer.ui.strips.size_bar import SizeBar
from loraviewer.ui.widgets.labels import ElidedLabel, QuietLabel
from loraviewer.ui.widgets.scroll_area import ScrollArea
from loraviewer.ui.widgets.theme import FIELD_HEIGHT, GAP

_WIDTH_PX, _MOST_SEEN = 560, 12


class BalanceDialog(QDialog):
    """Not modal, and follows the stack: what it shows is what Apply does. `ids`: of the rows."""

    def __init__(
        self,
        model: StackModel,
        edits: RowEdits,
        norms: AdapterNorms,
        ids: Sequence[str],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._edits = edits
        self._norms = norms
        self._rows: tuple[BalancedRow, ...] = ()
        self._lines: dict[str, _Line] = {}
        self.setWindowTitle(self.tr("Balance"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._said = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._buttons = QDialogButtonBox()
        role = QDialogButtonBox.ButtonRole
        self.apply = self._buttons.addButton(self.tr("Apply"), role.AcceptRole)
        self._buttons.addButton(self.tr("Cancel"), role.RejectRole)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        self._lay_out(ids)
        model.stack_changed.connect(self.refresh)
        self.refresh()

    @property
    def said(self) -> str:
        """What Apply would do, or why it can do nothing."""
        return self._said.text()

    @property
    def rows(self) -> tuple[BalancedRow, ...]:
        return self._rows

    def _lay_out(self, ids: Sequence[str]) -> None:
        content = QWidget()
        grid = QGridLayout(content)
        grid.setContentsMargins(0, 0, GAP, 0)
        grid.setHorizontalSpacing(2 * GAP)
        grid.setVerticalSpacing(GAP // 2)
        grid.setColumnStretch(0, 2)
        grid.setColumnStretch(1, 1)
        words = (self.tr("Adapter"), self.tr("Energy"), self.tr("Now"), self.tr("Balanced"))
        for column, word in enumerate(words):
            grid.addWidget(QuietLabel(word), 0, column)
        for place, entry_id in enumerate(ids, 1):
            self._lines[entry_id] = _Line(grid, place)
        grid.setRowStretch(len(ids) + 1, 1)
        area = ScrollArea(content)
        area.setMinimumHeight(FIELD_HEIGHT * (1 + min(len(ids), _MOST_SEEN)) + GAP)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GAP, 2 * GAP, 2 * GAP, GAP)
        column.setSpacing(GAP)
        column.addWidget(self._said)
        column.addWidget(area, 1)
        column.addWidget(self._buttons)
        self.resize(_WIDTH_PX, self.sizeHint().height())

    @Slot()
    def refresh(self) -> None:
        """Strengths are others now, or norms are known that were not."""
        stack = self._model.stack
        entries = rows_with(stack, self._lines.keys())
        self._rows = tuple(map(rounded, balanced(entries, self._norms.norms)))
        names = row_names(stack)
        shares = _shares(self._rows)
        for line in self._lines.values():
            line.set_visible(False)
        for row in self._rows:
            line = self._lines[row.row.entry_id]
            name, (own, proposed) = names[row.row.entry_id], shares[row.row.entry_id]
            words = self.tr("{name}: {share} of their energy").format(name=name, share=own.words)
            line.bar.show_shares(own.of_largest, proposed.of_largest, words)
            line.show(row, name, self._why(row.left))
            line.set_visible(True)
        self._said.setText(self._sentence())
        self.apply.setEnabled(bool(self._changes()))

    def _changes(self) -> dict[str, tuple[float, float | None]]:
        """Of the rows that would have other strengths."""
        return {
            one.row.entry_id: (one.scale, one.text_scale)
            for one in self._rows
            if (one.scale, one.text_scale) != (one.row.scale, one.row.text_scale)
        }

    def _sentence(self) -> str:
        if sum(not row.left for row in self._rows) < 2:
            return self.tr(
                "Balance needs two adapters whose energy is known and whose strength is not 0."
            )
        if not self._changes():
            return self.tr("Each of them changes the weights as much as the others already.")
        return self.tr(
            "Each adapter will change the weights as much as the others, and their energies add up "
            "to what they are now. Signs stay."
        )

    def _why(self, left: WhyLeft) -> str:
        return {
            "": "",
            "unknown": self.tr("stays: its energy is not known yet"),
            "empty": self.tr("stays: it changes nothing"),
            "silent": self.tr("stays: its strength is 0"),
            "beyond": self.tr("stays: its numbers are too large"),
        }[left]

    @Slot()
    def accept(self) -> None:
        changes = self._changes()
        # The stack is another one before the dialog hears of it, which is then no longer needed.
        self._model.stack_changed.disconnect(self.refresh)
        if changes:
            self._edits.set_strengths(self.tr("Balance {} rows").format(len(changes)), changes)
        super().accept()


class _Line:
    """The widgets of one row, in a row of the grid."""

    def __init__(self, grid: QGridLayout, place: int) -> None:
        self.name, self.bar = ElidedLabel(), SizeBar()
        self.now, self.then = QLabel(), QLabel()
        for label in (self.now, self.then):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._parts = (self.name, self.bar, self.now, self.then)
        for column, part in enumerate(self._parts):
            part.setMinimumHeight(FIELD_HEIGHT - GAP)
            grid.addWidget(part, place, column)

    def set_visible(self, is_visible: bool) -> None:
        for part in self._parts:
            part.setVisible(is_visible)

    def show(self, row: BalancedRow, name: str, why: str) -> None:
        """why: it stays as it is; "" where it does not."""
        self.name.set_text(name)
        self.now.setText(_strengths(row.row.scale, row.row.text_scale))
        self.then.setText(why or f"→ {_strengths(row.scale, row.text_scale)}")


class _Share:
    """`of_largest`: 0 … 1, of the largest energy that is shown; `words`: of all energy."""

    def __init__(self, of_largest: float, of_all: float | None) -> None:
        self.of_largest = of_largest
        self.words = "?" if of_all is None else f"{100 * of_all:.0f} %"


_Shares = Mapping[str, tuple[_Share, _Share]]


def _shares(rows: Sequence[BalancedRow]) -> _Shares:
    """Row id → its share of the energy now, and as proposed."""
    sizes = [size for row in rows for size in (row.size, row.proposed_size) if size]
    largest = max(sizes, default=1.0)
    total = sum((row.size / largest) ** 2 for row in rows if row.size)

    def share(size: float | None) -> _Share:
        energy = ((size or 0.0) / largest) ** 2
        return _Share(energy, None if size is None or not total else energy / total)

    return {row.row.entry_id: (share(row.size), share(row.proposed_size)) for row in rows}


def _strengths(scale: float, text_scale: float | None) -> str:
    told = figures(short_number(scale))
    if text_scale is None:
        return told
    words = QCoreApplication.translate("BalanceDialog", "{}, text {}")
    return words.format(told, figures(short_number(text_scale)))

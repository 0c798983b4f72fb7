"""Choosing what a drag over blocks does: a strength that it paints, or moving them as faders."""

from PySide6.QtCore import QCoreApplication, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPalette
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QRadioButton, QWidget

from loraviewer.bridge.languages import figures
from loraviewer.core.numbers import short_number
from loraviewer.ui.strips.blocks.cell_painting import paint_strength
from loraviewer.ui.widgets.labels import QuietLabel
from loraviewer.ui.widgets.number_edit import NumberEdit
from loraviewer.ui.widgets.painting import (
    antialiased,
    draw_focus_ring,
    fill_rounded,
    outline_rounded,
)
from loraviewer.ui.widgets.theme import FIELD_HEIGHT, GAP, idle

VALUES = (0.0, 0.25, 0.5, 0.75, 1.0)
_OWN = 1.5
"""The person's number, until they type one."""
_CORNER = 5.0
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class BrushChip(QRadioButton):
    """One brush, drawn as the blocks that it paints. Enter chooses it: Space renders."""

    def __init__(self, words: str, value: float | None, tip: str, parent: QWidget | None = None):
        """value: None for the one that moves blocks as faders."""
        super().__init__(words, parent)
        self._value = value
        self.setAccessibleName(tip)
        self.setToolTip(tip)
        self.setFixedHeight(FIELD_HEIGHT - 4)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    @property
    def value(self) -> float | None:
        return self._value

    def set_value(self, value: float, tip: str) -> None:
        self._value = value
        self.setAccessibleName(tip)
        self.setToolTip(tip)
        self.update()

    def sizeHint(self) -> QSize:
        words = self.fontMetrics().horizontalAdvance(self.text())
        return QSize(max(38, words + 2 * GAP + 2) if words else 26, FIELD_HEIGHT - 4)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, where) -> bool:
        return self.rect().contains(where)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER and not event.isAutoRepeat():
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event) -> None:
        palette, place = self.palette(), QRectF(self.rect()).adjusted(2, 2, -2, -2)
        painter = antialiased(self)
        fill_rounded(painter, place, palette.color(QPalette.ColorRole.Base), _CORNER)
        if self._value is not None:
            paint_strength(painter, place, self._value, palette)
        edge = palette.color(QPalette.ColorRole.Mid)
        outline_rounded(painter, place, idle(palette) if self.underMouse() else edge, _CORNER)
        if self.isChecked():
            chosen = palette.color(QPalette.ColorRole.WindowText)
            outline_rounded(painter, place.adjusted(-1, -1, 1, 1), chosen, _CORNER + 1, 2.0)
        painter.setPen(palette.color(QPalette.ColorRole.Text))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, self.text())
        if self.hasFocus():
            draw_focus_ring(painter, QRectF(self.rect()), palette, _CORNER + 2)
        painter.end()


class BrushRow(QWidget):
    """Holds one brush; `brush_changed` tells of another."""

    brush_changed = Signal(object)
    """A strength, or None for faders."""
    refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._group = QButtonGroup(self)
        self._chips = [self._chip(value) for value in VALUES]
        self._own = BrushChip("", _OWN, _paints(_OWN))
        self._fader = BrushChip(
            self.tr("By hand"), None, self.tr("Drag a block sideways to move it, as a fader.")
        )
        self._number = NumberEdit(
            self.tr("Another strength to paint"),
            self.tr("Any number: below 0 an adapter does the opposite there, above 1 more of it."),
        )
        self._number.set_value(_OWN)
        self._number.setFixedWidth(self._number.sizeHint().width())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP // 4)
        row.addWidget(QuietLabel(self.tr("Brush")))
        row.addSpacing(GAP // 2)
        for chip in (*self._chips, self._own, self._fader):
            self._group.addButton(chip)
        for chip in (*self._chips, self._own):
            row.addWidget(chip)
        row.addWidget(self._number)
        row.addSpacing(GAP)
        row.addWidget(self._fader)
        row.addStretch()
        self._chips[0].setChecked(True)
        self._group.buttonClicked.connect(self._on_clicked)
        self._group.buttonToggled.connect(self._on_toggled)
        self._number.value_entered.connect(self._on_number)
        self._number.refused.connect(self.refused)
        self._number.nudged.connect(self._on_nudged)

    def _chip(self, value: float) -> BrushChip:
        words = figures(short_number(value, 3))
        return BrushChip(words, value, _paints(value))

    @property
    def brush(self) -> float | None:
        """None for faders."""
        chip = self._group.checkedButton()
        return chip.value if isinstance(chip, BrushChip) else None

    @property
    def chips(self) -> tuple[BrushChip, ...]:
        """From left to right."""
        return (*self._chips, self._own, self._fader)

    @property
    def number(self) -> NumberEdit:
        return self._number

    @Slot()
    def _on_clicked(self) -> None:
        self.refused.emit("")

    @Slot(object, bool)
    def _on_toggled(self, _: object, on: bool) -> None:
        if on:
            self.brush_changed.emit(self.brush)

    @Slot(float)
    def _on_number(self, value: float) -> None:
        self._number.set_value(value)
        self._own.set_value(value, _paints(value))
        if self._own.isChecked():
            self.brush_changed.emit(value)
        self._own.setChecked(True)

    @Slot(int, bool)
    def _on_nudged(self, direction: int, is_fine: bool) -> None:
        step = 0.01 if is_fine else 0.05
        self._on_number(round(self._number.value + direction * step, 12))


def _paints(value: float) -> str:
    words = QCoreApplication.translate("BrushRow", "Paint blocks {}.")
    return words.format(figures(short_number(value, 3)))

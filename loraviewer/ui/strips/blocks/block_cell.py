"""One block of the drawing, or what stands for all blocks of a network."""

from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QSlider, QWidget

from loraviewer.bridge.languages import figures
from loraviewer.core.numbers import short_number
from loraviewer.ui.strips.blocks.cell_painting import CellLook, paint_cell
from loraviewer.ui.widgets.painting import antialiased

_REACH = 200
"""Hundredths on either side of 0 that assistive technology goes through; others are shown, too."""


class BlockCell(QSlider):
    """Shows what it is given and asks for changes. The drawing that it lies in has the mouse and
    the keys; it is a QSlider (of hundredths) so that screen readers know what it is."""

    value_wanted = Signal(float)
    """Assistive technology moved it."""
    focus_changed = Signal(bool)

    def __init__(self, key: str, title: str, name: str, is_own: bool, parent: QWidget) -> None:
        """key: a block, or a network for all of its blocks; title: what it is, in words; name: what
        is written in it; is_own: whether the adapter changes anything there."""
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.key, self.title = key, title
        self._name, self._is_own = name, is_own
        self._factor: float | None = 1.0
        self._energy: float | None = None
        self._is_hot = False
        self.setRange(-_REACH, _REACH)
        self.setEnabled(is_own)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.valueChanged.connect(self._on_value_changed_from_outside)
        self._say()
        self._show_value()

    @property
    def is_own(self) -> bool:
        return self._is_own

    @property
    def factor(self) -> float | None:
        """None where its blocks are at several."""
        return self._factor

    @property
    def energy(self) -> float | None:
        return self._energy

    def show_factor(self, factor: float | None) -> None:
        """Sends nothing."""
        if factor != self._factor:
            self._factor = factor
            self._say()
            self._show_value()
            self.update()

    def show_energy(self, energy: float | None) -> None:
        if energy != self._energy:
            self._energy = energy
            self.update()

    def set_hot(self, is_hot: bool) -> None:
        """Whether the pointer is on it."""
        if is_hot != self._is_hot:
            self._is_hot = is_hot
            self.update()

    def told(self) -> str:
        """Its strength in words."""
        if not self._is_own:
            return self.tr("the adapter changes nothing here")
        return self.tr("mixed") if self._factor is None else figures(short_number(self._factor))

    def _say(self) -> None:
        self.setAccessibleName(self.tr("{}: {}").format(self.title, self.told()))

    def _show_value(self) -> None:
        was_blocked = self.blockSignals(True)
        hundredths = 100.0 * (1.0 if self._factor is None else self._factor)
        self.setValue(round(max(-_REACH, min(hundredths, _REACH))))
        self.blockSignals(was_blocked)

    @Slot(int)
    def _on_value_changed_from_outside(self, hundredths: int) -> None:
        self.value_wanted.emit(hundredths / 100)
        self._show_value()

    # -- the keyboard, for the drawing ----------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focus_changed.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focus_changed.emit(False)

    # -- painting -------------------------------------------------------------------------

    def paintEvent(self, event) -> None:
        look = CellLook(
            name=self._name,
            factor=self._factor,
            energy=self._energy,
            is_own=self._is_own,
            is_hot=self._is_hot,
            has_focus=self.hasFocus(),
            mixed=self.tr("mixed"),
        )
        painter = antialiased(self)
        paint_cell(painter, QRectF(self.rect()), look, self.palette())
        painter.end()

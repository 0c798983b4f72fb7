"""The mark on a strip whose blocks have strengths of their own, and their part of its menu."""

from PySide6.QtCore import QObject, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QAbstractButton, QMenu, QWidget

from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.core.block_order import in_order
from loraviewer.core.blocks import BlockScales
from loraviewer.core.stack import StackEntry
from loraviewer.ui.strips.blocks.block_words import scales_told
from loraviewer.ui.widgets.added_action import added
from loraviewer.ui.widgets.labels import plain_tip
from loraviewer.ui.widgets.painting import antialiased, draw_focus_ring, fill_rounded
from loraviewer.ui.widgets.theme import SignalColour, idle, mix, signal_colour

_SIZE = QSize(30, 22)
_BARS, _BAR_PX, _BETWEEN_PX, _HIGH_PX = 5, 3.0, 1.5, 13.0
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class BlockMark(QAbstractButton):
    """A few bars, as high as the first strengths that are not 1; hidden where there are none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scales: BlockScales = ()
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFixedSize(_SIZE)
        self.hide()

    def show_scales(self, scales: BlockScales) -> None:
        if scales == self._scales:
            return
        self._scales = scales
        words = self.tr("Block strengths: {}").format(scales_told(scales))
        self.setAccessibleName(words)
        self.setToolTip(plain_tip(words))
        self.setVisible(bool(scales))
        self.update()

    def sizeHint(self) -> QSize:
        return _SIZE

    def keyPressEvent(self, event) -> None:
        if event.key() in _ENTER and not event.isAutoRepeat():
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event) -> None:
        palette = self.palette()
        painter = antialiased(self)
        accent = palette.color(QPalette.ColorRole.Accent)
        ground = mix(palette.color(QPalette.ColorRole.AlternateBase), accent, 0.16)
        place = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        fill_rounded(painter, place, mix(ground, accent, 0.2 * self.underMouse()), 5)
        width = _BARS * (_BAR_PX + _BETWEEN_PX) - _BETWEEN_PX
        left, bottom = place.center().x() - width / 2, place.center().y() + _HIGH_PX / 2
        for bar, factor in enumerate(self._bars()):
            x = left + bar * (_BAR_PX + _BETWEEN_PX)
            whole = QRectF(x, bottom - _HIGH_PX, _BAR_PX, _HIGH_PX)
            faint = mix(ground, idle(palette), 0.45)
            fill_rounded(painter, whole, faint, 1)
            high = max(1.5, _HIGH_PX * min(1.0, abs(factor)))
            hue = accent if factor >= 0.0 else signal_colour(palette, SignalColour.WARNING)
            fill_rounded(painter, QRectF(x, bottom - high, _BAR_PX, high), hue, 1)
        if self.hasFocus():
            draw_focus_ring(painter, QRectF(self.rect()), palette, 5)
        painter.end()

    def _bars(self) -> list[float]:
        """A few of them, evenly taken; as trained where there are too few."""
        factors = dict(self._scales)
        order = [factors[block] for block in in_order(factors)]
        if len(order) < _BARS:
            return [*order, *[1.0] * (_BARS - len(order))]
        return [order[bar * len(order) // _BARS] for bar in range(_BARS)]


class BlockPart(QObject):
    """The menu of one strip, as far as it is about blocks."""

    requested = Signal()
    """Somebody wants to see the drawing."""

    def __init__(self, model: StackModel, menu: QMenu) -> None:
        super().__init__(menu)
        self._model = model
        self._entry_id = ""
        added(menu, self.tr("Block strengths…")).triggered.connect(self._on_open)
        self._clear = added(menu, self.tr("All blocks at 1"))
        self._clear.triggered.connect(self._on_clear)

    def show_entry(self, entry: StackEntry) -> None:
        self._entry_id = entry.entry_id
        self._clear.setVisible(bool(entry.block_scales))

    @Slot()
    def _on_open(self) -> None:
        self.requested.emit()

    @Slot()
    def _on_clear(self) -> None:
        self._model.set_block_scales(self._entry_id, {})

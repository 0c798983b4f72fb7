"""The channel strips one below the other, and moving them up and down."""

from PySide6.QtCore import QPoint, QRectF, QSize, Signal, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QVBoxLayout, QWidget

from loraviewer.bridge.stack_model import StackModel
from loraviewer.core.stack import AdapterStack
from loraviewer.ui.strips.channel_strip import ChannelStrip
from loraviewer.ui.widgets.painting import antialiased, fill_rounded
from loraviewer.ui.widgets.theme import GAP


class StripList(QWidget):
    """Follows the stack model: one strip per entry, kept while its entry lives."""

    rows_changed = Signal()
    """Strips came, went or moved."""
    strip_added = Signal(object)
    """A new ChannelStrip, before it is shown."""
    dragged_to = Signal(QPoint)
    """Where, in this widget, a strip is being dragged: so that a scroll area can follow."""

    def __init__(self, model: StackModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._strips: dict[str, ChannelStrip] = {}
        self._row_ids: list[str] = []
        self._drop_row: int | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GAP)
        self._column.addStretch()
        model.stack_changed.connect(self._on_stack_changed)

    def strips(self) -> list[ChannelStrip]:
        """In the order of the rows."""
        return [self._strips[entry.entry_id] for entry in self._model.stack.entries]

    def minimumSizeHint(self) -> QSize:
        """Where sentences wrap in it, its height follows from its width, not from a minimum that
        was reckoned for the narrowest lines."""
        hint = super().minimumSizeHint()
        return QSize(hint.width(), 0) if self._column.hasHeightForWidth() else hint

    def leave_room(self, is_needed: bool) -> None:
        """A gap on the right, so that a scroll bar does not touch the strips."""
        self._column.setContentsMargins(0, 0, GAP // 2 if is_needed else 0, 0)

    @Slot(object)
    def _on_stack_changed(self, stack: AdapterStack) -> None:
        wanted = {entry.entry_id for entry in stack.entries}
        for entry_id in [known for known in self._strips if known not in wanted]:
            self._drop_strip(self._strips.pop(entry_id))
        for row, entry in enumerate(stack.entries):
            strip = self._strips.get(entry.entry_id) or self._new_strip(entry)
            if self._column.indexOf(strip) != row:
                self._column.insertWidget(row, strip)
            strip.show_entry(entry, stack)
        row_ids = [entry.entry_id for entry in stack.entries]
        if row_ids != self._row_ids:
            self._row_ids = row_ids
            self.rows_changed.emit()

    def _new_strip(self, entry) -> ChannelStrip:
        strip = ChannelStrip(self._model, entry, self)
        strip.moved.connect(self._on_moved)
        strip.reorder_dragged.connect(self._on_dragged)
        strip.reorder_dropped.connect(self._on_dropped)
        strip.reorder_cancelled.connect(self._on_cancelled)
        self._strips[entry.entry_id] = strip
        self.strip_added.emit(strip)
        return strip

    def _drop_strip(self, strip: ChannelStrip) -> None:
        self._column.removeWidget(strip)
        strip.hide()
        strip.deleteLater()

    @Slot(int)
    def _on_moved(self, direction: int) -> None:
        strip = self.sender()
        if isinstance(strip, ChannelStrip):
            row = self.strips().index(strip) + direction
            if 0 <= row < len(self._strips):
                self._model.move(strip.entry_id, row)

    @Slot(QPoint)
    def _on_dragged(self, where: QPoint) -> None:
        inside = self.mapFromGlobal(where)
        self._show_drop_row(self._row_at(inside.y()))
        self.dragged_to.emit(inside)

    @Slot(QPoint)
    def _on_dropped(self, where: QPoint) -> None:
        strip = self.sender()
        self._show_drop_row(None)
        if isinstance(strip, ChannelStrip):
            row = self._row_at(self.mapFromGlobal(where).y())
            own = self.strips().index(strip)
            # Taking the strip out moves the rows below it up.
            row -= row > own
            if row != own:
                self._model.move(strip.entry_id, row)

    @Slot()
    def _on_cancelled(self) -> None:
        self._show_drop_row(None)

    def _row_at(self, y: int) -> int:
        """The gap nearest to `y`: 0 above the first strip, n below the last."""
        middles = [strip.geometry().center().y() for strip in self.strips()]
        return sum(y > middle for middle in middles)

    def _show_drop_row(self, row: int | None) -> None:
        self._drop_row = row
        self.update()

    def paintEvent(self, event) -> None:
        if self._drop_row is None:
            return
        strips = self.strips()
        if self._drop_row < len(strips):
            y = strips[self._drop_row].geometry().top() - GAP / 2
        else:
            y = strips[-1].geometry().bottom() + GAP / 2
        line = QRectF(0, max(0.0, y - 1.5), self.width(), 3)
        painter = antialiased(self)
        fill_rounded(painter, line, self.palette().color(QPalette.ColorRole.Accent), 1.5)
        painter.end()

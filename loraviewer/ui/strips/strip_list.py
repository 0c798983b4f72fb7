"""The channel strips one below the other, and moving them up and down."""

import bisect
import time
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.core.row_names import row_names
from loraviewer.core.stack import AdapterStack, StackEntry
from loraviewer.ui.strips.channel_strip import ChannelStrip
from loraviewer.ui.strips.row_group import RowGroup
from loraviewer.ui.strips.row_selection import RowSelection
from loraviewer.ui.widgets.painting import antialiased, fill_rounded
from loraviewer.ui.widgets.theme import GAP

_FEW = 12
_LAID_OUT = (QEvent.Type.LayoutRequest, QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show)


class StripList(QWidget):
    """Follows the stack model: one strip per entry, kept while its entry lives.

    Strips near the view have their controls, the others keep the room for them.
    """

    rows_changed = Signal()
    """Strips came, went or moved."""
    strip_added = Signal(object)
    """A new ChannelStrip, before it is shown."""
    strips_built = Signal(object)
    """A list of ChannelStrips that have controls from now on, downwards."""
    left_empty = Signal()
    """The last row went, and the keyboard was on it."""
    dragged_to = Signal(QPoint)
    """Where, in this widget, a strip is being dragged: so that a scroll area can follow."""

    at_once_s = 0.025
    """How long a turn of the event loop may take to build strips; one is built however short."""

    def __init__(
        self, model: StackModel, adapters: AdapterModel, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._adapters = adapters
        self.selection = RowSelection(model, self)
        self.rows = RowGroup(model, adapters, self.selection, self)
        self._strips: dict[str, ChannelStrip] = {}
        self._row_ids: list[str] = []
        self._heights: dict[tuple[bool, str], int] = {}
        """Of strips with controls by their shapes, at the present width."""
        self._more = QTimer(self, singleShot=True, interval=0)
        self._more.timeout.connect(self._build_near_view)
        self._drop_row: int | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GAP)
        self._column.addStretch()
        model.stack_changed.connect(self._on_stack_changed)
        adapters.adapter_changed.connect(self._on_adapter_changed)

    def strips(self) -> list[ChannelStrip]:
        """In the order of the rows; for whoever hears of one that is going, those that stay."""
        return [self._strips[row] for row in self._row_ids if row in self._strips]

    def minimumSizeHint(self) -> QSize:
        """Where sentences wrap in it, its height follows from its width, not from a minimum that
        was reckoned for the narrowest lines."""
        hint = super().minimumSizeHint()
        return QSize(hint.width(), 0) if self._column.hasHeightForWidth() else hint

    def leave_room(self, is_needed: bool) -> None:
        """A gap on the right, so that a scroll bar does not touch the strips."""
        self._column.setContentsMargins(0, 0, GAP // 2 if is_needed else 0, 0)

    # -- following the model --------------------------------------------------------------

    @Slot(object)
    def _on_stack_changed(self, stack: AdapterStack) -> None:
        row_ids = [entry.entry_id for entry in stack.entries]
        if row_ids != self._row_ids:
            self._keep_focus(row_ids)
            self._follow_rows(stack.entries)
        self._show_entries(stack)
        if row_ids != self._row_ids:
            self._row_ids = row_ids
            self._build_at_once()
            self.rows_changed.emit()

    @Slot(str)
    def _on_adapter_changed(self, sha256: str) -> None:
        facts = self._adapters.facts(sha256)
        own = [strip for strip in self._strips.values() if strip.entry.sha256 == sha256]
        for strip in own:
            strip.show_facts(facts)
            self._reserve(strip)
        if own:
            self._show_entries(self._model.stack)

    def _show_entries(self, stack: AdapterStack) -> None:
        heard = stack.without_muted(self._adapters.muted(stack))
        applied = {entry.entry_id for entry in heard.applied_entries()}
        # Of those for drafts only the one that they are made with.
        drafted = heard.draft_row() if heard.rule_in_force.is_sum else None
        applied |= {drafted.entry_id} if drafted is not None else set()
        names = row_names(stack)
        for entry in stack.entries:
            strip = self._strips[entry.entry_id]
            is_edited = strip.entry is not entry
            strip.show_entry(entry, entry.entry_id in applied)
            strip.show_name(names[entry.entry_id])
            if is_edited:
                self._reserve(strip)

    def _keep_focus(self, row_ids: Sequence[str]) -> None:
        """Where the row with the keyboard goes, it is on the one that takes its place."""
        focused = next((s for s in self.strips() if s.has_keyboard), None)
        if focused is None or focused.entry_id in row_ids:
            return
        row = self._row_ids.index(focused.entry_id)
        staying = [i for i in self._row_ids if i in row_ids]
        below = [i for i in self._row_ids[row:] if i in row_ids]
        if staying:
            heir = self._strips[(below or staying[-1:])[0]]
            heir.take_focus(Qt.FocusReason.OtherFocusReason)
        else:
            self.left_empty.emit()

    def _follow_rows(self, entries: Sequence[StackEntry]) -> None:
        wanted = {entry.entry_id for entry in entries}
        for entry_id in [known for known in self._strips if known not in wanted]:
            self._drop_strip(self._strips.pop(entry_id))
        for row, entry in enumerate(entries):
            strip = self._strips.get(entry.entry_id) or self._new_strip(entry)
            # Never by `itemAt`: what it hands out stays registered in Python after Qt has deleted
            # it, and whatever comes to lie at its address is then destroyed as if it were that.
            if self._column.indexOf(strip) != row:
                self._column.insertWidget(row, strip)

    def _new_strip(self, entry: StackEntry) -> ChannelStrip:
        strip = ChannelStrip(self._model, self.rows, entry, self)
        strip.moved.connect(self._on_moved)
        strip.reorder_dragged.connect(self._on_dragged)
        strip.reorder_dropped.connect(self._on_dropped)
        strip.reorder_cancelled.connect(self._on_cancelled)
        strip.show_facts(self._adapters.facts(entry.sha256))
        self._strips[entry.entry_id] = strip
        self.strip_added.emit(strip)
        self._reserve(strip)
        return strip

    def _drop_strip(self, strip: ChannelStrip) -> None:
        self._column.removeWidget(strip)
        strip.hide()
        strip.deleteLater()

    # -- building what is near the view ---------------------------------------------------

    def event(self, event: QEvent) -> bool:
        answer = super().event(event)
        if event.type() in _LAID_OUT:
            self._build_near_view()
        return answer

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._forget_heights()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._forget_heights()

    def hideEvent(self, event) -> None:
        """Nothing is near the view of what is hidden; it goes on with the next show."""
        self._more.stop()
        super().hideEvent(event)

    def _build_at_once(self) -> None:
        """A short stack as a whole; of a long one the ends, where Tab comes in."""
        strips = self.strips()
        self._build(strips if len(strips) <= _FEW else [strips[0], strips[-1]])

    @Slot()
    def _build_near_view(self) -> None:
        """What is seen, then as much again on either side: Tab and the wheel find rows ready. A
        part of it at a time: while the engine wants Python's lock, each takes ten times as long."""
        holder = self.parentWidget()
        if holder is None:
            return
        view = holder.rect().translated(-self.pos())
        seen = self._within(view.top(), view.bottom())
        near = self._within(view.top() - view.height(), view.bottom() + view.height())
        end = time.perf_counter() + self.at_once_s
        for strip in (*seen, *near):
            if strip.is_built:
                continue
            self._build([strip])
            if time.perf_counter() >= end:
                if self.isVisible():
                    self._more.start()
                return

    def _within(self, top: int, bottom: int) -> list[ChannelStrip]:
        """The strips any part of which lies between two heights."""
        strips = self.strips()
        first = bisect.bisect_left(strips, top, key=lambda s: s.geometry().bottom())
        last = bisect.bisect_right(strips, bottom, key=lambda s: s.geometry().top())
        return strips[first:last]

    def _build(self, strips: Sequence[ChannelStrip]) -> None:
        bare = [strip for strip in strips if not strip.is_built]
        for strip in bare:
            strip.build()
        if bare and bare[0].entry_id in self._row_ids:
            self.strips_built.emit(bare)

    def _reserve(self, strip: ChannelStrip) -> None:
        """Room for a bare strip; the first of its shape is built to know how much that is."""
        if strip.is_built:
            return
        if strip.shape not in self._heights:
            self._heights[strip.shape] = self._like(strip).needed_height(self._strip_width())
        strip.reserve(self._heights[strip.shape])

    def _like(self, strip: ChannelStrip) -> ChannelStrip:
        """One of the same shape that has controls."""
        for other in self._strips.values():
            if other.is_folded and other.shape == strip.shape:
                return other
        self._build([strip])
        return strip

    def _forget_heights(self) -> None:
        self._heights.clear()
        for strip in self.strips():
            self._reserve(strip)

    def _strip_width(self) -> int:
        margins = self._column.contentsMargins()
        return self.width() - margins.left() - margins.right()

    # -- moving rows ----------------------------------------------------------------------

    @Slot(int, bool)
    def _on_moved(self, direction: int, is_continued: bool) -> None:
        strip = self.sender()
        if isinstance(strip, ChannelStrip):
            self.rows.move(strip.entry_id, direction, is_continued=is_continued)

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
            self.rows.place(strip.entry_id, self._row_at(self.mapFromGlobal(where).y()))

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

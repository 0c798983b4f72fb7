"""Painting strengths on the drawn blocks: what the mouse and the keys do there."""

from collections.abc import Iterable

from PySide6.QtCore import QPointF, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from loraviewer.ui.strips.blocks.block_cells import BlockCells
from loraviewer.ui.strips.blocks.block_plan import CELL_PX
from loraviewer.ui.strips.blocks.cell_edit import CellEdit
from loraviewer.ui.strips.blocks.strokes import (
    Factors,
    FaderStroke,
    NudgeBurst,
    PaintStroke,
    shifted,
)
from loraviewer.ui.widgets.escape import is_escape_offered
from loraviewer.ui.widgets.scroll_area import takes_wheel

AS_TRAINED = 1.0
STEP, FINE_STEP, LARGE_STEP = 0.05, 0.01, 0.25
_PATH_PX = 4.0
"""How near to each other the points of a quick drag are looked at."""
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_RISING = (Qt.Key.Key_Right, Qt.Key.Key_Up)
_PAGES = {Qt.Key.Key_PageUp: LARGE_STEP, Qt.Key.Key_PageDown: -LARGE_STEP}
_JUMPS = {
    Qt.Key.Key_Home: 0.0,
    Qt.Key.Key_End: AS_TRAINED,
    Qt.Key.Key_Delete: AS_TRAINED,
    Qt.Key.Key_Backspace: AS_TRAINED,
}
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_FIRST_FIGURES = frozenset("0123456789.,-−")
_CONTROL, _SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class BlockDrawing(BlockCells):
    """Asks for strengths and never changes any by itself. What belongs to one step lies between
    `drag_started` and `drag_ended`."""

    drag_started = Signal()
    factors_wanted = Signal(object)
    """All strengths: block → factor."""
    drag_ended = Signal()
    refused = Signal(str)
    """One sentence why what was typed is not taken; "" once something is."""
    keys_used = Signal(bool)
    """Whether a person goes by keys, or by the mouse again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._brush: float | None = 0.0
        self._pressed: str | None = None
        self._button = Qt.MouseButton.NoButton
        self._erases = False
        self._last = QPointF()
        self._stroke: PaintStroke | FaderStroke | None = None
        self._before: Factors = {}
        self._hot: str | None = None
        self._wheel_rest = 0
        self._edited = ""
        self._burst = NudgeBurst(self)
        self._burst.started.connect(self.drag_started)
        self._burst.ended.connect(self.drag_ended)
        self._edit = CellEdit(self)
        self._edit.entered.connect(self._on_entered)
        self._edit.left.connect(self._on_edit_left)
        self._edit.refused.connect(self.refused)
        self.factor_wanted.connect(self.set_factor)
        self.setMouseTracking(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)

    @property
    def brush(self) -> float | None:
        """What a drag paints; None where it moves blocks as faders."""
        return self._brush

    def set_brush(self, value: float | None) -> None:
        self._brush = value
        self._show_cursor()

    @property
    def editor(self) -> CellEdit:
        """Visible while a number is typed."""
        return self._edit

    @property
    def is_dragging(self) -> bool:
        return self._stroke is not None or self._burst.is_on

    def show_blocks(self, base: Iterable[str], own: Iterable[str]) -> None:
        base, own = tuple(base), tuple(own)
        if {*base, *own} != {*self.base_blocks} or {*own} != {*self.own_blocks}:
            self._end_all()
            self._hot = None
        super().show_blocks(base, own)

    @Slot(str, float)
    def set_factor(self, key: str, value: float) -> None:
        """Of a cell, as a step of its own."""
        self._burst.end()
        self._ask({**self._factors, **dict.fromkeys(self.members(key), value)})

    def _ask(self, factors: Factors) -> None:
        self.factors_wanted.emit(factors)

    # -- the mouse ------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        button = event.button()
        is_mine = button in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton)
        key = self.key_at(event.position()) if is_mine else None
        if key is None or self._pressed is not None:
            return
        self._burst.end()
        self.cell(key).setFocus(Qt.FocusReason.MouseFocusReason)
        self.keys_used.emit(False)
        is_right = button is Qt.MouseButton.RightButton
        self._erases = is_right or bool(event.modifiers() & _CONTROL)
        self._pressed, self._button, self._last = key, button, event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        where = event.position()
        self._point_at(self.key_at(where))
        if self._pressed is None:
            return
        is_far = (where - self._last).manhattanLength() >= QApplication.startDragDistance()
        if self._stroke is None and is_far:
            self._begin_stroke(self._pressed)
        if self._stroke is not None:
            self._go_on(where, bool(event.modifiers() & _SHIFT))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, was_stroke = self._pressed, self._stroke is not None
        if pressed is None or event.button() is not self._button:
            return
        self._end_stroke()
        if was_stroke:
            return
        if self._erases:
            self.set_factor(pressed, AS_TRAINED)
        else:
            self._edit_number(pressed)

    def leaveEvent(self, event) -> None:
        super().leaveEvent(event)
        self._point_at(None)

    def hideEvent(self, event) -> None:
        self._end_all()
        super().hideEvent(event)

    def _begin_stroke(self, key: str) -> None:
        self._before = dict(self._factors)
        if self._brush is None and not self._erases:
            self._stroke = FaderStroke(self._before, self.members(key), CELL_PX)
        else:
            value = AS_TRAINED if self._erases or self._brush is None else self._brush
            self._stroke = PaintStroke(self._before, value)
        self.drag_started.emit()

    def _go_on(self, where: QPointF, is_fine: bool) -> None:
        if isinstance(self._stroke, FaderStroke):
            self._ask(self._stroke.by(where.x() - self._last.x(), is_fine=is_fine))
        elif self._stroke is not None:
            self._ask(self._stroke.over(self._painted_on_the_way(where)))
        self._last = where

    def _painted_on_the_way(self, where: QPointF) -> list[str]:
        """What began on a block never comes over a whole network, and the other way round."""
        pressed = self._pressed or ""
        if self._is_whole(pressed):
            return list(self.members(pressed))
        way = where - self._last
        steps = 1 + int(way.manhattanLength() / _PATH_PX)
        points = (self._last + way * (step / steps) for step in range(steps + 1))
        keys = dict.fromkeys([pressed, *filter(None, map(self.key_at, points))])
        return [key for key in keys if not self._is_whole(key)]

    def _end_stroke(self) -> None:
        self._pressed = None
        if self._stroke is not None:
            self._stroke = None
            self.drag_ended.emit()

    def _end_all(self) -> None:
        self._end_stroke()
        self._burst.end()
        self._edit.leave()

    def _point_at(self, key: str | None) -> None:
        if key != self._hot:
            for each in (self._hot, key):
                if each is not None:
                    self.cell(each).set_hot(each == key)
            self._hot = key
            self._show_cursor()

    def _show_cursor(self) -> None:
        if self._hot is None:
            self.unsetCursor()
        elif self._brush is None:
            self.setCursor(Qt.CursorShape.SizeHorCursor)
        else:
            self.setCursor(Qt.CursorShape.CrossCursor)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """On the block with the keyboard, and until a burst that began so ends."""
        key = self.current
        is_over = key is not None and key == self.key_at(event.position())
        if key is None or not (is_over and takes_wheel(self.cell(key), event)):
            event.ignore()
            return
        # Shift turns the wheel sideways on some systems.
        self._wheel_rest += event.angleDelta().y() or event.angleDelta().x()
        steps = int(self._wheel_rest / 120)
        self._wheel_rest -= steps * 120
        if steps:
            is_fine = bool(event.modifiers() & _SHIFT)
            self._nudge(key, steps * (FINE_STEP if is_fine else STEP))
        event.accept()

    # -- keys -----------------------------------------------------------------------------

    def event(self, event) -> bool:
        # Esc would close the window; while blocks are being painted it takes that back.
        if is_escape_offered(event) and self._stroke is not None:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = self.current
        if self._stroke is not None:
            self._take_back(event)
        elif key is None or not self._take_key(key, event):
            super().keyPressEvent(event)
        else:
            self.keys_used.emit(True)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Shift and self._brush is not None:
            self._burst.end()
        # A held key repeats as release and press.
        elif not event.isAutoRepeat():
            self._burst.let_go()
        super().keyReleaseEvent(event)

    def _take_back(self, event: QKeyEvent) -> None:
        """Nothing but Esc counts while the mouse paints."""
        if event.key() == Qt.Key.Key_Escape:
            self._ask(dict(self._before))
            self._end_stroke()

    def _take_key(self, cell: str, event: QKeyEvent) -> bool:
        """Whether it means something to a block."""
        key = Qt.Key(event.key())
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if key in _ARROWS:
            return self._take_arrow(cell, key, modifiers)
        if key in _PAGES and not modifiers:
            self._nudge(cell, _PAGES[key], is_held=True)
        elif key in _JUMPS and not modifiers:
            self.set_factor(cell, _JUMPS[key])
        elif key in _ENTER and not event.isAutoRepeat():
            self._edit_number(cell)
        elif event.text() in _FIRST_FIGURES and not modifiers & ~_SHIFT:
            self._edit_number(cell, event.text())
        else:
            return False
        return True

    def _take_arrow(self, cell: str, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> bool:
        if modifiers & _CONTROL and not modifiers & ~(_CONTROL | _SHIFT):
            step = FINE_STEP if modifiers & _SHIFT else STEP
            self._nudge(cell, step if key in _RISING else -step, is_held=True)
        elif not modifiers & ~_SHIFT:
            self._go_to_next(cell, key, paints=bool(modifiers & _SHIFT))
        else:
            return False
        return True

    def _go_to_next(self, cell: str, key: Qt.Key, *, paints: bool) -> None:
        other = self.next_to(cell, *_ARROWS[key])
        if paints and self._brush is not None:
            self._burst.go_on(is_held=True)
            self._ask(
                PaintStroke(self._factors, self._brush).over(self._painted_by_key(cell, other))
            )
        elif not paints:
            self._burst.end()
        if other is not None:
            self.cell(other).setFocus(Qt.FocusReason.OtherFocusReason)

    def _painted_by_key(self, cell: str, other: str | None) -> tuple[str, ...]:
        """A whole network only where the keys were on it."""
        if self._is_whole(cell):
            return self.members(cell)
        return (cell, *([other] if other is not None and not self._is_whole(other) else []))

    def _nudge(self, key: str, step: float, *, is_held: bool = False) -> None:
        """A network's blocks keep their distances."""
        self._burst.go_on(is_held=is_held)
        self._ask(shifted(self._factors, self.members(key), step))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._burst.let_go()
        super().focusOutEvent(event)

    # -- typing ---------------------------------------------------------------------------

    def _edit_number(self, key: str, typed: str = "") -> None:
        self._burst.end()
        self._edited = key
        self.refused.emit("")
        place = self.place(key).toRect()
        self._edit.begin(place, self.cell(key).title, self.factor(key), typed)

    @Slot(float)
    def _on_entered(self, value: float) -> None:
        if self._edited in self._places:
            self.set_factor(self._edited, value)

    @Slot()
    def _on_edit_left(self) -> None:
        if self._edited in self._places and self.isVisible():
            self.cell(self._edited).setFocus(Qt.FocusReason.OtherFocusReason)

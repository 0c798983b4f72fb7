"""A fader for strengths: detents at 0 and 1, filled from 0, values beyond its ends allowed."""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from loraviewer.ui.strips.fader_painting import HANDLE_RADIUS, TRACK_PX, FaderLook, paint_fader
from loraviewer.ui.widgets.painting import antialiased
from loraviewer.ui.widgets.scroll_area import takes_wheel

DETENTS = (0.0, 1.0)
STEP = 0.05
FINE_STEP = 0.01
AS_TRAINED = 1.0
_DIGITS = 2
"""After the point, of what the mouse can reach."""
_NUDGE_DIGITS = 12
"""After the point: what was typed stays, what adding leaves over goes."""
_DETENT_PX = 4
_WIDEST_DETENT = 0.2
"""On a long range a few pixels are a lot: both sides of 0.5 must be reached."""
_FINE_DRAG = 0.1
_NUDGE_PAUSE_MS = 400
_HEIGHT_PX = 24
_KEYS = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Down: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Up: 1,
    Qt.Key.Key_PageDown: -5,
    Qt.Key.Key_PageUp: 5,
}
_JUMPS = {Qt.Key.Key_Home: 0.0, Qt.Key.Key_End: AS_TRAINED}


class StrengthSlider(QSlider):
    """Shows what `set_strength` gives it and asks for changes; it never changes by itself.

    A drag, a burst of wheel turns, and a key from its first press until it is let go, lies between
    `drag_started` and `drag_ended`. It is a QSlider (of hundredths) so that screen readers know
    what it is.
    """

    strength_changed = Signal(float)
    drag_started = Signal()
    drag_resumed = Signal()
    """Instead of `drag_started`: the gesture that ended last goes on, as a second click does."""
    drag_ended = Signal()

    def __init__(
        self, lowest: float, highest: float, name: str, tip: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._lowest, self._highest = lowest, highest
        self._size = 1.0
        self._strength = 0.0
        self._is_applied = True
        self._is_held = False
        self._is_dragging = False
        self._did_click_drag = False
        self._raw, self._grab_x, self._last_x = 0.0, 0.0, 0.0
        self._wheel_rest = 0
        self._nudge_pause = QTimer(self, singleShot=True, interval=_NUDGE_PAUSE_MS)
        self._nudge_pause.timeout.connect(self._end_drag)
        self._show_range()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.valueChanged.connect(self._on_value_changed_from_outside)

    @property
    def strength(self) -> float:
        return self._strength

    @property
    def ends(self) -> tuple[float, float]:
        """The lowest and the highest strength that the mouse reaches."""
        return self._lowest, self._highest

    def set_ends(self, lowest: float, highest: float) -> None:
        """Sends nothing; the strength stays as it is, also beyond them."""
        if (lowest, highest) != self.ends:
            self._lowest, self._highest = lowest, highest
            was_blocked = self.blockSignals(True)
            self._show_range()
            self.blockSignals(was_blocked)
            self.set_strength(self._strength)

    def set_strength(self, strength: float) -> None:
        """Show a strength; sends nothing. Beyond the ends the handle becomes an arrow."""
        self._strength = strength
        was_blocked = self.blockSignals(True)
        hundredths = max(self.minimum() / 1.0, min(strength * 100.0, self.maximum() / 1.0))
        self.setValue(round(hundredths))  # Qt’s numbers have 32 bits; strengths may be any
        self.blockSignals(was_blocked)
        self.update()

    def set_applied(self, is_applied: bool) -> None:
        """Faded while its row is off or silenced by another row's solo."""
        self._is_applied = is_applied
        self.update()

    def set_size(self, size: float) -> None:
        """How many times as large as a usual one it is drawn, so that it is seen from afar."""
        if size != self._size:
            self._size = size
            self.updateGeometry()
            self.update()

    def nudge(self, steps: int, is_fine: bool = False) -> None:
        """One or more steps of 0.05, or of 0.01; a burst of them counts as one drag."""
        self._begin_drag()
        self._nudge_pause.start()
        change = steps * (FINE_STEP if is_fine else STEP)
        self.strength_changed.emit(round(self._strength + change, _NUDGE_DIGITS))

    def hold_nudge(self, steps: int, is_fine: bool = False) -> None:
        """By a key, which may be held: the drag goes on until `end_nudges`."""
        self.nudge(steps, is_fine)
        self._nudge_pause.stop()

    def end_nudges(self) -> None:
        """The key was let go; presses that follow soon are of the same burst."""
        if self._is_dragging and not self._is_held:
            self._nudge_pause.start()

    def end_gesture(self) -> None:
        """Whatever comes next belongs to another one."""
        if not self._is_held:
            self._end_drag()

    # -- the mouse ------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton:
            event.ignore()
            return
        x = event.position().x()
        self._end_drag()
        self._is_held = True
        self._did_click_drag = False
        self._last_x = x
        handle_x = self._x_of(self._strength)
        self._raw = self._strength
        if abs(x - handle_x) <= HANDLE_RADIUS * self._size + 2:
            self._grab_x = x - handle_x
        else:
            self._grab_x = 0.0
            self._drag_to(x, is_fine=False)
            self._did_click_drag = self._is_dragging
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._is_held:
            is_fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._drag_to(event.position().x(), is_fine)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self._is_held:
            self._is_held = False
            self._end_drag()
            self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Its first click may have moved the handle: both are one gesture."""
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        self._end_drag()
        if self._did_click_drag:
            self._is_dragging = True
            self.drag_resumed.emit()
        self._did_click_drag = False
        self._send(AS_TRAINED)
        self._end_drag()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """With the keyboard on it, and until a burst that began so ends; else the list scrolls."""
        if not takes_wheel(self, event) and not self._nudge_pause.isActive():
            event.ignore()
            return
        # Shift turns the wheel sideways on some systems.
        turned = event.angleDelta().y() or event.angleDelta().x()
        self._wheel_rest += turned
        steps = int(self._wheel_rest / 120)
        self._wheel_rest -= steps * 120
        if steps:
            self.nudge(steps, bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            event.ignore()
        elif key in _KEYS:
            self.hold_nudge(_KEYS[key], bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        elif key in _JUMPS:
            self._send(_JUMPS[key])
        else:
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        # A held key repeats as release and press.
        if Qt.Key(event.key()) in _KEYS and not event.isAutoRepeat():
            self.end_nudges()
        super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.end_nudges()
        super().focusOutEvent(event)

    def hideEvent(self, event) -> None:
        self._is_held = False
        self._end_drag()
        super().hideEvent(event)

    def changeEvent(self, event) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.EnabledChange and not self.isEnabled():
            self._is_held = False
            self._end_drag()

    # -- dragging -------------------------------------------------------------------------

    def _drag_to(self, x: float, is_fine: bool) -> None:
        if is_fine:
            self._raw += (x - self._last_x) * self._units_per_px() * _FINE_DRAG
            self._grab_x = x - self._x_of(self._raw)
            wanted = self._raw
        else:
            self._raw = self._value_at(x - self._grab_x)
            wanted = self._caught_by_detent(self._raw)
        self._last_x = x
        wanted = round(wanted, _DIGITS)
        if wanted != self._strength:
            self._begin_drag()
            self.strength_changed.emit(wanted)

    def _begin_drag(self) -> None:
        if not self._is_dragging:
            self._is_dragging = True
            self.drag_started.emit()

    def _end_drag(self) -> None:
        self._nudge_pause.stop()
        if self._is_dragging:
            self._is_dragging = False
            self.drag_ended.emit()

    def _send(self, strength: float) -> None:
        if strength != self._strength:
            self.strength_changed.emit(strength)

    def _on_value_changed_from_outside(self, hundredths: int) -> None:
        """Assistive technology moved the slider."""
        self._send(hundredths / 100)

    def _caught_by_detent(self, value: float) -> float:
        reach = min(_DETENT_PX * self._units_per_px(), _WIDEST_DETENT)
        return next((d for d in self._detents() if abs(value - d) <= reach), value)

    def _detents(self) -> tuple[float, ...]:
        """Those on its track."""
        return tuple(d for d in DETENTS if self._lowest <= d <= self._highest)

    def _show_range(self) -> None:
        self.setRange(round(self._lowest * 100), round(self._highest * 100))

    # -- geometry and painting ------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(200, round(_HEIGHT_PX * self._size))

    def minimumSizeHint(self) -> QSize:
        return QSize(80, round(_HEIGHT_PX * self._size))

    def _track(self) -> QRectF:
        left, high = HANDLE_RADIUS * self._size + 2, TRACK_PX * self._size
        top = (self.height() - high) / 2
        return QRectF(left, top, self.width() - 2 * left, high)

    def _units_per_px(self) -> float:
        return (self._highest - self._lowest) / max(1.0, self._track().width())

    def _x_of(self, value: float) -> float:
        inside = max(self._lowest, min(self._highest, value))
        return self._track().left() + (inside - self._lowest) / self._units_per_px()

    def _value_at(self, x: float) -> float:
        value = self._lowest + (x - self._track().left()) * self._units_per_px()
        return max(self._lowest, min(self._highest, value))

    def paintEvent(self, event) -> None:
        painter = antialiased(self)
        paint_fader(painter, self._look())
        painter.end()

    def _look(self) -> FaderLook:
        above, below = self._strength > self._highest, self._strength < self._lowest
        return FaderLook(
            track=self._track(),
            marks=tuple(map(self._x_of, self._detents())),
            zero=self._x_of(0.0),
            handle=self._x_of(self._strength),
            beyond=above - below,
            palette=self.palette(),
            is_lit=self._is_applied and self.isEnabled(),
            is_hot=self.underMouse() or self._is_held,
            has_focus=self.hasFocus(),
            size=self._size,
        )

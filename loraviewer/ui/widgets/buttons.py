"""Buttons of the studio. Space belongs to Render, so Enter presses the focused button."""

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFocusEvent, QIcon, QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractButton,
    QToolButton,
    QWidget,
)

from loraviewer.bridge.languages import shown
from loraviewer.ui.widgets.icons import icon
from loraviewer.ui.widgets.labels import plain_tip
from loraviewer.ui.widgets.painting import (
    antialiased,
    draw_focus_ring,
    fill_rounded,
    outline_rounded,
)
from loraviewer.ui.widgets.theme import (
    FIELD_HEIGHT,
    GAP,
    ICON_SIZE,
    SignalColour,
    idle,
    is_palette_change,
    mix,
    quiet_text,
    signal_colour,
)

_LABEL_GAP = 6
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class IconButton(QToolButton):
    """A flat button with one of the studio's icons and, where given, words beside it."""

    def __init__(self, icon_name: str, name: str, tip: str = "", parent: QWidget | None = None):
        super().__init__(parent)
        self._icon_name = icon_name
        self.setAutoRaise(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setIconSize(QSize(ICON_SIZE, ICON_SIZE))
        self.setFixedHeight(FIELD_HEIGHT)
        self.setMinimumWidth(FIELD_HEIGHT)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setAccessibleName(shown(name))
        self.setToolTip(plain_tip(tip or name))
        self._draw_icon()

    def set_icon_name(self, name: str) -> None:
        if name != self._icon_name:
            self._icon_name = name
            self._draw_icon()

    def with_words(self, words: str) -> "IconButton":
        """Empty words leave the icon alone."""
        style = Qt.ToolButtonStyle
        self.setText(words)
        self.setToolButtonStyle(
            style.ToolButtonTextBesideIcon if words else style.ToolButtonIconOnly
        )
        return self

    def width_with(self, words: str) -> int:
        """How wide it is with such words; px."""
        if not words:
            return FIELD_HEIGHT
        text_width = self.fontMetrics().horizontalAdvance(words)
        return ICON_SIZE + _LABEL_GAP + text_width + 3 * GAP

    def sizeHint(self) -> QSize:
        return QSize(self.width_with(self.text()), FIELD_HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if is_palette_change(event):
            self._draw_icon()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER and not event.isAutoRepeat():
            self.click() if self.menu() is None else self.showMenu()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event) -> None:
        painter = antialiased(self)
        ground = self._ground()
        if ground is not None:
            fill_rounded(painter, QRectF(self.rect()), ground, 5)
        self._paint_label(painter)
        if self.hasFocus():
            draw_focus_ring(painter, QRectF(self.rect()), self._ring_palette(), 5)
        painter.end()

    def _paint_label(self, painter: QPainter) -> None:
        """Icon and words, centred together."""
        words = self.text()
        text_width = self.fontMetrics().horizontalAdvance(words) + _LABEL_GAP if words else 0
        left = (self.width() - ICON_SIZE - text_width) // 2
        top = (self.height() - ICON_SIZE) // 2
        mode = QIcon.Mode.Normal if self.isEnabled() else QIcon.Mode.Disabled
        state = QIcon.State.On if self.isChecked() else QIcon.State.Off
        where = QRect(left, top, ICON_SIZE, ICON_SIZE)
        self.icon().paint(painter, where, Qt.AlignmentFlag.AlignCenter, mode, state)
        painter.setPen(self._text_colour())
        beside = QRect(where.right() + 1 + _LABEL_GAP, 0, text_width, self.height())
        painter.drawText(beside, Qt.AlignmentFlag.AlignVCenter, words)

    def _ground(self) -> QColor | None:
        """Tinted while on, lighter or darker under the mouse, else nothing."""
        palette = self.palette()
        window = palette.color(QPalette.ColorRole.Window)
        if not self.isEnabled():
            return None
        if self.isChecked():
            return mix(window, palette.color(QPalette.ColorRole.Accent), 0.2)
        if self.isDown() or ((menu := self.menu()) is not None and menu.isVisible()):
            return palette.color(QPalette.ColorRole.Mid)
        return palette.color(QPalette.ColorRole.Midlight) if self.underMouse() else None

    def _text_colour(self) -> QColor:
        group = QPalette.ColorGroup.Active if self.isEnabled() else QPalette.ColorGroup.Disabled
        return self.palette().color(group, QPalette.ColorRole.ButtonText)

    def _ring_palette(self) -> QPalette:
        return self.palette()

    def _draw_icon(self) -> None:
        self._set_icon_in(self.palette())

    def _set_icon_in(self, palette: QPalette) -> None:
        wanted = icon(self._icon_name, palette)
        if wanted.cacheKey() != self.icon().cacheKey():
            self.setIcon(wanted)


class HoldButton(IconButton):
    """Does something while it is down: by mouse, by Enter, and by Space (which else renders)."""

    held = Signal(bool)

    def __init__(self, icon_name: str, name: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(icon_name, name, tip, parent)
        self.pressed.connect(self._on_pressed)
        self.released.connect(self._on_released)

    def event(self, event: QEvent) -> bool:
        # Else the window's Space takes it.
        if event.type() == QEvent.Type.ShortcutOverride and self._is_own(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._is_own(event):
            super().keyPressEvent(event)
        elif not event.isAutoRepeat():
            self._set_held(True)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        # A held key repeats as release and press.
        if not self._is_own(event):
            super().keyReleaseEvent(event)
        elif not event.isAutoRepeat():
            self._set_held(False)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._set_held(False)
        super().focusOutEvent(event)

    def _is_own(self, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or event.key() not in (*_ENTER, Qt.Key.Key_Space):
            return False
        return not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier

    def _set_held(self, is_held: bool) -> None:
        if is_held != self.isDown():
            self.setDown(is_held)
            self.held.emit(is_held)

    @Slot()
    def _on_pressed(self) -> None:
        self.held.emit(True)

    @Slot()
    def _on_released(self) -> None:
        self.held.emit(False)


class _PaintedButton(QAbstractButton):
    """A checkable button that draws itself."""

    def __init__(self, name: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setFixedSize(self.sizeHint())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER and not event.isAutoRepeat():
            self.click()
        else:
            super().keyPressEvent(event)


class ToggleSwitch(_PaintedButton):
    """On or off, without touching the value beside it."""

    def sizeHint(self) -> QSize:
        return QSize(34, 22)

    def paintEvent(self, event) -> None:
        palette = self.palette()
        track = QRectF(self.rect()).adjusted(2, 3, -2, -3)
        off = palette.color(QPalette.ColorRole.Mid)
        on = palette.color(QPalette.ColorRole.Accent)
        colour = on if self.isChecked() else off
        if self.underMouse() and self.isEnabled():
            colour = mix(colour, palette.color(QPalette.ColorRole.WindowText), 0.12)
        painter = antialiased(self)
        fill_rounded(painter, track, colour, track.height() / 2)
        x = track.right() - 8 if self.isChecked() else track.left() + 8
        painter.setBrush(palette.color(QPalette.ColorRole.BrightText))
        painter.drawEllipse(QPointF(x, track.center().y()), 6, 6)
        if self.hasFocus():
            ring = track.adjusted(-2, -2, 2, 2)
            draw_focus_ring(painter, ring, palette, ring.height() / 2)
        painter.end()


class LetterButton(_PaintedButton):
    """A small square with one letter, as on a mixing desk; filled while it is on."""

    def __init__(self, letter: str, name: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(name, tip, parent)
        self.setText(letter)

    def sizeHint(self) -> QSize:
        return QSize(22, 22)

    def paintEvent(self, event) -> None:
        palette = self.palette()
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter = antialiased(self)
        if self.isChecked():
            fill_rounded(painter, box, signal_colour(palette, SignalColour.WARNING), 4)
        elif self.underMouse() and self.isEnabled():
            fill_rounded(painter, box, palette.color(QPalette.ColorRole.Midlight), 4)
        if not self.isChecked() and self.isEnabled():
            outline_rounded(painter, box, palette.color(QPalette.ColorRole.Mid), 4)
        font = self.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 0.9)
        painter.setFont(font)
        window = palette.color(QPalette.ColorRole.Window)
        quiet = quiet_text(palette) if self.isEnabled() else idle(palette)
        painter.setPen(window if self.isChecked() else quiet)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
        if self.hasFocus():
            draw_focus_ring(painter, QRectF(self.rect()), palette, 5)
        painter.end()

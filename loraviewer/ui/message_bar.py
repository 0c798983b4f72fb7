"""A sentence about something that went wrong, in the place where it belongs; never a dialog."""

from PySide6.QtCore import QEvent, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QSizePolicy, QWidget

from loraviewer.bridge.languages import shown
from loraviewer.core.outcome import Failure
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.escape import is_escape_offered
from loraviewer.ui.widgets.icons import pixmap
from loraviewer.ui.widgets.labels import plain_tip
from loraviewer.ui.widgets.painting import Card
from loraviewer.ui.widgets.tab_order import put_in_place
from loraviewer.ui.widgets.theme import (
    GAP,
    ICON_SIZE,
    SignalColour,
    is_palette_change,
    signal_colour,
)

_ICONS = {
    SignalColour.FINE: "check",
    SignalColour.WARNING: "warning",
    SignalColour.ERROR: "error",
}


class MessageBar(Card):
    """Hidden until it has something to say, and empty: most bars never say anything.

    `is_small`: for narrow places, within another card: no frame, and buttons without words.
    """

    dismissed = Signal()
    leaving = Signal()
    """It is about to go, and the keyboard is on it."""
    action_requested = Signal()
    """The button of `offer` was pressed."""

    def __init__(
        self,
        signal: SignalColour,
        *,
        can_dismiss: bool = False,
        is_small: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._signal_colour = signal
        self._detail = ""
        self._can_dismiss = can_dismiss
        self._going: QTimer | None = None
        self.set_signal(signal)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._said = ""
        self._is_small = is_small
        self._is_filled = False
        if is_small:
            self.set_frameless()
        self.hide()

    @property
    def sentence(self) -> str:
        return self._said

    @property
    def signal(self) -> SignalColour:
        return self._signal_colour

    def dismiss_after(self, pause_ms: int) -> None:
        """By itself; somebody who is at its buttons keeps it."""
        self._going = QTimer(self, singleShot=True, interval=pause_ms)
        self._going.timeout.connect(self._on_time_over)
        if self.isVisible():
            self._going.start()

    def set_brief(self, is_brief: bool) -> None:
        """Buttons without words, where the sentence needs the room."""
        self._fill()
        for button in (self._action, self._copy):
            has_words = not (is_brief or self._is_small)
            button.with_words(button.accessibleName() if has_words else "")

    @property
    def detail(self) -> str:
        return self._detail

    @property
    def has_keyboard(self) -> bool:
        focused = QApplication.focusWidget()
        return focused is not None and self.isAncestorOf(focused)

    def buttons(self) -> tuple[IconButton, ...]:
        self._fill()
        return self._action, self._copy, self._close

    def take_focus(self) -> None:
        """The keyboard to its first button."""
        first = next((button for button in self.buttons() if button.isVisible()), None)
        if first is not None:
            first.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def offer(self, words: str, icon_name: str) -> None:
        """A button for what can be done about it; in a small bar its words are a tooltip."""
        self._fill()
        words = shown(words)
        self._action.set_icon_name(icon_name)
        self._action.setAccessibleName(words)
        self._action.setToolTip(words)
        self._action.with_words("" if self._is_small else words)
        self._action.show()

    def say(self, sentence: str, detail: str = "") -> None:
        """Show a sentence; an empty one hides the bar."""
        self._detail, self._said = detail, shown(sentence)
        if self._said or self._is_filled:
            self._show_said()

    def _show_said(self) -> None:
        self._fill()
        sentence, detail = self._said, self._detail
        self._sentence.setText(sentence)
        self._copy.set_icon_name("copy")
        self._copy.setVisible(bool(detail))
        self.setAccessibleName(sentence)
        self.setVisible(bool(sentence))
        self.updateGeometry()

    def set_whole(self, text: str) -> None:
        """What the sentence names in short, for who points at it or hears it."""
        self._fill()
        self._sentence.setToolTip(plain_tip(text))
        self.setAccessibleDescription(shown(text))

    def say_failure(self, failure: Failure | None) -> None:
        if failure is None:
            self.say("")
        else:
            self.say(
                failure.message, f"{failure.kind}: {failure.message}\n{failure.detail}".strip()
            )

    def event(self, event: QEvent) -> bool:
        # The window's Esc stops what runs; from here it is for the sentence.
        if is_escape_offered(event) and self._can_dismiss:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._can_dismiss:
            self.dismiss()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if self._is_filled and is_palette_change(event):
            self._draw_icon()

    def _fill(self) -> None:
        """With what it says things with, where Tab comes to the bar."""
        if self._is_filled:
            return
        self._is_filled = True
        self._icon = QLabel()
        self._sentence = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._sentence.setMinimumWidth(60)
        self._copy = IconButton("copy", self.tr("Copy details"))
        self._copy.clicked.connect(self._on_copy)
        if not self._is_small:
            self._copy.with_words(self.tr("Copy details"))
        self._action = IconButton("info", "")
        self._action.hide()
        self._action.clicked.connect(self.action_requested)
        self._close = IconButton("close", self.tr("Dismiss"))
        self._close.clicked.connect(self.dismiss)
        self._lay_out()
        # Within the bar by now: before, it would be a window that takes the keyboard.
        self._close.setVisible(self._can_dismiss)
        self._draw_icon()
        put_in_place(self, self)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP, GAP // 2, GAP // 2, GAP // 2)
        row.setSpacing(GAP)
        row.addWidget(self._icon)
        row.addWidget(self._sentence, 1)
        row.addWidget(self._action)
        row.addWidget(self._copy)
        row.addWidget(self._close)

    def _draw_icon(self) -> None:
        colour = signal_colour(self.palette(), self._signal_colour)
        name = _ICONS[self._signal_colour]
        self._icon.setPixmap(pixmap(name, colour, ICON_SIZE, self.devicePixelRatioF()))

    @Slot()
    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._detail)
        self._copy.set_icon_name("check")

    @Slot()
    def _on_time_over(self) -> None:
        if (self.underMouse() or self.has_keyboard) and self._going is not None:
            self._going.start()
        else:
            self.dismiss()

    def showEvent(self, event) -> None:
        super().showEvent(event)
        if self._going is not None:
            self._going.start()

    def hideEvent(self, event) -> None:
        if self._going is not None:
            self._going.stop()
        super().hideEvent(event)

    @Slot()
    def dismiss(self) -> None:
        if self.has_keyboard:
            self.leaving.emit()
        self.say("")
        self.dismissed.emit()

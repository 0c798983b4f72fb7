"""The field for a prompt: weights by Ctrl+Up and Ctrl+Down, colours for what commands something,
and how many tokens it has."""

from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtGui import QInputMethodEvent, QKeyEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QWidget

from loraviewer.core.unread import TokenCount
from loraviewer.core.weight_nudges import nudged
from loraviewer.ui.prompt.letter_units import letters_in, units_in
from loraviewer.ui.prompt.prompt_colours import LineColours
from loraviewer.ui.prompt.prompt_fields import HistoryLine
from loraviewer.ui.widgets.labels import QuietLabel, plain_tip
from loraviewer.ui.widgets.theme import GAP, is_palette_change

_STEPS = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}
_LEAST_PX = 260
"""Of a field that has room for words and their count."""


class PromptLine(HistoryLine):
    """A line of words. A weight that was changed is as if it were typed."""

    _colours: LineColours | None = None
    """Palettes change while the constructors of the classes above run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._can_weigh = False
        self._hint = ""
        self._count = QuietLabel("", self)
        self._count.setForegroundRole(QPalette.ColorRole.WindowText)
        self._count.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._count.hide()
        self._is_composing = False
        self._colours = colours = LineColours(self)
        colours.due.connect(self._colour)
        self.textChanged.connect(colours.ask)
        self.cursorPositionChanged.connect(self._on_caret)

    @property
    def count_text(self) -> str:
        """What is told of the tokens; "" for nothing."""
        return self._count.text()

    @property
    def caret(self) -> int:
        """Letters before the cursor."""
        return letters_in(self.text(), self.cursorPosition())

    def set_can_weigh(self, on: bool) -> None:
        """Whether weights are read at all, and so can be changed by keys."""
        if on != self._can_weigh:
            self._can_weigh = on
            self._ask_for_colours()
        self._show_tip()

    def set_hint(self, hint: str) -> None:
        """What else its words may be, for the tooltip."""
        self._hint = hint
        self._show_tip()

    def _show_tip(self) -> None:
        tip = self.tr(
            "(word:1.2) counts more, [word] less, BREAK begins a new chunk.\n"
            "Ctrl+↑ and Ctrl+↓ weigh the word at the cursor, or what is selected."
        )
        parts = (self._hint, tip if self._can_weigh else "")
        self.setToolTip(plain_tip("\n".join(filter(None, parts))))

    def show_count(self, count: TokenCount | None) -> None:
        """None, and an empty prompt, for no number at all."""
        told = "" if count is None or not count.tokens else self._sentence(count)
        self._count.setText(told)
        self.setAccessibleDescription(self.tr("{} tokens").format(told) if told else "")
        self._place()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and self._steps_of(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if steps := self._steps_of(event):
            self._nudge(steps)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if is_palette_change(event):
            self._ask_for_colours()

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """Letters on their way have looks of their own."""
        super().inputMethodEvent(event)
        self._is_composing = bool(event.preeditString())
        self._ask_for_colours()

    def _ask_for_colours(self) -> None:
        if self._colours is not None:
            self._colours.ask(self.text())

    @Slot()
    def _on_caret(self) -> None:
        if self._colours is not None:
            self._colours.ask_where_long(self.text())

    @Slot()
    def _colour(self) -> None:
        if not self._is_composing:
            text, caret = self.text(), self.cursorPosition()
            told = LineColours.event_of(text, caret, self.palette(), weighs=self._can_weigh)
            super().inputMethodEvent(told)

    def _steps_of(self, event: QEvent) -> int:
        if not isinstance(event, QKeyEvent) or not self._can_weigh:
            return 0
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        is_ours = modifiers == Qt.KeyboardModifier.ControlModifier
        return _STEPS.get(Qt.Key(event.key()), 0) if is_ours else 0

    def _nudge(self, steps: int) -> None:
        has_selection = self.hasSelectedText()
        start = self.selectionStart() if has_selection else self.cursorPosition()
        end = self.selectionEnd() if has_selection else start
        text = self.text()
        changed = nudged(text, letters_in(text, start), letters_in(text, end), steps)
        if changed is None or changed.prompt == text:
            return
        self.setText(changed.prompt)
        first, last = (units_in(changed.prompt[:letter]) for letter in changed.selected)
        self.setSelection(first, last - first)
        self.textEdited.emit(changed.prompt)

    def _sentence(self, count: TokenCount) -> str:
        if count.chunks > 1:
            text = self.tr("{} / {}: {} chunks")
            return text.format(count.tokens, count.limit, count.chunks)
        return self.tr("{} / {}").format(count.tokens, count.limit)

    def _place(self) -> None:
        """At the right end, where the words stop before it."""
        is_shown = bool(self._count.text()) and self.width() >= _LEAST_PX
        size = self._count.sizeHint()
        self.setTextMargins(0, 0, size.width() + GAP if is_shown else 0, 0)
        left, top = self.width() - size.width() - GAP, (self.height() - size.height()) // 2
        self._count.setGeometry(left, top, size.width(), size.height())
        self._count.setVisible(is_shown)

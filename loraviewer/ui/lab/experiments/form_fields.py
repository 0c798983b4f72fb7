"""Small parts of the form: check boxes for keys, lines for lists, prompts one a line."""

from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from loraviewer.ui.prompt.prompt_colours import PromptHighlighter
from loraviewer.ui.widgets.check_box import CheckBox
from loraviewer.ui.widgets.choice_box import ChoiceBox
from loraviewer.ui.widgets.labels import plain_tip
from loraviewer.ui.widgets.theme import FIELD_HEIGHT, GAP, is_palette_change

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_LINES = 4


class TickBox(CheckBox):
    """Enter turns it, and so does Space, which elsewhere renders."""

    def __init__(self, words: str, tip: str = "", parent: QWidget | None = None) -> None:
        super().__init__(words, parent)
        self.setToolTip(plain_tip(tip))

    def event(self, event: QEvent) -> bool:
        is_asked = event.type() == QEvent.Type.ShortcutOverride
        if is_asked and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Space:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER and not event.isAutoRepeat():
            self.click()
        else:
            super().keyPressEvent(event)


class Ticks(QWidget):
    """Some of several, one below the other."""

    changed = Signal()

    def __init__(
        self,
        name: str,
        offered: Sequence[tuple[str, str, str]],
        parent: QWidget | None = None,
    ) -> None:
        """offered: what each stands for, its words and its tip."""
        super().__init__(parent)
        self.setAccessibleName(name)
        self._boxes: dict[str, TickBox] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        for key, words, tip in offered:
            self.offer(key, words, tip)

    def offer(self, key: str, words: str, tip: str) -> None:
        """One more, at the end."""
        box = self._boxes[key] = TickBox(words, tip)
        box.setAccessibleDescription(self.accessibleName())
        box.clicked.connect(self.changed)
        self._column.addWidget(box)

    def offered(self) -> tuple[str, ...]:
        return tuple(self._boxes)

    def box(self, key: str) -> TickBox:
        return self._boxes[key]

    def ticked(self) -> tuple[str, ...]:
        """In the order in which they are offered."""
        return tuple(key for key, box in self._boxes.items() if box.isChecked())

    def tick(self, keys: Iterable[str]) -> None:
        """Sends nothing."""
        wanted = set(keys)
        for key, box in self._boxes.items():
            box.setChecked(key in wanted)


class TextField(QLineEdit):
    """One line; what is in it is read by who asks."""

    def __init__(
        self, name: str, tip: str = "", placeholder: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setToolTip(plain_tip(tip))
        self.setPlaceholderText(placeholder)
        self.setFixedHeight(FIELD_HEIGHT - 2)
        self.setAcceptDrops(False)  # files dropped here belong to the window

    def show_text(self, text: str) -> None:
        """Where it is another one: the cursor stays else."""
        if text != self.text():
            self.setText(text)

    def sizeHint(self) -> QSize:
        return QSize(80, FIELD_HEIGHT - 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(48, FIELD_HEIGHT - 2)


class PromptLines(QPlainTextEdit):
    """Prompts, one a line. Tab leaves it."""

    edited = Signal()

    _highlighter: PromptHighlighter | None = None
    """Palettes change while the constructors of the classes above run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Prompts, one a line"))
        self.setPlaceholderText(self.tr("One prompt a line"))
        self.setTabChangesFocus(True)
        self.setAcceptDrops(False)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedHeight(_LINES * self.fontMetrics().lineSpacing() + 2 * GAP)
        self._highlighter = PromptHighlighter(self.document(), self.palette())
        self._text = ""
        self.textChanged.connect(self._on_changed)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if is_palette_change(event) and self._highlighter is not None:
            self._highlighter.use_palette(self.palette())

    @Slot()
    def _on_changed(self) -> None:
        """Qt tells of colours as well."""
        if (text := self.toPlainText()) != self._text:
            self._text = text
            self.edited.emit()

    def prompts(self) -> tuple[str, ...]:
        """Without lines that are empty."""
        lines = (line.strip() for line in self.toPlainText().splitlines())
        return tuple(line for line in lines if line)

    def show_prompts(self, prompts: Sequence[str]) -> None:
        if tuple(prompts) != self.prompts():
            self.setPlainText("\n".join(prompts))

    def add(self, prompts: Iterable[str]) -> None:
        """Those that are not there yet, at the end."""
        self.show_prompts(tuple(dict.fromkeys((*self.prompts(), *prompts))))


class Choice(ChoiceBox):
    """One of several values by their words."""

    changed = Signal()

    def __init__(
        self,
        name: str,
        values: Sequence[object] = (),
        words: Callable[[object], str] = str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFixedHeight(FIELD_HEIGHT)
        self.setMinimumWidth(64)
        self.setSizeAdjustPolicy(ChoiceBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._values: tuple[object, ...] = ()
        self.activated.connect(self._on_activated)
        self.show_values(values, words)

    def show_values(self, values: Sequence[object], words: Callable[[object], str] = str) -> None:
        """Keeps what is chosen, where that is among them."""
        before = self.value()
        self._values = tuple(values)
        self.offer([words(value) for value in values], "")
        self.choose(before)

    def value(self) -> object:
        """None where there is nothing to choose."""
        at = self.currentIndex()
        return self._values[at] if 0 <= at < len(self._values) else None

    def choose(self, value: object) -> None:
        """Sends nothing; the first, where it is none of them."""
        known = self._values.index(value) if value in self._values else 0
        self.setCurrentIndex(known if self._values else -1)

    @Slot(int)
    def _on_activated(self, _: int) -> None:
        self.changed.emit()

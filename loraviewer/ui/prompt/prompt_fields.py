"""The field for picture sizes, which Qt has no widget for, fields in their places, and words."""

import re

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QWheelEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QLineEdit, QWidget

from loraviewer.bridge.languages import shown
from loraviewer.core.arguments import parse_size
from loraviewer.core.numbers import read_size
from loraviewer.core.outcome import text_of
from loraviewer.core.prompt_syntax import without_commands
from loraviewer.core.reports import CheckpointInfo
from loraviewer.ui.widgets.labels import QuietLabel
from loraviewer.ui.widgets.scroll_area import takes_wheel
from loraviewer.ui.widgets.theme import FIELD_HEIGHT

_HISTORY = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SMALL_WORDS = frozenset({
    "a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "has", "have", "he", "her",
    "his", "i", "in", "into", "is", "it", "its", "of", "off", "on", "onto", "or", "our", "out",
    "she", "some", "such", "that", "the", "their", "there", "these", "they", "this", "those",
    "to", "up", "very", "was", "we", "were", "where", "which", "while", "who", "whose", "with",
    "you", "your",
})  # fmt: skip
"""Which hold a sentence together and show nothing: nobody misses them in a picture."""


def unknown_words(prompt: str, known: frozenset[str]) -> list[str]:
    """Words of the prompt the checkpoint never saw, in their order, each once: those that a picture
    could show."""
    words = (word.lower() for word in _WORD.findall(without_commands(prompt)))
    missed = (word for word in words if word not in known and word not in _SMALL_WORDS)
    return list(dict.fromkeys(missed))


def size_text(width: int, height: int) -> str:
    return f"{width}×{height}"


def nearest_multiple(size: int, multiple: int) -> int:
    """At least one multiple."""
    return max(multiple, round(size / multiple) * multiple)


def size_presets(info: CheckpointInfo) -> list[tuple[int, int]]:
    """The size the checkpoint was trained on; upright and lying ones where it can do them."""
    width, height = info.default_width, info.default_height
    if min(width, height) < 512:
        return [(width, height)]
    long = 3 * max(width, height) // 2 if width < 1024 else 1216
    short = width if width < 1024 else 832
    long, short = (nearest_multiple(size, info.size_multiple) for size in (long, short))
    return [(width, height), (short, long), (long, short)]


class HistoryLine(QLineEdit):
    """A line that has no history of its own: undo and redo are the window's, which takes what is
    being typed as a step first."""

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and _is_history(event):
            event.ignore()
            return False
        return super().event(event)


def _is_history(event: QEvent) -> bool:
    return isinstance(event, QKeyEvent) and any(event.matches(key) for key in _HISTORY)


class SizeBox(QComboBox):
    """Presets of the loaded checkpoint, and whatever is typed as WxH, rounded to what it can do."""

    edited = Signal()
    finished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setEditable(True)
        self.setLineEdit(HistoryLine())
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setMinimumContentsLength(9)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._shown = (0, 0)
        self._multiple = 8
        line = self.lineEdit()
        assert line is not None
        # Files dropped here belong to the window.
        line.setAcceptDrops(False)
        # Qt's own policy takes the focus with the wheel, and the turn with it.
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        line.textEdited.connect(self.edited)
        line.editingFinished.connect(self._on_editing_finished)
        self.activated.connect(self._on_activated)

    def size_px(self) -> tuple[int, int]:
        """What is typed as multiples that the checkpoint can do, or the last size shown where that
        is no size."""
        typed = read_size(self.currentText())
        if typed is None:
            return self._shown
        width, height = (nearest_multiple(size, self._multiple) for size in typed)
        return width, height

    @property
    def is_empty(self) -> bool:
        return not self.currentText().strip()

    def tidy(self) -> None:
        """An empty field shows its size again."""
        if self.is_empty:
            self.setEditText(size_text(*self._shown))

    def problem(self) -> str:
        """One sentence about a text that is no size; empty where it is one."""
        try:
            parse_size(self.currentText().strip()[:24])
        except ValueError as error:
            return shown(text_of(error))
        return ""

    def set_size_px(self, width: int, height: int) -> None:
        self._shown = (width, height)
        if self.currentText() != size_text(width, height):
            self.setEditText(size_text(width, height))

    def offer(self, presets: list[tuple[int, int]], multiple: int) -> None:
        self._multiple = multiple
        tip = self.tr("Width × height of the picture in pixels, rounded to multiples of {}.")
        self.setToolTip(tip.format(multiple))
        text = self.currentText()
        self.clear()
        self.addItems([size_text(*preset) for preset in presets])
        self.setEditText(text)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if takes_wheel(self, event):
            super().wheelEvent(event)
        else:
            event.ignore()

    def _on_editing_finished(self) -> None:
        self.finished.emit()

    def _on_activated(self, _: int) -> None:
        self.edited.emit()
        self.finished.emit()


def put_field(
    grid: QGridLayout,
    row: int,
    column: int,
    words: str,
    field: QWidget,
    columns: int = 1,
) -> QLabel:
    """Beside its words, by which it is also called aloud; returns those."""
    label = QuietLabel(words)
    label.setBuddy(field)
    field.setAccessibleName(words)
    field.setFixedHeight(FIELD_HEIGHT)
    grid.addWidget(label, row, column)
    grid.addWidget(field, row, column + 1, 1, columns)
    return label

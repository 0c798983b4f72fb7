"""The two fields Qt has no widget for: 64-bit seeds and picture sizes. And the prompt's words."""

import re

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QWidget

from loraviewer.core.reports import CheckpointInfo
from loraviewer.core.request import MAX_SEED

_SIZE = re.compile(r"\s*(\d{1,5})\s*[x×X*,\s]\s*(\d{1,5})\s*")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def unknown_words(prompt: str, known: frozenset[str]) -> list[str]:
    """Words of the prompt the checkpoint never saw, in their order, each once."""
    words = (word.lower() for word in _WORD.findall(prompt))
    return list(dict.fromkeys(word for word in words if word not in known))


def parsed_size(text: str) -> tuple[int, int] | None:
    """Reads "640x480", "640×480" or "640 480"."""
    match = _SIZE.fullmatch(text)
    return (int(match[1]), int(match[2])) if match else None


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


class SeedEdit(QAbstractSpinBox):
    """A spin box for 0 … 2⁶³ − 1; QSpinBox ends at 2³¹ − 1."""

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._seed = 0
        self.lineEdit().setText("0")
        self.lineEdit().textEdited.connect(self.edited)
        self.editingFinished.connect(self._put_back_nonsense)

    def seed(self) -> int:
        text = self.lineEdit().text().strip()
        return int(text) if _is_seed(text) else self._seed

    def set_seed(self, seed: int) -> None:
        """Show a seed; sends nothing."""
        self._seed = seed
        if self.lineEdit().text() != str(seed):
            self.lineEdit().setText(str(seed))

    def stepBy(self, steps: int) -> None:
        self.set_seed(max(0, min(MAX_SEED, self.seed() + steps)))
        self.edited.emit()

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        flags = QAbstractSpinBox.StepEnabledFlag.StepNone
        if self.seed() > 0:
            flags |= QAbstractSpinBox.StepEnabledFlag.StepDownEnabled
        if self.seed() < MAX_SEED:
            flags |= QAbstractSpinBox.StepEnabledFlag.StepUpEnabled
        return flags

    def validate(self, text: str, position: int) -> object:
        if not text.strip():
            return QValidator.State.Intermediate, text, position
        state = QValidator.State.Acceptable if _is_seed(text.strip()) else QValidator.State.Invalid
        return state, text, position

    def sizeHint(self) -> QSize:
        width = self.fontMetrics().horizontalAdvance("0" * 19) + 36
        return QSize(width, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        width = self.fontMetrics().horizontalAdvance("0" * 10) + 32
        return QSize(width, super().minimumSizeHint().height())

    def _put_back_nonsense(self) -> None:
        self.set_seed(self.seed())


class SizeBox(QComboBox):
    """Presets of the loaded checkpoint, and whatever is typed as WxH, rounded to what it can do."""

    edited = Signal()
    finished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setMinimumContentsLength(9)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._shown = (0, 0)
        self._multiple = 8
        line = self.lineEdit()
        assert line is not None
        line.textEdited.connect(self.edited)
        line.editingFinished.connect(self._on_editing_finished)
        self.activated.connect(self._on_activated)

    def size_px(self) -> tuple[int, int]:
        """What is typed as multiples that the checkpoint can do, or the last size shown where that
        is no size."""
        typed = parsed_size(self.currentText())
        if typed is None:
            return self._shown
        width, height = (nearest_multiple(size, self._multiple) for size in typed)
        return width, height

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

    def _on_editing_finished(self) -> None:
        self.finished.emit()

    def _on_activated(self, _: int) -> None:
        self.edited.emit()
        self.finished.emit()


def _is_seed(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text) <= MAX_SEED

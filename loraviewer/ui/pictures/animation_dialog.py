"""Which fader an animation moves, from where to where, in how many pictures."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLabel, QWidget

from loraviewer.core.animation import MASTER, MOST_FRAMES, FaderWay
from loraviewer.core.row_names import row_names
from loraviewer.core.stack import AdapterStack
from loraviewer.ui.widgets.check_box import CheckBox
from loraviewer.ui.widgets.choice_box import ChoiceBox
from loraviewer.ui.widgets.labels import QuietLabel
from loraviewer.ui.widgets.number_box import NumberBox, WholeNumberBox
from loraviewer.ui.widgets.number_field import NumberField
from loraviewer.ui.widgets.theme import FIELD_HEIGHT, GAP

_USUAL_FRAMES, _USUAL_MS, _USUAL_END = 16, 120, 1.0
_STEP = 0.05


class AnimationDialog(QDialog):
    """Not modal. Nothing is rendered before a file is chosen."""

    chosen = Signal(object)  # FaderWay

    def __init__(self, stack: AdapterStack, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Save animation"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        names = row_names(stack)
        rows = stack.without_draft_rows().entries
        self._ids = [*(entry.entry_id for entry in rows), MASTER]
        self.fader = ChoiceBox()
        self.fader.offer([*(names[i] for i in self._ids[:-1]), self.tr("Master")], "")
        self.fader.setCurrentIndex(0)
        self.start, self.end = NumberBox(NumberField(), _STEP), NumberBox(NumberField(), _STEP)
        self.end.set_number(_USUAL_END)
        self.frames = WholeNumberBox(2, MOST_FRAMES)
        self.frames.set_number(_USUAL_FRAMES)
        self.frame_ms = WholeNumberBox(20, 10_000)
        self.frame_ms.set_number(_USUAL_MS)
        self.bounces = CheckBox(self.tr("There and back again"))
        self.bounces.setChecked(True)
        self.captions = CheckBox(self.tr("Strength below each picture"))
        self.captions.setChecked(True)
        self._trouble = QuietLabel()
        self._trouble.setWordWrap(True)
        self._buttons = QDialogButtonBox()
        words = self.tr("Choose a file…")
        self.save = self._buttons.addButton(words, QDialogButtonBox.ButtonRole.AcceptRole)
        self._buttons.addButton(self.tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        self._lay_out()
        self._buttons.accepted.connect(self._on_accepted)
        self._buttons.rejected.connect(self.reject)

    def _lay_out(self) -> None:
        form = QFormLayout(self)
        form.setContentsMargins(2 * GAP, 2 * GAP, 2 * GAP, 2 * GAP)
        form.setHorizontalSpacing(2 * GAP)
        form.setVerticalSpacing(GAP)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        rows: list[tuple[str, QWidget]] = [
            (self.tr("Fader"), self.fader),
            (self.tr("From"), self.start),
            (self.tr("To"), self.end),
            (self.tr("Pictures"), self.frames),
            (self.tr("Milliseconds each"), self.frame_ms),
        ]
        for words, field in rows:
            label = QLabel(words)
            label.setBuddy(field)
            field.setAccessibleName(words)
            for part in (label, field):
                part.setFixedHeight(FIELD_HEIGHT)
            form.addRow(label, field)
        form.addRow("", self.bounces)
        form.addRow("", self.captions)
        form.addRow(self._trouble)
        form.addRow(self._buttons)
        self.setMinimumWidth(360)

    @property
    def trouble(self) -> str:
        """One sentence why it cannot go on; "" while it can."""
        return self._trouble.text()

    def way(self) -> FaderWay:
        return FaderWay(
            entry_id=self._ids[self.fader.currentIndex()],
            start=self.start.number(),
            end=self.end.number(),
            frames=self.frames.number(),
            frame_ms=self.frame_ms.number(),
            turn="bounce" if self.bounces.isChecked() else "loop",
            has_captions=self.captions.isChecked(),
        )

    @Slot()
    def _on_accepted(self) -> None:
        boxes = (self.start, self.end, self.frames, self.frame_ms)
        problem = next(filter(None, (box.problem() for box in boxes)), "")
        if not problem and self.start.number() == self.end.number():
            problem = self.tr("From and to are the same; nothing would move.")
        self._trouble.setText(problem)
        if not problem:
            self.chosen.emit(self.way())
            self.accept()

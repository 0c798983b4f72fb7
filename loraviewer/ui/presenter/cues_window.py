"""The cues in a window of their own: what is shown one after the other, and said about it."""

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QVBoxLayout,
    QWidget,
)

from loraviewer.bridge.document.cue_model import CueModel
from loraviewer.core.cues import LONGEST_SENTENCE, Cue
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.choice_box import ChoiceBox
from loraviewer.ui.widgets.labels import QuietLabel
from loraviewer.ui.widgets.marked_rows import Index, MarkedRows
from loraviewer.ui.widgets.theme import FIELD_HEIGHT, GAP

_SIZE = QSize(520, 420)
_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class CuesWindow(QDialog):
    """Not modal, and follows the document. What is typed counts when the field is left."""

    def __init__(self, model: CueModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setWindowTitle(self.tr("Cues"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.list = CueList(model)
        self.add = IconButton("add", self.tr("Add"), self.tr("A cue after the selected one."))
        self.fill = IconButton(
            "snapshot",
            self.tr("All snapshots"),
            self.tr("A cue for every snapshot that none shows yet."),
        )
        self.up = IconButton("up", self.tr("Move up"), self.tr("Earlier, as Alt+Up."))
        self.down = IconButton("down", self.tr("Move down"), self.tr("Later, as Alt+Down."))
        self.delete = IconButton("remove", self.tr("Delete"), self.tr("As Delete on a cue."))
        self.snapshot, self.sentence = ChoiceBox(), QLineEdit()
        self.snapshot.setAccessibleName(self.tr("Snapshot"))
        self.sentence.setAccessibleName(self.tr("Sentence"))
        self.sentence.setMaxLength(LONGEST_SENTENCE)
        self.sentence.setPlaceholderText(self.tr("What is read below the picture"))
        self._lay_out()
        self._connect()
        self.list.select(0)
        self._show()

    def _lay_out(self) -> None:
        hint = QuietLabel(
            self.tr("On stage (F11), Space or Page Down goes to the next cue, Page Up back.")
        )
        hint.setWordWrap(True)
        tools = QHBoxLayout()
        tools.setSpacing(GAP // 2)
        for button in (self.add, self.fill):
            tools.addWidget(button.with_words(button.accessibleName()))
        tools.addStretch(1)
        for button in (self.up, self.down, self.delete):
            tools.addWidget(button)
        form = QFormLayout()
        form.setSpacing(GAP)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignVCenter)
        form.addRow(self.tr("Snapshot"), self.snapshot)
        form.addRow(self.tr("Sentence"), self.sentence)
        for field in (self.snapshot, self.sentence):
            field.setFixedHeight(FIELD_HEIGHT)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GAP, 2 * GAP, 2 * GAP, GAP)
        column.setSpacing(GAP)
        column.addWidget(self.list, 1)
        column.addLayout(tools)
        column.addLayout(form)
        column.addWidget(hint)
        self.setMinimumSize(360, 260)
        self.resize(_SIZE.boundedTo(self.screen().availableSize() - QSize(32, 64)))

    def _connect(self) -> None:
        self.add.clicked.connect(self._on_add)
        self.fill.clicked.connect(self._on_fill)
        self.up.clicked.connect(self.list.move_up)
        self.down.clicked.connect(self.list.move_down)
        self.delete.clicked.connect(self.list.remove_current)
        self.snapshot.activated.connect(self._on_snapshot_chosen)
        self.sentence.editingFinished.connect(self._on_typed)
        self.list.selectionModel().currentChanged.connect(self._show)
        for signal in (self._model.dataChanged, self._model.rowsRemoved, self._model.rowsInserted):
            signal.connect(self._show)

    @Slot()
    def _show(self) -> None:
        """The fields, of the cue with the cursor."""
        cue = self.list.current
        for widget in (self.snapshot, self.sentence, self.up, self.down, self.delete):
            widget.setEnabled(cue is not None)
        self.fill.setEnabled(self._model.has_more_snapshots)
        choices = [(self.tr("none; the picture stays"), ""), *self._model.snapshot_choices(cue)]
        self._choices = [snapshot_id for _, snapshot_id in choices]
        self.snapshot.offer([name for name, _ in choices], "")
        self.snapshot.setCurrentIndex(self._choices.index(cue.snapshot_id) if cue else 0)
        words = cue.sentence if cue is not None else ""
        if self.sentence.text() != words:
            self.sentence.setText(words)

    @Slot()
    def _on_add(self) -> None:
        place = self.list.currentIndex().row() + 1
        self._model.add(place, self._model.likely_snapshot(place))
        self.list.select(place)
        self.sentence.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_fill(self) -> None:
        first = self._model.rowCount()
        self._model.add_for_each()
        self.list.select(first)

    @Slot(int)
    def _on_snapshot_chosen(self, choice: int) -> None:
        if (cue := self.list.current) is not None:
            self._model.show(cue.cue_id, self._choices[choice])

    @Slot()
    def _on_typed(self) -> None:
        if (cue := self.list.current) is not None:
            self._model.say(cue.cue_id, self.sentence.text())

    def done(self, result: int) -> None:
        """Esc and the desktop close it; what was typed counts."""
        self._on_typed()
        super().done(result)


class CueList(QListView):
    """Delete deletes, Alt with an arrow moves."""

    def __init__(self, model: CueModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setModel(model)
        self._look = _Rows(self)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setAccessibleName(self.tr("Cues"))

    @property
    def current(self) -> Cue | None:
        """The one with the cursor."""
        row = self.currentIndex().row()
        return self._model.cues[row] if 0 <= row < self._model.rowCount() else None

    def select(self, row: int) -> None:
        self.setCurrentIndex(self._model.index(row))

    @Slot()
    def move_up(self) -> None:
        self._move(-1)

    @Slot()
    def move_down(self) -> None:
        self._move(1)

    @Slot()
    def remove_current(self) -> None:
        """The cursor stays in its place."""
        row, cue = self.currentIndex().row(), self.current
        if cue is not None:
            self._model.remove(cue.cue_id)
            self.select(min(row, self._model.rowCount() - 1))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Delete and not event.isAutoRepeat():
            self.remove_current()
        elif event.modifiers() & Qt.KeyboardModifier.AltModifier and key in _STEPS:
            self._move(_STEPS[key])
        elif event.text().isprintable() and event.text():
            event.ignore()  # letters and Space are for the windows
        else:
            super().keyPressEvent(event)

    def _move(self, step: int) -> None:
        row, cue = self.currentIndex().row(), self.current
        if cue is not None and 0 <= row + step < self._model.rowCount():
            self._model.move(cue.cue_id, row + step)
            self.scrollTo(self.currentIndex())


class _Rows(MarkedRows):
    """Each with its number; the one whose fields are below is marked, wherever the keyboard is."""

    def marks(self, index: Index) -> bool:
        view = self.parent()
        return isinstance(view, CueList) and view.currentIndex().row() == index.row()

    def words(self, index: Index) -> str:
        return f"{index.row() + 1}  {super().words(index)}"

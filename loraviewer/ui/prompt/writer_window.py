"""Asking a language model for prompts: what is sent where, what came, and what of it is used."""

from PySide6.QtCore import QSize, QStringListModel, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from loraviewer.bridge.languages import shown
from loraviewer.bridge.words.prompt_writer import PromptWriter, Writing
from loraviewer.core.language_models import MOST_PROMPTS, SUGGESTED, ModelServer
from loraviewer.ui.prompt.prompt_fields import put_field
from loraviewer.ui.widgets.labels import QuietLabel
from loraviewer.ui.widgets.marked_rows import MarkedRows
from loraviewer.ui.widgets.number_box import WholeNumberBox
from loraviewer.ui.widgets.theme import GAP

_SIZE = QSize(640, 520)
_USUAL_COUNT = 5


class WriterWindow(QDialog):
    """Not modal. Nothing is sent without Ask, nothing is used without Use."""

    def __init__(self, writer: PromptWriter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._writer = writer
        self.setWindowTitle(self.tr("Ask a language model"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._build()
        self._build_answer()
        self._lay_out()
        self._connect()
        self._show(writer.writing)
        self._show_target()
        wanted = self._instruction if writer.server.address else self._address
        wanted.setFocus()

    def _build(self) -> None:
        server = self._writer.server
        self._address = QLineEdit(server.address)
        self._address.setPlaceholderText(SUGGESTED)
        self._address.setToolTip(
            self.tr("Any server that speaks OpenAI’s chat completions, such as one of this machine")
        )
        self._model = QLineEdit(server.model)
        self._model.setPlaceholderText(self.tr("As the server calls it"))
        self._variable = QLineEdit(server.key_variable)
        self._variable.setPlaceholderText(self.tr("Name of an environment variable, if any"))
        self._key = QLineEdit()
        self._key.setEchoMode(QLineEdit.EchoMode.Password)
        self._key.setPlaceholderText(self.tr("Saved nowhere"))
        self._key.setToolTip(self.tr("Forgotten when this window closes; sent over https only"))
        self._instruction = QLineEdit()
        self._instruction.setPlaceholderText(self.tr("Other clothes, 70 % of them red"))
        self._count = WholeNumberBox(1, MOST_PROMPTS)
        self._count.set_number(_USUAL_COUNT)
        self.target = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.ask = QPushButton(self.tr("Ask"))
        self.stop = QPushButton(self.tr("Stop"))

    def _build_answer(self) -> None:
        self.said = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._prompts = QStringListModel(self)
        self.answers = QListView()
        self.answers.setModel(self._prompts)
        self.answers.setAccessibleName(self.tr("Prompts of the model"))
        self._look = MarkedRows(self.answers)
        trigger = QAbstractItemView.EditTrigger
        self.answers.setEditTriggers(trigger.DoubleClicked | trigger.EditKeyPressed)
        self._hint = QuietLabel(self.tr("F2 or a double click edits a line · Del leaves it out"))
        self.use = QPushButton(self.tr("Use this"))
        self.use.setToolTip(self.tr("The selected line becomes the prompt; undo takes it back"))
        self.use_all = QPushButton(self.tr("Use all as choices"))
        self.use_all.setToolTip(
            self.tr("One prompt with all lines as choices: each seed takes one of them")
        )
        for button in (self.ask, self.stop, self.use, self.use_all):
            button.setAutoDefault(False)

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(GAP)
        grid.setVerticalSpacing(GAP // 2)
        put_field(grid, 0, 0, self.tr("Address"), self._address)
        put_field(grid, 0, 2, self.tr("Model"), self._model)
        put_field(grid, 1, 0, self.tr("Key from"), self._variable)
        put_field(grid, 1, 2, self.tr("or key"), self._key)
        put_field(grid, 2, 0, self.tr("Instruction"), self._instruction)
        put_field(grid, 2, 2, self.tr("Prompts"), self._count)
        grid.setColumnStretch(1, 3)
        grid.setColumnStretch(3, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP, GAP, GAP, GAP)
        column.setSpacing(GAP)
        column.addLayout(grid)
        column.addLayout(_row(self.target, self.stop, self.ask))
        column.addWidget(self.said)
        column.addWidget(self.answers, 1)
        column.addLayout(_row(self._hint, self.use_all, self.use))
        self.resize(_SIZE.boundedTo(self.screen().availableSize() - QSize(32, 64)))

    def _connect(self) -> None:
        for line in (self._address, self._model, self._variable, self._key):
            line.textChanged.connect(self._show_target)
        self._instruction.textChanged.connect(self._show_target)
        self._instruction.returnPressed.connect(self._ask)
        self.ask.clicked.connect(self._ask)
        self.stop.clicked.connect(self._writer.cancel)
        self.use.clicked.connect(self._use)
        self.use_all.clicked.connect(self._use_all)
        self.answers.selectionModel().currentChanged.connect(self._show_buttons)
        self._writer.changed.connect(self._show)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete and self.answers.hasFocus():
            self._prompts.removeRows(self.answers.currentIndex().row(), 1)
            self._show_buttons()
        elif event.key() == Qt.Key.Key_Escape and self._writer.writing.stage == "asking":
            self._writer.cancel()
        else:
            super().keyPressEvent(event)

    def done(self, result: int) -> None:
        self._writer.cancel()
        super().done(result)

    @property
    def _server(self) -> ModelServer:
        return ModelServer(
            address=self._address.text().strip(),
            model=self._model.text().strip(),
            key_variable=self._variable.text().strip(),
        )

    @Slot()
    def _ask(self) -> None:
        if self.ask.isEnabled():
            self._writer.keep_server(self._server)
            self._count.tidy()
            count = min(max(self._count.number(), 1), MOST_PROMPTS)
            self._writer.ask(self._instruction.text().strip(), count, self._key.text())

    @Slot()
    def _use(self) -> None:
        self._writer.use(self.answers.currentIndex().data())

    @Slot()
    def _use_all(self) -> None:
        self._writer.use_all(self._prompts.stringList())

    @Slot()
    def _show_target(self) -> None:
        """Before anything is sent: to whom, and what."""
        server = self._server
        problem = server.problem() if server.address or server.model else ""
        if problem:
            words = shown(problem)
        elif not server.address:
            words = self.tr("Nothing is sent before you enter an address and click Ask.")
        elif server.is_private:
            words = self.tr(
                "Ask sends to {}: the prompt, the instruction and, where there is one, the key. "
                "Nothing else."
            )
        else:
            words = self.tr(
                "Ask sends to {}, unencrypted: the prompt and the instruction. Others on the way "
                "can read them."
            )
        self.target.setText(words.format(server.host) if not problem else words)
        self._show_buttons()

    @Slot(object)
    def _show(self, writing: Writing) -> None:
        words = {
            "idle": "",
            "asking": self.tr("Waiting for the answer…"),
            "answered": self.tr("{} prompts came.").format(len(writing.prompts)),
            "failed": shown(writing.sentence),
        }
        self.said.setText(words[writing.stage])
        if writing.stage == "answered":
            self._prompts.setStringList(list(writing.prompts))
            self.answers.setCurrentIndex(self._prompts.index(0))
            self.answers.setFocus()
        self._show_buttons()

    @Slot()
    def _show_buttons(self) -> None:
        server, is_asking = self._server, self._writer.writing.stage == "asking"
        is_ready = not server.problem() and bool(self._instruction.text().strip())
        self.ask.setEnabled(is_ready and not is_asking)
        self.stop.setEnabled(is_asking)
        self.use.setEnabled(self.answers.currentIndex().isValid())
        self.use_all.setEnabled(self._prompts.rowCount() > 1)


def _row(words: QWidget, *buttons: QPushButton) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(GAP)
    row.addWidget(words, 1)
    for button in buttons:
        row.addWidget(button)
    return row

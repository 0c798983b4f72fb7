"""Who makes the pictures of experiments: chosen here, from the next run on."""

from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QRadioButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from loraviewer.bridge.experiments.experiments_port import Experiments
from loraviewer.bridge.languages import shown
from loraviewer.core.experiments.hands import IN_STUDIO, LOCAL, MOST_WORKERS, RunsOn, Who
from loraviewer.ui.widgets.theme import GAP

_WIDTH_PX = 460


class RunPlace(QDialog):
    """Not modal; what is chosen counts at once."""

    def __init__(self, experiments: Experiments, parent: QWidget) -> None:
        super().__init__(parent)
        self._experiments = experiments
        self.setWindowTitle(self.tr("Run experiments on"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.here = QRadioButton(self.tr("&This computer, while the studio is idle"))
        self.processes = QRadioButton(self.tr("&Processes of this computer"))
        self.cluster = QRadioButton(self.tr("A &Ray cluster"))
        self.workers = QSpinBox(minimum=1, maximum=MOST_WORKERS)
        self.workers.setAccessibleName(self.tr("How many processes"))
        self.address = QLineEdit(placeholderText=self.tr("HOST:PORT, or local"))
        self.address.setAccessibleName(self.tr("Address of the Ray cluster"))
        self._said = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close = self._buttons.button(QDialogButtonBox.StandardButton.Close)
        close.setAutoDefault(False)  # Enter ends what is typed, not the window
        self._group = QButtonGroup(self)
        self._lay_out()
        self._show()
        self._connect()

    @property
    def said(self) -> str:
        """What the choice means, or why it cannot be."""
        return self._said.text()

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(GAP)
        grid.setColumnStretch(1, 1)
        for row, button in enumerate((self.here, self.processes, self.cluster)):
            self._group.addButton(button)
            grid.addWidget(button, row, 0)
        grid.addWidget(self.workers, 1, 1)
        grid.addWidget(self.address, 2, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GAP, 2 * GAP, 2 * GAP, GAP)
        column.setSpacing(GAP)
        column.addLayout(grid)
        column.addWidget(self._said)
        column.addWidget(self._buttons)
        self.setMinimumWidth(_WIDTH_PX)

    def _connect(self) -> None:
        self._group.buttonClicked.connect(self._apply)
        self.workers.valueChanged.connect(self._apply)
        self.address.editingFinished.connect(self._apply)
        self._buttons.rejected.connect(self.reject)
        self._experiments.hands_changed.connect(self._show)

    def _chosen(self) -> RunsOn:
        who: Who = "studio"
        if self.processes.isChecked():
            who = "processes"
        elif self.cluster.isChecked():
            who = "cluster"
        address = self.address.text().strip() or LOCAL
        return RunsOn(who=who, address=address, workers=self.workers.value())

    @Slot()
    def _apply(self) -> None:
        self._experiments.run_on(self._chosen())
        self._show()

    @Slot()
    def _show(self) -> None:
        chosen, problem = self._experiments.runs_on, self._experiments.cluster_problem
        buttons = {"studio": self.here, "processes": self.processes, "cluster": self.cluster}
        buttons[chosen.who].setChecked(True)
        self.cluster.setEnabled(not problem)
        self.address.setEnabled(not problem)
        with QSignalBlocker(self.workers):  # the address is not yet shown: this is no choice
            self.workers.setValue(chosen.workers or IN_STUDIO.workers)
        if not self.address.hasFocus():
            self.address.setText(chosen.address)
        self._said.setText(shown(problem) if problem else self._meaning(chosen))

    def _meaning(self, chosen: RunsOn) -> str:
        if chosen.who == "processes":
            return self.tr("Each process has the base in its own memory. Pausing ends them.")
        if chosen.who == "cluster" and chosen.address == LOCAL:
            return self.tr("A cluster is started on this computer, and ends with the run.")
        if chosen.who == "cluster":
            return self.tr("The same loraviewer must be installed on all nodes.")
        return self.tr("Pictures that you wait for always come first.")

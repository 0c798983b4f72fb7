"""What an experiment costs, starting it, and how far it is."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from loraviewer.bridge.languages import shown
from loraviewer.core.experiments.cells import cost
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.hands import AtWork
from loraviewer.core.experiments.progress import Going, RunState
from loraviewer.ui.lab.experiments.experiment_words import (
    adapters_words,
    hands_words,
    kind_title,
    progress_words,
)
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.elided_lines import ElidedLines
from loraviewer.ui.widgets.file_words import with_short_paths
from loraviewer.ui.widgets.painting import Card
from loraviewer.ui.widgets.theme import GAP, SignalColour

_STEPS = 1000
_COST_LINES = 3


class RunBar(QWidget):
    """Keeps its height whatever it says: nothing jumps while somebody types."""

    start_wanted = Signal()
    pause_wanted = Signal()
    go_on_wanted = Signal()
    stop_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = RunState()
        self._asked: Experiment | None = None
        self._hands: AtWork | None = None
        self._problem = ""
        self._card = Card()
        self._cost = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._cost.setAlignment(Qt.AlignmentFlag.AlignTop)
        lines = _COST_LINES * self.fontMetrics().lineSpacing() + 2
        self._cost.setFixedHeight(lines)
        self._cost.setAccessibleName(self.tr("What it costs"))
        self._bar = QProgressBar(textVisible=False)
        self._bar.setRange(0, _STEPS)
        self._bar.setFixedHeight(GAP)
        self._bar.setAccessibleName(self.tr("Pictures of the experiment"))
        self._progress = ElidedLines()
        self._progress.set_look(quiet=True)
        tr = self.tr
        self.start = _button("render", tr("Start"), tr("Make the pictures, and measure them."))
        self.pause = _button("stop", tr("Pause"), tr("Make no more pictures for now."))
        self.go_on = _button("render", tr("Go on"), tr("From where it is."))
        self.stop = _button("close", tr("Stop"), tr("For good; what is done stays in its folder."))
        self._lay_out()
        self._connect()
        self._show()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP // 2)
        for button in (self.start, self.pause, self.go_on, self.stop):
            buttons.addWidget(button)
        buttons.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(2, GAP // 2, GAP // 2, 2)
        column.setSpacing(GAP // 2)
        inside = QVBoxLayout(self._card)
        inside.setContentsMargins(GAP, GAP // 2, GAP, GAP // 2)
        inside.addWidget(self._cost)
        column.addWidget(self._card)
        column.addWidget(self._bar)
        column.addWidget(self._progress)
        column.addLayout(buttons)

    def _connect(self) -> None:
        self.start.clicked.connect(self.start_wanted)
        self.pause.clicked.connect(self.pause_wanted)
        self.go_on.clicked.connect(self.go_on_wanted)
        self.stop.clicked.connect(self.stop_wanted)

    @property
    def words(self) -> str:
        """The cost, or why it cannot start."""
        return self._cost.text()

    @property
    def progress(self) -> str:
        return self._progress.text()

    def show_cost(self, words: str) -> None:
        """It can start."""
        self._say(words, "")

    def show_problem(self, sentence: str) -> None:
        self._say(shown(sentence), sentence)

    def show_failure(self, sentence: str) -> None:
        """What could not be done, where how far it is else stands. Of paths only the ends: they
        would hide the reason."""
        self._tell(shown(with_short_paths(sentence)), whole=shown(sentence))

    def show_asked(self, experiment: Experiment | None) -> None:
        """What the form says by now: another one than what is paused is told apart."""
        if experiment != self._asked:
            self._asked = experiment
            if self._state.phase == "paused":
                self.show_going(self._state.going)

    def show_state(self, state: RunState) -> None:
        self._state = state
        self.show_going(state.going)
        self._show()

    def show_hands(self, hands: AtWork | None) -> None:
        """Who makes the pictures, where that is not the studio."""
        self._hands = hands
        if self._state.phase == "running":
            self.show_going(self._state.going)

    def show_going(self, going: Going | None) -> None:
        share = going.done / going.total if going is not None and going.total else 0.0
        self._bar.setValue(round(_STEPS * share))
        words = ""
        if going is not None and self._state.phase != "idle":
            words = progress_words(going, self._left(going))
        if self._state.phase == "running" and self._hands is not None:
            words = _joined(words, hands_words(self._hands))
        if self._state.phase == "paused":
            words = shown(self._state.sentence) or self.tr("{} · paused").format(words)
            words = _joined(words, self._other())
        if self._state.phase == "finished":
            words = self.tr("Finished: {}").format(words) if words else self.tr("Finished.")
        self._tell(words)

    def _other(self) -> str:
        """Which experiment is paused, where the form asks for another one."""
        paused = self._state.experiment
        if paused is None or paused == self._asked:
            return ""
        words = self.tr("{kind} of {cells} cells, {adapters}").format(
            kind=kind_title(paused.kind),
            cells=cost(paused).cells,
            adapters=adapters_words([adapter.name for adapter in paused.adapters]),
        )
        return self.tr("Go on continues: {}").format(words)

    def _tell(self, words: str, whole: str = "") -> None:
        """whole: for who points at it, where it is shown in short."""
        self._progress.set_text(words)
        self._progress.set_tip("" if whole == words else whole)

    def _left(self, going: Going) -> float | None:
        return going.left_s if self._state.phase == "running" else None

    def _say(self, words: str, problem: str) -> None:
        self._problem = problem
        self._cost.setText(words)
        self._card.set_signal(SignalColour.WARNING if problem else None)
        self._show()

    def _show(self) -> None:
        phase = self._state.phase
        is_under_way = phase in ("running", "paused")
        focused = self.focusWidget()
        self.start.setVisible(not is_under_way)
        self.start.setEnabled(not self._problem and bool(self._cost.text()))
        self.pause.setVisible(phase == "running")
        self.go_on.setVisible(phase == "paused")
        self.stop.setVisible(is_under_way)
        self._keep_keyboard(focused)

    def _keep_keyboard(self, focused: QWidget | None) -> None:
        """Start becomes Pause, Pause becomes Go on: the keyboard stays with what follows."""
        buttons = (self.start, self.pause, self.go_on, self.stop)
        if focused in buttons and focused.isHidden():
            next(b for b in buttons if not b.isHidden()).setFocus(Qt.FocusReason.OtherFocusReason)


def _joined(words: str, more: str) -> str:
    between = " " if words.endswith(".") else " · "
    return between.join(part for part in (words, more) if part)


def _button(icon: str, words: str, tip: str) -> IconButton:
    return IconButton(icon, words, tip).with_words(words)

"""The line above two compared panes: which two they are, and what can be set about them."""

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from loraviewer.bridge.differences import GAINS
from loraviewer.ui.widgets.buttons import HoldButton, IconButton
from loraviewer.ui.widgets.choice_box import ChoiceBox
from loraviewer.ui.widgets.labels import QuietLabel
from loraviewer.ui.widgets.theme import FIELD_HEIGHT, GAP

_USUAL_LETTERS = 9
_SMALLEST_BOX = 48
_NARROW_PX = 400


class PairHeader(QWidget):
    """Says what was chosen; shows what it is told."""

    chosen = Signal(int, str)
    """A place, 0 or 1, and the id of the pane that is to be in it."""
    swap_requested = Signal()
    turn_requested = Signal()
    gain_chosen = Signal(int)
    base_held = Signal(bool)
    leave_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._panes: tuple[tuple[str, str], ...] = ()
        self.boxes = (self._box(self.tr("First pane")), self._box(self.tr("Second pane")))
        self.boxes[0].activated.connect(self._on_first_chosen)
        self.boxes[1].activated.connect(self._on_second_chosen)
        self.swap = IconButton("swap", self.tr("Change sides"), self.tr("Change sides (X)"))
        self.swap.clicked.connect(self.swap_requested)
        self.turn = IconButton("turn", self.tr("Turn the line"), self.tr("Turn the line (T)"))
        self.turn.clicked.connect(self.turn_requested)
        self._gain_label = QuietLabel(self.tr("Gain"))
        self.gain = self._box(self.tr("Gain"))
        self.gain.setToolTip(self.tr("How often each difference is taken (+ and −)."))
        self.gain.offer([f"×{gain}" for gain in GAINS], "×1")
        self.gain.setMinimumContentsLength(len("×32"))
        self.gain.activated.connect(self._on_gain_chosen)
        self.peek = HoldButton(
            "eye",
            self.tr("Show the base alone"),
            self.tr("Hold to see the base alone, as with the key B."),
        )
        self.peek.held.connect(self.base_held)
        words = self.tr("Back to all panes")
        self.leave = IconButton("close", words, self.tr("{} (Esc)").format(words))
        self.leave.clicked.connect(self.leave_requested)
        self._lay_out()

    def offer(self, panes: Sequence[tuple[str, str]], pair: tuple[str, str]) -> None:
        """Ids and names of all panes, and the ids of the two that are compared."""
        names = dict(panes)
        for box, pane_id in zip(self.boxes, pair, strict=True):
            # A list that is open stays open where nothing changed.
            if tuple(panes) != self._panes:
                box.offer(list(names.values()), names[pane_id])
            box.setCurrentText(names[pane_id])
        self._panes = tuple(panes)

    def show_gain(self, gain: int) -> None:
        self.gain.setCurrentText(f"×{gain}")

    def show_tools(self, *, is_wipe: bool) -> None:
        self.turn.setVisible(is_wipe)
        self.gain.setVisible(not is_wipe)
        self._show_label()

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._show_label()

    def _show_label(self) -> None:
        is_wide = self.width() >= _NARROW_PX
        self._gain_label.setVisible(is_wide and not self.gain.isHidden())

    def _box(self, name: str) -> ChoiceBox:
        box = ChoiceBox()
        box.setAccessibleName(name)
        box.setSizeAdjustPolicy(ChoiceBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(_USUAL_LETTERS)
        box.setMinimumWidth(_SMALLEST_BOX)
        box.setFixedHeight(FIELD_HEIGHT)
        return box

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP // 2)
        row.addWidget(self.boxes[0])
        row.addWidget(self.swap)
        row.addWidget(self.boxes[1])
        row.addSpacing(GAP)
        for widget in (self.turn, self._gain_label, self.gain):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.peek)
        row.addWidget(self.leave)

    @Slot(int)
    def _on_first_chosen(self, index: int) -> None:
        self.chosen.emit(0, self._panes[index][0])

    @Slot(int)
    def _on_second_chosen(self, index: int) -> None:
        self.chosen.emit(1, self._panes[index][0])

    @Slot(int)
    def _on_gain_chosen(self, index: int) -> None:
        self.gain_chosen.emit(GAINS[index])

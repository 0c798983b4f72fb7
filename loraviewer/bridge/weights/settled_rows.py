"""The rows once nobody moves them: when what takes seconds may begin."""

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.bridge.weights.live_weights_model import LiveWeightsModel
from loraviewer.core.stack import AppliedAdapter

PAUSE_MS = 250


class SettledRows(QObject):
    """Tells that the rows are others, and that they have come to rest. GUI thread only."""

    moved = Signal()  # what was measured is of other rows or strengths
    settled = Signal()

    def __init__(
        self, stack: StackModel, weights: LiveWeightsModel, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._stack = stack
        self._weights = weights
        self._rows = self.rows
        self._is_closed = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self._on_timeout)
        weights.changed.connect(self._on_changed)
        stack.drag_changed.connect(self._on_drag_changed)

    @property
    def rows(self) -> tuple[AppliedAdapter, ...]:
        """What is to be measured now, in the order of the rows."""
        return tuple(self._weights.rows.values())

    @property
    def base_identity(self) -> str:
        """The same rows on another base are another question."""
        return self._weights.base_identity

    @property
    def are_settled(self) -> bool:
        return not self._stack.is_dragging and not self._timer.isActive()

    def close(self) -> None:
        """Nothing settles any more."""
        self._is_closed = True
        self._timer.stop()

    @Slot()
    def _on_changed(self) -> None:
        rows, self._rows = self._rows, self.rows
        if rows != self._rows:
            self._wait()
            self.moved.emit()

    @Slot(bool)
    def _on_drag_changed(self, _: bool) -> None:
        self._wait()

    def _wait(self) -> None:
        if not self._is_closed:
            self._timer.start()

    @Slot()
    def _on_timeout(self) -> None:
        if not self._stack.is_dragging:
            self.settled.emit()

"""The collision report in small pieces, so that the window never waits for it."""

from collections.abc import Sequence

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal, Slot

from loraviewer.core.collisions import Collision, collision, pairs_of, ranked
from loraviewer.core.stack import AppliedAdapter
from loraviewer.core.weight_numbers import LiveWeights

_SLICE_MS = 8
"""Then whatever else waits has its turn; two rows on a large network are some twice that."""


class CollisionWork(QObject):
    """Two rows after two rows; a few are done before `begin` returns. GUI thread only."""

    done = Signal(object)  # tuple[Collision, ...]

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._live: LiveWeights | None = None
        self._rows: tuple[AppliedAdapter, ...] = ()
        self._left: list[tuple[int, int]] = []
        self._found: list[Collision] = []
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.setInterval(0)
        self._turn.timeout.connect(self._go_on)

    def begin(self, live: LiveWeights, rows: Sequence[AppliedAdapter]) -> None:
        """What was begun before is given up."""
        self._live, self._rows = live, tuple(rows)
        self._left, self._found = pairs_of(len(rows)), []
        self._go_on()

    def stop(self) -> None:
        self._turn.stop()
        self._live = None

    @Slot()
    def _go_on(self) -> None:
        if self._live is None:
            return
        clock = QElapsedTimer()
        clock.start()
        while self._left and clock.elapsed() < _SLICE_MS:
            self._found.append(collision(self._live, self._rows, *self._left.pop(0)))
        if self._left:
            self._turn.start()
        else:
            self.stop()
            self.done.emit(ranked(self._found))

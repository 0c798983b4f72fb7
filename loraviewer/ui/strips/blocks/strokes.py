"""What one drag over the drawing does to strengths, and a burst of nudges: one step each."""

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QObject, QTimer, Signal, Slot

_DIGITS = 2
"""After the point, of what the mouse can reach."""
_LEFT_OVER_DIGITS = 12
"""After the point: what was typed stays, what adding leaves over goes."""
_DETENTS = (0.0, 1.0)
_DETENT_PX = 4.0
_FINE = 0.1
_PAUSE_MS = 400

Factors = dict[str, float]


class PaintStroke:
    """Sets every block that it comes over to one strength."""

    def __init__(self, before: Mapping[str, float], value: float) -> None:
        self._factors, self._value = dict(before), value

    def over(self, blocks: Iterable[str]) -> Factors:
        self._factors.update(dict.fromkeys(blocks, self._value))
        return dict(self._factors)


class FaderStroke:
    """Moves blocks with the pointer: by 1 for each `unit_px`. Several keep their distances."""

    def __init__(self, before: Mapping[str, float], blocks: Iterable[str], unit_px: float) -> None:
        self._before, self._blocks = dict(before), tuple(blocks)
        self._unit_px = unit_px
        self._start = self._raw = before.get(self._blocks[0], 1.0)

    def by(self, moved_px: float, *, is_fine: bool = False) -> Factors:
        """Further by so much; finely without detents."""
        self._raw += moved_px / self._unit_px * (_FINE if is_fine else 1.0)
        wanted = round(self._raw if is_fine else self._caught(self._raw), _DIGITS)
        moved = wanted - self._start
        if moved == 0.0:  # what was typed stays
            return dict(self._before)
        return shifted(self._before, self._blocks, moved)

    def _caught(self, value: float) -> float:
        reach = _DETENT_PX / self._unit_px
        return next((d for d in _DETENTS if abs(value - d) <= reach), value)


def shifted(before: Mapping[str, float], blocks: Iterable[str], step: float) -> Factors:
    """All blocks by the same step."""
    moved = {b: round(before.get(b, 1.0) + step, _LEFT_OVER_DIGITS) for b in blocks}
    return {**before, **moved}


class NudgeBurst(QObject):
    """Keys and turns of the wheel that follow each other soon are one drag."""

    started = Signal()
    ended = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._is_on = False
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self.end)

    @property
    def is_on(self) -> bool:
        return self._is_on

    def go_on(self, *, is_held: bool = False) -> None:
        """One more; held ones end with `let_go`, others after a pause."""
        if not self._is_on:
            self._is_on = True
            self.started.emit()
        self._pause.start()
        if is_held:
            self._pause.stop()

    def let_go(self) -> None:
        """The key is up; presses that follow soon are of the same burst."""
        if self._is_on:
            self._pause.start()

    @Slot()
    def end(self) -> None:
        self._pause.stop()
        if self._is_on:
            self._is_on = False
            self.ended.emit()

"""Singular spectra of the stack, measured while somebody looks and nobody moves a fader."""

from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.rendering.engine_thread import Engine
from loraviewer.bridge.rendering.jobs import Answer, MeasureJob, Stopped, measurement_key
from loraviewer.bridge.weights.settled_rows import SettledRows
from loraviewer.core.outcome import Failure
from loraviewer.core.stack import AppliedAdapter
from loraviewer.core.weight_measurements import SpectraPart, SpectraWanted
from loraviewer.core.weight_numbers import WeightName
from loraviewer.core.weight_spectra import WeightSpectra


class SpectraModel(QObject):
    """Asks part by part, so that pictures come in between. While new ones are measured the old
    ones stay, weight by weight. GUI thread only."""

    changed = Signal()

    def __init__(self, engine: Engine, rows: SettledRows, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._settled = rows
        self._is_watched = False
        self._spectra: dict[WeightName, WeightSpectra] = {}
        self._of: tuple[AppliedAdapter, ...] | None = None
        """The rows that are measured, or being measured."""
        self._beside = ""
        """The base that they are on."""
        self._next: int | None = None
        self._total = 0
        self._fresh: set[WeightName] = set()
        self._failure: Failure | None = None
        rows.moved.connect(self._on_moved)
        rows.settled.connect(self._on_settled)

    @property
    def spectra(self) -> Mapping[WeightName, WeightSpectra]:
        """What is known, by weight; while `progress` is not None some are of the rows before."""
        return self._spectra

    @property
    def rows(self) -> tuple[AppliedAdapter, ...]:
        """The rows that were measured last, in the order of the stack; the spectra name them by
        content and strength."""
        return self._of or ()

    @property
    def is_outdated(self) -> bool:
        """Whether rows or base are others by now."""
        return (self._of, self._beside) != (self._settled.rows, self._settled.base_identity)

    @property
    def progress(self) -> float | None:
        """0 … 1 while spectra are being measured, None at rest."""
        if self._next is None:
            return None
        return self._next / self._total if self._total else 0.0

    @property
    def failure(self) -> Failure | None:
        return self._failure

    def watch(self, on: bool) -> None:
        """Whether anybody looks: nothing is measured else, and what is under way is given up."""
        self._is_watched = on
        if not on:
            self._stop()
        elif self._settled.are_settled:
            self._on_settled()

    def stop(self) -> None:
        """Until the rows are others."""
        if self._next is not None:
            self._stop()

    def on_ended(self, answer: Answer, wanted: SpectraWanted) -> None:
        if self._next is None or wanted.rows != self._of or wanted.first != self._next:
            return
        if isinstance(answer, SpectraPart):
            self._take(answer)
        elif isinstance(answer, Stopped):  # it made way for a picture
            self._ask(wanted.first)
        else:
            self._next = None
            self._failure = answer if isinstance(answer, Failure) else None
        self.changed.emit()

    def _take(self, part: SpectraPart) -> None:
        self._spectra.update({one.key: one for one in part.weights})
        self._fresh.update(one.key for one in part.weights)
        self._total = part.total
        if part.is_last:
            self._next = None
            self._spectra = {key: self._spectra[key] for key in sorted(self._fresh)}
        else:
            self._ask(part.first + len(part.weights))

    def _ask(self, first: int) -> None:
        assert self._of is not None
        self._next = first
        self._engine.submit(MeasureJob(SpectraWanted(self._of, first)))

    def _stop(self) -> None:
        if self._next is not None:
            self._next, self._of = None, None
            self._engine.cancel(measurement_key(SpectraWanted))
            self.changed.emit()

    @Slot()
    def _on_moved(self) -> None:
        self._stop()
        self.changed.emit()

    @Slot()
    def _on_settled(self) -> None:
        rows = self._settled.rows
        if not self._is_watched or not self.is_outdated:
            return
        self._stop()
        self._beside = self._settled.base_identity
        self._of, self._fresh, self._failure, self._total = rows, set(), None, 0
        if rows:
            self._ask(0)
        else:
            self._spectra = {}
        self.changed.emit()

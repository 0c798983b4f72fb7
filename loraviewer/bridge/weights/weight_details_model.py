"""The one weight that is looked at, and all that is known of it."""

from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.rendering.engine_thread import Engine
from loraviewer.bridge.rendering.jobs import Answer, MeasureJob, measurement_key
from loraviewer.bridge.weights.settled_rows import SettledRows
from loraviewer.core.outcome import Failure
from loraviewer.core.stack import AppliedAdapter
from loraviewer.core.weight_measurements import DetailsWanted, WeightDetails
from loraviewer.core.weight_numbers import WeightName


class WeightDetailsModel(QObject):
    """Selected anywhere, a weight is selected everywhere. GUI thread only."""

    selected_changed = Signal()
    changed = Signal()  # what is known of the selected weight

    def __init__(self, engine: Engine, rows: SettledRows, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._settled = rows
        self._selected: WeightName | None = None
        self._is_watched = False
        self._asked: DetailsWanted | None = None
        self._details: WeightDetails | None = None
        self._rows: tuple[AppliedAdapter, ...] = ()
        self._beside = ""
        """The base that `details` is of."""
        self._failure: Failure | None = None
        rows.moved.connect(self._on_moved)
        rows.settled.connect(self._on_settled)

    @property
    def selected(self) -> WeightName | None:
        return self._selected

    @property
    def details(self) -> WeightDetails | None:
        """Of the selected weight; of the rows as they were last measured."""
        return self._details

    @property
    def rows(self) -> tuple[AppliedAdapter, ...]:
        """The stack of `details`, in the order of the rows: what its places count."""
        return self._rows

    @property
    def is_outdated(self) -> bool:
        """Whether `details` is of other rows or strengths than those of now, or of another base."""
        return self._details is not None and not self._is_known

    @property
    def asked(self) -> DetailsWanted | None:
        """What `details` answers, or what is being measured."""
        return self._asked

    @property
    def is_measuring(self) -> bool:
        return self._asked is not None and self._details is None and self._failure is None

    @property
    def failure(self) -> Failure | None:
        return self._failure

    def select(self, weight: WeightName | None) -> None:
        if weight == self._selected:
            return
        self._selected = weight
        self._forget()
        self.selected_changed.emit()
        self._on_settled()

    def watch(self, on: bool) -> None:
        """Whether anybody looks at details: nothing is measured else."""
        self._is_watched = on
        if on:
            self._on_settled()
        else:
            self._cancel()

    def look_for_intruders(self) -> None:
        """What decomposes W₀, for the weight that is selected."""
        if self._selected is not None:
            self._ask(DetailsWanted(self._settled.rows, self._selected, with_intruders=True))

    def on_ended(self, answer: Answer, wanted: DetailsWanted) -> None:
        if wanted != self._asked:
            return
        if isinstance(answer, WeightDetails):
            self._details, self._failure = answer, None
            self._rows, self._beside = wanted.rows, self._settled.base_identity
        elif isinstance(answer, Failure):
            self._failure = answer
        else:  # it made way for a picture
            self._asked = None
            self._ask(wanted)
        self.changed.emit()

    @property
    def _is_known(self) -> bool:
        """Whether `details` is what would be measured now."""
        now = self._settled.rows, self._settled.base_identity
        return self._details is not None and (self._rows, self._beside) == now

    def _ask(self, wanted: DetailsWanted) -> None:
        if wanted == self._asked:
            return
        self._cancel()
        self._asked, self._failure = wanted, None
        self._engine.submit(MeasureJob(wanted))
        self.changed.emit()

    def _cancel(self) -> None:
        self._engine.cancel(measurement_key(DetailsWanted))
        self._asked = None

    def _forget(self) -> None:
        self._cancel()
        self._details, self._failure = None, None
        self._rows, self._beside = (), ""

    @Slot()
    def _on_moved(self) -> None:
        self._cancel()
        self.changed.emit()

    @Slot()
    def _on_settled(self) -> None:
        wanted, rows = self._selected, self._settled.rows
        if not self._is_watched or wanted is None or not self._settled.are_settled:
            return
        if rows and not self._is_known:
            self._ask(DetailsWanted(rows, wanted))

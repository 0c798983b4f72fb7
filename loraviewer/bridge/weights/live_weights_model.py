"""What the active pane's stack does to the weights, at every tick of a fader."""

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.bridge.rendering.engine_thread import Engine
from loraviewer.bridge.rendering.jobs import Answer, MeasureJob
from loraviewer.core.balance import Norms
from loraviewer.core.nothing_applied import Reason, nothing_applied
from loraviewer.core.outcome import Failure
from loraviewer.core.reports import AdapterReport
from loraviewer.core.stack import AdapterStack, AppliedAdapter, StackEntry
from loraviewer.core.weight_measurements import LiveAnswer, LiveWanted
from loraviewer.core.weight_numbers import LiveWeights, RowEnergies, StackEnergies


class LiveWeightsModel(QObject):
    """Has adapters measured once they are matched and on, and follows the stack by itself from then
    on: no picture and no engine is needed for a tick. GUI thread only."""

    changed = Signal()  # the rows, their strengths, or what is known of their weights

    def __init__(
        self,
        engine: Engine,
        stack: StackModel,
        adapters: AdapterModel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._stack = stack
        self._adapters = adapters
        self._live: LiveWeights | None = None
        self._asked: frozenset[str] = frozenset()
        """What is being measured; after a failure, what cannot be."""
        self._asked_beside = ""
        self._failure: Failure | None = None
        self._rows: Mapping[str, AppliedAdapter] = {}
        self._energies: StackEnergies | None = None
        self._by_row: Mapping[str, RowEnergies] = {}
        self._is_reckoned = False
        stack.stack_changed.connect(self._on_stack_changed)
        adapters.adapter_changed.connect(self._on_adapter_changed)

    @property
    def live(self) -> LiveWeights | None:
        """None before anything is measured on the base that is there. May know more adapters than
        the rows, or not yet all of them."""
        return self._live if self._live and self._is_of_this_base(self._live) else None

    @property
    def rows(self) -> Mapping[str, AppliedAdapter]:
        """What the weights see, by entry id, in the order of the rows."""
        return self._rows

    @property
    def base_identity(self) -> str:
        """Of the base that the rows are on, measured or not."""
        return self._adapters.base_identity

    @property
    def why_empty(self) -> Reason | None:
        """Why there are no `rows`; None where there are."""
        if self._rows:
            return None
        stack = self._stack.stack
        heard = stack.without_muted(self._adapters.muted(stack))
        return nothing_applied(stack, heard) or "muted"

    @property
    def failure(self) -> Failure | None:
        """Why the rows cannot be measured."""
        return self._failure

    @property
    def is_known(self) -> bool:
        """Whether every row is measured."""
        live = self.live
        return live is not None and all(r.sha256 in live.adapters for r in self._rows.values())

    @property
    def energies(self) -> StackEnergies | None:
        """Of `rows`, in their order; None where not all of them are measured yet."""
        self._reckon()
        return self._energies

    def row(self, entry_id: str) -> RowEnergies | None:
        """None for a row that changes nothing, or is not measured yet. Its shares are None while
        another row is not."""
        self._reckon()
        return self._by_row.get(entry_id)

    def norms(self, entry: StackEntry) -> Norms | None:
        """‖ΔW‖ of an adapter at strength 1, as its block strengths leave it: in denoisers, and in
        text encoders. None while it is not measured."""
        live = self.live
        if live is None or entry.sha256 not in live.adapters:
            return None
        return live.norms_at_one(entry.sha256, entry.block_scales)

    def on_ended(self, answer: Answer, wanted: LiveWanted) -> None:
        """The engine's answer. What cannot be measured is not asked for again until other rows
        are."""
        if isinstance(answer, Failure):
            self._failure = answer
            self.changed.emit()
            return
        self._asked = frozenset()
        if isinstance(answer, LiveAnswer) and self._is_of_this_base(answer.live):
            self._live, self._failure = answer.live, None
        self._update()

    def _reckon(self) -> None:
        """Once for all that ask between two changes."""
        if self._is_reckoned:
            return
        live, self._is_reckoned = self.live, True
        self._energies, self._by_row = None, {}
        if live is None:
            return
        known = {i: row for i, row in self._rows.items() if row.sha256 in live.adapters}
        energies = live.energies(tuple(known.values()))
        rows = energies.rows
        if len(known) == len(self._rows):
            self._energies = energies
        else:
            rows = tuple(replace(row, share=None, leave_one_out=None) for row in rows)
        self._by_row = dict(zip(known, rows, strict=True))

    def _is_of_this_base(self, live: LiveWeights) -> bool:
        return live.base_identity == self._adapters.base_identity

    def _update(self) -> None:
        if self._asked_beside != self._adapters.base_identity:
            self._asked, self._failure = frozenset(), None
        stack = self._stack.stack
        heard = stack.without_muted(self._adapters.muted(stack))
        self._rows = {i: row for i, row in heard.applied_rows() if self._is_matched(row.sha256)}
        self._is_reckoned = False
        self._ask()
        self.changed.emit()

    def _is_matched(self, sha256: str) -> bool:
        report = self._adapters.facts(sha256).report
        return isinstance(report, AdapterReport) and bool(report.matched)

    def _ask(self) -> None:
        """For all rows, where one is not known; what is known and may come back stays."""
        missing = {row.sha256: row for row in self._rows.values()}
        wanted = frozenset(missing)
        if self.is_known or not wanted or wanted == self._asked:
            return
        known = self.live.adapters if self.live else frozenset[str]()
        back = [e for e in self._stack.stack.entries if e.sha256 in known - wanted]
        rows = dict.fromkeys((*missing.values(), *map(_at_one, back)))
        self._asked, self._asked_beside = wanted, self._adapters.base_identity
        self._engine.submit(MeasureJob(LiveWanted(tuple(rows))))

    @Slot(object)
    def _on_stack_changed(self, _: AdapterStack) -> None:
        self._update()

    @Slot(str)
    def _on_adapter_changed(self, sha256: str) -> None:
        if any(entry.sha256 == sha256 for entry in self._stack.stack.entries):
            self._update()


def _at_one(entry: StackEntry) -> AppliedAdapter:
    return AppliedAdapter(entry.sha256, 1.0, 1.0, entry.name, entry.path)

"""What is known of each adapter: its summary (from the file) and its report (on the base)."""

from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.rendering.engine_thread import Engine
from loraviewer.bridge.rendering.jobs import ReportJob
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.accelerations import recognised
from loraviewer.core.adapter_facts import AdapterFacts, Fit
from loraviewer.core.draft_ways import DraftWay
from loraviewer.core.drafts import quick_sampling
from loraviewer.core.misfits import muted_entries
from loraviewer.core.outcome import Failure
from loraviewer.core.reports import AdapterReport, AdapterSummary, CheckpointInfo
from loraviewer.core.request import Sampling
from loraviewer.core.settings import Settings
from loraviewer.core.stack import AdapterStack, StackEntry


class AdapterModel(QObject):
    """Keeps summaries and reports by content hash, and asks the engine for missing reports."""

    adapter_changed = Signal(str)  # sha256 of an adapter of which something else is known now

    def __init__(
        self, engine: Engine, settings: SettingsModel, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._settings = settings
        self._overrides = settings.settings.family_overrides
        self._base: CheckpointInfo | None = None
        self._summaries: dict[str, AdapterSummary] = {}
        self._reports: dict[str, AdapterReport | Failure] = {}
        self._fits: dict[str, Fit] = {}
        """What follows from facts, until something else is known: asked for at every tick."""
        self._pending: set[str] = set()
        settings.changed.connect(self._on_settings_changed)

    @property
    def base_identity(self) -> str:
        """Of the base that reports are about; "" while there is none."""
        return self._base.identity if self._base else ""

    def is_waiting(self, stack: AdapterStack) -> bool:
        """Whether adapters that would be applied are being matched for the first time: what does
        not fit is muted by its report, and rendering before would fail the whole stack."""
        unknown = self._pending - self._reports.keys()
        return bool(unknown) and any(a.sha256 in unknown for a in stack.applied())

    def muted(self, stack: AdapterStack) -> frozenset[str]:
        """Ids of the rows that are on and cannot be applied, as far as is known."""
        return muted_entries(stack, self._fit, self.base_identity)

    @property
    def base_family(self) -> str:
        """Of the base that is loaded; "" while there is none."""
        return self._base.family if self._base else ""

    def draft_way(self, sha256: str) -> DraftWay:
        """How drafts would be made with it: as it is recognised, else as any draft."""
        summary = self._summaries.get(sha256)
        found = recognised(summary) if summary else None
        return found.way if found else DraftWay()

    def quick_sampling(self, sha256: str, sampling: Sampling) -> Sampling | None:
        """The sampling that an adapter for few steps is made for on this base; None where it is
        not known to be one, or where that is the sampling already."""
        way = self.draft_way(sha256)
        if not way.kind or self._base is None:
            return None
        quick = quick_sampling(way, sampling, self._base, sampling.steps)
        return quick if quick != sampling else None

    def draft_row(self, stack: AdapterStack) -> StackEntry | None:
        """The row that drafts are made with: for drafts only, on, and known to fit the base."""
        muted = self.muted(stack)
        unknown = {e.entry_id for e in stack.entries if e.sha256 not in self._reports}
        return stack.without_muted(muted | unknown).draft_row()

    def _fit(self, sha256: str) -> Fit:
        if sha256 not in self._fits:
            self._fits[sha256] = self.facts(sha256).fit
        return self._fits[sha256]

    def facts(self, sha256: str) -> AdapterFacts:
        return AdapterFacts(
            summary=self._summaries.get(sha256),
            report=self._reports.get(sha256),
            family_override=self._overrides.get(sha256, ""),
            base_family=self._base.family if self._base else "",
            base_identity=self.base_identity,
            base_blocks=self._base.blocks if self._base else (),
        )

    def set_family(self, sha256: str, family: str) -> None:
        """What a person says an adapter was made for; "" goes back to what its file tells."""
        self._settings.install(self._settings.settings.with_family(sha256, family))

    def learn_summary(self, summary: AdapterSummary) -> None:
        self._summaries[summary.sha256] = summary
        self._tell(summary.sha256)

    def learn_report(self, sha256: str, report: AdapterReport | Failure) -> None:
        self._pending.discard(sha256)
        self._reports[sha256] = report
        self._tell(sha256)

    def abandon(self, sha256: str) -> None:
        """The report was cancelled; it is asked for again with the next edit."""
        self._pending.discard(sha256)
        self._tell(sha256)

    def forget_report(self, sha256: str) -> None:
        """What was said of its file is no longer true, and there is no base to ask about it."""
        self._reports.pop(sha256, None)
        self._tell(sha256)

    def use_base(self, base: CheckpointInfo, stack: AdapterStack) -> None:
        """Another base is loaded: every adapter has to be matched anew, those of `stack` now."""
        self._base = base
        known = {*self._summaries, *self._reports}
        self._reports.clear()
        self._fits.clear()
        self.request_missing(stack)
        for sha256 in known:
            self._tell(sha256)

    def request_missing(self, stack: AdapterStack) -> None:
        """Have adapters matched that were not yet."""
        for entry in stack.entries:
            if entry.sha256 not in self._reports:
                self._request(entry)

    def request_failed(self, stack: AdapterStack) -> bool:
        """Have adapters matched again that could not be: a file may be back. Whether there are
        any."""
        failed = [e for e in stack.entries if isinstance(self._reports.get(e.sha256), Failure)]
        for entry in failed:
            self._request(entry)
        return bool(failed)

    def _tell(self, sha256: str) -> None:
        self._fits.pop(sha256, None)
        self.adapter_changed.emit(sha256)

    def _request(self, entry: StackEntry) -> None:
        if entry.sha256 not in self._pending:
            self._pending.add(entry.sha256)
            self._engine.submit(ReportJob(entry.path, entry.sha256))

    @Slot(object)
    def _on_settings_changed(self, settings: Settings) -> None:
        before, self._overrides = self._overrides, settings.family_overrides
        for sha256 in {*before, *self._overrides}:
            if before.get(sha256) != self._overrides.get(sha256):
                self._tell(sha256)

"""What is known of each adapter: its summary (from the file) and its report (on the base)."""

from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.jobs import ReportJob
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.bridge.worker import EngineLane
from loraviewer.core.adapter_facts import AdapterFacts
from loraviewer.core.outcome import Failure
from loraviewer.core.reports import AdapterReport, AdapterSummary
from loraviewer.core.settings import Settings
from loraviewer.core.stack import AdapterStack


class AdapterModel(QObject):
    """Keeps summaries and reports by content hash, and asks the engine for missing reports."""

    adapter_changed = Signal(str)  # sha256 of an adapter of which something else is known now

    def __init__(
        self, lane: EngineLane, settings: SettingsModel, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._lane = lane
        self._settings = settings
        self._overrides = settings.settings.family_overrides
        self._base_family = ""
        self._summaries: dict[str, AdapterSummary] = {}
        self._reports: dict[str, AdapterReport | Failure] = {}
        self._pending: set[str] = set()
        settings.changed.connect(self._on_settings_changed)

    @property
    def is_waiting(self) -> bool:
        """Whether reports are under way: a stack with an unmatched adapter must not render yet."""
        return bool(self._pending)

    def is_pending(self, sha256: str) -> bool:
        return sha256 in self._pending

    def facts(self, sha256: str) -> AdapterFacts:
        return AdapterFacts(
            summary=self._summaries.get(sha256),
            report=self._reports.get(sha256),
            family_override=self._overrides.get(sha256, ""),
            base_family=self._base_family,
        )

    def learn_summary(self, summary: AdapterSummary) -> None:
        self._summaries[summary.sha256] = summary
        self.adapter_changed.emit(summary.sha256)

    def learn_report(self, sha256: str, report: AdapterReport | Failure) -> None:
        self._pending.discard(sha256)
        self._reports[sha256] = report
        self.adapter_changed.emit(sha256)

    def abandon(self, sha256: str) -> None:
        """The report was cancelled; it is asked for again with the next edit."""
        self._pending.discard(sha256)

    def use_base(self, family: str) -> None:
        """Another base is loaded: every adapter has to be matched anew."""
        self._base_family = family
        known = {*self._summaries, *self._reports}
        self._reports.clear()
        for sha256 in known:
            self.adapter_changed.emit(sha256)

    def request_missing(self, stack: AdapterStack) -> None:
        """Have adapters matched that were not yet, or that failed and are switched on again."""
        for entry in stack.entries:
            known = self._reports.get(entry.sha256)
            is_settled = isinstance(known, AdapterReport) or (known and not entry.is_enabled)
            if not is_settled and entry.sha256 not in self._pending:
                self._pending.add(entry.sha256)
                self._lane.submit(ReportJob(entry.path, entry.sha256))

    def request_failed(self, stack: AdapterStack) -> bool:
        """Have adapters matched again that could not be: a file may be back. Whether there are
        any."""
        failed = [e for e in stack.entries if isinstance(self._reports.get(e.sha256), Failure)]
        for entry in failed:
            if entry.sha256 not in self._pending:
                self._pending.add(entry.sha256)
                self._lane.submit(ReportJob(entry.path, entry.sha256))
        return bool(failed)

    @Slot(object)
    def _on_settings_changed(self, settings: Settings) -> None:
        before, self._overrides = self._overrides, settings.family_overrides
        for sha256 in {*before, *self._overrides}:
            if before.get(sha256) != self._overrides.get(sha256):
                self.adapter_changed.emit(sha256)

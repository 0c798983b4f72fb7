"""What is known of each adapter: its summary (from the file) and its report (on the base)."""

from PySide6.QtCore import QObject, Signal

from loraviewer.bridge.jobs import ReportJob
from loraviewer.bridge.worker import EngineLane
from loraviewer.core.outcome import Failure
from loraviewer.core.reports import AdapterReport, AdapterSummary
from loraviewer.core.stack import AdapterStack


class AdapterBook(QObject):
    """Keeps summaries and reports by content hash, and asks the engine for missing reports."""

    summary_changed = Signal(str, object)  # sha256, AdapterSummary
    report_changed = Signal(str, object)  # sha256, AdapterReport | Failure

    def __init__(self, lane: EngineLane, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lane = lane
        self._summaries: dict[str, AdapterSummary] = {}
        self._reports: dict[str, AdapterReport | Failure] = {}
        self._pending: set[str] = set()

    @property
    def is_waiting(self) -> bool:
        """Whether reports are under way: a stack with an unmatched adapter must not render yet."""
        return bool(self._pending)

    def summary(self, sha256: str) -> AdapterSummary | None:
        return self._summaries.get(sha256)

    def report(self, sha256: str) -> AdapterReport | Failure | None:
        return self._reports.get(sha256)

    def learn_summary(self, summary: AdapterSummary) -> None:
        self._summaries[summary.sha256] = summary
        self.summary_changed.emit(summary.sha256, summary)

    def learn_report(self, sha256: str, report: AdapterReport | Failure) -> None:
        self._pending.discard(sha256)
        self._reports[sha256] = report
        self.report_changed.emit(sha256, report)

    def abandon(self, sha256: str) -> None:
        """The report was cancelled; it is asked for again with the next edit."""
        self._pending.discard(sha256)

    def forget_reports(self) -> None:
        """Another base is loaded: every adapter has to be matched anew."""
        self._reports.clear()

    def request_missing(self, stack: AdapterStack) -> None:
        """Have adapters matched that were not yet, or that failed and are switched on again."""
        for entry in stack.entries:
            known = self._reports.get(entry.sha256)
            is_settled = isinstance(known, AdapterReport) or (known and not entry.is_enabled)
            if not is_settled and entry.sha256 not in self._pending:
                self._pending.add(entry.sha256)
                self._lane.submit(ReportJob(entry.path, entry.sha256))

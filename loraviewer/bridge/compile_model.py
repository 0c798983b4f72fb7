"""Denoisers compiled while nothing else is at work: when the engine is asked for the next piece of
it, and how far it is."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from loraviewer.bridge.rendering.engine_thread import Engine
from loraviewer.bridge.rendering.jobs import COMPILE_KEY, Answer, CompileJob
from loraviewer.bridge.rendering.pane_model import PaneModel
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.compiling import CompileReport
from loraviewer.core.pane import PaneState
from loraviewer.core.settings import Settings

LOOK_MS = 3_000
"""How often it is looked whether nothing is at work; two looks in a row begin something."""


class CompileModel(QObject):
    """It switches nothing: pictures that may be compiled are, once the engine can. GUI thread
    only."""

    changed = Signal()

    def __init__(
        self,
        engine: Engine,
        panes: PaneModel,
        settings: SettingsModel,
        is_idle: Callable[[], bool],
        parent: QObject | None = None,
    ) -> None:
        """is_idle: whether nothing else is at work; asked now and then."""
        super().__init__(parent)
        self._engine = engine
        self._settings = settings
        self._is_idle = is_idle
        self._was_idle = False
        self._is_asking = False
        self._report = CompileReport()
        self._looking = QTimer(self, interval=LOOK_MS)
        self._looking.timeout.connect(self.look)
        panes.pane_changed.connect(self._on_pane_changed)
        settings.changed.connect(self._on_settings_changed)

    @property
    def report(self) -> CompileReport:
        """What the engine said last; nothing while the setting is off."""
        return self._report

    def close(self) -> None:
        """Nothing is asked any more."""
        self._looking.stop()

    @Slot()
    def look(self) -> None:
        """Ask for the next piece where nothing was at work, now and at the look before."""
        was_idle, self._was_idle = self._was_idle, self._is_idle()
        if was_idle and self._was_idle and not self._is_asking:
            self._is_asking = True
            self._engine.submit(CompileJob())

    def on_ended(self, answer: Answer) -> None:
        """Until nothing is left, it is looked again; afterwards once a picture was made."""
        self._is_asking = False
        if not isinstance(answer, CompileReport) or not self._settings.settings.asks_compiled:
            return
        if not answer.waiting:
            self._looking.stop()
        self._tell(answer)

    def _tell(self, report: CompileReport) -> None:
        if report != self._report:
            self._report = report
            self.changed.emit()

    @Slot(object)
    def _on_pane_changed(self, state: PaneState) -> None:
        is_wanted = self._settings.settings.asks_compiled and state.shown is not None
        if is_wanted and not self._looking.isActive():
            self._looking.start()

    @Slot(object)
    def _on_settings_changed(self, settings: Settings) -> None:
        if not settings.asks_compiled:
            self._looking.stop()
            self._engine.cancel(COMPILE_KEY)
            self._is_asking = False
            self._tell(CompileReport())

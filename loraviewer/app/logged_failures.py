"""What the window tells of in sentences, into the log with its details."""

import logging

from PySide6.QtCore import QObject, Slot

from loraviewer.bridge.controller import StudioController
from loraviewer.core.outcome import Failure
from loraviewer.core.pane import PaneId, PaneState


class LoggedFailures(QObject):
    """Each failure once: a pane tells of its own at every change."""

    def __init__(self, controller: StudioController) -> None:
        super().__init__(controller)
        self._logger = logging.getLogger("loraviewer")
        self._of_panes: dict[PaneId, Failure] = {}
        controller.notice.connect(self._log)
        controller.base.failed.connect(self._log)
        controller.panes.pane_changed.connect(self._on_pane_changed)

    @Slot(object)
    def _log(self, failure: Failure) -> None:
        self._logger.warning("%s: %s\n%s", failure.kind, failure.message, failure.detail)

    @Slot(object)
    def _on_pane_changed(self, state: PaneState) -> None:
        failure = state.failure
        if failure is None:
            self._of_panes.pop(state.pane_id, None)
        elif self._of_panes.get(state.pane_id) != failure:
            self._of_panes[state.pane_id] = failure
            self._log(failure)

"""When the studio reached what: a line per milestone, for benches and bug reports."""

import json
import sys
import time
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Signal, Slot

from loraviewer.bridge.controller import StudioController
from loraviewer.core.pane import PaneState


class FirstPaint(QObject):
    """Tells once that a widget was painted, so that heavy work can wait for the window."""

    happened = Signal()

    def __init__(self, widget: QObject) -> None:
        super().__init__(widget)
        self._widget = widget
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self._widget.removeEventFilter(self)
            self.happened.emit()
        return False


class Milestones(QObject):
    """Appends {"milestone", "at"} lines to a file; `at` is seconds since the epoch."""

    def __init__(self, path: Path, controller: StudioController, paint: FirstPaint) -> None:
        super().__init__(controller)
        self._path = path
        self._seen: set[str] = set()
        paint.happened.connect(self._on_painted)
        controller.base.changed.connect(self._on_checkpoint)
        controller.panes.pane_changed.connect(self._on_pane)

    @Slot()
    def _on_painted(self) -> None:
        self._note("window")

    @Slot(object)
    def _on_checkpoint(self, _: object) -> None:
        self._note("checkpoint")

    @Slot(object)
    def _on_pane(self, state: PaneState) -> None:
        if state.shown is None:
            return
        quality = "draft" if state.shown.request.is_draft else "settled"
        self._note(f"{state.pane_id} {quality} {len(state.shown.request.adapters)}")

    def _note(self, milestone: str) -> None:
        if milestone in self._seen:
            return
        self._seen.add(milestone)
        line = json.dumps({"milestone": milestone, "at": time.time()}) + "\n"
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line)
        except OSError as error:
            print(f"loraviewer: {self._path}: {error.strerror or error}.", file=sys.stderr)

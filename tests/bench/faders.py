"""Seconds from a moved fader to its draft, and from release to the settled picture, on the demo.

python -m tests.bench.faders [repeats]

The whole studio runs offscreen: model, scheduler, engine thread, merge, denoising, decoding.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from loraviewer.app import Studio, make_engine
from loraviewer.core.pane import PaneState

REPEATS = 8
PATIENCE_S = 60.0


def wait(studio: Studio, condition: Callable[[PaneState], bool]) -> float:
    """Seconds until the current pane satisfies the condition, woken by its own signal."""
    started = time.perf_counter()
    loop = QEventLoop()

    def look(_: object = None) -> None:
        if condition(studio.controller.panes.pane("current")):
            loop.quit()

    studio.controller.panes.pane_changed.connect(look)
    QTimer.singleShot(0, look)
    QTimer.singleShot(round(PATIENCE_S * 1000), loop.quit)
    loop.exec()
    studio.controller.panes.pane_changed.disconnect(look)
    assert condition(studio.controller.panes.pane("current")), "no picture came"
    return time.perf_counter() - started


def shows(state: PaneState, adapters: object, is_draft: bool) -> bool:
    shown = state.shown
    return (
        shown is not None
        and shown.request.adapters == adapters
        and shown.request.is_draft == is_draft
    )


def tick(studio: Studio, value: float) -> tuple[float, float]:
    """(draft seconds, settled seconds) of one drag to `value`."""
    stack = studio.controller.stack
    entry_id = stack.stack.entries[0].entry_id
    stack.begin_drag()
    stack.set_scale(entry_id, value)
    wanted = stack.stack.applied()
    draft_s = wait(studio, lambda state: shows(state, wanted, is_draft=True))
    stack.end_drag()
    return draft_s, wait(studio, lambda state: shows(state, wanted, is_draft=False))


def measured(repeats: int) -> tuple[list[float], list[float], int]:
    """Seconds of drafts, seconds of settled pictures, and how many pictures of the base were made
    after the first."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication.instance() or QApplication([])
    bases = set()
    with tempfile.TemporaryDirectory() as folder:
        studio = Studio(Path(folder), Path(folder), make_engine)
        studio.window.show()
        wait(studio, lambda s: s.shown is not None and len(s.shown.request.adapters) == 2)
        first = studio.controller.panes.pane("base").shown

        def look(state: PaneState) -> None:
            if state.pane_id == "base" and state.shown is not first:
                bases.add(id(state.shown))

        studio.controller.panes.pane_changed.connect(look)
        times = [tick(studio, 0.3 + 0.05 * i) for i in range(repeats)]
        studio.window.close()
        studio.dispose()
    del application
    return [draft for draft, _ in times], [settled for _, settled in times], len(bases)


def main() -> None:
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else REPEATS
    drafts, settled, bases = measured(repeats)
    print(f"faders: load average {os.getloadavg()[0]:.1f}, {repeats} drags, {bases} bases again")
    for what, seconds in (("tick → draft", drafts), ("release → settled", settled)):
        least, middle = min(seconds), statistics.median(seconds)
        print(f"  {what:<20} least {least:5.2f} s   median {middle:5.2f} s")


if __name__ == "__main__":
    main()

"""How long the window is blocked by a stack of many rows: adding, ticks, scrolling, undo.

python -m tests.bench.rows [rows ...]

The real window over models without an engine, with everything Qt has to do until it is idle again.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QEvent, QSettings
from PySide6.QtWidgets import QApplication, QScrollArea

from loraviewer.core.reports import AdapterReport
from loraviewer.ui.main_window import MainWindow
from tests.bench.figures import Figure, keep, print_table
from tests.ui.fakes import Desk, entry, plain_picture, rendered

COUNTS = (50, 100, 200)
ROUNDS = 5
TICKS = 50
ADD_BOUND_MS, TICK_BOUND_MS, SCROLL_BOUND_MS = 150, 2, 33


def shown_window(controller: Desk, folder: str) -> MainWindow:
    """With a base and a picture in both panes; its geometry lies in the folder."""
    geometry = QSettings(str(Path(folder) / "geometry.ini"), QSettings.Format.IniFormat)
    window = MainWindow(controller, geometry)
    window.resize(1440, 900)
    window.show()
    controller.use_checkpoint()
    for pane_id in ("base", "current"):
        controller.show(pane_id, shown=rendered(plain_picture((90, 90, 90))))
    return window


class Room:
    """A shown window, and the milliseconds until it is idle after something was done to it."""

    def __init__(self, folder: str) -> None:
        self.controller = Desk()
        self.window = shown_window(self.controller, folder)
        self.settle()

    def settle(self) -> None:
        for _ in range(4):
            QApplication.processEvents()
            QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def timed(self, work: Callable[[], object]) -> float:
        started = time.perf_counter()
        work()
        self.settle()
        return (time.perf_counter() - started) * 1e3

    def match(self, count: int) -> None:
        """The engine has matched all of them, one after the other."""
        for i in range(count):
            report = AdapterReport(sha256=f"row {i}", matched=("unet.a",))
            self.controller.learn(f"row {i}", report)

    def ticks(self) -> Iterator[float]:
        stack = self.controller.stack
        stack.begin_drag()
        for tick in range(TICKS):
            yield self.timed(lambda tick=tick: stack.set_scale("row 3", tick / 25 - 0.99))
        stack.end_drag()

    def scrolls(self) -> Iterator[float]:
        """Down the whole list by a screen at a time, where rows are first seen."""
        panel = self.window.stack_panel
        (bar,) = (
            area.verticalScrollBar()
            for area in panel.findChildren(QScrollArea)
            if area.isAncestorOf(panel.strips)
        )
        assert bar.maximum() > 0, "rows that are all in sight tell nothing"
        for value in range(0, bar.maximum() + 1, bar.pageStep()):
            yield self.timed(lambda value=value: bar.setValue(value))


def measure_one(count: int, folder: str) -> dict[str, float]:
    """Milliseconds: the least of a few rounds, since what else the machine does only adds."""
    rounds = [measure_once(count, folder) for _ in range(ROUNDS)]
    return {name: min(spent[name] for spent in rounds) for name in rounds[0]}


def measure_once(count: int, folder: str) -> dict[str, float]:
    room = Room(folder)
    stack, undo = room.controller.stack, room.controller.document.undo_stack
    rows = [entry(f"row {i}", 0.5) for i in range(count)]
    spent = {
        "add": room.timed(lambda: stack.add_all(rows)),
        "match": room.timed(lambda: room.match(count)),
        "tick": statistics.median(room.ticks()),
        "move": room.timed(lambda: stack.move("row 3", count - 2)),
        "all_off": room.timed(stack.all_off),
        "scroll": max(room.scrolls()),
        "undo": room.timed(lambda: undo.setIndex(0)),
        "redo": room.timed(lambda: undo.setIndex(1)),
    }
    room.window.close()
    room.window.deleteLater()
    room.settle()
    return spent


def figures(counts: tuple[int, ...]) -> list[Figure]:
    bounds = {"add": ADD_BOUND_MS, "tick": TICK_BOUND_MS, "scroll": SCROLL_BOUND_MS}
    what = {
        "add": "adding them at once until the window is idle",
        "match": "hearing how all of them fit",
        "tick": "one tick of a fader",
        "move": "moving a row to the other end",
        "all_off": "all off",
        "scroll": "the longest of scrolling down by a screen at a time",
        "undo": "undoing everything",
        "redo": "adding them again",
    }
    with tempfile.TemporaryDirectory() as folder:
        return [
            Figure(
                f"rows_{name}_{count}",
                ms,
                "ms",
                bounds.get(name) if count == max(counts) else None,
                what=what[name],
            )
            for count in counts
            for name, ms in measure_one(count, folder).items()
        ]


def main() -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication.instance() or QApplication([])
    started = time.perf_counter()
    measured = figures(tuple(map(int, sys.argv[1:])) or COUNTS)
    keep("rows", measured)
    print_table(f"rows: {time.perf_counter() - started:.0f} s", measured)
    del application


if __name__ == "__main__":
    main()

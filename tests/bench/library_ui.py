"""How smooth the window stays while its library reads 10,000 files, and how quickly it answers.

python -m tests.bench.library_ui [files]

The real window with its library open, over real small files, beside a window that repaints itself
sixty times a second.
"""

import gc
import itertools
import json
import os
import statistics
import struct
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from loraviewer.adapters.files.hash_cache import HashCache
from loraviewer.library.library import Library
from loraviewer.ui.main_window import MainWindow
from tests.bench.figures import Figure, keep, print_table
from tests.bench.rows import shown_window
from tests.bench.stutter import Animation, percentile, watch
from tests.ui.fakes import DEMO, Desk

FILES = 10_000
_FOLDERS = 40
_RANK, _WIDTH = 4, 8
_SCROLLS = 200
_WORDS = ("s", "st", "sty", "style", "style 1", "word77", "set 03", "")
_PATIENCE_S = 120
_REST_MS = 600


def write_files(folder: Path, count: int) -> None:
    """Adapters of one module each, as kohya's trainer names it."""
    module = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q"
    shapes = {"lora_down.weight": (_RANK, _WIDTH), "lora_up.weight": (_WIDTH, _RANK)}
    for number in range(count):
        below = folder / f"set {number % _FOLDERS:02d}"
        below.mkdir(exist_ok=True)
        tags = json.dumps({"img": {f"word{number}": 3}})
        header: dict[str, object] = {"__metadata__": {"ss_tag_frequency": tags}}
        end = 0
        for name, shape in shapes.items():
            start, end = end, end + 2 * shape[0] * shape[1]
            tensor = {"dtype": "F16", "shape": shape, "data_offsets": (start, end)}
            header[f"{module}.{name}"] = tensor
        text = json.dumps(header).encode()
        content = struct.pack("<Q", len(text)) + text + bytes(end)
        (below / f"style {number:05d}.safetensors").write_bytes(content)


class Room:
    """A window whose library is open and has no folder yet, painted and at rest."""

    def __init__(self, folder: Path) -> None:
        self.index = Library(folder / "cache", folder / "data", HashCache(folder / "hashes.sqlite"))
        self.desk = Desk(open_library=lambda: self.index)
        self.window: MainWindow = shown_window(self.desk, str(folder))
        self.desk.use_checkpoint(msgspec.structs.replace(DEMO, family="sd1"))
        self.window.library.place.set_shown(True)
        wait_until(lambda: self.desk.library.model.folders == ())
        rest(_REST_MS)

    def is_at_rest(self) -> bool:
        """All files are looked through, counted and listed."""
        library = self.desk.library
        has_looked = not library.scan.is_running and not library.scan.is_older_than(1e9)
        return has_looked and not library.model.is_asking and library.list.rowCount() > 0

    def close(self) -> None:
        self.window.close()
        self.desk.dispose()


def wait_until(is_so: Callable[[], bool]) -> None:
    loop, started = QEventLoop(), time.monotonic()
    ticks = QTimer()
    ticks.setInterval(5)
    ticks.timeout.connect(lambda: loop.quit() if is_so() or late(started) else None)
    ticks.start()
    loop.exec()
    assert is_so()


def late(started: float) -> bool:
    return time.monotonic() - started > _PATIENCE_S


def rest(ms: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(ms, loop.quit)
    loop.exec()


def scanned(room: Room, begin: Callable[[], object], label: str, count: int) -> list[Figure]:
    """With what comes to light after its end, when the newest rows are read."""
    animation = Animation()
    animation.show()
    rest(_REST_MS)
    seen = len(animation.painted_ms)
    started = time.perf_counter()
    begin()
    wait_until(room.is_at_rest)
    seconds = time.perf_counter() - started
    rest(_REST_MS)
    animation.hide()
    gaps = [b - a for a, b in itertools.pairwise(animation.painted_ms[seen - 1 :])]
    what = f"of {count} files, {label}, the window open"
    return [
        Figure(f"library_{label}_s", seconds, "s", what=f"looking through {count} files"),
        Figure(f"library_{label}_gap", percentile(gaps, 0.99), "ms", 33, what=f"99th % {what}"),
        Figure(f"library_{label}_gap_largest", max(gaps), "ms", what=f"largest {what}"),
    ]


def idle() -> list[Figure]:
    """What this machine makes of a window with nothing else to do."""
    gaps = watch(2.0)
    what = "99th percentile with nothing to do"
    return [Figure("library_gap_idle", percentile(gaps, 0.99), "ms", what=what)]


def searched(room: Room) -> list[Figure]:
    """From the end of a pause in typing to the list that is painted."""
    model, spent = room.desk.library.model, []
    for words in _WORDS:
        started = time.perf_counter()
        model.change(words=words)
        model.refresh()
        wait_until(lambda: not model.is_asking)
        QApplication.processEvents()
        spent.append((time.perf_counter() - started) * 1e3)
    return [Figure("library_search", statistics.median(spent), "ms", what="all groups, with wait")]


def scrolled(room: Room, is_grid: bool) -> list[Figure]:
    """Steps through the whole list, painting included."""
    view, spent = room.window.library.dock.view, []
    view.set_grid(is_grid)
    wait_until(lambda: view.verticalScrollBar().maximum() > 10_000)
    bar = view.verticalScrollBar()
    for step in range(_SCROLLS):
        started = time.perf_counter()
        bar.setValue(bar.maximum() * step // _SCROLLS)
        view.viewport().repaint()
        QApplication.processEvents()
        spent.append((time.perf_counter() - started) * 1e3)
    name = "library_scroll_grid" if is_grid else "library_scroll"
    return [Figure(name, percentile(spent, 0.99), "ms", 33, what="99th percentile of a step")]


def measure(count: int = FILES) -> list[Figure]:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication.instance() or QApplication([])
    gc.freeze()  # as the studio does once all is imported
    figures = idle()
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder) / "files"
        files.mkdir()
        write_files(files, count)
        room = Room(Path(folder))
        library = room.desk.library
        add = partial(library.model.add_folder, str(files))
        figures += scanned(room, add, "first", count)
        figures += scanned(room, library.scan.start, "second", count)
        figures += [*searched(room), *scrolled(room, False), *scrolled(room, True)]
        room.close()
    del application
    return figures


def main() -> None:
    started = time.perf_counter()
    figures = measure(int(sys.argv[1]) if len(sys.argv) > 1 else FILES)
    keep("library_ui", figures)
    print_table(f"library_ui: {time.perf_counter() - started:.0f} s", figures)


if __name__ == "__main__":
    main()

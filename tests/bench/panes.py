"""What more panes cost, and how soon a start shows what was seen last.

python -m tests.bench.panes [edits]

The demo in the whole studio. Edits of the prompt with two panes and with four, in turns; then
starts of the same profile, which restore four panes from the picture store.
"""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from PySide6.QtWidgets import QApplication

from loraviewer.app.studio import Studio, make_engine
from loraviewer.core.document import Layout
from tests.bench.figures import Figure, keep, print_table

EDITS, STARTS = 8, 3
PATIENCE_S = 120.0
FEW, MANY = 2, 4
MOST_RATIO = 3.2
"""Of four panes against two: each pane beside the base has another stack, so that there are three
merges and pictures for one, and the base's in both."""


class Profile:
    """Folders of a person, and studios that are started on them one after the other."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def studio(self) -> Iterator[Studio]:
        folders = {name: self._folder / name for name in ("config", "cache", "state", "data")}
        for folder in folders.values():
            folder.mkdir(exist_ok=True)
        studio = Studio(
            folders["config"],
            folders["cache"],
            make_engine,
            state_folder=folders["state"],
            data_folder=folders["data"],
        )
        studio.window.show()
        try:
            yield studio
        finally:
            studio.window.close()
            studio.dispose()

    def forget_pictures(self) -> None:
        shutil.rmtree(self._folder / "data")


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        QApplication.processEvents()
        time.sleep(0.002)  # else Python's lock is rarely the engine thread's
        if time.monotonic() > end:
            raise TimeoutError("the pictures never came")


def are_seen(studio: Studio) -> bool:
    """Whether every pane that is wanted shows a settled picture, up to date."""
    controller = studio.controller
    wanted = [controller.panes.pane(p.pane_id) for p in controller.document.document.wanted()]
    return controller.base.info is not None and all(
        state.shown is not None
        and not state.shown.request.is_draft
        and not state.is_outdated
        and not state.is_busy
        for state in wanted
    )


def pin_others(studio: Studio) -> None:
    """Two more panes, each with other strengths."""
    controller = studio.controller
    controller.places.set_layout(4)
    for scale in (0.6, 1.4):
        controller.places.pin()
        row = controller.stack.stack.entries[0].entry_id
        controller.stack.set_scale(row, scale)
    until(lambda: are_seen(studio))


def edit_s(studio: Studio, layout: Layout, seed: int) -> float:
    """From an edit of the prompt to all pictures."""
    controller = studio.controller
    controller.places.set_layout(layout)
    until(lambda: are_seen(studio))
    started = time.perf_counter()
    controller.prompt.change(prompt=f"a cat in a meadow {seed}")
    until(lambda: are_seen(studio))
    return time.perf_counter() - started


def edits(profile: Profile, count: int) -> tuple[float, float]:
    """Median seconds with two panes and with four."""
    with profile.studio() as studio:
        until(lambda: are_seen(studio))
        pin_others(studio)
        spent: dict[Layout, list[float]] = {FEW: [], MANY: []}
        for number in range(count):
            for layout, times in spent.items():
                times.append(edit_s(studio, layout, number if layout == FEW else -number - 1))
        studio.controller.places.set_layout(MANY)
        until(lambda: are_seen(studio))
    return median(spent[FEW]), median(spent[MANY])


def start_s(profile: Profile) -> tuple[float, float]:
    """From building the studio to its pictures on the screen; to all of them up to date."""
    started = time.perf_counter()
    with profile.studio() as studio:
        panes = studio.controller.panes
        until(lambda: sum(state.shown is not None for state in panes.panes()) >= MANY)
        seen_s = time.perf_counter() - started
        until(lambda: are_seen(studio))
        return seen_s, time.perf_counter() - started


def measure(count: int = EDITS) -> list[Figure]:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication.instance() or QApplication([])
    with tempfile.TemporaryDirectory() as name:
        profile = Profile(Path(name))
        few_s, many_s = edits(profile, count)
        restored = [start_s(profile) for _ in range(STARTS)]
        profile.forget_pictures()
        made_s = start_s(profile)[0]
    del application
    seen_s, ready_s = min(seen for seen, _ in restored), min(ready for _, ready in restored)
    what = f"an edit of the prompt: {few_s:.2f} s with {FEW} panes, {many_s:.2f} s with {MANY}"
    return [
        Figure("four_panes_vs_two", many_s / few_s, "×", MOST_RATIO, what=what),
        Figure("restored_ms", seen_s * 1e3, "ms", 1000,
               what="a window is built → pictures of the last session are shown"),
        Figure("restored_ready_s", ready_s, "s", what="… → its base is loaded, all are up to date"),
        Figure("restored_vs_made", seen_s / made_s, "×", 0.5,
               what=f"against the same start without stored pictures, {made_s:.2f} s"),
    ]  # fmt: skip


def main() -> None:
    started = time.perf_counter()
    figures = measure(int(sys.argv[1]) if len(sys.argv) > 1 else EDITS)
    keep("panes", figures)
    print_table(f"panes: {time.perf_counter() - started:.0f} s", figures)


if __name__ == "__main__":
    main()

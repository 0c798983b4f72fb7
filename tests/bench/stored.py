"""The picture store: what writing costs, and how soon a stored picture is shown.

python -m tests.bench.stored [side]

The real window over models whose engine stands still, so that nothing but the store can answer.
"""

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import shiboken6
from PIL import Image, ImageFilter
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from loraviewer.core.outcome import Rendered
from loraviewer.core.picture import Picture
from loraviewer.core.request import Sampling
from loraviewer.core.stack import AdapterStack
from loraviewer.pictures.store import PictureStore
from loraviewer.ui.main_window import MainWindow
from tests.bench.figures import Figure, keep, print_table
from tests.ui.fakes import DEMO, Desk, rendered

SIDE, ROUNDS, SHOWN_BOUND_MS = 1024, 12, 50
FIRST_SEED = 101
PATIENCE_S = 30.0
STACK = AdapterStack()


def photograph(seed: int, side: int) -> Picture:
    """Grain over soft shapes, which packs as pictures do."""
    chance = random.Random(seed)
    coarse = Image.frombytes("RGB", (16, 16), chance.randbytes(16 * 16 * 3))
    grain = Image.frombytes("RGB", (side, side), chance.randbytes(side * side * 3))
    soft = coarse.resize((side, side), Image.Resampling.BICUBIC)
    blurred = grain.filter(ImageFilter.GaussianBlur(1))
    return Picture(side, side, Image.blend(soft, blurred, 0.15).tobytes())


def made(seed: int, side: int) -> Rendered:
    """The answer to what the bench's window asks for with this seed."""
    sampling = Sampling(
        seed=seed,
        width=side,
        height=side,
        steps=DEMO.default_steps,
        guidance_scale=DEMO.default_guidance_scale,
    )
    return rendered(photograph(seed, side), STACK, sampling=sampling)


def written_ms(store: PictureStore, pictures: list[Rendered]) -> list[float]:
    return [timed_ms(lambda one=one: store.keep(one, STACK)) for one in pictures]


def timed_ms(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1e3


class Room:
    """A shown window over a store of such pictures."""

    def __init__(self, folder: Path, side: int) -> None:
        self.desk = Desk(open_pictures=lambda: PictureStore(folder / "pictures", 1 << 40))
        geometry = QSettings(str(folder / "geometry.ini"), QSettings.Format.IniFormat)
        self.window = MainWindow(self.desk, geometry)
        self.window.resize(1440, 900)
        self.window.show()
        self.desk.use_checkpoint()
        self.desk.prompt.change(width=side, height=side)
        self.until(lambda: self.desk.store.filmstrip.rowCount() > ROUNDS)
        self.until(lambda: bool(self.desk.works))  # for the first wish, which is not stored

    def until(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not condition():
            QApplication.processEvents()
            if time.monotonic() > end:
                raise TimeoutError("the picture never came")

    def wish(self, seed: int) -> None:
        """Ask for a stored picture, until it is painted."""
        self.desk.prompt.change(seed=seed)
        pane = self.desk.panes.pane
        self.until(lambda: all(_seed(pane(one).shown) == seed for one in ("base", "current")))
        self.window.compare.active.view.repaint()

    def click(self, row: int) -> None:
        """On the strip, until it is painted large."""
        strip, look = self.window.filmstrip.view, self.window.filmstrip.look
        where = strip.visualRect(strip.model().index(row, 0)).center()
        QTest.mouseClick(strip.viewport(), Qt.MouseButton.LeftButton, pos=where)
        picture = self.desk.store.filmstrip.picture(strip.model().index(row, 0))
        assert picture is not None
        self.until(lambda: strip.looked_at == picture.key)
        look.pane.view.repaint()

    def close(self) -> None:
        self.window.close()
        shiboken6.delete(self.window)
        self.desk.dispose()


def _seed(shown: Rendered | None) -> int | None:
    return shown.request.sampling.seed if shown else None


def measure(side: int = SIDE) -> list[Figure]:
    pictures = [made(seed, side) for seed in range(FIRST_SEED, FIRST_SEED + ROUNDS)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        writes = written_ms(PictureStore(folder / "pictures", 1 << 40, "before"), pictures)
        room = Room(folder, side)
        clicks = [timed_ms(lambda row=row: room.click(row)) for row in range(1, 6)]
        again = [timed_ms(lambda row=row: room.click(row)) for row in range(1, 6)]
        room.desk.works.clear()
        wishes = [
            timed_ms(lambda one=one: room.wish(one.request.sampling.seed)) for one in pictures
        ]
        assert not room.desk.works
        room.close()
    size = f"{side}×{side}"
    return [
        Figure(
            "stored_wish_ms", statistics.median(wishes), "ms", SHOWN_BOUND_MS,
            what=f"a stored {size} is asked for → shown in two panes, without the engine",
        ),
        Figure(
            "stored_click_ms", statistics.median(clicks), "ms", SHOWN_BOUND_MS,
            what=f"a click on a {size} of an earlier session → shown",
        ),
        Figure(
            "stored_click_again_ms", statistics.median(again), "ms", SHOWN_BOUND_MS,
            what="the same, while it is in memory",
        ),
        Figure(
            "stored_write_ms", statistics.median(writes), "ms",
            what=f"keeping a {size}, in the background",
        ),
    ]  # fmt: skip


def main() -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication.instance() or QApplication([])
    started = time.perf_counter()
    figures = measure(int(sys.argv[1]) if len(sys.argv) > 1 else SIDE)
    keep("stored", figures)
    print_table(f"stored: {time.perf_counter() - started:.0f} s", figures)
    del application


if __name__ == "__main__":
    main()

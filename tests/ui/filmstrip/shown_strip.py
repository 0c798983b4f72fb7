"""A filmstrip in its window: what it lists, and where it is touched."""

from datetime import datetime, timedelta

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from loraviewer.bridge.pictures.filmstrip_model import PICTURE_ROLE
from loraviewer.core.outcome import Rendered
from loraviewer.core.request import Sampling
from loraviewer.core.stack import AdapterStack
from loraviewer.ui.main_window import MainWindow
from tests.ui.fakes import Desk, entry, plain_picture, rendered

RED, GREEN, BLUE = (220, 20, 20), (20, 200, 20), (20, 20, 220)
ROWS = AdapterStack(entries=(entry("manga", 0.5), entry("neon", 1.5, is_enabled=False)), master=1.2)
NOW = datetime.now().replace(hour=12, minute=0, second=0).timestamp()
DAY_S = timedelta(days=1).total_seconds()


def made(seed: int, colour: tuple[int, int, int] = RED, stack: AdapterStack = ROWS) -> Rendered:
    return rendered(plain_picture(colour), stack, sampling=Sampling(prompt="a cat", seed=seed))


def listed(controller: Desk) -> list:
    model = controller.store.filmstrip
    rows = (model.index(row, 0) for row in range(model.rowCount()))
    return [picture for picture in (row.data(PICTURE_ROLE) for row in rows) if picture is not None]


def seeds(controller: Desk) -> list[int]:
    return [picture.sampling.seed for picture in listed(controller)]


def headings(controller: Desk) -> list[str]:
    model = controller.store.filmstrip
    rows = (model.index(row, 0) for row in range(model.rowCount()))
    return [row.data() for row in rows if row.data(PICTURE_ROLE) is None]


def place(window: MainWindow, seed: int) -> QPoint:
    """The middle of a picture in the strip."""
    view = window.filmstrip.view
    model = view.model()
    for row in range(model.rowCount()):
        picture = model.index(row, 0).data(PICTURE_ROLE)
        if picture is not None and picture.sampling.seed == seed:
            return view.visualRect(model.index(row, 0)).center()
    raise AssertionError(f"{seed} is not in the strip")


def click(window: MainWindow, seed: int, button=Qt.MouseButton.LeftButton) -> None:
    QTest.mouseClick(window.filmstrip.view.viewport(), button, pos=place(window, seed))
    QApplication.processEvents()


def seen_over_pane(window: MainWindow) -> int | None:
    """The seed of the picture that is looked at."""
    look = window.filmstrip.look
    if not look.isVisible():
        return None
    assert look.geometry() == window.compare.active.geometry()
    return int(look.pane.caption.rpartition("seed ")[2])


def chosen(window: MainWindow, controller: Desk, seed: int, words: str) -> None:
    picture = next(one for one in listed(controller) if one.sampling.seed == seed)
    menu = window.filmstrip.menu(picture)
    next(action for action in menu.actions() if words in action.text()).trigger()
    menu.deleteLater()

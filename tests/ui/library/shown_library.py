"""The library in its window, and where it is touched."""

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from loraviewer.bridge.library.library_list import LibraryList
from loraviewer.core.library.entries import LibraryEntry
from loraviewer.ui.library.library_view import LibraryView, mime_of
from loraviewer.ui.main_window import MainWindow
from tests.bridge.library.conftest import is_at_rest
from tests.bridge.library.fake_index import FOLDER
from tests.ui.fakes import Desk


def path_of(name: str) -> str:
    return f"{FOLDER}/{name}.safetensors"


def view(window: MainWindow) -> LibraryView:
    return window.library.dock.view


def listed(window: MainWindow) -> LibraryList:
    model = view(window).model()
    assert isinstance(model, LibraryList)
    return model


def file_of(desk: Desk, name: str) -> LibraryEntry:
    """As it is listed now."""
    found = desk.library.list.entry(path_of(name))
    assert found is not None
    return found


def names(window: MainWindow) -> list[str]:
    model = listed(window)
    files = [model.path(row) for row in range(model.rowCount())]
    return [path.rsplit("/", 1)[-1].removesuffix(".safetensors") for path in files]


def select(window: MainWindow, *wanted: str) -> None:
    """The keyboard on the first of them."""
    files = view(window)
    files.setFocus()
    files.clearSelection()
    model = listed(window)
    for name in reversed(wanted):
        index = model.index(model.row_of(path_of(name)), 0)
        files.selectionModel().setCurrentIndex(index, files.selectionModel().SelectionFlag.Select)


def press(window: MainWindow, key: Qt.Key, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
    focused = QApplication.focusWidget()
    QTest.keyClick(focused or window, key, modifiers)


def centre_of(window: MainWindow, name: str) -> QPoint:
    files = view(window)
    model = listed(window)
    return files.visualRect(model.index(model.row_of(path_of(name)), 0)).center()


def settle(desk: Desk, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: is_at_rest(desk))


def entry_of(menu: QMenu, text: str) -> QAction:
    return next(action for action in menu.actions() if action.text() == text)


def drop_files(window: MainWindow, over: QWidget, *dropped: str) -> None:
    where = over.mapTo(window, over.rect().center())
    data = mime_of([path_of(name) for name in dropped])
    action, buttons = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(where, action, data, buttons, none)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(where), action, data, buttons, none))

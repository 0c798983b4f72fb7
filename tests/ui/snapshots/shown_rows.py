"""Snapshots below the strips, and the ways tests touch them."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu

from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.snapshots.snapshot_list import SnapshotList
from tests.ui.fakes import Desk
from tests.ui.focus import focused

LEFT = Qt.MouseButton.LeftButton
Key = Qt.Key


def rows(window: MainWindow) -> SnapshotList:
    return window.stack_panel.snapshots.list


def names(window: MainWindow) -> list[str]:
    model = rows(window).model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def place(window: MainWindow, row: int) -> QPoint:
    return rows(window).visualRect(rows(window).model().index(row, 0)).center()


def click(window: MainWindow, row: int) -> None:
    QTest.mouseClick(rows(window).viewport(), LEFT, pos=place(window, row))


def scale(controller: Desk) -> float:
    return controller.stack.stack.entries[0].scale


def editor(window: MainWindow) -> QLineEdit:
    line = focused()
    assert isinstance(line, QLineEdit)
    assert rows(window).isAncestorOf(line)
    return line


def open_menu(window: MainWindow, row: int) -> QMenu:
    where = place(window, row)
    view = rows(window).viewport()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, where, view.mapToGlobal(where))
    QApplication.sendEvent(view, event)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def choose(menu: QMenu, text: str) -> None:
    next(action for action in menu.actions() if action.text() == text).trigger()
    menu.close()

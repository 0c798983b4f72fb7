"""Very many rows of one size: where they lie, and that nobody counts them one by one."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QStyledItemDelegate
from pytestqt.qtbot import QtBot

from loraviewer.ui.widgets.even_view import EvenView

Index = QModelIndex | QPersistentModelIndex
ROWS, WIDTH, HEIGHT = 10_000, 60, 20


class Rows(QAbstractListModel):
    """Counts how often it is asked how many there are."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count
        self.asked = 0

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        self.asked += 1
        return 0 if parent.isValid() else self.count

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        return f"row {index.row()}" if role == Qt.ItemDataRole.DisplayRole else None


class Cells(QStyledItemDelegate):
    """`width` 0: rows as wide as the view."""

    width = 0

    def sizeHint(self, option, index) -> QSize:
        return QSize(self.width, HEIGHT)


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[EvenView]:
    shown = EvenView()
    qtbot.addWidget(shown)
    rows = Rows(ROWS)
    rows.setParent(shown)
    shown.setModel(rows)
    shown.setItemDelegate(Cells(shown))
    shown.setSelectionMode(EvenView.SelectionMode.ExtendedSelection)
    shown.resize(200, 220)
    shown.show()
    qtbot.waitExposed(shown)
    yield shown
    shown.close()


def rows_of(view: EvenView) -> Rows:
    model = view.model()
    assert isinstance(model, Rows)
    return model


def as_grid(view: EvenView) -> None:
    cells = view.itemDelegate()
    assert isinstance(cells, Cells)
    cells.width = WIDTH
    view.updateGeometries()


def selected(view: EvenView) -> list[int]:
    return sorted(index.row() for index in view.selectedIndexes())


@pytest.mark.parametrize("is_grid", [False, True])
def test_each_row_that_is_seen_is_found_where_it_lies(view: EvenView, is_grid: bool) -> None:
    if is_grid:
        as_grid(view)
        assert view.columns == view.viewport().width() // WIDTH
    for scrolled in (0, 7, view.verticalScrollBar().maximum()):
        view.verticalScrollBar().setValue(scrolled)
        covered: list[QRect] = []
        for row in view.rows_seen():
            place = view.visualRect(view.model().index(row, 0))
            assert not any(place.intersects(other) for other in covered)
            covered.append(place)
            inside = place.intersected(view.viewport().rect())
            if inside.isValid():
                assert view.indexAt(inside.center()).row() == row


def test_the_last_row_ends_at_the_lower_edge(view: EvenView) -> None:
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum())
    last = view.visualRect(view.model().index(ROWS - 1, 0))
    assert last.bottom() == view.viewport().rect().bottom()


def test_keys_go_by_rows_lines_and_pages_and_keep_the_row_in_sight(view: EvenView) -> None:
    view.setCurrentIndex(view.model().index(0, 0))
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert view.currentIndex().row() == 1
    QTest.keyClick(view, Qt.Key.Key_End)
    assert view.currentIndex().row() == ROWS - 1
    assert view.viewport().rect().contains(view.visualRect(view.currentIndex()))
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert view.currentIndex().row() == ROWS - 1
    QTest.keyClick(view, Qt.Key.Key_PageUp)
    assert view.currentIndex().row() < ROWS - 5
    as_grid(view)
    view.setCurrentIndex(view.model().index(0, 0))
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert view.currentIndex().row() == view.columns
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.currentIndex().row() == view.columns + 1
    QTest.keyClick(view, Qt.Key.Key_Home)
    assert view.currentIndex().row() == 0


def test_shift_selects_all_between(view: EvenView) -> None:
    viewport, model = view.viewport(), view.model()
    left = Qt.MouseButton.LeftButton
    QTest.mouseClick(viewport, left, pos=view.visualRect(model.index(1, 0)).center())
    QTest.mouseClick(
        viewport,
        left,
        Qt.KeyboardModifier.ShiftModifier,
        view.visualRect(model.index(4, 0)).center(),
    )
    assert selected(view) == [1, 2, 3, 4]
    QTest.mouseClick(
        viewport,
        left,
        Qt.KeyboardModifier.ControlModifier,
        view.visualRect(model.index(2, 0)).center(),
    )
    assert selected(view) == [1, 3, 4]
    QTest.keyClick(view, Qt.Key.Key_End, Qt.KeyboardModifier.ShiftModifier)
    assert selected(view)[-1] == ROWS - 1


def test_changes_of_rows_ask_for_no_other_row(view: EvenView) -> None:
    rows = rows_of(view)
    QApplication.processEvents()
    rows.asked = 0
    rows.dataChanged.emit(rows.index(0), rows.index(ROWS - 1))
    view.verticalScrollBar().setValue(90_000)
    QApplication.processEvents()
    assert 0 < rows.asked < 500


def test_fewer_rows_after_a_reset_are_all_there_is(view: EvenView) -> None:
    rows = rows_of(view)
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum())
    rows.beginResetModel()
    rows.count = 3
    rows.endResetModel()
    assert view.verticalScrollBar().maximum() == 0
    assert list(view.rows_seen()) == [0, 1, 2]
    assert not view.indexAt(QPoint(5, 3 * HEIGHT + 5)).isValid()

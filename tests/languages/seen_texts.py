"""All that a person reads in a widget and hears of it, as far as it is text of Qt's own widgets."""

from collections.abc import Iterator

from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTabBar,
    QTableView,
    QWidget,
)

from loraviewer.ui.widgets.labels import ElidedLabel

_ROLES = (
    Qt.ItemDataRole.DisplayRole,
    Qt.ItemDataRole.ToolTipRole,
    Qt.ItemDataRole.AccessibleTextRole,
    Qt.ItemDataRole.AccessibleDescriptionRole,
)


def seen_texts(root: QWidget) -> set[str]:
    """Of a widget and all in it, also what is hidden now. Without what is typed or painted, and
    what Qt itself puts into it."""
    inside = [one for one in root.findChildren(QWidget) if not isinstance(one.parent(), QTabBar)]
    parts = [root, *inside]
    return {text for part in parts for text in _of(part) if text}


def _of(widget: QWidget) -> Iterator[str]:
    if widget.isWindow():
        yield widget.windowTitle()
    yield from (widget.toolTip(), widget.accessibleName(), widget.accessibleDescription())
    if isinstance(widget, QLabel | ElidedLabel | QAbstractButton):
        yield widget.text()
    elif isinstance(widget, QLineEdit | QPlainTextEdit):
        yield widget.placeholderText()
    elif isinstance(widget, QComboBox):
        yield from (widget.itemText(at) for at in range(widget.count()))
    elif isinstance(widget, QTabBar):
        yield from map(widget.tabText, range(widget.count()))
        yield from map(widget.tabToolTip, range(widget.count()))
    elif isinstance(widget, QAbstractItemView) and widget.model() is not None:
        yield from _of_model(widget.model(), has_headers=isinstance(widget, QTableView))


def _of_model(model: QAbstractItemModel, *, has_headers: bool) -> Iterator[str]:
    # Of a list, PySide6 does not let columns be counted.
    is_list = isinstance(model, QAbstractListModel)
    rows, columns = range(model.rowCount()), range(1 if is_list else model.columnCount())
    places = [model.index(row, column) for row in rows for column in columns]
    found: list[object] = [model.data(place, role) for place in places for role in _ROLES]
    if has_headers:
        across, down = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        found += [model.headerData(at, across, role) for at in columns for role in _ROLES]
        found += [model.headerData(at, down, role) for at in rows for role in _ROLES]
    yield from (text for text in found if isinstance(text, str))

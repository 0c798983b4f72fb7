"""Every key and gesture on one page, from the table of actions."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QBoxLayout, QDialog, QGridLayout, QLabel, QVBoxLayout, QWidget

from loraviewer.bridge.languages import shown
from loraviewer.ui.actions import ACTIONS, MENUS, shortcut_text
from loraviewer.ui.gestures import GESTURES
from loraviewer.ui.widgets.labels import QuietLabel
from loraviewer.ui.widgets.scroll_area import ScrollArea
from loraviewer.ui.widgets.theme import GAP

_COLUMNS = 2
_FRAME = QSize(16, 48)
"""What a desktop puts around a window, and a panel that some do not subtract."""


class ShortcutsPage(QDialog):
    """Not modal: the studio goes on behind it. Esc closes it; arrows and the wheel scroll it where
    it is longer than the screen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        groups = [(_plain(name), _rows_of(name)) for name in MENUS]
        groups.append(
            (self.tr("Keys and mouse"), [(shown(g.keys), shown(g.text)) for g in GESTURES])
        )
        page = QWidget()
        columns = QBoxLayout(QBoxLayout.Direction.LeftToRight, page)
        columns.setContentsMargins(3 * GAP, 2 * GAP, 3 * GAP, 2 * GAP)
        columns.setSpacing(4 * GAP)
        for part in _halves([group for group in groups if group[1]]):
            columns.addLayout(self._column(part))
        area = ScrollArea(page)
        area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        area.setAccessibleName(self.windowTitle())
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(area)
        room = self.screen().availableSize() - _FRAME
        beside = QSize(area.verticalScrollBar().sizeHint().width(), 2)
        if page.sizeHint().width() + beside.width() > room.width():
            columns.setDirection(QBoxLayout.Direction.TopToBottom)
        self.resize((page.sizeHint() + beside).boundedTo(room))

    def _column(self, groups: list[tuple[str, list[tuple[str, str]]]]) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(GAP)
        for title, rows in groups:
            column.addWidget(_bold(title))
            grid = QGridLayout()
            grid.setHorizontalSpacing(2 * GAP)
            grid.setVerticalSpacing(GAP // 2)
            grid.setColumnMinimumWidth(0, 110)
            grid.setColumnStretch(1, 1)
            for row, (keys, words) in enumerate(rows):
                grid.addWidget(QLabel(keys), row, 0)
                grid.addWidget(QuietLabel(words), row, 1)
            column.addLayout(grid)
            column.addSpacing(GAP)
        column.addStretch()
        return column


def _halves(groups: list) -> list[list]:
    """Split so that both columns hold about as many rows."""
    total = sum(len(rows) + 2 for _, rows in groups)
    columns: list[list] = [[], []]
    filled = 0
    for group in groups:
        columns[0 if filled < total / _COLUMNS else 1].append(group)
        filled += len(group[1]) + 2
    return columns


def _rows_of(menu: str) -> list[tuple[str, str]]:
    specs = [spec for spec in ACTIONS if spec.menu == menu and spec.shortcut]
    return [(shortcut_text(spec), shown(spec.text).rstrip("…")) for spec in specs]


def _plain(menu: str) -> str:
    return shown(menu).replace("&", "")


def _bold(text: str) -> QLabel:
    label = QLabel(text)
    font = label.font()
    font.setBold(True)
    label.setFont(font)
    return label

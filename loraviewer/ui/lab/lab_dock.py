"""A part of the Lab, in pages of which only the one that is looked at works."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from loraviewer.ui.lab.lab_page import LabPage
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.tab_order import put_after
from loraviewer.ui.widgets.theme import GAP

_LEAST = QSize(320, 180)


@dataclass(frozen=True)
class PageSpec:
    """`make` builds what is a QWidget and a `LabPage`."""

    title: str
    tip: str
    make: Callable[[], QWidget]


@dataclass(frozen=True)
class DockWords:
    """`name`: of the part. The others are whole sentences for its buttons and tabs."""

    name: str
    pages: str
    move: str
    close: str


class LabDock(QFrame):
    """A row of tabs over their pages. A page is built once the dock has been painted with its tab
    in front: what it needs is not even imported before."""

    side_wanted = Signal()
    close_wanted = Signal()

    def __init__(
        self, words: DockWords, specs: Sequence[PageSpec], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._specs = tuple(specs)
        self._pages: dict[int, QWidget] = {}
        self._watched: int | None = None
        self._building = QTimer(self)
        self._building.setSingleShot(True)
        self._building.setInterval(0)
        self._building.timeout.connect(self._show_current)
        self.tabs = self._made_tabs(words.pages)
        self.side = IconButton("turn", words.move)
        self.side.clicked.connect(self.side_wanted)
        self._close = IconButton("close", words.close)
        self._close.clicked.connect(self.close_wanted)
        self._body = QStackedWidget()
        self._empty = QWidget()
        self._body.addWidget(self._empty)
        self._lay_out()
        self.setAccessibleName(words.name)

    @property
    def page(self) -> QWidget | None:
        """The one in front; None until it is built."""
        return self._pages.get(self.tabs.currentIndex())

    def minimumSizeHint(self) -> QSize:
        return _LEAST

    def say_side(self, is_below: bool) -> None:
        """Where the dock stands, for the button that moves it."""
        words = self.tr("Beside the pictures") if is_below else self.tr("Below the pictures")
        self.side.setToolTip(words)
        self.side.setAccessibleName(words)

    def add_note(self, note: QWidget) -> None:
        """About the numbers of all pages, below their tabs."""
        self._column.insertWidget(1, note)

    @Slot(int)
    def open_page(self, index: int) -> None:
        self.tabs.setCurrentIndex(index)

    @Slot()
    def take_focus(self) -> None:
        self.tabs.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- events ---------------------------------------------------------------------------

    def paintEvent(self, event) -> None:
        super().paintEvent(event)
        if self._watched is None and not self._building.isActive():
            self._building.start()

    def hideEvent(self, event) -> None:
        super().hideEvent(event)
        self._building.stop()
        self._watch(None)

    # -- pages ----------------------------------------------------------------------------

    def _made_tabs(self, name: str) -> QTabBar:
        tabs = QTabBar()
        for spec in self._specs:
            tabs.setTabToolTip(tabs.addTab(spec.title), spec.tip)
        tabs.setDrawBase(False)
        tabs.setExpanding(False)
        tabs.setUsesScrollButtons(True)
        tabs.setElideMode(Qt.TextElideMode.ElideNone)
        tabs.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        tabs.setAccessibleName(name)
        tabs.currentChanged.connect(self._on_tab_changed)
        return tabs

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(GAP // 2)
        head.addWidget(self.tabs, 1)
        head.addWidget(self.side)
        head.addWidget(self._close)
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP // 2)
        column.addLayout(head)
        column.addWidget(self._body, 1)

    @Slot(int)
    def _on_tab_changed(self, _: int) -> None:
        if self.isVisible():
            self._show_current()

    @Slot()
    def _show_current(self) -> None:
        index = self.tabs.currentIndex()
        if index not in self._pages:
            self._pages[index] = self._specs[index].make()
            self._body.addWidget(self._pages[index])
            put_after(self._close, self._pages[index])
        self._watch(index)
        focused = QApplication.focusWidget()
        if focused is not None and self._body.isAncestorOf(focused):
            self.take_focus()  # else it goes to whatever comes first on the new page
        self._body.setCurrentWidget(self._pages[index])

    def _watch(self, index: int | None) -> None:
        """What is left rests before the next begins: both may need the same measurements."""
        before, self._watched = self._watched, index
        if before == index:
            return
        if before is not None:
            cast(LabPage, self._pages[before]).watch(False)
        if index is not None:
            cast(LabPage, self._pages[index]).watch(True)

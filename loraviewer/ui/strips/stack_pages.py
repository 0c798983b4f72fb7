"""What stands in place of the rows where there are none: how to begin, or why that is so."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from loraviewer.bridge.services import DemoAdapter
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.demo_tiles import DemoTiles
from loraviewer.ui.widgets.labels import QuietLabel
from loraviewer.ui.widgets.scroll_area import ScrollArea
from loraviewer.ui.widgets.theme import GAP


class EmptyPage(ScrollArea):
    """Of a stack without adapters."""

    demo_chosen = Signal(str)
    """Its path."""

    def __init__(self, demos: Sequence[DemoAdapter]) -> None:
        page = QWidget()
        super().__init__(page)
        column = _column(
            page,
            self.tr(
                "No adapters: the picture is the base’s own. Add one, or drop .safetensors "
                "files anywhere in the window."
            ),
        )
        self._tiles = DemoTiles(demos)
        self._tiles.chosen.connect(self.demo_chosen)
        column.addWidget(self._tiles)
        column.addStretch()

    def tab_chain(self) -> list[QWidget]:
        return self._tiles.tab_chain()


class BasePage(ScrollArea):
    """Of the base, whose stack stays empty."""

    pin_requested = Signal()
    """The base is to be copied into a new pane."""

    def __init__(self) -> None:
        page = QWidget()
        super().__init__(page)
        column = _column(
            page,
            self.tr(
                "The base holds no adapters; choose another pane, or press P to copy it into a "
                "new one."
            ),
        )
        self._copy = IconButton("add", self.tr("Copy the base into a new pane")).with_words(
            self.tr("Copy into a new pane")
        )
        self._copy.clicked.connect(self.pin_requested)
        column.addWidget(self._copy, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch()

    def tab_chain(self) -> list[QWidget]:
        return [self._copy]

    def take_focus(self) -> None:
        self._copy.setFocus(Qt.FocusReason.ShortcutFocusReason)


def _column(page: QWidget, sentence: str) -> QVBoxLayout:
    """Of a page, with a sentence at its top."""
    column = QVBoxLayout(page)
    column.setContentsMargins(GAP, 2 * GAP, GAP, GAP)
    column.setSpacing(GAP)
    words = QuietLabel(sentence)
    words.setWordWrap(True)
    column.addWidget(words)
    return column

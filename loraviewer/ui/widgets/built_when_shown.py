"""A place in the window for a part that most people never open: nothing of it is built before."""

from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtWidgets import QVBoxLayout, QWidget

from loraviewer.ui.widgets.tab_order import put_in_place

Part = TypeVar("Part", bound=QWidget)


class BuiltWhenShown(QWidget, Generic[Part]):
    """Hidden until somebody shows it. The part fills it, comes and goes with it, and has the
    place in the order of Tab that it would have had from the start. GUI thread only."""

    def __init__(self, build: Callable[[], Part], parent: QWidget | None = None) -> None:
        """build: called once, when this is first shown, or `part` is first asked for. What it
        makes reads what its models know by then: nobody told it of their changes."""
        super().__init__(parent)
        self._build: Callable[[], Part] | None = build
        self._part: Part | None = None
        self.hide()

    @property
    def is_built(self) -> bool:
        return self._part is not None

    @property
    def part(self) -> Part:
        """Built by that, where it was not."""
        if self._part is None:
            self._part = self._built()
        return self._part

    def setVisible(self, visible: bool) -> None:
        """The part comes before its place, and goes before it."""
        if visible:
            self.part.setVisible(True)
        elif self._part is not None:
            self._part.setVisible(False)
        super().setVisible(visible)

    def _built(self) -> Part:
        build, self._build = self._build, None
        assert build is not None, "it was asked for itself while it was being built"
        part = build()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        part.setVisible(not self.isHidden())
        column.addWidget(part)
        put_in_place(self, part)
        return part

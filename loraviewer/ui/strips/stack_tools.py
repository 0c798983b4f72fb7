"""The buttons below the stack: all off, snapshot, undo and redo."""

from collections.abc import Sequence

from PySide6.QtCore import Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QWidget

from loraviewer.ui.widgets.action_button import ActionButton
from loraviewer.ui.widgets.theme import GAP


class StackTools(QWidget):
    """`actions`: in the order of the buttons."""

    def __init__(self, actions: Sequence[QAction]) -> None:
        super().__init__()
        all_off, take, undo, redo = actions
        self._take = ActionButton("snapshot", take)
        self._left = (ActionButton("off", all_off), self._take)
        self._right = (
            ActionButton("undo", undo, has_words=False),
            ActionButton("redo", redo, has_words=False),
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, GAP // 2, 0)
        row.setSpacing(GAP // 2)
        for button in self._left:
            row.addWidget(button)
        row.addStretch()
        for button in self._right:
            row.addWidget(button)

    def tab_chain(self) -> tuple[QWidget, ...]:
        """What Tab visits, in order."""
        return (*self._left, *self._right)

    @property
    def words_px(self) -> int:
        """How wide it is with all of its words."""
        words = sum(button.width_with(button.accessibleName()) for button in self._left)
        icons = sum(button.width_with("") for button in self._right)
        return words + icons + len(self.tab_chain()) * GAP

    def set_narrow(self, is_narrow: bool) -> None:
        """Whether there is room for one word only."""
        self._take.show_words(not is_narrow)

    def set_bare(self, is_bare: bool) -> None:
        """Whether there is room for no word at all."""
        self._left[0].show_words(not is_bare)

    @Slot()
    def take_focus(self) -> None:
        """To the button that takes a snapshot."""
        self._take.setFocus()

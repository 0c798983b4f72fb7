"""A button for one of the window's actions."""

from PySide6.QtCore import Slot
from PySide6.QtGui import QAction

from loraviewer.ui.widgets.buttons import IconButton


class ActionButton(IconButton):
    """Presses one of the window's actions and follows its state."""

    def __init__(self, icon_name: str, action: QAction, *, has_words: bool = True) -> None:
        super().__init__(icon_name, action.text())
        self._action = action
        self.setCheckable(action.isCheckable())
        self._has_words = has_words
        self.clicked.connect(action.trigger)
        action.changed.connect(self._follow)
        self._follow()

    def show_words(self, has_words: bool) -> None:
        self._has_words = has_words
        self._follow()

    @Slot()
    def _follow(self) -> None:
        words = self._action.text()
        self.setAccessibleName(words.replace("&&", "&"))
        self.with_words(words if self._has_words else "")
        self.setEnabled(self._action.isEnabled())
        self.setChecked(self._action.isChecked())
        self.setToolTip(self._action.toolTip())

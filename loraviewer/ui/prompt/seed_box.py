"""The seed with its dice and its lock."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from loraviewer.core.request import MAX_SEED
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.number_box import WholeNumberBox
from loraviewer.ui.widgets.theme import FIELD_HEIGHT


class SeedBox(QWidget):
    """Locked, the seed stays; free, whoever renders by hand gets a new one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.number = WholeNumberBox(0, MAX_SEED)
        self.number.setToolTip(self.tr("Seed: the same number gives the same noise in both panes."))
        self.number.setAccessibleName(self.tr("Seed"))
        self.number.setFixedHeight(FIELD_HEIGHT)
        self.dice = IconButton("dice", self.tr("New random seed"))
        self.lock = IconButton("locked", self.tr("Keep the seed"))
        self.lock.setCheckable(True)
        self.lock.setChecked(True)
        self.lock.toggled.connect(self._draw_lock)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self.number, 1)
        row.addWidget(self.dice)
        row.addWidget(self.lock)
        self._draw_lock()

    @property
    def is_locked(self) -> bool:
        return self.lock.isChecked()

    @Slot()
    def _draw_lock(self) -> None:
        self.lock.set_icon_name("locked" if self.is_locked else "unlocked")
        self.lock.setToolTip(
            self.tr("The seed is kept: every render starts from the same noise.")
            if self.is_locked
            else self.tr("The seed is free: every Render starts from a new one.")
        )

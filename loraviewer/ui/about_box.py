"""Who made this, and which version of it runs."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

import loraviewer


class AboutBox(QMessageBox):
    """Not modal: the studio goes on behind it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        words = self.tr("loraviewer {}: stack, weigh and compare diffusion adapters, live.")
        self.setWindowTitle("loraviewer")
        self.setText(words.format(loraviewer.__version__))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)

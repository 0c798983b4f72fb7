"""Who made this, and which version of it runs."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

import loraviewer


class AboutBox(QMessageBox):
    """Not modal: the studio goes on behind it."""

    def __init__(self, parent: QWidget, log_file: Path | None) -> None:
        super().__init__(parent)
        words = self.tr("loraviewer {}: stack, weigh and compare diffusion adapters, live.")
        self.setWindowTitle("loraviewer")
        self.setText(words.format(loraviewer.__version__))
        self.setInformativeText(
            self.tr("What went wrong is written to {}").format(log_file)
            if log_file
            else self.tr("No log is kept: its folder cannot be written.")
        )
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)

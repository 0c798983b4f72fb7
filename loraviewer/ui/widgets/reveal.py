"""Showing a file where it lies, in the system's own file manager."""

import os
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QUrl
from PySide6.QtGui import QDesktopServices

from loraviewer.ui.widgets.file_words import folder_text


def reveal(path: Path) -> str:
    """Opens the folder; one sentence where that cannot be done, "" where it is."""
    is_there = os.path.isdir(path.parent)
    if is_there and QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent))):
        return ""
    words = QCoreApplication.translate("Reveal", "The folder “{}” is no longer there.")
    if is_there:
        words = QCoreApplication.translate("Reveal", "No program here shows the folder “{}”.")
    return words.format(folder_text(path))

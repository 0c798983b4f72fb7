"""Showing a file where it lies, in the system's own file manager."""

import os
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices


def reveal(path: Path) -> None:
    """Opens the folder; nothing happens where it is gone."""
    if os.path.isdir(path.parent):
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))

"""Showing a file where it lies, in the system's own file manager."""

import os
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices


def reveal(path: Path) -> bool:
    """Opens the folder; False where it is gone, or nothing can show it."""
    if not os.path.isdir(path.parent):
        return False
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))

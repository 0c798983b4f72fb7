"""Copies of an experiment's folder, made off the GUI thread."""

import shutil
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from loraviewer.bridge.background import BackgroundTasks
from loraviewer.core.outcome import FileError


class FolderCopies(QObject):
    """GUI thread only."""

    ended = Signal(object)  # Path of the copy, or Failure

    def __init__(self, tasks: BackgroundTasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks

    def copy(self, folder: Path, to: Path) -> None:
        """`ended` follows. Nothing is written over: where `to` is there, that is a failure."""
        self._tasks.run(partial(_copied, folder, to), self.ended.emit)


def _copied(folder: Path, to: Path) -> Path:
    """Whole or not at all."""
    if to.exists():
        raise FileError(f"“{to}” is there already; choose another folder.")
    try:
        shutil.copytree(folder, to)
    except OSError as error:
        shutil.rmtree(to, ignore_errors=True)
        raise FileError(f"“{to}” cannot be written: {error.strerror or error}.") from error
    return to

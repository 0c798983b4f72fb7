"""Copies of an experiment's folder, made off the GUI thread."""

import shutil
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from loraviewer.bridge.background import BackgroundTasks
from loraviewer.core.outcome import FileError
from loraviewer.core.sentences import say
from loraviewer.core.system_reasons import reason_of


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
        raise FileError(say("“{path}” is there already; choose another folder.", path=str(to)))
    try:
        shutil.copytree(folder, to)
    except OSError as error:
        shutil.rmtree(to, ignore_errors=True)
        words = say("“{path}” cannot be written: {why}.", path=str(to), why=reason_of(error))
        raise FileError(words) from error
    return to

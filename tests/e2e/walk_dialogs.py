"""What a clumsy person does with dialogs: takes any file, or none."""

import random
from pathlib import Path

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QLineEdit

from tests.e2e.walk_files import Files

WORDS = ("", "best", "<b>best</b>", "a" * 300, "1", "-2,5")


class Dialogs:
    """Answers those that are open, most of the time."""

    def __init__(self, files: Files, chance: random.Random) -> None:
        self._files = files
        self._random = chance

    def answer(self) -> None:
        for widget in QApplication.topLevelWidgets():
            if widget.isVisible() and isinstance(widget, QDialog) and self._random.random() < 0.8:
                self._answer(widget)

    def close_all(self) -> None:
        for widget in QApplication.topLevelWidgets():
            if widget.isVisible() and isinstance(widget, QDialog):
                widget.close()

    def _answer(self, dialog: QDialog) -> None:
        if isinstance(dialog, QFileDialog):
            if self._random.random() < 0.8:
                path = self._path(dialog)
                dialog.filesSelected.emit([path])
                dialog.fileSelected.emit(path)
            dialog.close()
            return
        for field in dialog.findChildren(QLineEdit):
            if field.isVisible() and field.isEnabled() and self._random.random() < 0.3:
                field.selectAll()
                QTest.keyClicks(field, self._random.choice(WORDS))
        self._random.choice((dialog.accept, dialog.reject, dialog.close))()

    def _path(self, dialog: QFileDialog) -> str:
        """Whatever is asked for; what is saved goes where pictures and sessions are."""
        saved = self._files.pictures
        if dialog.acceptMode() == QFileDialog.AcceptMode.AcceptSave:
            suffix = dialog.defaultSuffix() or "png"
            return str(saved / f"{self._random.randrange(3)}.{suffix}")
        patterns = " ".join(dialog.nameFilters())
        found = sorted(map(str, saved.iterdir()))
        right = [path for path in found if f"*{Path(path).suffix}" in patterns]
        if dialog.fileMode() == QFileDialog.FileMode.Directory:
            return self._random.choice(self._files.bases)
        good = [path for path in self._files.good if Path(path).exists()]
        return self._random.choice([*right * 3, *good, *self._files.bad])

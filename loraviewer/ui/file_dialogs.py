"""Asking for files without stopping the studio: the dialogs are not modal to the event loop."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

_WEIGHTS = "*.safetensors"


class FileDialogs(QObject):
    """Each method shows a dialog; the answer goes to `answer` unless it is cancelled."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window

    def ask_adapters(self, answer: Callable[[list[str]], None]) -> None:
        dialog = self._dialog(self.tr("Add adapter files"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilter(self.tr("Adapters ({})").format(_WEIGHTS))
        dialog.filesSelected.connect(answer)
        dialog.open()

    def ask_base_folder(self, answer: Callable[[str], None]) -> None:
        dialog = self._dialog(self.tr("Open a checkpoint folder"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(answer)
        dialog.open()

    def ask_base_file(self, answer: Callable[[str], None]) -> None:
        dialog = self._dialog(self.tr("Open a checkpoint file"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(self.tr("Checkpoints ({})").format(_WEIGHTS))
        dialog.fileSelected.connect(answer)
        dialog.open()

    def ask_picture_path(self, name: str, answer: Callable[[str], None]) -> None:
        dialog = self._dialog(self.tr("Save picture"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(self.tr("PNG pictures ({})").format("*.png"))
        dialog.setDefaultSuffix("png")
        dialog.selectFile(name)
        dialog.fileSelected.connect(answer)
        dialog.open()

    def _dialog(self, title: str) -> QFileDialog:
        dialog = QFileDialog(self._window, title, str(Path.home()))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return dialog

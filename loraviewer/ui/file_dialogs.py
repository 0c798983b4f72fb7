"""Asking for files without stopping the studio: the dialogs are not modal to the event loop."""

from pathlib import Path

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from loraviewer.bridge.controller import StudioController

_WEIGHTS = "*.safetensors"


class FileDialogs(QObject):
    """Each method shows a dialog; the answer goes to the controller unless it is cancelled."""

    def __init__(self, controller: StudioController, window: QWidget) -> None:
        super().__init__(window)
        self._controller = controller
        self._window = window

    @Slot()
    def add_adapters(self) -> None:
        dialog = self._dialog(self.tr("Add adapter files"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilter(self.tr("Adapters ({})").format(_WEIGHTS))
        dialog.filesSelected.connect(self._controller.add_adapters)
        dialog.open()

    @Slot()
    def open_base_folder(self) -> None:
        dialog = self._folder_dialog(self.tr("Open a checkpoint folder"))
        dialog.fileSelected.connect(self._controller.open_checkpoint)
        dialog.open()

    @Slot()
    def open_base_file(self) -> None:
        dialog = self._dialog(self.tr("Open a checkpoint file"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(self.tr("Checkpoints ({})").format(_WEIGHTS))
        dialog.fileSelected.connect(self._controller.open_checkpoint)
        dialog.open()

    @Slot()
    def choose_components_folder(self) -> None:
        """Starts in the folder that is chosen now."""
        dialog = self._folder_dialog(self.tr("Folder with text encoders, tokenizers and VAEs"))
        if present := self._controller.settings.components_folder:
            dialog.setDirectory(present)
        dialog.fileSelected.connect(self._on_components_folder)
        dialog.open()

    def save_picture(self, pane_id) -> None:
        seed = self._controller.prompt.sampling.seed
        dialog = self._dialog(self.tr("Save picture"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(self.tr("PNG pictures ({})").format("*.png"))
        dialog.setDefaultSuffix("png")
        dialog.selectFile(f"{pane_id}-{seed}.png")
        dialog.fileSelected.connect(lambda path: self._controller.save_picture(pane_id, path))
        dialog.open()

    @Slot(str)
    def _on_components_folder(self, folder: str) -> None:
        self._controller.change_settings(components_folder=folder)

    def _folder_dialog(self, title: str) -> QFileDialog:
        dialog = self._dialog(title)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        return dialog

    def _dialog(self, title: str) -> QFileDialog:
        dialog = QFileDialog(self._window, title, str(Path.home()))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return dialog

"""Asking for files without stopping the studio: the dialogs are not modal to the event loop."""

from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from loraviewer.core.document import PaneId

_WEIGHTS = "*.safetensors"


class FileDialogs(QObject):
    """Each method shows a dialog; a signal tells what was chosen, none where it is cancelled."""

    # the stub lacks that a type may be named; `list` would be another type than the dialog emits
    adapters_chosen = Signal("QStringList")  # pyright: ignore[reportArgumentType]
    base_chosen = Signal(str)
    components_chosen = Signal(str)
    picture_chosen = Signal(str, str)
    """A pane's id, and where its picture is to be saved."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window

    @Slot()
    def add_adapters(self) -> None:
        dialog = self._dialog(self.tr("Add adapter files"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilter(self.tr("Adapters ({})").format(_WEIGHTS))
        dialog.filesSelected.connect(self.adapters_chosen)
        dialog.open()

    @Slot()
    def open_base_folder(self) -> None:
        dialog = self._folder_dialog(self.tr("Open a checkpoint folder"))
        dialog.fileSelected.connect(self.base_chosen)
        dialog.open()

    @Slot()
    def open_base_file(self) -> None:
        dialog = self._dialog(self.tr("Open a checkpoint file"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(self.tr("Checkpoints ({})").format(_WEIGHTS))
        dialog.fileSelected.connect(self.base_chosen)
        dialog.open()

    def choose_components_folder(self, present: str) -> None:
        """Starts in the folder that is chosen now, "" for none."""
        dialog = self._folder_dialog(self.tr("Folder with text encoders, tokenizers and VAEs"))
        if present:
            dialog.setDirectory(present)
        dialog.fileSelected.connect(self.components_chosen)
        dialog.open()

    def save_picture(self, pane_id: PaneId, seed: int) -> None:
        dialog = self._dialog(self.tr("Save picture"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(self.tr("PNG pictures ({})").format("*.png"))
        dialog.setDefaultSuffix("png")
        dialog.selectFile(f"{pane_id}-{seed}.png")
        dialog.fileSelected.connect(lambda path: self.picture_chosen.emit(pane_id, path))
        dialog.open()

    def _folder_dialog(self, title: str) -> QFileDialog:
        dialog = self._dialog(title)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        return dialog

    def _dialog(self, title: str) -> QFileDialog:
        dialog = QFileDialog(self._window, title, str(Path.home()))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return dialog

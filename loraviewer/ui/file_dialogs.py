"""Asking for files without stopping the studio: the dialogs are not modal to the event loop."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.outcome import Rendered
from loraviewer.core.picture_names import picture_name, unused_name

_ADAPTERS, _BASES, _PICTURES, _NOTES = "adapters", "bases", "pictures", "notes"
_WILDCARDS = "wildcards"
_WEIGHTS = "*.safetensors"
_BASE_WEIGHTS = f"{_WEIGHTS} *.gguf"


class FileDialogs(QObject):
    """Each method shows a dialog; a signal tells what was chosen, none where it is cancelled."""

    # the stub lacks that a type may be named; `list` would be another type than the dialog emits
    adapters_chosen = Signal("QStringList")  # pyright: ignore[reportArgumentType]
    base_chosen = Signal(str)
    components_chosen = Signal(str)
    wildcards_chosen = Signal(str)
    picture_chosen = Signal(object, str)
    """A `Rendered`, and where it is to be saved."""

    def __init__(self, window: QWidget, settings: SettingsModel) -> None:
        """settings: know where files were chosen last."""
        super().__init__(window)
        self._window = window
        self._settings = settings

    @Slot()
    def add_adapters(self) -> None:
        dialog = self._dialog(self.tr("Add adapter files"), _ADAPTERS)
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
        dialog = self._dialog(self.tr("Open a checkpoint file"), _BASES)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(self.tr("Checkpoints ({})").format(_BASE_WEIGHTS))
        dialog.fileSelected.connect(self.base_chosen)
        dialog.open()

    def choose_components_folder(self, present: str) -> None:
        """Starts in the folder that is chosen now, "" for none."""
        dialog = self._folder_dialog(self.tr("Folder with text encoders, tokenizers and VAEs"))
        if present:
            dialog.setDirectory(present)
        dialog.fileSelected.connect(self.components_chosen)
        dialog.open()

    def choose_folder(self, title: str, sort: str, chosen: Callable[[str], object]) -> None:
        """sort: of files, whose folder was chosen last."""
        dialog = self._dialog(title, sort)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(chosen)
        dialog.open()

    def choose_json(self, title: str, chosen: Callable[[str], object], name: str = "") -> None:
        """A file that is there; where it is given a name, one that is to be written."""
        dialog = self._dialog(title, _NOTES)
        dialog.setNameFilter(self.tr("JSON ({})").format("*.json"))
        if name:
            dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
            dialog.setDefaultSuffix("json")
            dialog.selectFile(unused_name(Path(dialog.directory().absolutePath()), name))
        else:
            dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(chosen)
        dialog.open()

    def choose_wildcards_folder(self, present: str) -> None:
        """Starts in the folder that is chosen now, "" for none."""
        dialog = self._folder_dialog(self.tr("Folder with the files of wildcards"), _WILDCARDS)
        if present:
            dialog.setDirectory(present)
        dialog.fileSelected.connect(self.wildcards_chosen)
        dialog.open()

    def save_picture(self, rendered: Rendered, title: str) -> None:
        """The picture that was asked for, whatever is shown by the time a name is chosen."""
        dialog = self._dialog(title, _PICTURES)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(self.tr("PNG pictures ({})").format("*.png"))
        dialog.setDefaultSuffix("png")
        folder = Path(dialog.directory().absolutePath())
        dialog.selectFile(unused_name(folder, picture_name(rendered.request)))
        dialog.fileSelected.connect(lambda path: self.picture_chosen.emit(rendered, path))
        dialog.open()

    def save_image(self, name: str, title: str, chosen: Callable[[str], object]) -> None:
        """Where a PNG is to go that is called so, unless the person has a better name."""
        dialog = self._dialog(title, _PICTURES)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(self.tr("PNG pictures ({})").format("*.png"))
        dialog.setDefaultSuffix("png")
        dialog.selectFile(unused_name(Path(dialog.directory().absolutePath()), name))
        dialog.fileSelected.connect(chosen)
        dialog.open()

    def _folder_dialog(self, title: str, sort: str = _BASES) -> QFileDialog:
        dialog = self._dialog(title, sort)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        return dialog

    def _dialog(self, title: str, sort: str) -> QFileDialog:
        """Begins where files of this sort were chosen last, at home before the first."""
        last = self._settings.settings.folders.get(sort, "")
        dialog = QFileDialog(self._window, title, _existing(last))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(partial(self._remember, sort))
        return dialog

    def _remember(self, sort: str, paths: Sequence[str]) -> None:
        folder = str(Path(paths[0]).parent) if paths else ""
        if folder:
            self._settings.install(self._settings.settings.with_folder(sort, folder))


def _existing(folder: str) -> str:
    """The folder, or what is left of the way to it; home where nothing is."""
    if not folder:
        return str(Path.home())
    places = (Path(folder), *Path(folder).parents)
    return str(next((place for place in places if os.path.isdir(place)), Path.home()))

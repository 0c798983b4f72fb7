"""Asking for files of pictures: which to open or check, and what to call sheets and animations."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFileDialog

from loraviewer.bridge.pictures.picture_opening import SUFFIXES
from loraviewer.core.picture_names import unused_name
from loraviewer.ui.file_dialogs import FileDialogs

_PICTURES = "pictures"


class PictureDialogs(FileDialogs):
    """Each method shows a dialog; a signal tells what was chosen, none where it is cancelled."""

    opening_chosen = Signal(str)
    check_chosen = Signal(str)
    sheet_chosen = Signal(object, str)
    """A `ContactSheet`, and where it is to be saved."""
    animation_chosen = Signal(object, str)
    """A `FaderWay`, and where its animation is to be saved."""

    @Slot()
    def open_picture(self) -> None:
        dialog = self._existing_picture(self.tr("Open picture"), SUFFIXES)
        dialog.fileSelected.connect(self.opening_chosen)
        dialog.open()

    @Slot()
    def check_picture(self) -> None:
        dialog = self._existing_picture(self.tr("Verify picture"), (".png",))
        dialog.fileSelected.connect(self.check_chosen)
        dialog.open()

    def save_sheet(self, sheet: object, name: str) -> None:
        dialog = self._new_file(self.tr("Save all panes"), name, ("PNG",))
        dialog.fileSelected.connect(lambda path: self.sheet_chosen.emit(sheet, path))
        dialog.open()

    def save_animation(self, way: object, name: str) -> None:
        dialog = self._new_file(self.tr("Save animation"), name, ("PNG", "WebP"))
        dialog.fileSelected.connect(
            lambda path: self.animation_chosen.emit(way, _with_suffix(path))
        )
        dialog.open()

    def _existing_picture(self, title: str, suffixes: Sequence[str]) -> QFileDialog:
        dialog = self._dialog(title, _PICTURES)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        patterns = " ".join(f"*{suffix}" for suffix in suffixes)
        dialog.setNameFilter(self.tr("Pictures ({})").format(patterns))
        return dialog

    def _new_file(self, title: str, name: str, kinds: Sequence[str]) -> QFileDialog:
        dialog = self._dialog(title, _PICTURES)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        filters = [f"{kind} (*.{kind.lower()})" for kind in kinds]
        dialog.setNameFilters(filters)
        dialog.setDefaultSuffix(kinds[0].lower())
        dialog.filterSelected.connect(
            lambda chosen: dialog.setDefaultSuffix(kinds[filters.index(chosen)].lower())
        )
        folder = Path(dialog.directory().absolutePath())
        dialog.selectFile(unused_name(folder, name))
        return dialog


def _with_suffix(path: str) -> str:
    return path if Path(path).suffix else f"{path}.png"

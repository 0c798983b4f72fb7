"""Asking where an export is to go."""

import os
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog

from loraviewer.core.exports import ExportKind
from loraviewer.core.picture_names import file_name, unused_name
from loraviewer.ui.file_dialogs import FileDialogs

_EXPORTS = "exports"
_SUFFIX = ".safetensors"


class ExportDialogs(FileDialogs):
    """Remembers where exports went last."""

    def choose_place(
        self, kind: ExportKind, present: str, chosen: Callable[[str], object], *, is_file: bool
    ) -> None:
        """is_file: whether it becomes one file; else a folder. present: what stands there now."""
        title = self.tr("Export as")
        dialog = self._dialog(title, _EXPORTS)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        if is_file:
            dialog.setNameFilter(f"safetensors (*{_SUFFIX})")
            dialog.setDefaultSuffix(_SUFFIX[1:])
        if present:
            dialog.setDirectory(str(Path(present).parent))
            dialog.selectFile(Path(present).name)
        dialog.fileSelected.connect(chosen)
        dialog.open()

    def save_workflow(self, name: str, chosen: Callable[[str], object]) -> None:
        dialog = self._dialog(self.tr("Save as ComfyUI workflow"), _EXPORTS)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter("JSON (*.json)")
        dialog.setDefaultSuffix("json")
        dialog.selectFile(unused_name(Path(dialog.directory().absolutePath()), name))
        dialog.fileSelected.connect(chosen)
        dialog.open()

    def first_place(self, name: str, *, is_file: bool) -> str:
        """A name that is free, where exports went last."""
        last = self._settings.settings.folders.get(_EXPORTS, "")
        folder = Path(last) if last and os.path.isdir(last) else Path.home()
        return str(unused_place(folder, name, is_file=is_file))


def unused_place(folder: Path, name: str, *, is_file: bool) -> Path:
    stem = Path(file_name(name)).stem or "export"
    suffix, number = _SUFFIX if is_file else "", 1
    place = folder / f"{stem}{suffix}"
    while os.path.lexists(place):
        number += 1
        place = folder / f"{stem}-{number}{suffix}"
    return place

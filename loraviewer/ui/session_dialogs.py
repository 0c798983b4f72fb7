"""Asking for the files of sessions, and for files that are no longer where they were."""

import os
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFileDialog

from loraviewer.core.picture_names import unused_name
from loraviewer.core.session import SUFFIX
from loraviewer.ui.file_dialogs import FileDialogs

_SESSIONS = "sessions"
_PATTERN = f"*{SUFFIX}"


class SessionDialogs(FileDialogs):
    """Each method shows a dialog; a signal tells what was chosen, none where it is cancelled."""

    session_chosen = Signal(str)
    session_named = Signal(str)
    """Where the session is to be saved."""
    row_located = Signal(str, str)
    """The id of a row, and where its file is."""
    base_located = Signal(str)

    @Slot()
    def open_session(self) -> None:
        dialog = self._dialog(self.tr("Open a session"), _SESSIONS)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(self.tr("Sessions ({})").format(_PATTERN))
        dialog.fileSelected.connect(self.session_chosen)
        dialog.open()

    def save_session(self, present: str) -> None:
        """present: the file that is open, "" for none."""
        dialog = self._dialog(self.tr("Save the session"), _SESSIONS)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(self.tr("Sessions ({})").format(_PATTERN))
        dialog.setDefaultSuffix(SUFFIX.removeprefix("."))
        if present:
            dialog.setDirectory(str(Path(present).parent))
        folder = Path(dialog.directory().absolutePath())
        dialog.selectFile(Path(present).name or unused_name(folder, f"session{SUFFIX}"))
        dialog.fileSelected.connect(self.session_named)
        dialog.open()

    def locate_row(self, entry_id: str, path: str) -> None:
        """path: where the file of the row was."""
        title = self.tr("Where is “{}” now?").format(Path(path).name)
        dialog = self._dialog(title, "adapters")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(self.tr("Adapters ({})").format("*.safetensors"))
        dialog.fileSelected.connect(partial(self.row_located.emit, entry_id))
        dialog.open()

    def locate_base(self, path: str) -> None:
        """A file where it was one, else a folder."""
        title = self.tr("Where is “{}” now?").format(Path(path).name)
        if os.path.splitext(path)[1].lower() == ".safetensors":
            dialog = self._dialog(title, "bases")
            dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
            dialog.setNameFilter(self.tr("Checkpoints ({})").format("*.safetensors"))
        else:
            dialog = self._folder_dialog(title)
        dialog.fileSelected.connect(self.base_located)
        dialog.open()

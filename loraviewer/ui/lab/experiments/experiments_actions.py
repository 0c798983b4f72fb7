"""The experiments dock in the window: its actions, its place, and its ways out."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from loraviewer.bridge.experiments.experiments_port import Experiments
from loraviewer.bridge.experiments.folder_copies import FolderCopies
from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.ui.file_dialogs import FileDialogs
from loraviewer.ui.lab.dock_place import DockPlace
from loraviewer.ui.lab.experiments.experiments_pages import CLAIMS_PAGE, ExperimentsPages
from loraviewer.ui.lab.experiments.run_place import RunPlace
from loraviewer.ui.notices import Notices
from loraviewer.ui.widgets.reveal import reveal

REPORT = "report.html"
_TABLE = "description.json"
"""What is always in a folder of an experiment."""
_FOLDERS = "experiments"


class FolderDialogs(FileDialogs):
    def choose_place(self, name: str, chosen: Callable[[str], object]) -> None:
        """Of a folder that is to be called so."""
        dialog = self._dialog(self.tr("Save a copy of “{}” in").format(name), _FOLDERS)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(chosen)
        dialog.open()


class ExperimentsActions(QObject):
    """Between the dock's pages, the system's programs, and the notices."""

    def __init__(
        self,
        place: DockPlace,
        pages: ExperimentsPages,
        copies: FolderCopies,
        dialogs: FolderDialogs,
        notices: Notices,
        window: QWidget,
        experiments: Experiments,
    ) -> None:
        super().__init__(window)
        self._window, self._experiments = window, experiments
        self._place = place
        self._copies = copies
        self._dialogs = dialogs
        self._notices = notices
        pages.folder_wanted.connect(self._open_folder)
        pages.report_wanted.connect(self._open_report)
        pages.copy_wanted.connect(self._ask_for_place)
        copies.ended.connect(self._on_copied)

    def slots(self) -> dict[str, Callable[..., object]]:
        return {**self._place.slots(), "claims": self._open_claims, "run_on": self._choose_hands}

    @Slot()
    def _choose_hands(self) -> None:
        RunPlace(self._experiments, self._window).show()

    @Slot()
    def _open_claims(self) -> None:
        self._place.dock.open_page(CLAIMS_PAGE)
        self._place.set_shown(True)

    @Slot(object)
    def _open_folder(self, folder: Path) -> None:
        if problem := reveal(folder / _TABLE):
            self._notices.say(Failure(FailureKind.FILE, problem))

    @Slot(object)
    def _open_report(self, folder: Path) -> None:
        page = folder / REPORT
        if not os.path.isfile(page):
            self._notices.mention(self.tr("The report is written once the experiment is finished."))
        elif not QDesktopServices.openUrl(QUrl.fromLocalFile(str(page))):
            words = self.tr("No program here shows “{}”.").format(page)
            self._notices.say(Failure(FailureKind.FILE, words))

    @Slot(object)
    def _ask_for_place(self, folder: Path) -> None:
        self._dialogs.choose_place(folder.name, partial(self._copy, folder))

    def _copy(self, folder: Path, place: str) -> None:
        self._copies.copy(folder, Path(place) / folder.name)

    @Slot(object)
    def _on_copied(self, answer: Path | Failure) -> None:
        if isinstance(answer, Failure):
            self._notices.say(answer)
        else:
            self._notices.mention_good(self.tr("Copied to “{}”.").format(answer))

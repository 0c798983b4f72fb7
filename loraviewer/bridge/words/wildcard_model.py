"""The wildcards of the folder that the settings name, read off the GUI thread."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.languages import shown
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.outcome import Failure
from loraviewer.core.variants.wildcards import NO_WILDCARDS, Wildcards, read_wildcards


class WildcardModel(QObject):
    """Files that change are seen whenever the window is gone to. GUI thread only."""

    changed = Signal(object)  # Wildcards
    chosen = Signal(object)  # Wildcards of a folder that the person has just named
    complained = Signal(str)  # one sentence, once for each reason

    def __init__(
        self, settings: SettingsModel, tasks: BackgroundTasks, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self._tasks = tasks
        self._wildcards = NO_WILDCARDS
        self._told: set[str] = set()

    @property
    def wildcards(self) -> Wildcards:
        return self._wildcards

    @Slot(str)
    def choose(self, folder: str) -> None:
        self._told.clear()
        self._settings.change(wildcards_folder=folder)
        self._read(is_chosen=True)

    @Slot()
    def look_again(self) -> None:
        if self._settings.settings.wildcards_folder:
            self._read(is_chosen=False)

    def _read(self, *, is_chosen: bool) -> None:
        folder = self._settings.settings.wildcards_folder
        read = partial(read_wildcards, Path(folder))
        self._tasks.run(read, partial(self._on_read, folder, is_chosen))

    def _on_read(self, folder: str, is_chosen: bool, answer: Wildcards | Failure) -> None:
        if folder != self._settings.settings.wildcards_folder:
            return  # another one was chosen meanwhile
        if isinstance(answer, Failure):
            self._complain(answer.message)
            return
        if answer != self._wildcards:
            self._wildcards = answer
            self.changed.emit(answer)
        if is_chosen:
            self.chosen.emit(answer)
        for problem in answer.problems:
            self._complain(problem)

    def _complain(self, sentence: str) -> None:
        if sentence not in self._told:
            self._told.add(sentence)
            self.complained.emit(shown(sentence))

"""Opening the export from the table of actions."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from loraviewer.bridge.exporting.export_desk import ExportDesk
from loraviewer.bridge.languages import shown
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.outcome import FileError, Rendered
from loraviewer.core.picture_names import picture_name
from loraviewer.ui.actions import Actions
from loraviewer.ui.export.export_dialogs import ExportDialogs
from loraviewer.ui.notices import Notices
from loraviewer.ui.widgets.one_window import OneWindow

if TYPE_CHECKING:
    from loraviewer.ui.export.export_window import ExportWindow


class ExportActions(QObject):
    """One export at a time."""

    def __init__(
        self,
        actions: Actions,
        desk: ExportDesk,
        settings: SettingsModel,
        notices: Notices,
        window: QWidget,
    ) -> None:
        super().__init__(actions)
        self._notices = notices
        self._desk = desk
        self._parent = window
        self._dialogs = ExportDialogs(window, settings)
        self._window: OneWindow[ExportWindow] = OneWindow()

    def slots(self) -> dict[str, Callable[..., object]]:
        return {"export": self.open, "export_comfy": self.save_workflow}

    @property
    def window(self) -> "ExportWindow | None":
        """None while it is closed."""
        return self._window.shown

    @Slot()
    def open(self) -> None:
        self._window.open(self._made)

    def _made(self) -> "ExportWindow":
        from loraviewer.ui.export.export_window import ExportWindow  # its chart takes numpy along

        return ExportWindow(self._desk, self._dialogs, self._parent)

    @Slot()
    def save_workflow(self) -> None:
        """Of the picture that is shown; nothing where there is none."""
        shown = self._desk.shown
        if shown is not None:
            name = str(Path(picture_name(shown.request)).with_suffix(".json"))
            self._dialogs.save_workflow(name, partial(self._write_workflow, shown))

    def _write_workflow(self, rendered: Rendered, path: str) -> None:
        try:
            doubts = self._desk.save_comfy(rendered, path)
        except FileError as error:
            self._notices.say(error.failure())
            return
        words = self.tr("“{}” is saved; drop it on ComfyUI.").format(Path(path).name)
        if doubts:
            self._notices.mention(" ".join((words, *map(shown, doubts))))
        else:
            self._notices.mention_good(words)

"""Opening the settings from the table of actions."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from loraviewer.bridge.compile_model import CompileModel
from loraviewer.bridge.precision_model import PrecisionModel
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.ui.actions import Actions
from loraviewer.ui.file_dialogs import FileDialogs
from loraviewer.ui.settings.settings_window import SettingsWindow
from loraviewer.ui.widgets.one_window import OneWindow


class SettingsActions(QObject):
    """One window of them at a time."""

    restart_wanted = Signal()

    def __init__(
        self,
        actions: Actions,
        settings: SettingsModel,
        dialogs: FileDialogs,
        precision: PrecisionModel,
        compiling: CompileModel,
        window: QWidget,
    ) -> None:
        super().__init__(actions)
        self._precision = precision
        self._compiling = compiling
        self._settings = settings
        self._started_with = settings.settings
        self._dialogs = dialogs
        self._parent = window
        self._window = OneWindow[SettingsWindow]()

    def slots(self) -> dict[str, Callable[..., object]]:
        return {"settings": self.open}

    @property
    def window(self) -> SettingsWindow | None:
        """None while it is closed."""
        return self._window.shown

    @Slot()
    def open(self) -> None:
        self._window.open(self._made)

    def _made(self) -> SettingsWindow:
        window = SettingsWindow(
            *(self._settings, self._started_with, self._dialogs),
            *(self._precision, self._compiling, self._parent),
        )
        window.restart_wanted.connect(self.restart_wanted)
        return window

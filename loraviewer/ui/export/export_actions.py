"""Opening the export from the table of actions."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from loraviewer.bridge.exporting.export_desk import ExportDesk
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.ui.actions import Actions
from loraviewer.ui.export.export_dialogs import ExportDialogs
from loraviewer.ui.export.export_window import ExportWindow


class ExportActions(QObject):
    """One export at a time."""

    def __init__(
        self, actions: Actions, desk: ExportDesk, settings: SettingsModel, window: QWidget
    ) -> None:
        super().__init__(actions)
        self._desk = desk
        self._parent = window
        self._dialogs = ExportDialogs(window, settings)
        self._window: ExportWindow | None = None

    def slots(self) -> dict[str, Callable[..., object]]:
        return {"export": self.open}

    @property
    def window(self) -> ExportWindow | None:
        """None while it is closed."""
        window = self._window
        return window if window is not None and isValid(window) and window.isVisible() else None

    @Slot()
    def open(self) -> None:
        """Or bring the one that is open to the front."""
        window = self.window
        if window is None:
            window = ExportWindow(self._desk, self._dialogs, self._parent)
            self._window = window
            window.show()
        window.raise_()
        window.activateWindow()

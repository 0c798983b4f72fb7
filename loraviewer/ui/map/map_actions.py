"""Opening the map from the table of actions."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QPoint, Slot
from PySide6.QtWidgets import QWidget

from loraviewer.bridge.cells.map_model import MapModel
from loraviewer.ui.actions import Actions
from loraviewer.ui.file_dialogs import FileDialogs
from loraviewer.ui.map.map_window import MapWindow
from loraviewer.ui.widgets.one_window import OneWindow


class MapActions(QObject):
    """One map at a time. `beside`: over whose left part it comes up, so that the other panes are
    seen."""

    def __init__(
        self, actions: Actions, model: MapModel, dialogs: FileDialogs, beside: QWidget
    ) -> None:
        super().__init__(actions)
        self._dialogs = dialogs
        self._actions = actions
        self._model = model
        self._beside = beside
        self._window = OneWindow[MapWindow]()

    def slots(self) -> dict[str, Callable[..., object]]:
        return {"map": self.open}

    @property
    def window(self) -> MapWindow | None:
        """None while it is closed."""
        return self._window.shown

    @Slot()
    def open(self) -> None:
        """Or bring the one that is open to the front."""
        self._window.open(self._made).plane.setFocus()

    def _made(self) -> MapWindow:
        window = MapWindow(self._model, self._actions, self._dialogs, self._beside.window())
        window.move(self._beside.mapToGlobal(QPoint(0, 0)))
        return window

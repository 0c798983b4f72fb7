"""Going onto the stage and back: which screens are covered, and that the studio is as it was."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QPoint, QSize, Qt, Slot
from PySide6.QtGui import QGuiApplication, QScreen, QUndoStack
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from loraviewer.bridge.presenter.presenter_desk import PresenterDesk
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.bridge.weights.live_weights_model import LiveWeightsModel
from loraviewer.core.stage import Rect, screen_for_room
from loraviewer.ui.actions import Actions
from loraviewer.ui.notices import Notices
from loraviewer.ui.presenter.cues_window import CuesWindow
from loraviewer.ui.presenter.presenter_window import PresenterWindow
from loraviewer.ui.presenter.room_window import RoomWindow, cover
from loraviewer.ui.widgets.typed import take_what_is_typed


class StagePlace(QObject):
    """The studio's window stays where it is, behind the stage; windows beside it are hidden, and
    what would be told is told afterwards."""

    def __init__(
        self,
        actions: Actions,
        desk: PresenterDesk,
        weights: LiveWeightsModel,
        settings: SettingsModel,
        history: QUndoStack,
        notices: Notices,
        studio: QWidget,
    ) -> None:
        super().__init__(actions)
        self._actions = actions
        self._desk = desk
        self._weights = weights
        self._settings = settings
        self._history = history
        self._notices = notices
        self._studio = studio
        self._hidden: list[QWidget] = []
        self._focused: QWidget | None = None
        self._window: PresenterWindow | None = None
        self._room: RoomWindow | None = None
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        application.screenAdded.connect(self._on_screens_changed)
        application.screenRemoved.connect(self._on_screens_changed)

    def slots(self) -> dict[str, Callable[..., object]]:
        return {"present": self.enter, "cues": self.open_cues}

    @property
    def window(self) -> PresenterWindow | None:
        """None while nobody presents."""
        return self._window if self._desk.model.is_on else None

    @property
    def room(self) -> RoomWindow | None:
        """None where no other screen shows the pictures."""
        room = self._room
        return room if room is not None and room.isVisible() else None

    @Slot()
    def enter(self) -> None:
        if self._desk.model.is_on:
            return
        take_what_is_typed()
        self._focused = self._studio.focusWidget()
        self._notices.hold_back(True)
        self._hide_others()
        self._desk.model.begin()
        window = self._window = self._window or self._made()
        cover(window, self._studio.screen())
        window.begin()
        self._cover_room(window)

    @Slot()
    def leave(self) -> None:
        if not self._desk.model.is_on or self._window is None:
            return
        self._desk.model.end()
        for window in (self._window, self._room):
            if window is not None:
                window.hide()
        self._notices.hold_back(False)
        for window in self._hidden:
            if isValid(window):
                window.show()
        self._hidden.clear()
        self._studio.activateWindow()
        if self._focused is not None and isValid(self._focused):
            self._focused.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def open_cues(self) -> None:
        """Or bring the one that is open to the front."""
        found = (w for w in self._studio.findChildren(CuesWindow) if w.isVisible())
        window = next(found, None) or CuesWindow(self._desk.cues, self._studio)
        window.addActions([self._actions[name] for name in ("undo", "redo", "take_snapshot")])
        window.show()
        window.raise_()
        window.activateWindow()

    def _made(self) -> PresenterWindow:
        desk = self._desk
        window = PresenterWindow(
            *(desk.model, desk.pictures, self._weights, desk.midi),
            *(self._settings, self._history, self._studio),
        )
        window.leave_requested.connect(self.leave)
        window.render_requested.connect(self._actions["render"].trigger)
        return window

    def _hide_others(self) -> None:
        ours = self._studio.findChildren(QWidget)
        self._hidden = [w for w in ours if w.isWindow() and w.isVisible()]
        for window in self._hidden:
            window.hide()

    # -- the room's screen ----------------------------------------------------------------

    def _cover_room(self, stage: PresenterWindow) -> None:
        screens = QGuiApplication.screens()
        place = screen_for_room(_rect(self._studio.screen()), list(map(_rect, screens)))
        stage.set_room(place is not None)
        if place is not None:
            desk = self._desk
            parts = (desk.model, desk.pictures, self._settings)
            self._room = self._room or RoomWindow(*parts, self._studio)
            cover(self._room, screens[place])
        elif self._room is not None:
            self._room.hide()
        stage.activateWindow()  # last: some desktops give the keyboard to whatever is shown

    @Slot(QScreen)
    def _on_screens_changed(self, _: QScreen) -> None:
        """A projector is plugged in, or out."""
        if (window := self.window) is not None:
            self._cover_room(window)


def _rect(screen: QScreen) -> Rect:
    corner: QPoint = screen.geometry().topLeft()
    size: QSize = screen.geometry().size()
    return corner.x(), corner.y(), size.width(), size.height()

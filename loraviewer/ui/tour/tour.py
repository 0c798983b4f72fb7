"""One hint after the other: which is shown, when, and until when."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QPoint, QRect, Qt, QTimer, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.rendering.pane_model import PaneModel
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.pane import PaneState
from loraviewer.ui.actions import Actions
from loraviewer.ui.tour.bubble_place import Place, beside
from loraviewer.ui.tour.followed import Followed
from loraviewer.ui.tour.hint_bubble import HintBubble
from loraviewer.ui.tour.hints import DOCKS, Hint, Moment, Target
from loraviewer.ui.widgets.theme import GAP

_ASIDE = (Qt.WindowType.Popup, Qt.WindowType.ToolTip, Qt.WindowType.SplashScreen)
"""Windows that nobody has to answer: menus, lists of fields, tips."""


class Tour(QObject):
    """Nothing is shown before `offer` or `start`. A hint whose thing is gone is passed over; while
    another window of the studio is open, such as a dialog or the stage, it waits."""

    def __init__(
        self,
        actions: Actions,
        settings: SettingsModel,
        document: DocumentModel,
        panes: PaneModel,
        hints: Sequence[Hint],
        window: QWidget,
    ) -> None:
        super().__init__(actions)
        self._actions = actions
        self._settings = settings
        self._document = document
        self._panes = panes
        self._hints = tuple(hints)
        self._window = window
        self._at: int | None = None
        self._is_offered = False
        self._before = self._moment()
        self.bubble = HintBubble(window)
        self._followed = Followed(self)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._connect()

    def slots(self) -> dict[str, Callable[..., object]]:
        return {"tour": self.start}

    @property
    def is_on(self) -> bool:
        return self._at is not None

    def offer(self) -> None:
        """Once the active pane has its first picture; nothing where it was seen or skipped."""
        if not self._settings.settings.is_tour_done:
            self._is_offered = True
            self._on_pane_changed(self._panes.pane(self._document.document.active))

    @Slot()
    def start(self) -> None:
        """From the first hint, whether it was seen or not."""
        self._is_offered = False
        self._show(0)

    @Slot()
    def skip(self) -> bool:
        """For good; whether there was one."""
        was_on = self.is_on
        if was_on:
            self._end()
        return was_on

    # -- from hint to hint ----------------------------------------------------------------

    def _connect(self) -> None:
        self.bubble.next_wanted.connect(self._on_next)
        self.bubble.skip_wanted.connect(self.skip)
        self._followed.moved.connect(self._place)
        self._soon.timeout.connect(self._place)
        self._panes.pane_changed.connect(self._on_pane_changed)
        self._document.changed.connect(self._look)
        self._document.drag_changed.connect(self._look)
        for name in DOCKS:
            self._actions[name].toggled.connect(self._look)
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        application.focusWindowChanged.connect(self._on_window_changed)

    def _moment(self) -> Moment:
        open_docks = (name for name in DOCKS if self._actions[name].isChecked())
        return Moment(self._document.document, frozenset(open_docks))

    def _show(self, at: int) -> None:
        """The first from there on whose thing is there."""
        there = (i for i in range(at, len(self._hints)) if self._hints[i].target() is not None)
        self._at = next(there, None)
        if self._at is None:
            self._end()
            return
        self._before = self._moment()
        self.bubble.say(self._hints[self._at].words, self._at, len(self._hints))
        was_there = self.bubble.isVisible()
        self._place()
        if was_there and self.bubble.isVisible():
            self.bubble.announce()

    def _end(self) -> None:
        self._at = None
        self._followed.follow(None)
        self.bubble.go()
        self._settings.change(is_tour_done=True)

    @Slot()
    def _on_next(self) -> None:
        if self._at is not None:
            self._show(self._at + 1)

    @Slot()
    def _look(self, *_: object) -> None:
        """Whether a person did what the hint is about; a fader has to be let go."""
        if self._at is None or self._document.is_dragging:
            return
        now, hint = self._moment(), self._hints[self._at]
        if hint.is_done(self._before, now):
            self._show(self._at + 1)
            return
        if now.document.active != self._before.document.active:
            self._before = now
        self._soon.start()  # rows come and go after their model

    @Slot(object)
    def _on_pane_changed(self, state: PaneState) -> None:
        is_there = state.shown is not None and not state.is_busy
        if self._is_offered and is_there and state.pane_id == self._document.document.active:
            self.start()

    # -- its place ------------------------------------------------------------------------

    @Slot()
    def _on_window_changed(self, *_: object) -> None:
        if self.is_on:
            self._soon.start()  # a window that closes is still there now

    @Slot()
    def _place(self) -> None:
        if self._at is None:
            return
        target = self._hints[self._at].target()
        if target is None:
            self._show(self._at + 1)
            return
        self._followed.follow(target.widget)
        place = self._place_beside(target) if self._is_free() else None
        if place is None:
            self.bubble.go()
        else:
            self.bubble.lie(place)

    def _place_beside(self, target: Target) -> Place | None:
        """None where the thing is not seen, or no side of it has the room."""
        widget = target.widget
        seen = widget.visibleRegion().boundingRect().intersected(target.rect)
        if not widget.isVisible() or seen.isEmpty():
            return None
        room = self._window.rect().adjusted(GAP, GAP, -GAP, -GAP)
        size = self.bubble.body_size(room.width())
        where = QRect(self._corner(widget) + seen.topLeft(), seen.size())
        part = target.within
        best = QRect(self._corner(part), part.size()) if part is not None else room
        return beside(where, size, best.intersected(room)) or beside(where, size, room)

    def _corner(self, widget: QWidget) -> QPoint:
        return widget.mapTo(self._window, QPoint(0, 0))

    def _is_free(self) -> bool:
        return not any(map(self._is_in_the_way, QApplication.topLevelWidgets()))

    def _is_in_the_way(self, other: QWidget) -> bool:
        if other is self._window or not other.isVisible() or other.windowType() in _ASIDE:
            return False
        owner = other.parentWidget()
        while owner is not None and owner is not self._window:
            owner = owner.parentWidget()
        return owner is self._window

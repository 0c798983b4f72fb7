"""Where a dock of the Lab stands: below the pictures or right of them, or nowhere."""

from collections.abc import Callable

from PySide6.QtCore import QSettings, Qt, Signal, Slot
from PySide6.QtWidgets import QApplication, QSplitter, QWidget

from loraviewer.ui.actions import Actions
from loraviewer.ui.lab.lab_dock import LabDock
from loraviewer.ui.widgets.built_when_shown import BuiltWhenShown
from loraviewer.ui.widgets.theme import GAP

_BELOW, _BESIDE = Qt.Orientation.Vertical, Qt.Orientation.Horizontal
USUAL = 450
"""Thousandths of the room that are the dock's until a person moves the line before it."""
_NAMES = {_BELOW: "below", _BESIDE: "beside"}
_YES = "yes"


class DockPlace(QSplitter):
    """The pictures, and the dock beside or below them; on each side the dock has its own share of
    the room, however large the window is."""

    opened = Signal()

    def __init__(
        self,
        actions: Actions,
        pictures: QWidget,
        build: Callable[[], LabDock],
        leave: Callable[[], object],
        name: str = "weights",
        usual: int = USUAL,
    ) -> None:
        """build: makes the dock once it is needed. leave: gives the keyboard to another part once
        the dock that had it closes. name: of its action, and of what is kept of it. usual: as
        `USUAL`, for this dock."""
        super().__init__(_BELOW)
        self._name = name
        self._usual = usual
        self._action = actions[name]
        self._build = build
        self.frame = BuiltWhenShown(self._built)
        """Where the dock is, or will be."""
        self._leave = leave
        self._chosen = _BELOW
        self._is_narrow = False
        self._shares: dict[Qt.Orientation, int] = {}
        """Thousandths."""
        self.setHandleWidth(2 * GAP)
        self.setChildrenCollapsible(False)
        self.addWidget(pictures)
        self.addWidget(self.frame)
        self.splitterMoved.connect(self._on_moved)

    def slots(self) -> dict[str, Callable[..., object]]:
        return {self._name: self.set_shown}

    @property
    def dock(self) -> LabDock:
        """Built by that, where nobody has opened it yet."""
        return self.frame.part

    @property
    def is_below(self) -> bool:
        return self.orientation() is _BELOW

    @Slot(bool)
    def set_shown(self, on: bool) -> None:
        """The keyboard goes into it, or leaves it."""
        self._show(on)
        if on:
            self.dock.take_focus()

    @Slot()
    def take_focus(self) -> None:
        self.dock.take_focus()

    @Slot()
    def change_side(self) -> None:
        self._stand(_BESIDE if self.is_below else _BELOW)

    def set_narrow(self, is_narrow: bool) -> None:
        """In a window without room for both beside each other it stands below, until there is."""
        if is_narrow != self._is_narrow:
            self._is_narrow = is_narrow
            if self.frame.is_built:
                self.dock.side.setHidden(is_narrow)
            self._stand(self._chosen)

    # -- from one run to the next -----------------------------------------------------------

    def restore(self, settings: QSettings) -> None:
        """What a person or a program wrote otherwise counts for nothing."""
        for side, name in _NAMES.items():
            share = _whole_number(settings.value(f"{self._name}_{name}"))
            if 0 < share < 1000:
                self._shares[side] = share
        is_beside = settings.value(f"{self._name}_side") == _NAMES[_BESIDE]
        self._stand(_BESIDE if is_beside else _BELOW)
        self._show(settings.value(f"{self._name}_shown") == _YES)

    def keep(self, settings: QSettings) -> None:
        for side, share in self._shares.items():
            settings.setValue(f"{self._name}_{_NAMES[side]}", str(share))
        settings.setValue(f"{self._name}_side", _NAMES[self._chosen])
        settings.setValue(f"{self._name}_shown", _YES if self._action.isChecked() else "")

    # -- standing ---------------------------------------------------------------------------

    def _built(self) -> LabDock:
        dock = self._build()
        dock.say_side(self.is_below)
        dock.side.setHidden(self._is_narrow)
        dock.side_wanted.connect(self.change_side)
        dock.close_wanted.connect(self._on_close_wanted)
        return dock

    def _show(self, on: bool) -> None:
        focused = QApplication.focusWidget()
        had_keyboard = focused is not None and self.frame.isAncestorOf(focused)
        self._action.setChecked(on)
        self.frame.setVisible(on)
        if on:
            self._share()
            self.opened.emit()
        elif had_keyboard:
            self._leave()

    def _stand(self, chosen: Qt.Orientation) -> None:
        self._chosen = chosen
        self.setOrientation(_BELOW if self._is_narrow else chosen)
        if self.frame.is_built:
            self.dock.say_side(self.is_below)
        self._share()

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._share()

    def _share(self) -> None:
        if not self.frame.isHidden():
            share = self._shares.get(self.orientation(), self._usual)
            self.setSizes([self._room * (1000 - share) // 1000, self._room * share // 1000])

    @property
    def _room(self) -> int:
        return self.height() if self.is_below else self.width()

    @Slot()
    def _on_moved(self) -> None:
        pictures, dock = self.sizes()
        if pictures and dock:
            self._shares[self.orientation()] = round(1000 * dock / (pictures + dock))

    @Slot()
    def close_dock(self) -> None:
        self._show(False)

    @Slot()
    def _on_close_wanted(self) -> None:
        self.set_shown(False)


def _whole_number(value: object) -> int:
    """0 where it is none."""
    if not isinstance(value, str) or not value.isascii() or len(value) > 5:
        return 0
    return int(value) if value.isdecimal() else 0

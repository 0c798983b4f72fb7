"""Where the weights dock stands: below the pictures or right of them, or nowhere."""

from collections.abc import Callable

from PySide6.QtCore import QSettings, Qt, Slot
from PySide6.QtWidgets import QApplication, QSplitter, QWidget

from loraviewer.ui.actions import Actions
from loraviewer.ui.lab.weights_dock import WeightsDock
from loraviewer.ui.widgets.theme import GAP

_BELOW, _BESIDE = Qt.Orientation.Vertical, Qt.Orientation.Horizontal
_SHARES = {_BELOW: (11, 9), _BESIDE: (11, 9)}
"""Of the room, pictures and dock, until a person moves the line between them."""
_NAMES = {_BELOW: "below", _BESIDE: "beside"}
_YES = "yes"
_ACTION = "weights"


class DockPlace(QSplitter):
    """The pictures, and the dock beside or below them; each side has its own sizes."""

    def __init__(
        self, actions: Actions, pictures: QWidget, dock: WeightsDock, leave: Callable[[], object]
    ) -> None:
        """leave: gives the keyboard to another part once the dock that had it closes."""
        super().__init__(_BELOW)
        self._action = actions[_ACTION]
        self.dock = dock
        self._leave = leave
        self._chosen = _BELOW
        self._is_narrow = False
        self._sizes: dict[Qt.Orientation, list[int]] = {}
        self.setHandleWidth(2 * GAP)
        self.setChildrenCollapsible(False)
        self.addWidget(pictures)
        self.addWidget(dock)
        self.setStretchFactor(0, 1)
        self.setStretchFactor(1, 0)
        dock.hide()
        dock.say_side(True)
        dock.side_wanted.connect(self.change_side)
        dock.close_wanted.connect(self._on_close_wanted)
        self.splitterMoved.connect(self._on_moved)

    def slots(self) -> dict[str, Callable[..., object]]:
        return {_ACTION: self.set_shown}

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
    def change_side(self) -> None:
        self._stand(_BESIDE if self.is_below else _BELOW)

    def set_narrow(self, is_narrow: bool) -> None:
        """In a window without room for both beside each other it stands below, until there is."""
        if is_narrow != self._is_narrow:
            self._is_narrow = is_narrow
            self.dock.side.setHidden(is_narrow)
            self._stand(self._chosen)

    # -- from one run to the next -----------------------------------------------------------

    def restore(self, settings: QSettings) -> None:
        """What a person or a program wrote otherwise counts for nothing."""
        for side, name in _NAMES.items():
            sizes = _numbers(settings.value(f"weights_{name}"))
            if len(sizes) == self.count() and all(sizes):
                self._sizes[side] = sizes
        is_beside = settings.value("weights_side") == _NAMES[_BESIDE]
        self._stand(_BESIDE if is_beside else _BELOW)
        self._show(settings.value("weights_shown") == _YES)

    def keep(self, settings: QSettings) -> None:
        for side, sizes in self._sizes.items():
            settings.setValue(f"weights_{_NAMES[side]}", " ".join(map(str, sizes)))
        settings.setValue("weights_side", _NAMES[self._chosen])
        settings.setValue("weights_shown", _YES if self._action.isChecked() else "")

    # -- standing ---------------------------------------------------------------------------

    def _show(self, on: bool) -> None:
        focused = QApplication.focusWidget()
        had_keyboard = focused is not None and self.dock.isAncestorOf(focused)
        self._action.setChecked(on)
        self.dock.setVisible(on)
        if on:
            self._share()
        elif had_keyboard:
            self._leave()

    def _stand(self, chosen: Qt.Orientation) -> None:
        self._chosen = chosen
        self.setOrientation(_BELOW if self._is_narrow else chosen)
        self.dock.say_side(self.is_below)
        self._share()

    def _share(self) -> None:
        self.setSizes(self._sizes.get(self.orientation()) or self._usual())

    def _usual(self) -> list[int]:
        room = self.height() if self.is_below else self.width()
        parts = _SHARES[self.orientation()]
        return [room * part // sum(parts) for part in parts]

    @Slot()
    def _on_moved(self) -> None:
        self._sizes[self.orientation()] = self.sizes()

    @Slot()
    def _on_close_wanted(self) -> None:
        self.set_shown(False)


def _numbers(value: object) -> list[int]:
    """Empty where it is no line of whole numbers."""
    words = value.split() if isinstance(value, str) else []
    return [int(word) for word in words if word.isascii() and word.isdecimal() and len(word) < 6]

"""Where the library stands: left of the pictures, or nowhere."""

from collections.abc import Callable

from PySide6.QtCore import QSettings, Qt, Slot
from PySide6.QtWidgets import QApplication, QSplitter, QWidget

from loraviewer.ui.actions import Actions
from loraviewer.ui.library.library_dock import LEAST_PX, LibraryDock
from loraviewer.ui.widgets.built_when_shown import BuiltWhenShown
from loraviewer.ui.widgets.theme import GAP

USUAL_PX = 292
_WIDEST_PX = 900
_NAME = "library"
_YES = "yes"


class LibraryPlace(QSplitter):
    """The dock and what is right of it. Its width stays, whatever the window's is."""

    def __init__(
        self,
        actions: Actions,
        build: Callable[[], LibraryDock],
        pictures: QWidget,
        leave: Callable[[], object],
    ) -> None:
        """build: makes the dock once it is needed. leave: gives the keyboard to another part once
        the dock that had it closes."""
        super().__init__(Qt.Orientation.Horizontal)
        self._action = actions[_NAME]
        self._leave = leave
        self._width = USUAL_PX
        self._build = build
        self.frame = BuiltWhenShown(self._built)
        """Where the dock is, or will be."""
        self.setHandleWidth(2 * GAP)
        self.setChildrenCollapsible(False)
        self.addWidget(self.frame)
        self.addWidget(pictures)
        self.setStretchFactor(0, 0)
        self.setStretchFactor(1, 1)
        self.splitterMoved.connect(self._on_moved)

    @property
    def dock(self) -> LibraryDock:
        """Built by that, where nobody has opened it yet."""
        return self.frame.part

    @Slot()
    def take_focus(self) -> None:
        self.dock.take_focus()

    def slots(self) -> dict[str, Callable[..., object]]:
        return {_NAME: self.set_shown}

    @Slot(bool)
    def set_shown(self, on: bool) -> None:
        """The keyboard goes into it, or leaves it."""
        self._show(on)
        if on:
            self.dock.take_focus()

    @Slot()
    def close_dock(self) -> None:
        self.set_shown(False)

    def restore(self, settings: QSettings) -> None:
        """What a person or a program wrote otherwise counts for nothing."""
        value = settings.value(f"{_NAME}_width")
        if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 5:
            self._width = min(_WIDEST_PX, max(LEAST_PX, int(value)))
        self._show(settings.value(f"{_NAME}_shown") == _YES)

    def keep(self, settings: QSettings) -> None:
        settings.setValue(f"{_NAME}_width", str(self._width))
        settings.setValue(f"{_NAME}_shown", _YES if self._action.isChecked() else "")

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._share()

    def _built(self) -> LibraryDock:
        dock = self._build()
        dock.close_wanted.connect(self.close_dock)
        return dock

    def _show(self, on: bool) -> None:
        focused = QApplication.focusWidget()
        had_keyboard = focused is not None and self.frame.isAncestorOf(focused)
        self._action.setChecked(on)
        if had_keyboard and not on:  # before Qt gives it to another pane, which became active
            self._leave()
        self.frame.setVisible(on)
        if on:
            self._share()

    def _share(self) -> None:
        if not self.frame.isHidden():
            self.setSizes([self._width, max(1, self.width() - self._width - self.handleWidth())])

    @Slot()
    def _on_moved(self) -> None:
        if width := self.sizes()[0]:
            self._width = width

"""The parts of the window, and going from one to the next by key."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from loraviewer.ui.actions import Actions


@dataclass(frozen=True)
class Region:
    """`enter` gives the keyboard to what is best to begin with."""

    widget: QWidget
    enter: Callable[[], object]


class Regions(QObject):
    """In their order, round and round; each is entered where the keyboard was last. From a window
    beside theirs, such as the map, their keys come back to it."""

    def __init__(self, regions: Sequence[Region], parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self._regions = tuple(regions)
        self._last: dict[QWidget, QWidget] = {}
        self._trail: list[Region] = []
        """Each region that has had the keyboard, the last one last."""
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus_changed)

    def slots(self) -> dict[str, Callable[..., object]]:
        """For the rows of the table that go from part to part."""
        return {"next_region": self.go_to_next, "previous_region": self.go_to_previous}

    def listen_everywhere(self, actions: Actions) -> None:
        """Not in a window that has to be answered first: Qt sees to that."""
        for name in self.slots():
            actions[name].setShortcutContext(Qt.ShortcutContext.ApplicationShortcut)

    @Slot()
    def go_to_next(self) -> None:
        self._go(1)

    @Slot()
    def go_to_previous(self) -> None:
        self._go(-1)

    @Slot()
    def go_back(self) -> None:
        """To the part that had the keyboard before the one that has it."""
        others = (region for region in reversed(self._trail[:-1]) if region.widget.isVisible())
        before = next(others, None)
        if before is not None:
            self._enter(before)

    def forget_place(self, widget: QWidget) -> None:
        """Enter a part anew the next time; nothing while the keyboard is in it."""
        focused = QApplication.focusWidget()
        if focused is None or not widget.isAncestorOf(focused):
            self._last.pop(widget, None)

    def _go(self, direction: int) -> None:
        if QApplication.activePopupWidget() is not None:
            return
        if QApplication.activeWindow() not in (None, self._window):
            self._window.activateWindow()  # the keyboard is where it was there
            return
        present = self._present()
        count = len(self._regions)
        start = present if present is not None else (-1 if direction > 0 else 0)
        steps = range(1, count + 1)
        wanted = (self._regions[(start + direction * step) % count] for step in steps)
        for region in wanted:
            if region.widget.isVisible():
                self._enter(region)
                return

    def _enter(self, region: Region) -> None:
        last = self._last.get(region.widget)
        # Rows go, and their widgets with them.
        if last is not None and isValid(last) and last.isVisible() and last.isEnabled():
            last.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            region.enter()

    def _present(self) -> int | None:
        widget = QApplication.focusWidget()
        return None if widget is None else self._index_of(widget)

    def _index_of(self, widget: QWidget) -> int | None:
        for index, region in enumerate(self._regions):
            if region.widget.isAncestorOf(widget):
                return index
        return None

    @Slot(QWidget, QWidget)
    def _on_focus_changed(self, _: QWidget | None, now: QWidget | None) -> None:
        index = None if now is None else self._index_of(now)
        if now is None or index is None:
            return
        region = self._regions[index]
        self._last[region.widget] = now
        self._trail = [other for other in self._trail if other is not region] + [region]

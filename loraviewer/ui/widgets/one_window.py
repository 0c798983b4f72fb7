"""A window of which there is one at a time."""

from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

_Window = TypeVar("_Window", bound=QWidget)


class OneWindow(Generic[_Window]):
    """Made anew each time that it is asked for and not there: closing may destroy it."""

    def __init__(self) -> None:
        self._window: _Window | None = None

    @property
    def shown(self) -> _Window | None:
        """None while it is closed."""
        window = self._window
        return window if window is not None and isValid(window) and window.isVisible() else None

    def open(self, make: Callable[[], _Window]) -> _Window:
        """Or bring the one that is open to the front."""
        window = self.shown
        if window is None:
            window = self._window = make()
            window.show()
        window.raise_()
        window.activateWindow()
        return window

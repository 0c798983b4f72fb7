"""Scrolling past fields: a turn of the wheel changes a value only where that is meant."""

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QVBoxLayout, QWidget

_PAUSE_MS = 400
"""Turns of the wheel that follow each other sooner are one gesture."""


class Column(QVBoxLayout):
    """Things above each other in a scroll area, which are given less than they like before anything
    scrolls.

    Of a layout with wrapped sentences in it, Qt's own area takes the height that all would like.
    """

    def hasHeightForWidth(self) -> bool:
        return False

    def minimumSize(self) -> QSize:
        """Wrapped sentences count as high as at this width, not as where they are narrowest."""
        least = super().minimumSize()
        width = self.contentsRect().width()
        if self.geometry().width() < least.width():
            return least
        items = [item for item in map(self.itemAt, range(self.count())) if item is not None]
        wrapped = [item for item in items if item.hasHeightForWidth()]
        saved = sum(i.minimumSize().height() - i.heightForWidth(width) for i in wrapped)
        return QSize(least.width(), least.height() - max(0, saved))


class ScrollArea(QScrollArea):
    """Without a frame, as wide as what is in it; remembers when it was scrolled last."""

    def __init__(self, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scrolled_at_ms: int | None = None
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(content)
        # What is in it lies on the window, not on the white of an item view.
        self.viewport().setAutoFillBackground(False)
        content.setAutoFillBackground(False)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus_changed)

    def is_scrolling(self, at_ms: int) -> bool:
        """Whether a gesture that scrolls goes on at the time of an event."""
        before = self._scrolled_at_ms
        return before is not None and 0 <= at_ms - before < _PAUSE_MS

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._scrolled_at_ms = event.timestamp()
        super().wheelEvent(event)

    @Slot(QWidget, QWidget)
    def _on_focus_changed(self, _: QWidget | None, now: QWidget | None) -> None:
        """Qt scrolls to where Tab goes within, not to where the keyboard comes in from outside."""
        if now is not None and self.isAncestorOf(now) and now.visibleRegion().isEmpty():
            self.ensureWidgetVisible(now)


def takes_wheel(field: QWidget, event: QWheelEvent) -> bool:
    """Whether a turn of the wheel over a field is meant for it: only where the keyboard is on it,
    and not while scrolling brings it under the mouse. Whoever says no ignores the event."""
    if not field.hasFocus():
        return False
    place: QWidget | None = field.parentWidget()
    while place is not None and not isinstance(place, ScrollArea):
        place = place.parentWidget()
    return place is None or not place.is_scrolling(event.timestamp())

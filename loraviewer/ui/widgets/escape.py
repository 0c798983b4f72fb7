"""Esc, for widgets that want it before the window's shortcuts get it."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent


def is_escape_offered(event: QEvent) -> bool:
    """Whether this asks if Esc is the widget's own: it is once the event is accepted and eaten."""
    is_asked = event.type() == QEvent.Type.ShortcutOverride
    return is_asked and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape

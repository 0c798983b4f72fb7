"""Where Tab goes: Qt puts whatever is built late behind everything that is there."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


def put_after(before: QWidget, part: QWidget) -> None:
    """Tab goes from `before`, which takes the keyboard, into the part, in the part's own order.
    Both are in one window."""
    for widget in focused_in(part):
        QWidget.setTabOrder(before, widget)
        before = widget


def put_in_place(place: QWidget, part: QWidget) -> None:
    """Tab comes to a part of `place`, or within it, where `place` is in the order, which need not
    take the keyboard itself."""
    before = place.previousInFocusChain()
    while before is not None and before is not place:
        if _is_stop_before(before, part):
            put_after(before, part)
            return
        before = before.previousInFocusChain()


def _is_stop_before(widget: QWidget, part: QWidget) -> bool:
    """Qt puts nothing behind what Tab never comes to."""
    is_within = widget is part or part.isAncestorOf(widget)
    return not is_within and widget.focusPolicy() is not Qt.FocusPolicy.NoFocus


def focused_in(part: QWidget) -> list[QWidget]:
    """What can have the keyboard, as Tab goes through it."""
    found: list[QWidget] = []
    widget = part.nextInFocusChain()
    while widget is not None and widget is not part:
        if part.isAncestorOf(widget) and widget.focusPolicy() is not Qt.FocusPolicy.NoFocus:
            found.append(widget)
        widget = widget.nextInFocusChain()
    return found

"""What Python holds of the items of layouts: Qt deletes them unseen, whenever a widget goes.

An item that Python still holds keeps its address taken: the next object that is made there and
destroyed ends the process.
"""

import gc

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QLayout, QLayoutItem
from shiboken6 import getCppPointer, isValid


def items_held(layout: QLayout) -> list[QLayoutItem]:
    """Those of a layout that Python keeps for as long as the layout is there."""
    held = gc.get_referents(layout)
    return [one for one in held if isinstance(one, QLayoutItem) and not isinstance(one, QObject)]


def items_gone() -> list[str]:
    """Those that Python keeps although Qt has deleted them: their layouts. It makes Python hold all
    that are there, so that it is for the end of a test."""
    layouts = [o for o in gc.get_objects() if isinstance(o, QLayout) and isValid(o)]
    held = [(layout, getCppPointer(i)[0]) for layout in layouts for i in items_held(layout)]
    there = {at for widget in QApplication.allWidgets() for at in _addresses(widget.layout())}
    return [f"{layout!r} of {layout.parentWidget()!r}" for layout, at in held if at not in there]


def _addresses(layout: QLayout | None) -> set[int]:
    if layout is None:
        return set()
    items = [layout.itemAt(place) for place in range(layout.count())]
    inner = {at for item in items if item is not None for at in _addresses(item.layout())}
    return inner | {getCppPointer(item)[0] for item in items if item is not None}

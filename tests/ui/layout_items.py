"""What Python holds of the items of layouts: Qt deletes them unseen, whenever a widget goes.

An item that Python still holds then keeps its address taken: the next object that is made there and
destroyed ends the process.
"""

import gc

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QLayout, QLayoutItem
from shiboken6 import getCppPointer, isValid


def items_held(layout: QLayout) -> list[QLayoutItem]:
    """Of a layout, those that Python keeps for as long as the layout."""
    return [one for one in gc.get_referents(layout) if _is_item(one)]


def items_gone() -> list[str]:
    """Of all layouts of all widgets, those that Python keeps although Qt has deleted them."""
    held = [(item, getCppPointer(item)[0]) for item in gc.get_objects() if _is_item(item)]
    there = {at for widget in QApplication.allWidgets() for at in _addresses(widget.layout())}
    return [type(item).__name__ for item, address in held if address not in there]


def _is_item(one: object) -> bool:
    return isinstance(one, QLayoutItem) and not isinstance(one, QObject) and isValid(one)


def _addresses(layout: QLayout | None) -> set[int]:
    if layout is None:
        return set()
    items = [layout.itemAt(place) for place in range(layout.count())]
    inner = {at for item in items if item is not None for at in _addresses(item.layout())}
    return inner | {getCppPointer(item)[0] for item in items if item is not None}

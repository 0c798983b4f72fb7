"""What menus and keys do with how panes are looked at: in their places, two in one, by a loupe."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Slot

from loraviewer.ui.actions import Actions
from loraviewer.ui.panes.compare_view import CompareView
from loraviewer.ui.panes.pair.pair_view import Look


class LookActions(QObject):
    """Between the table of actions and the view of panes. A look that is chosen again is left."""

    def __init__(self, actions: Actions, compare: CompareView) -> None:
        super().__init__(actions)
        self._actions = actions
        self._compare = compare
        compare.look_changed.connect(self._on_look_changed)
        compare.viewport.loupe.switched.connect(actions["loupe"].setChecked)
        self._on_look_changed(compare.look)

    def slots(self) -> dict[str, Callable[..., object]]:
        looks = {f"look_{look}": partial(self._choose, look) for look in Look}
        return {**looks, "loupe": self._compare.viewport.loupe.set_on}

    def _choose(self, look: Look, _is_checked: bool = True) -> None:
        is_again = look is self._compare.look
        self._compare.set_look(Look.GRID if is_again else look)
        self._on_look_changed(self._compare.look)

    @Slot(str)
    def _on_look_changed(self, look: Look) -> None:
        self._actions[f"look_{look}"].setChecked(True)

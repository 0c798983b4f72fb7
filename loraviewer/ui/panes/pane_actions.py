"""What menus and keys do with panes, and whether they can now."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Slot

from loraviewer.bridge.document_panes import DocumentPanes
from loraviewer.bridge.pane_model import PaneModel
from loraviewer.core.document import LAYOUTS, Document
from loraviewer.core.pane import PaneState
from loraviewer.core.pane_edits import beside, beside_base, can_close
from loraviewer.ui.actions import Actions
from loraviewer.ui.panes.compare_view import CompareView
from loraviewer.ui.panes.copy_stack_menu import CopyStackMenu

_OF_PICTURES = ("save_picture", "copy_picture")
_IN_MENU = ("pin_pane", "duplicate_pane", "freeze_pane", "swap_next", "swap_previous", "close_pane")
_OF_STACKS = ("reset_master",)


class PaneActions(QObject):
    """Between the table of actions, the document's panes and their view."""

    def __init__(
        self, actions: Actions, places: DocumentPanes, panes: PaneModel, compare: CompareView
    ) -> None:
        super().__init__(actions)
        self._actions = actions
        self._places = places
        self._panes = panes
        self._compare = compare
        self.copy_menu = CopyStackMenu(places, compare)
        compare.set_menu([actions[name] for name in _IN_MENU], self.copy_menu)
        compare.pin_requested.connect(actions["pin_pane"].trigger)
        places.changed.connect(self._on_panes_changed)
        panes.pane_changed.connect(self._on_pane_changed)
        self._on_panes_changed(places.document)

    def slots(self) -> dict[str, Callable[..., object]]:
        """For the rows of the table that are about panes."""
        layouts = {f"layout_{n}": partial(self._set_layout, n) for n in LAYOUTS}
        return {
            **layouts,
            "pin_pane": self._places.pin,
            "duplicate_pane": self._duplicate,
            "freeze_pane": self._set_frozen,
            "swap_next": partial(self._swap_by, 1),
            "swap_previous": partial(self._swap_by, -1),
            "swap_beside_base": self._swap_beside_base,
            "close_pane": self._close,
            "next_pane": self._go_to_next,
            "previous_pane": self._go_to_previous,
        }

    def _set_layout(self, layout, _is_checked: bool = True) -> None:
        self._places.set_layout(layout)
        # A row that is chosen again stays checked, whatever came of it.
        self._on_panes_changed(self._places.document)

    @Slot()
    def _duplicate(self) -> None:
        self._leave_fields()
        self._places.duplicate()

    @Slot()
    def _close(self) -> None:
        self._leave_fields()
        self._places.close_active()

    @Slot(bool)
    def _set_frozen(self, on: bool) -> None:
        self._leave_fields()
        self._places.set_frozen(self._places.document.active, on)

    def _swap_by(self, step: int, _is_checked: bool = False) -> None:
        self._places.swap(beside(self._places.document, step))

    @Slot()
    def _swap_beside_base(self) -> None:
        self._places.swap(beside_base(self._places.document))

    @Slot()
    def _go_to_next(self) -> None:
        self._leave_fields()
        self._places.activate_next()

    @Slot()
    def _go_to_previous(self) -> None:
        self._leave_fields()
        self._places.activate_previous()

    def _leave_fields(self) -> None:
        """What is being typed into the strips of one pane is taken before they are another's."""
        self._compare.take_focus()

    @Slot(object)
    def _on_panes_changed(self, document: Document) -> None:
        self._actions[f"layout_{document.layout}"].setChecked(True)
        self._actions["freeze_pane"].setChecked(document.pane(document.active).is_frozen)
        self._actions["close_pane"].setEnabled(can_close(document, document.active))
        for name in _OF_STACKS:
            self._actions[name].setEnabled(not document.pane(document.active).is_base)
        self._on_pane_changed(self._panes.pane(document.active))

    @Slot(object)
    def _on_pane_changed(self, state: PaneState) -> None:
        if state.pane_id == self._places.document.active:
            for name in _OF_PICTURES:
                self._actions[name].setEnabled(state.picture() is not None)

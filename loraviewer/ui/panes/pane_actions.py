"""What menus and keys do with panes, and whether they can now."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Slot

from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.document.document_panes import DocumentPanes
from loraviewer.bridge.rendering.pane_model import PaneModel
from loraviewer.bridge.status_model import StatusModel
from loraviewer.core.document import LAYOUTS, Document
from loraviewer.core.pane import PaneState
from loraviewer.core.pane_edits import beside, beside_base, can_close
from loraviewer.ui.actions import Actions
from loraviewer.ui.panes.blink import Blink
from loraviewer.ui.panes.compare_view import CompareView
from loraviewer.ui.panes.copy_stack_menu import CopyStackMenu
from loraviewer.ui.panes.look_actions import LookActions
from loraviewer.ui.panes.pair.pair_view import Look
from loraviewer.ui.panes.picture_texts import PictureTexts

_OF_PICTURES = ("save_picture", "copy_picture")
_OF_FINISHED = ("copy_prompt", "copy_code")
_IN_MENU = (
    *_OF_FINISHED,
    "pin_pane",
    "duplicate_pane",
    "freeze_pane",
    "compare_with",
    "swap_next",
    "swap_previous",
    "close_pane",
)
_OF_STACKS = ("reset_master",)


class PaneActions(QObject):
    """Between the table of actions, the document's panes and their view."""

    def __init__(
        self,
        actions: Actions,
        places: DocumentPanes,
        panes: PaneModel,
        base: BaseModel,
        status: StatusModel,
        compare: CompareView,
    ) -> None:
        super().__init__(actions)
        self._actions = actions
        self._places = places
        self._panes = panes
        self._status = status
        self._compare = compare
        self._blink = Blink(compare.take_turn, self)
        self._looks = LookActions(actions, compare)
        self._texts = PictureTexts(places, panes, base, status, self)
        self.copy_menu = CopyStackMenu(places, compare)
        compare.set_menu([actions[name] for name in _IN_MENU], self.copy_menu)
        compare.copied.connect(self._on_copied)
        compare.pin_requested.connect(actions["pin_pane"].trigger)
        places.changed.connect(self._on_panes_changed)
        panes.pane_changed.connect(self._on_pane_changed)
        self._on_panes_changed(places.document)

    def slots(self) -> dict[str, Callable[..., object]]:
        """For the rows of the table that are about panes."""
        layouts = {f"layout_{n}": partial(self._set_layout, n) for n in LAYOUTS}
        return {
            **layouts,
            "copy_picture": self._compare.copy_picture,
            "copy_prompt": self._texts.copy_prompt,
            "copy_code": self._texts.copy_code,
            "zoom_in": self._compare.zoom_in,
            "zoom_out": self._compare.zoom_out,
            "zoom_fit": self._compare.viewport.fit,
            "zoom_actual": self._compare.show_actual_size,
            "blink": self._blink.set_on,
            **self._looks.slots(),
            "pin_pane": self._places.pin,
            "duplicate_pane": self._duplicate,
            "freeze_pane": self._set_frozen,
            "swap_next": partial(self._swap_by, 1),
            "swap_previous": partial(self._swap_by, -1),
            "swap_beside_base": self._swap_beside_base,
            "compare_with": self._compare_with,
            "close_pane": self._close,
            "next_pane": self._go_to_next,
            "previous_pane": self._go_to_previous,
        }

    @Slot()
    def stop(self) -> None:
        """The window goes: nothing is to turn any more."""
        self._blink.set_on(False)

    def _set_layout(self, layout, _is_checked: bool = True) -> None:
        self._places.set_layout(layout)
        self._compare.set_look(Look.GRID)
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

    @Slot(bool)
    def _compare_with(self, on: bool) -> None:
        """The base again where it is switched off."""
        document = self._places.document
        self._places.compare_with(document.active if on else document.base.pane_id)
        self._on_panes_changed(self._places.document)

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

    @Slot(bool)
    def _on_copied(self, is_unfinished: bool) -> None:
        words = self.tr("unfinished picture copied") if is_unfinished else self.tr("picture copied")
        self._status.change(activity=words)

    @Slot(object)
    def _on_panes_changed(self, document: Document) -> None:
        self._actions[f"layout_{document.layout}"].setChecked(True)
        self._actions["freeze_pane"].setChecked(document.pane(document.active).is_frozen)
        is_reference = document.reference == document.active
        self._actions["compare_with"].setChecked(is_reference)
        self._actions["close_pane"].setEnabled(can_close(document, document.active))
        for name in _OF_STACKS:
            self._actions[name].setEnabled(not document.pane(document.active).is_base)
        self._on_pane_changed(self._panes.pane(document.active))

    @Slot(object)
    def _on_pane_changed(self, state: PaneState) -> None:
        if state.pane_id == self._places.document.active:
            for name in _OF_FINISHED:
                self._actions[name].setEnabled(state.shown is not None)
            for name in _OF_PICTURES:
                self._actions[name].setEnabled(state.picture() is not None)

"""What menus and keys do with the stack, and with the history of its edits."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QApplication

from loraviewer.bridge.adapters.adapter_intake import AdapterIntake
from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.ui.action_words import ActionWords
from loraviewer.ui.actions import Actions
from loraviewer.ui.file_dialogs import FileDialogs
from loraviewer.ui.strips.stack_panel import StackPanel
from loraviewer.ui.strips.strength_slider import AS_TRAINED
from loraviewer.ui.widgets.typed import take_what_is_typed


class StackActions(QObject):
    """Between the table of actions, the stack, its panel and the dialogs."""

    def __init__(
        self,
        actions: Actions,
        stack: StackModel,
        history: QUndoStack,
        intake: AdapterIntake,
        panel: StackPanel,
        dialogs: FileDialogs,
    ) -> None:
        super().__init__(actions)
        self._stack = stack
        self._history = history
        self._panel = panel
        self._dialogs = dialogs
        ActionWords(actions, history, stack)
        panel.pin_requested.connect(actions["pin_pane"].trigger)
        panel.open_files_requested.connect(actions["add_files"].trigger)
        panel.files_chosen.connect(intake.add)
        dialogs.adapters_chosen.connect(intake.add)

    def slots(self) -> dict[str, Callable[..., object]]:
        """For the rows of the table that are about the stack as a whole."""
        return {
            "add_files": self._dialogs.add_adapters,
            "all_off": self._stack.all_off,
            "reset_master": self._reset_master,
            "undo": self._undo,
            "redo": self._redo,
        }

    @Slot()
    def _reset_master(self) -> None:
        self._stack.set_master(AS_TRAINED)

    @Slot()
    def _undo(self) -> None:
        self._go_through_history(self._history.undo)

    @Slot()
    def _redo(self) -> None:
        self._go_through_history(self._history.redo)

    def _go_through_history(self, step: Callable[[], object]) -> None:
        """Also what is being typed. Where the keyboard is in the stack, it goes to a row that comes
        back."""
        take_what_is_typed()
        before = {strip.entry_id for strip in self._panel.strips.strips()}
        focused = QApplication.focusWidget()
        is_here = focused is not None and self._panel.isAncestorOf(focused)
        step()
        strips = self._panel.strips.strips()
        back = next((row for row, s in enumerate(strips) if s.entry_id not in before), None)
        if is_here and back is not None:
            self._panel.go_to_row(back)

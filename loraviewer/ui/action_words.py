"""Words of actions that say what they would do now: undo, redo, all off."""

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QUndoStack

from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.bridge.languages import shown
from loraviewer.ui.actions import Actions, spec_of, tip_of
from loraviewer.ui.widgets.labels import plain_tip

_LONGEST = 48
"""Of what a step is called: names of files are in it."""
_OF_ADAPTERS = ("add_files", "reset_master")
"""Beside those of rows, which `strips.row_actions` knows."""


class ActionWords(QObject):
    """Keeps text, tooltip and whether they can be used in step with the history and the stack."""

    def __init__(self, actions: Actions, history: QUndoStack, stack: StackModel) -> None:
        super().__init__(actions)
        self._actions = actions
        self._history = history
        self._stack = stack
        history.canUndoChanged.connect(self._show_history)
        history.canRedoChanged.connect(self._show_history)
        history.undoTextChanged.connect(self._show_history)
        history.redoTextChanged.connect(self._show_history)
        stack.stack_changed.connect(self._show_all_off)
        stack.stack_changed.connect(self._show_reach)
        self._show_history()
        self._show_all_off()
        self._show_reach()

    @Slot()
    def _show_history(self) -> None:
        history = self._history
        self._show_step("undo", history.canUndo(), history.undoText())
        self._show_step("redo", history.canRedo(), history.redoText())

    def _show_step(self, action_id: str, is_possible: bool, step: str) -> None:
        action, spec = self._actions[action_id], spec_of(action_id)
        short = step if len(step) <= _LONGEST else step[:_LONGEST] + "…"
        words = shown(spec.text)
        text, tip = words, shown(spec.tip)
        if short:
            text, tip = f"{words}: {short}".replace("&", "&&"), f"{words}: {short}"
        action.setEnabled(is_possible)
        action.setText(text)
        action.setToolTip(plain_tip(tip_of(tip, spec)))

    @Slot()
    def _show_all_off(self) -> None:
        action, spec = self._actions["all_off"], spec_of("all_off")
        action.setEnabled(not self._stack.stack.is_all_off or self._stack.can_switch_back)
        text, tip = shown(spec.text), shown(spec.tip)
        if self._stack.can_switch_back:
            text, tip = self.tr("On again"), self.tr("Switch those rows on that were on before.")
        action.setText(text)
        action.setToolTip(tip_of(tip, spec))

    @Slot()
    def _show_reach(self) -> None:
        """The base pane holds no adapters: what would change them waits for another one."""
        for name in _OF_ADAPTERS:
            self._actions[name].setEnabled(not self._stack.is_base)

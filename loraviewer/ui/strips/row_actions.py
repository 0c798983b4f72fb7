"""What menus and keys do with the selected rows, or else with the row that has the keyboard."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QMimeData, QObject, Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.adapters.row_paste import RowPaste
from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.core.balance import AdapterNorms, rows_to_balance
from loraviewer.core.row_clipboard import MIME, rows_to_json, rows_to_text
from loraviewer.core.row_edits import rows_with
from loraviewer.ui.actions import Actions
from loraviewer.ui.notices import Notices
from loraviewer.ui.strips.balance_dialog import BalanceDialog
from loraviewer.ui.strips.stack_panel import StackPanel

_KEYS = ("select_rows", "copy_rows", "paste_rows")
"""Those whose keys are for fields elsewhere."""


class RowActions(QObject):
    """Between the table of actions, the rows, and the clipboard."""

    def __init__(
        self,
        actions: Actions,
        stack: StackModel,
        adapters: AdapterModel,
        paste: RowPaste,
        panel: StackPanel,
        notices: Notices,
    ) -> None:
        super().__init__(actions)
        self._stack = stack
        self._adapters = adapters
        self._paste = paste
        self._panel = panel
        self._notices = notices
        self._rows, self._selection = panel.strips.rows, panel.strips.selection
        self._norms: AdapterNorms | None = None
        self._dialog: BalanceDialog | None = None
        self._actions = {name: actions[name] for name in self.slots()}
        stack.stack_changed.connect(self._show_reach)
        self._show_reach()
        for name in _KEYS:
            actions.keep_keys_in(name, panel.row_places)
        self._rows.copy_wanted.connect(self._on_copy_wanted)
        paste.mentioned.connect(notices.mention)
        paste.pasted.connect(self._on_pasted)

    def slots(self) -> dict[str, Callable[..., object]]:
        return {
            "select_rows": self._select_all,
            "copy_rows": self._copy,
            "paste_rows": self._on_paste,
            "remove_rows": self._remove,
            "balance_rows": self._open_balance,
        }

    def use_norms(self, norms: AdapterNorms) -> None:
        """By whom balance is reckoned; without one it cannot be asked for."""
        self._norms = norms
        self._show_reach()

    @Slot()
    def _show_reach(self) -> None:
        """The base pane has no rows, and none can be put there."""
        for name, action in self._actions.items():
            is_known = name != "balance_rows" or self._norms is not None
            action.setEnabled(is_known and not self._stack.is_base)

    @Slot()
    def show_norms(self) -> None:
        """Some are known that were not, or are others now."""
        if (shown := self.balance) is not None:
            shown.refresh()

    @property
    def balance(self) -> BalanceDialog | None:
        """None while it is closed."""
        dialog = self._dialog
        is_there = dialog is not None and isValid(dialog) and dialog.isVisible()
        return dialog if is_there else None

    def _targets(self) -> tuple[str, ...]:
        """Ids, in the order of the rows."""
        focused = (strip.entry_id for strip in self._panel.strips.strips() if strip.has_keyboard)
        return self._selection.ids or tuple(focused)

    @Slot()
    def _select_all(self) -> None:
        self._selection.select_all()

    @Slot()
    def _copy(self) -> None:
        self._on_copy_wanted(self._targets())

    @Slot(object)
    def _on_copy_wanted(self, ids: Sequence[str]) -> None:
        rows = rows_with(self._stack.stack, ids)
        if not rows:
            self._mention_none()
            return
        copied = QMimeData()
        copied.setData(MIME, rows_to_json(rows))
        copied.setText(rows_to_text(rows))
        QGuiApplication.clipboard().setMimeData(copied)

    @Slot()
    def _on_paste(self) -> None:
        copied = QGuiApplication.clipboard().mimeData()
        after = next(reversed(self._targets()), "")
        if copied is not None and copied.hasFormat(MIME):
            self._paste.paste_rows(bytes(copied.data(MIME).data()), after)
        else:
            self._paste.paste_text(copied.text() if copied is not None else "", after)

    @Slot(object)
    def _on_pasted(self, ids: Sequence[str]) -> None:
        """Several are selected, and where the keyboard was among the rows, it is on the first."""
        self._selection.select(ids if len(ids) > 1 else ())
        focused = QApplication.focusWidget()
        if focused is None or not self._panel.isAncestorOf(focused):
            return
        new = [strip for strip in self._panel.strips.strips() if strip.entry_id in ids]
        if len(new) == 1:
            new[0].take_focus(Qt.FocusReason.OtherFocusReason)
        elif new:
            new[0].setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _remove(self) -> None:
        if ids := self._targets():
            self._rows.edits.remove(ids)
        else:
            self._mention_none()

    @Slot()
    def _open_balance(self) -> None:
        """Anew: of the rows that are selected now."""
        if self._norms is None:
            return
        stack = self._stack.stack
        applied = stack.without_muted(self._adapters.muted(stack)).applied_entries()
        ids = rows_to_balance(stack, self._selection.ids, applied)
        if (shown := self.balance) is not None:
            shown.close()
        parts = (self._stack, self._rows.edits, self._norms)
        self._dialog = BalanceDialog(*parts, ids, self._panel.window())
        self._dialog.show()

    def _mention_none(self) -> None:
        words = self.tr("Choose a row first: click beside its name, with Ctrl for more than one.")
        self._notices.mention(words)

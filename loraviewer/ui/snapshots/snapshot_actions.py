"""What menus and keys do with snapshots and the history, and whether they can now."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.document.snapshot_model import SnapshotModel
from loraviewer.core.stack_diff import PRESENT, pane_key, side_key
from loraviewer.ui.actions import Actions
from loraviewer.ui.snapshots.diff_window import DiffWindow
from loraviewer.ui.snapshots.history_window import HistoryWindow
from loraviewer.ui.snapshots.snapshots_panel import SnapshotsPanel
from loraviewer.ui.widgets.typed import take_what_is_typed

_OF_THE_HISTORY = ("undo", "redo", "take_snapshot")
_OF_SNAPSHOTS = ("undo", "redo", "previous_snapshot", "next_snapshot", "take_snapshot")

_Window = TypeVar("_Window", bound=QWidget)


class SnapshotActions(QObject):
    """Between the table of actions, the document and its windows: one of each at a time."""

    def __init__(
        self,
        actions: Actions,
        document: DocumentModel,
        snapshots: SnapshotModel,
        panel: SnapshotsPanel,
        window: QWidget,
    ) -> None:
        super().__init__(actions)
        self._actions = actions
        self._document = document
        self._snapshots = snapshots
        self._window = window
        panel.compare_wanted.connect(self.compare)
        snapshots.rowsInserted.connect(self._show_whether)
        snapshots.rowsRemoved.connect(self._show_whether)
        self._show_whether()

    def slots(self) -> dict[str, Callable[..., object]]:
        """For the rows of the table that are about going back."""
        return {
            "take_snapshot": self._take,
            "previous_snapshot": partial(self._walk, -1),
            "next_snapshot": partial(self._walk, 1),
            "compare_stacks": self._compare_present,
            "history": self._open_history,
        }

    @Slot(str, str)
    def compare(self, left: str, right: str) -> None:
        """Show what differs between two sides, by their keys."""
        window = self._open(DiffWindow) or DiffWindow(self._document, self._window)
        window.compare(left, right)
        self._show(window, _OF_SNAPSHOTS)

    @Slot()
    def _take(self) -> None:
        take_what_is_typed()
        self._snapshots.take()

    def _walk(self, step: int, _is_checked: bool = False) -> None:
        self._snapshots.walk(step)

    @Slot()
    def _compare_present(self) -> None:
        """With a snapshot, or the base where none differs."""
        other = self._snapshots.unlike_present()
        base = pane_key(self._document.document.base.pane_id)
        self.compare(side_key(other) if other else base, PRESENT)

    @Slot()
    def _open_history(self) -> None:
        window = self._open(HistoryWindow) or HistoryWindow(self._document, self._window)
        self._show(window, _OF_THE_HISTORY)

    def _open(self, kind: type[_Window]) -> _Window | None:
        """One that is there already; not one that is about to go."""
        found = self._window.findChildren(kind)
        return next((window for window in found if window.isVisible()), None)

    def _show(self, window: QWidget, actions: tuple[str, ...]) -> None:
        # Keys of the studio's window that are wanted here, too.
        window.addActions([self._actions[name] for name in actions])
        window.show()
        window.raise_()
        window.activateWindow()

    @Slot()
    def _show_whether(self) -> None:
        for name in ("previous_snapshot", "next_snapshot"):
            self._actions[name].setEnabled(self._snapshots.rowCount() > 0)

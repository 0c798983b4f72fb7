"""The menu of one snapshot: all that can be done with it."""

from functools import partial

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from loraviewer.bridge.document.snapshot_model import SnapshotModel
from loraviewer.core.snapshots import Snapshot, SnapshotId
from loraviewer.core.stack_diff import PRESENT, side_key
from loraviewer.ui.widgets.added_action import added


class SnapshotMenu(QMenu):
    """Filled when it opens."""

    rename_wanted = Signal(str)
    compare_wanted = Signal(str, str)
    """Keys of the two sides."""

    def __init__(self, model: SnapshotModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model

    def open_for(self, snapshot_id: SnapshotId, where: QPoint) -> None:
        """At a point of the screen."""
        self._fill(next(s for s in self._model.snapshots if s.snapshot_id == snapshot_id))
        self.popup(where)

    def _fill(self, snapshot: Snapshot) -> None:
        self.clear()
        own, model = snapshot.snapshot_id, self._model
        self._add(self.tr("Apply"), partial(model.apply, own)).setEnabled(own != model.present)
        self._add(
            self.tr("Apply with prompt and seed"), partial(model.apply, own, with_sampling=True)
        )
        self.addSeparator()
        self._add(self.tr("Update to the present"), partial(model.update, own))
        self._add(self.tr("Rename…"), partial(self.rename_wanted.emit, own))
        self._add(self.tr("Copy name"), partial(_copy, snapshot.name))
        self.addSeparator()
        compare = partial(self.compare_wanted.emit, side_key(own))
        self._add(self.tr("Compare with the present…"), partial(compare, PRESENT))
        others = [one for one in model.snapshots if one is not snapshot]
        submenu = self.addMenu(self.tr("Compare with"))
        submenu.setEnabled(bool(others))
        for other in others:
            action = added(submenu, other.name.replace("&", "&&"))
            action.triggered.connect(
                partial(_ignoring, partial(compare, side_key(other.snapshot_id)))
            )
        self.addSeparator()
        self._add(self.tr("Delete"), partial(model.remove, own))

    def _add(self, words: str, react):
        action = added(self, words)
        action.triggered.connect(partial(_ignoring, react))
        return action


def _ignoring(react, _is_checked: bool = False) -> None:
    react()


def _copy(name: str) -> None:
    QGuiApplication.clipboard().setText(name)

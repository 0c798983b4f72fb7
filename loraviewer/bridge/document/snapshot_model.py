"""The document's snapshots as a list, and every edit of them."""

from typing import Any

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt, Signal, Slot

from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.document.kept_rows import KeptRows
from loraviewer.bridge.languages import shown
from loraviewer.core import snapshot_edits
from loraviewer.core.document import Document
from loraviewer.core.pane_names import pane_letter
from loraviewer.core.snapshots import Snapshot, SnapshotId, is_same_state

Index = QModelIndex | QPersistentModelIndex

SNAPSHOT_ROLE = Qt.ItemDataRole.UserRole
PRESENT_ROLE = Qt.ItemDataRole.UserRole + 1
"""Whether the active pane holds its stack."""


class SnapshotModel(KeptRows[Snapshot]):
    """A view of the document. Every edit is one undo step; going from one to the next with
    `walk` is a single one, however far it goes."""

    refused = Signal(str)  # one sentence
    present_changed = Signal(str)  # SnapshotId, "" for none

    def __init__(self, document: DocumentModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._last: SnapshotId = ""
        self._present: SnapshotId = ""
        document.changed.connect(self._on_document_changed)
        self._follow(document.document)

    # -- what there is --------------------------------------------------------------------

    @property
    def snapshots(self) -> tuple[Snapshot, ...]:
        return tuple(self._rows)

    @property
    def present(self) -> SnapshotId:
        """The one whose stack the active pane holds; "" for none."""
        return self._present

    def id_of(self, row: Snapshot) -> str:
        return row.snapshot_id

    def unlike_present(self, preferred: SnapshotId = "") -> SnapshotId:
        """One that the present is worth comparing with: `preferred`, or the last that is not there
        now; "" for none."""
        others = [row.snapshot_id for row in self._rows if row.snapshot_id != self._present]
        return preferred if preferred in others else next(reversed(others), "")

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return row.name
        if role == SNAPSHOT_ROLE:
            return row
        is_present = row.snapshot_id == self._present
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.tr("{}, present").format(row.name) if is_present else row.name
        return is_present if role == PRESENT_ROLE else None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if not index.isValid() or role != Qt.ItemDataRole.EditRole:
            return False
        self.rename(self._rows[index.row()].snapshot_id, str(value))
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        flag = Qt.ItemFlag
        return flag.ItemIsEnabled | flag.ItemIsSelectable | flag.ItemIsEditable

    # -- edits ----------------------------------------------------------------------------

    @Slot()
    def take(self) -> None:
        """Of what the active pane holds now. The same twice is refused in one sentence."""
        document = self._document.document
        known = snapshot_edits.known_as(document)
        if known is not None:
            words = self.tr("The snapshot “{}” holds exactly this already.")
            self.refused.emit(words.format(known.name))
            return
        taken = snapshot_edits.taken(document, snapshot_edits.new_snapshot_id(), shown)
        self._last = taken.snapshots[-1].snapshot_id
        self._edit(self.tr("Take snapshot “{}”"), taken.snapshots[-1].name, taken)

    def rename(self, snapshot_id: SnapshotId, typed: str) -> None:
        renamed = snapshot_edits.renamed(self._document.document, snapshot_id, typed)
        name = snapshot_edits.snapshot(renamed, snapshot_id).name
        self._edit(self.tr("Rename snapshot to “{}”"), name, renamed)

    def apply(self, snapshot_id: SnapshotId, *, with_sampling: bool = False) -> None:
        """Its stack to the active pane, or to the first beside the base; nothing where that holds
        it. `with_sampling`: prompt, seed and size, too."""
        self._apply(snapshot_id, with_sampling=with_sampling)

    def update(self, snapshot_id: SnapshotId) -> None:
        """Let it hold what the active pane does now."""
        self._last = snapshot_id
        updated = snapshot_edits.updated(self._document.document, snapshot_id, shown)
        name = snapshot_edits.snapshot(updated, snapshot_id).name
        self._edit(self.tr("Update snapshot “{}”"), name, updated)

    def remove(self, snapshot_id: SnapshotId) -> None:
        removed = snapshot_edits.removed(self._document.document, snapshot_id)
        self._edit(self.tr("Delete snapshot “{}”"), self._name(snapshot_id), removed)

    def move(self, snapshot_id: SnapshotId, place: int) -> None:
        """To another place, counted from 0; the others close up."""
        moved = snapshot_edits.moved(self._document.document, snapshot_id, place)
        self._edit(self.tr("Move snapshot “{}”"), self._name(snapshot_id), moved)

    def walk(self, step: int) -> None:
        """Apply the one so many places further, round and round."""
        if wanted := self.beside(step):
            self.walk_to(wanted)

    def walk_to(self, snapshot_id: SnapshotId) -> None:
        """Apply it as a part of a walk, which stays a single step."""
        self._apply(snapshot_id, key=f"walk {self._document.document.active}")

    def beside(self, step: int) -> SnapshotId:
        """Where `walk` would go; "" where there is nowhere."""
        return snapshot_edits.beside(self._document.document, step, self._last)

    def _apply(
        self, snapshot_id: SnapshotId, *, with_sampling: bool = False, key: str = ""
    ) -> None:
        self._last = snapshot_id
        document = self._document.document
        applied = snapshot_edits.applied(document, snapshot_id, with_sampling=with_sampling)
        if _is_same(applied, document):
            self._follow(document)  # of two equal ones, this is the present one now
            return
        text = self.tr("Apply snapshot “{}”")
        if len(applied.panes) > 2:
            text = self.tr("{} in {}").format(text, pane_letter(applied, applied.active))
        self._edit(text, self._name(snapshot_id), applied, key)

    def _edit(self, text: str, name: str, document: Document, key: str = "") -> None:
        self._document.edit(text.replace("{}", name), document, key)

    def _name(self, snapshot_id: SnapshotId) -> str:
        return snapshot_edits.snapshot(self._document.document, snapshot_id).name

    # -- following the document -----------------------------------------------------------

    @Slot(object, object)
    def _on_document_changed(self, document: Document, before: Document) -> None:
        is_elsewhere = document.active != before.active or document.stack != before.stack
        if is_elsewhere or document.snapshots != before.snapshots:
            self._follow(document)

    def _follow(self, document: Document) -> None:
        before, self._present = self._present, snapshot_edits.present(document, self._last)
        self.follow_rows(document.snapshots)
        if self._present != before:
            self.present_changed.emit(self._present)


def _is_same(applied: Document, document: Document) -> bool:
    """Whether applying would change nothing but the order of rows."""
    is_here = applied.active == document.active and applied.sampling == document.sampling
    own = applied.pane(applied.active), document.pane(document.active)
    return (
        is_here and own[0].sampling == own[1].sampling and is_same_state(own[0].stack, own[1].stack)
    )

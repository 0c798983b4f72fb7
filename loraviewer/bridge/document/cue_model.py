"""The document's cues as a list, and every edit of them."""

from typing import Any

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt, Slot

from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.document.kept_rows import KeptRows
from loraviewer.core import cue_edits
from loraviewer.core.cues import Cue, CueId
from loraviewer.core.document import Document
from loraviewer.core.snapshots import SnapshotId

Index = QModelIndex | QPersistentModelIndex

CUE_ROLE = Qt.ItemDataRole.UserRole


class CueModel(KeptRows[Cue]):
    """A view of the document; every edit is one undo step."""

    def __init__(self, document: DocumentModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        document.changed.connect(self._on_document_changed)
        self.follow_rows(document.document.cues)

    # -- what there is --------------------------------------------------------------------

    @property
    def cues(self) -> tuple[Cue, ...]:
        return tuple(self._rows)

    def id_of(self, row: Cue) -> str:
        return row.cue_id

    def snapshot_name(self, cue: Cue) -> str:
        """Of what it shows: "" where that is nothing."""
        if not cue.snapshot_id:
            return ""
        named = {one.snapshot_id: one.name for one in self._document.document.snapshots}
        return named.get(cue.snapshot_id, self.tr("a snapshot that is gone"))

    def snapshot_choices(self, cue: Cue | None) -> list[tuple[str, SnapshotId]]:
        """Names and ids of what a cue may show, what it shows now among them."""
        known = [(one.name, one.snapshot_id) for one in self._document.document.snapshots]
        is_gone = cue is not None and cue.snapshot_id not in ["", *(i for _, i in known)]
        return [*known, (self.snapshot_name(cue), cue.snapshot_id)] if cue and is_gone else known

    @property
    def has_more_snapshots(self) -> bool:
        """Whether there are any that no cue shows."""
        return bool(self._unshown())

    def likely_snapshot(self, place: int) -> SnapshotId:
        """What a new cue there would show: the first snapshot that none does, else that of the cue
        before; "" where there is none."""
        before = [cue.snapshot_id for cue in self._rows[:place]][-1:]
        return next(iter([*self._unshown(), *before]), "")

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        cue = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            parts = [part for part in (self.snapshot_name(cue), cue.sentence) if part]
            return " — ".join(parts) or self.tr("nothing yet")
        return cue if role == CUE_ROLE else None

    # -- edits ----------------------------------------------------------------------------

    def add(self, place: int, snapshot_id: SnapshotId = "") -> CueId:
        """Before the cue at a place, counted from 0; its id."""
        new = Cue(cue_id=cue_edits.new_cue_id(), snapshot_id=snapshot_id)
        self._edit(self.tr("Add a cue"), cue_edits.added(self._document.document, new, place))
        return new.cue_id

    def add_for_each(self) -> None:
        """One for every snapshot that no cue shows yet, in their order."""
        missing = self._unshown()
        text = self.tr("Add {} cues").format(len(missing))
        self._edit(text, cue_edits.added_for_each(self._document.document, missing))

    def show(self, cue_id: CueId, snapshot_id: SnapshotId) -> None:
        text = self.tr("Let cue {} show another snapshot").format(self._number(cue_id))
        self._edit(text, cue_edits.shown_with(self._document.document, cue_id, snapshot_id))

    def say(self, cue_id: CueId, typed: str) -> None:
        text = self.tr("Sentence of cue {}").format(self._number(cue_id))
        self._edit(text, cue_edits.said_with(self._document.document, cue_id, typed))

    def remove(self, cue_id: CueId) -> None:
        text = self.tr("Delete cue {}").format(self._number(cue_id))
        self._edit(text, cue_edits.removed(self._document.document, cue_id))

    def move(self, cue_id: CueId, place: int) -> None:
        """To another place, counted from 0; the others close up."""
        text = self.tr("Move cue {}").format(self._number(cue_id))
        self._edit(text, cue_edits.moved(self._document.document, cue_id, place))

    def _unshown(self) -> list[SnapshotId]:
        document = self._document.document
        shown = {cue.snapshot_id for cue in document.cues}
        return [s.snapshot_id for s in document.snapshots if s.snapshot_id not in shown]

    def _edit(self, text: str, document: Document) -> None:
        self._document.edit(text, document)

    def _number(self, cue_id: CueId) -> int:
        return cue_edits.place_of(self._document.document, cue_id) + 1

    @Slot(object, object)
    def _on_document_changed(self, document: Document, before: Document) -> None:
        if (document.cues, document.snapshots) != (before.cues, before.snapshots):
            self.follow_rows(document.cues)

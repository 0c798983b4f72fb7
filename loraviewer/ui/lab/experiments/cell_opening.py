"""Opening the picture of a cell: its faders into a pane, or the picture alone."""

import time
from pathlib import Path
from typing import Protocol

import msgspec
from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.experiments.experiments_port import Experiments
from loraviewer.bridge.pictures.picture_restore import PictureRestore
from loraviewer.core.experiments.cells import Cell
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.infotext import ImageRecord, record_of
from loraviewer.core.outcome import Rendered
from loraviewer.core.pane_edits import editable
from loraviewer.core.stack import AdapterStack, AppliedAdapter, StackEntry
from loraviewer.core.stored_picture import StoredPicture
from loraviewer.ui.lab.experiments.shown_experiment import ShownExperiment


class OverPane(Protocol):
    """A picture over the active pane, which edits nothing."""

    def show_picture(self, picture: StoredPicture, rendered: Rendered, title: str) -> None: ...

    def end(self) -> None: ...


class CellOpening(QObject):
    """GUI thread only."""

    told = Signal(str)  # one sentence about a picture that has no faders

    def __init__(
        self,
        experiments: Experiments,
        shown: ShownExperiment,
        document: DocumentModel,
        restore: PictureRestore,
        look: OverPane,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._experiments = experiments
        self._shown = shown
        self._document = document
        self._restore = restore
        self._look = look
        self._wanted: tuple[Path, Cell] | None = None
        experiments.picture_read.connect(self._on_picture_read)

    @Slot(object)
    def open(self, cell: Cell) -> None:
        """Into the active pane, as an undo step; where no stack makes it, over that pane."""
        self._wanted = None
        self._look.end()
        if has_faders(cell, self._shown.experiment):
            stored = StoredPicture(
                key=cell.id,
                record=ImageRecord(request=cell.request),
                stack=with_faders_at(editable(self._document.document).stack, cell),
                made_at=time.time(),
            )
            self._restore.restore(stored)
        elif self._shown.folder is not None:
            self._wanted = (self._shown.folder, cell)
            self._experiments.read_picture(*self._place())

    def _place(self) -> tuple[Path, str]:
        assert self._wanted is not None
        folder, cell = self._wanted
        return folder, cell.id

    @Slot(object, object, object)
    def _on_picture_read(self, folder: Path, cell_id: str, rendered: Rendered | None) -> None:
        """The last one that was asked for, whichever is read first."""
        if self._wanted is None or (folder, cell_id) != self._place():
            return
        (_, cell), self._wanted = self._wanted, None
        if rendered is None:
            self.told.emit(self.tr("That picture is not there (yet)."))
            return
        stored = StoredPicture(key=cell.id, record=record_of(rendered))
        self._look.show_picture(stored, rendered, self.tr("Picture of the experiment"))
        self.told.emit(self._why(cell))

    def _why(self, cell: Cell) -> str:
        if cell.condition.arm == "random":
            return self.tr(
                "Random twins are drawn for the experiment and lie in no file: this is the "
                "picture alone. A click on it goes back."
            )
        return self.tr("No stack makes this picture: it is shown alone. A click on it goes back.")


def has_faders(cell: Cell, experiment: Experiment | None) -> bool:
    """Whether a stack in a pane makes the same picture: its adapters lie in files, which those
    drawn for an experiment do not, and nothing else is moved."""
    given = {adapter.sha256 for adapter in experiment.adapters} if experiment is not None else set()
    is_given = all(adapter.sha256 in given for adapter in cell.request.adapters)
    return is_given and cell.shot.disturbance is None


def with_faders_at(stack: AdapterStack, cell: Cell) -> AdapterStack:
    """The rows of a pane with faders as the cell has them: those that it lacks are switched off and
    keep their strengths, those that the pane lacks come at the end. Merged by its rule."""
    wanted = list(cell.request.adapters)
    rows: list[StackEntry] = []
    for row in stack.entries:
        if row.for_drafts is not None:
            rows.append(row)  # no cell knows of it
            continue
        own = next((one for one in wanted if one.sha256 == row.sha256), None)
        if own is not None:
            wanted.remove(own)
        rows.append(_set(row, own))
    picture = StoredPicture(key="", record=ImageRecord(request=cell.request))
    added = [row for row in picture.rows().entries if _applied(row) in wanted]
    return AdapterStack(entries=(*rows, *added), merge_rule=cell.request.merge_rule)


def _set(row: StackEntry, wanted: AppliedAdapter | None) -> StackEntry:
    if wanted is None:
        return msgspec.structs.replace(row, is_enabled=False, is_solo=False)
    follows = wanted.text_scale == wanted.scale
    return msgspec.structs.replace(
        row,
        is_enabled=True,
        is_solo=False,
        scale=wanted.scale,
        text_scale=None if follows else wanted.text_scale,
        block_scales=wanted.block_scales,
    )


def _applied(row: StackEntry) -> AppliedAdapter:
    return AdapterStack(entries=(row,)).applied()[0]

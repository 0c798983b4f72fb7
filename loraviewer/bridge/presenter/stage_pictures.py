"""The pictures of the stage: what is seen now, and what is made beforehand of what may come."""

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.cells.cell_queue import CellQueue
from loraviewer.bridge.cells.cell_requests import CellRequests
from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.document.snapshot_model import SnapshotModel
from loraviewer.bridge.languages import shown
from loraviewer.bridge.presenter.presenter_model import PresenterModel
from loraviewer.bridge.rendering.pane_model import PaneModel
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.captions import stack_caption
from loraviewer.core.outcome import Failure, Rendered
from loraviewer.core.pane_names import pane_name
from loraviewer.core.request import GenerationRequest
from loraviewer.core.snapshots import SnapshotId
from loraviewer.core.stack import AdapterStack

OWNER = "stage"


@dataclass(frozen=True)
class StagePicture:
    """`title`: of what is seen. `is_behind`: the picture that belongs here is not there yet;
    `share` of it, 0 … 1, is made. `failure`: why it will not come."""

    title: str = ""
    rendered: Rendered | None = None
    is_behind: bool = False
    share: float = 0.0
    failure: Failure | None = None


class StagePictures(QObject):
    """Has pictures of the snapshots beside the present one, of the next cue and without any
    adapter made as cells are, while nothing else is to be done. Asks for nothing while nobody
    presents. GUI thread only."""

    changed = Signal()

    def __init__(
        self,
        presenter: PresenterModel,
        document: DocumentModel,
        snapshots: SnapshotModel,
        panes: PaneModel,
        adapters: AdapterModel,
        base: BaseModel,
        cells: CellQueue,
        settings: SettingsModel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._presenter = presenter
        self._document = document
        self._snapshots = snapshots
        self._panes = panes
        self._adapters = adapters
        self._cells = cells
        self._requests = CellRequests(base, adapters, settings)
        presenter.switched.connect(self._on_switched)
        presenter.changed.connect(self._on_changed)
        document.drag_changed.connect(self._on_changed)
        panes.pane_changed.connect(self._on_pane_changed)
        base.changed.connect(self._on_changed)
        cells.answered.connect(self._on_answered)

    @property
    def is_dragging(self) -> bool:
        """Whether a fader is held: pictures are to follow it at once."""
        return self._document.is_dragging

    @property
    def aspect(self) -> float:
        """Width over height of a picture."""
        sampling = self._document.document.active_sampling
        return sampling.width / sampling.height

    def own(self) -> StagePicture:
        """Of the active pane, or what is held up in its place."""
        return self.beside() if self._presenter.is_base_held else self._own()

    def beside(self) -> StagePicture:
        """Of the pane that it is compared with."""
        pane_id = self._presenter.beside
        state = self._panes.pane(pane_id)
        title = shown(pane_name(self._document.document, pane_id))
        return StagePicture(title, state.shown, is_behind=state.shown is None)

    def _own(self) -> StagePicture:
        document = self._document.document
        state, wanted = self._panes.pane(document.active), self._wanted()
        known = self._cells.known(wanted) if wanted is not None else None
        if known is not None and not self.is_dragging:
            return StagePicture(self._present_title(), known)
        title = shown(stack_caption(state.shown_stack)) if state.shown is not None else ""
        share = state.step / state.steps if state.steps else 0.0
        is_behind = state.is_busy or state.is_outdated
        return StagePicture(title, state.shown, is_behind, share, state.failure)

    def _present_title(self) -> str:
        present = self._snapshots.present
        names = (s.name for s in self._snapshots.snapshots if s.snapshot_id == present)
        stack = self._document.document.stack
        return next(names, "") or shown(stack_caption(self._requests.heard(stack)))

    def _wanted(self) -> GenerationRequest | None:
        """What the active pane is to show; None where that cannot be known yet."""
        return self._request(self._document.document.stack)

    def _request(self, stack: AdapterStack) -> GenerationRequest | None:
        if not self._requests.is_ready(stack):
            return None
        return self._requests.request(stack, self._document.document.active_sampling)

    # -- beforehand -----------------------------------------------------------------------

    def _want(self) -> None:
        if not self._presenter.is_on:
            self._cells.drop(OWNER)
        elif not self._document.is_dragging:
            asked = (self._request(stack) for stack in self._coming())
            self._cells.want(OWNER, [one for one in asked if one is not None])

    def _coming(self) -> Iterator[AdapterStack]:
        """The most likely first."""
        cue = self._presenter.coming
        ids = [cue.snapshot_id] if cue is not None else []
        yield from self._stacks_of([*ids, self._snapshots.beside(1), self._snapshots.beside(-1)])
        yield self._document.document.stack.with_all_off()

    def _stacks_of(self, ids: list[SnapshotId]) -> Iterator[AdapterStack]:
        stacks = {one.snapshot_id: one.stack for one in self._snapshots.snapshots}
        yield from (stacks[one] for one in ids if one in stacks)

    # -- following ------------------------------------------------------------------------

    @Slot(bool)
    def _on_switched(self, is_on: bool) -> None:
        if is_on:
            for snapshot in self._snapshots.snapshots if self._adapters.base_identity else ():
                self._adapters.request_missing(snapshot.stack)
            self._cells.forget_failures()
        self._want()

    @Slot()
    @Slot(object)
    @Slot(bool)
    def _on_changed(self, _: object = None) -> None:
        if self._presenter.is_on:
            self._want()
            self.changed.emit()

    @Slot(object)
    def _on_pane_changed(self, _: object) -> None:
        if self._presenter.is_on:
            self.changed.emit()

    @Slot(str, object, object)
    def _on_answered(self, owner: str, _: object, __: object) -> None:
        if self._presenter.is_on and owner == OWNER:
            self.changed.emit()

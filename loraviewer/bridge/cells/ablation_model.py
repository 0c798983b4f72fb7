"""The pictures of the active pane's stack without each of its rows, and of each row alone."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.cells.cell_queue import CellQueue, Cost
from loraviewer.bridge.cells.cell_requests import CellRequests
from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.rendering.pane_model import PaneModel
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.ablation import ablations
from loraviewer.core.document import Document, PaneSpec
from loraviewer.core.outcome import Failure, Rendered
from loraviewer.core.pane import PaneState
from loraviewer.core.request import GenerationRequest

OWNER = "ablation"


@dataclass(frozen=True)
class RowPicture:
    """What a strip shows. `is_same`: the row has no part in the picture. `is_outdated`: the picture
    is of a stack or prompt before this one."""

    is_same: bool = False
    picture: Rendered | None = None
    failure: Failure | None = None
    is_outdated: bool = False


class AblationModel(QObject):
    """Asks for them while the setting is on and they take no longer than the person allows; one row
    of the result per row of the stack. GUI thread only."""

    changed = Signal()

    def __init__(
        self,
        document: DocumentModel,
        panes: PaneModel,
        adapters: AdapterModel,
        settings: SettingsModel,
        cells: CellQueue,
        requests: CellRequests,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._panes = panes
        self._settings = settings
        self._cells = cells
        self._requests = requests
        self._rows: dict[str, RowPicture] = {}
        self._asked: dict[str, GenerationRequest | None] = {}
        """By row; None for one that has no part in the picture."""
        self._round: frozenset[GenerationRequest] = frozenset()
        self._allowed: frozenset[GenerationRequest] = frozenset()
        """The round that is made whatever it takes."""
        self._seen: dict[str, GenerationRequest | None] = {}
        self._is_alone = False
        self._is_too_dear = False
        self._was_stopped = False
        document.changed.connect(self._on_document_changed)
        document.drag_changed.connect(self._on_drag_changed)
        settings.changed.connect(self._on_settings_changed)
        adapters.adapter_changed.connect(self._on_adapter_changed)
        panes.pane_changed.connect(self._on_pane_changed)
        cells.answered.connect(self._on_answered)
        cells.changed.connect(self._on_cells_changed)

    @property
    def is_on(self) -> bool:
        return self._settings.settings.shows_ablation

    @property
    def is_alone(self) -> bool:
        """Whether each row is shown alone, in place of what all others are without it."""
        return self._is_alone

    @property
    def most_s(self) -> float:
        return self._settings.settings.most_ablation_s

    @property
    def is_too_dear(self) -> bool:
        """Whether the round takes longer than it may, and is not made."""
        return self._is_too_dear

    @property
    def is_stopped(self) -> bool:
        """Whether what is left is not made, since everything was stopped."""
        return self._cells.is_stopped and self._cells.left(OWNER) > 0

    def row(self, entry_id: str) -> RowPicture | None:
        """None where nothing is to be shown."""
        return self._rows.get(entry_id)

    @property
    def whole(self) -> Rendered | None:
        """The picture as it is, with all rows; where it is not there yet, the last one."""
        return self._panes.pane(self._pane.pane_id).shown

    def cost(self) -> Cost:
        """Of what is still to be made of the present round, also while the setting is off."""
        asked = self._asked if self.is_on else self._asks()
        return self._cells.cost(_made(asked.values()))

    @property
    def pictures(self) -> int:
        """Of the round, made or not; rows without a part in the picture need none."""
        return len(self._round)

    def set_alone(self, on: bool) -> None:
        if on != self._is_alone:
            self._is_alone = on
            self._update()

    def make_once(self) -> None:
        """The present round, whatever it takes, or what is left of it."""
        self._allowed = self._round
        self._cells.forget_failures()
        self._update()
        self._cells.go_on()

    # -- following ------------------------------------------------------------------------

    @property
    def _pane(self) -> PaneSpec:
        document = self._document.document
        return document.pane(document.active)

    def _asks(self) -> dict[str, GenerationRequest | None]:
        """Nothing where that cannot be known yet."""
        pane, document = self._pane, self._document.document
        if not self._requests.is_ready(pane.stack):
            return {}
        sampling = document.sampling_of(pane.pane_id)
        rows = ablations(self._requests.heard(pane.stack), is_alone=self._is_alone)
        return {
            row.entry_id: None if row.is_same else self._requests.request(row.stack, sampling)
            for row in rows
        }

    def _update(self) -> None:
        """What is to be shown now, and what has to be made for it."""
        if not self.is_on:
            self._clear()
            return
        if self._document.is_dragging:
            return
        self._asked = self._asks()
        self._round = frozenset(_made(self._asked.values()))
        self._refresh()

    def _refresh(self) -> None:
        """Another of them is known than before."""
        self._want()
        self._show()

    def _want(self) -> None:
        wanted = list(_made(self._asked.values()))
        cost = self._cells.cost(wanted)
        is_dear = cost.seconds is not None and cost.seconds > self.most_s
        self._is_too_dear = is_dear and self._round != self._allowed
        if self._is_too_dear:
            wanted.clear()
        elif cost.seconds is None:
            # How long one takes says what all of them do; pictures that are known took nothing.
            wanted = [r for r in wanted if self._cells.answer(r) is None][:1]
        self._cells.want(OWNER, wanted)

    def _show(self) -> None:
        before, self._rows = self._rows, {}
        for entry_id, request in self._asked.items():
            old = before.get(entry_id, RowPicture())
            self._rows[entry_id] = self._shown(request, old)
        self.changed.emit()

    def _shown(self, request: GenerationRequest | None, old: RowPicture) -> RowPicture:
        if request is None:
            return RowPicture(is_same=True)
        answer = self._cells.answer(request)
        if isinstance(answer, Rendered):
            return RowPicture(picture=answer)
        if answer is not None:
            return RowPicture(failure=answer, picture=old.picture, is_outdated=True)
        return RowPicture(picture=old.picture, is_outdated=True)

    def _clear(self) -> None:
        self._cells.drop(OWNER)
        self._rows, self._asked, self._round = {}, {}, frozenset()
        self._is_too_dear = False
        self.changed.emit()

    def _veil(self) -> None:
        """While a fader is held, everything is of a stack before."""
        self._rows = {i: replace(row, is_outdated=True) for i, row in self._rows.items()}
        self.changed.emit()

    @Slot(object, object)
    def _on_document_changed(self, document: Document, before: Document) -> None:
        if not self.is_on:
            return
        if document.active != before.active:
            self._rows = {}  # of other rows
        if self._document.is_dragging:
            self._veil()
        else:
            self._update()

    @Slot(bool)
    def _on_drag_changed(self, is_dragging: bool) -> None:
        if self.is_on and not is_dragging:
            self._update()

    @Slot(object)
    def _on_settings_changed(self, _: object) -> None:
        if self.is_on or self._rows:
            self._update()

    @Slot(str)
    def _on_adapter_changed(self, sha256: str) -> None:
        rows = self._pane.stack.entries
        if self.is_on and any(entry.sha256 == sha256 for entry in rows):
            self._update()

    @Slot(object)
    def _on_pane_changed(self, state: PaneState) -> None:
        """A pane may show what a strip is to show, and its pace says what all of them take."""
        shown = state.shown.request if state.shown else None
        if self.is_on and not state.is_outdated and shown != self._seen.get(state.pane_id):
            self._seen[state.pane_id] = shown
            if not self._document.is_dragging:
                self._refresh()

    @Slot()
    def _on_cells_changed(self) -> None:
        if self.is_stopped != self._was_stopped:
            self._was_stopped = self.is_stopped
            self.changed.emit()

    @Slot(str, object, object)
    def _on_answered(self, owner: str, _: object, __: object) -> None:
        """Pictures of others tell how long its own would take."""
        is_concerned = owner == OWNER or self._is_too_dear
        if self.is_on and is_concerned and not self._document.is_dragging:
            self._refresh()


def _made(asked: Iterable[GenerationRequest | None]) -> Iterable[GenerationRequest]:
    """Each once, in their order."""
    return dict.fromkeys(request for request in asked if request is not None)

"""A plane of pictures over two faders of the active pane: what it shows, and what is to be made."""

from dataclasses import dataclass, replace
from typing import Literal

from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.cells.cell_queue import CellQueue, Cost
from loraviewer.bridge.cells.cell_requests import CellRequests
from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.bridge.rendering.pane_model import PaneModel
from loraviewer.core.map_cells import (
    MASTER,
    RESOLUTIONS,
    Index,
    Span,
    affordable,
    coarse_to_fine,
    fader_value,
    level_points,
    usual_faders,
    usual_span,
    values,
    with_fader,
)
from loraviewer.core.outcome import Failure, Rendered
from loraviewer.core.pane import PaneState
from loraviewer.core.request import GenerationRequest
from loraviewer.core.stack import AdapterStack

OWNER = "map"
MOST_S = 60.0
"""How long a plane may take whose resolution nobody has chosen."""

Side = Literal["x", "y"]


@dataclass(frozen=True)
class MapCell:
    """A point of the plane. `is_outdated`: the picture is of a stack or prompt before this one."""

    picture: Rendered | None = None
    failure: Failure | None = None
    is_outdated: bool = False


class MapModel(QObject):
    """Asks for nothing while it is closed or paused. GUI thread only."""

    changed = Signal()  # whatever is drawn
    faders_changed = Signal()  # what can be chosen, or what is

    def __init__(
        self,
        document: DocumentModel,
        stack: StackModel,
        panes: PaneModel,
        adapters: AdapterModel,
        base: BaseModel,
        cells: CellQueue,
        requests: CellRequests,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._stack = stack
        self._panes = panes
        self._cells = cells
        self._make = requests
        self._is_open = False
        self._is_paused = False
        self._faders: dict[Side, str] = {}
        self._spans: dict[Side, Span] = {}
        self._chosen: int | None = None
        self._was_stopped = False
        self._resolution = RESOLUTIONS[0]
        self._requests: dict[Index, GenerationRequest] = {}
        self._shown: dict[Index, MapCell] = {}
        self._seen: Rendered | None = None
        self._frame: object = None
        """All that decides the pictures but where the present point is."""
        document.changed.connect(self._on_document_changed)
        document.drag_changed.connect(self._on_drag_changed)
        adapters.adapter_changed.connect(self._on_facts_changed)
        base.changed.connect(self._on_facts_changed)
        base.prediction_changed.connect(self._on_facts_changed)
        panes.pane_changed.connect(self._on_pane_changed)
        cells.answered.connect(self._on_answered)
        cells.changed.connect(self._on_cells_changed)

    # -- what it shows --------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        return self._is_open

    @property
    def has_faders(self) -> bool:
        """Whether there is anything to go over: both faders are in the active pane."""
        return bool(self._faders) and self._known().issuperset(self._faders.values())

    @property
    def is_paused(self) -> bool:
        """By its own button, or with everything else."""
        return self._is_paused or self._cells.is_stopped

    @property
    def stack(self) -> AdapterStack:
        return self._stack.stack

    @property
    def resolution(self) -> int:
        """Points along each side of the finest plane."""
        return self._resolution

    @property
    def is_resolution_chosen(self) -> bool:
        return self._chosen is not None

    def fader(self, side: Side) -> str:
        """Id of a row, or `MASTER`."""
        return self._faders[side]

    def span(self, side: Side) -> Span:
        return self._spans[side]

    def present(self, side: Side) -> float:
        """Where the fader is."""
        return fader_value(self.stack, self._faders[side])

    def values(self, side: Side) -> tuple[float, ...]:
        """Of the finest plane, from the lowest."""
        return values(self._spans[side], self._resolution)

    def point(self, index: Index) -> tuple[float, float]:
        return self.values("x")[index[0]], self.values("y")[index[1]]

    def cell(self, index: Index) -> MapCell:
        return self._shown.get(index, MapCell())

    def places(self) -> tuple[Index, ...]:
        """All points of the finest plane."""
        return level_points(self._resolution, self._resolution)

    @property
    def any_request(self) -> GenerationRequest | None:
        """Of one of its cells: all others differ from it in their stacks only."""
        return next(iter(self._requests.values()), None)

    def level(self) -> int:
        """The coarsest plane that is not complete yet, else the finest."""
        for level in (n for n in RESOLUTIONS if n <= self._resolution):
            places = level_points(level, self._resolution)
            if not all(self._is_settled(place) for place in places):
                return level
        return self._resolution

    def cost(self) -> Cost:
        """Of what is still to be made."""
        return self._cells.cost(self._requests.values())

    @property
    def whole(self) -> Rendered | None:
        """What the active pane shows: the present point, or the last one."""
        return self._panes.pane(self._document.document.active).shown

    @property
    def cells(self) -> int:
        """Points of the finest plane."""
        return len(self._requests)

    def _is_settled(self, index: Index) -> bool:
        cell = self.cell(index)
        return not cell.is_outdated and (cell.picture is not None or cell.failure is not None)

    # -- what the person does -------------------------------------------------------------

    def open(self) -> None:
        self._is_open, self._is_paused = True, False
        self._cells.forget_failures()
        self._follow()

    def close(self) -> None:
        """What is missing is not made; what there is stays known."""
        self._is_open = False
        self._cells.drop(OWNER)

    def set_fader(self, side: Side, fader: str) -> None:
        """The other side takes the fader that this one had, where it had the new one."""
        other: Side = "y" if side == "x" else "x"
        if fader == self._faders[side]:
            return
        if fader == self._faders[other]:
            self._faders = {side: fader, other: self._faders[side]}
            self._spans = {side: self._spans[other], other: self._spans[side]}
        else:
            self._faders[side] = fader
            self._spans[side] = usual_span(fader_value(self.stack, fader))
        self._begin_anew()

    def set_span(self, side: Side, span: Span) -> str:
        """One sentence where it makes no side, and nothing changes; "" where it does."""
        problem = span.problem()
        if not problem and span != self._spans[side]:
            self._spans[side] = span
            self._begin_anew()
        return problem

    def set_resolution(self, resolution: int) -> None:
        self._chosen = resolution
        self._begin_anew()

    def set_paused(self, on: bool) -> None:
        self._is_paused = on
        self._want()
        if not on:
            self._cells.go_on()
        self.changed.emit()

    def centre(self) -> None:
        """Both sides around the present point."""
        for side, fader in self._faders.items():
            self._spans[side] = usual_span(fader_value(self.stack, fader))
        self._begin_anew()

    def set_point(self, x: float, y: float) -> None:
        """Both faders: one undo step, or a part of the drag that goes on."""
        self._stack.set_strengths({self._faders["x"]: x, self._faders["y"]: y})

    def begin_drag(self) -> None:
        self._stack.begin_drag()

    def end_drag(self) -> None:
        self._stack.end_drag()

    # -- following ------------------------------------------------------------------------

    def _follow(self) -> None:
        """The stack may have other rows, or be another pane's."""
        if not self.has_faders:
            self._choose_usual()
        self.faders_changed.emit()
        self._update()

    def _known(self) -> frozenset[str]:
        """All faders that there are; without rows the master multiplies nothing."""
        rows = [entry.entry_id for entry in self.stack.without_draft_rows().entries]
        return frozenset([*rows, MASTER] if rows else [])

    def _choose_usual(self) -> None:
        usual = usual_faders(self.stack)
        self._faders, self._spans, self._shown = {}, {}, {}
        if usual is not None:
            self._faders = {"x": usual[0], "y": usual[1]}
            self._spans = {s: usual_span(self.present(s)) for s in self._faders}

    def _begin_anew(self) -> None:
        """Other places mean other points: no picture stands where another one was."""
        self._shown = {}
        self.faders_changed.emit()
        self._update()

    def _update(self) -> None:
        """What is to be shown now, and what has to be made for it."""
        if not self._is_open:
            return
        if self._document.is_dragging:
            self._veil_if_other()
            return
        self._frame = self._framed()
        self._requests = self._asks()
        self._want()
        self._show()

    def _asks(self) -> dict[Index, GenerationRequest]:
        """Nothing where that cannot be known yet."""
        document = self._document.document
        if not self.has_faders or not self._make.is_ready(self.stack):
            return {}
        sampling = document.sampling_of(document.active)
        self._choose_resolution(self._make.request(self.stack, sampling))
        return {
            index: self._make.request(self._moved(*self.point(index)), sampling)
            for index in level_points(self._resolution, self._resolution)
        }

    def _choose_resolution(self, like: GenerationRequest) -> None:
        """As fine as may be waited for; once pictures are made it stays."""
        if self._chosen is not None:
            self._resolution = self._chosen
        elif not self._shown or self._resolution == RESOLUTIONS[0]:
            before = self._resolution
            self._resolution = affordable(self._cells.expected_s(like), MOST_S)
            if self._resolution != before:
                self._shown = {}

    def _moved(self, x: float, y: float) -> AdapterStack:
        return with_fader(with_fader(self.stack, self._faders["x"], x), self._faders["y"], y)

    def _framed(self) -> object:
        document = self._document.document
        stack = self._moved(1.0, 1.0) if self.has_faders else self.stack
        return self._make.heard(stack), document.sampling_of(document.active)

    def _want(self) -> None:
        if self._is_paused or not self._requests:
            self._cells.drop(OWNER)
            return
        shares = (
            self._spans["x"].share(self.present("x")),
            self._spans["y"].share(self.present("y")),
        )
        order = coarse_to_fine(self._resolution, shares)
        self._cells.want(OWNER, [self._requests[index] for index in order])

    def _show(self) -> None:
        before = self._shown
        self._shown = {
            index: self._cell_of(request, before.get(index, MapCell()))
            for index, request in self._requests.items()
        }
        self.changed.emit()

    def _cell_of(self, request: GenerationRequest, old: MapCell) -> MapCell:
        if old.picture is not None and old.picture.request == request:
            return MapCell(old.picture)
        answer = self._cells.answer(request)
        if isinstance(answer, Rendered):
            return MapCell(answer)
        return MapCell(old.picture, answer, is_outdated=answer is None and old.picture is not None)

    def _veil_if_other(self) -> None:
        """While a fader is held that is none of the two, all pictures are of a stack before."""
        if self._framed() != self._frame:
            self._shown = {i: replace(cell, is_outdated=True) for i, cell in self._shown.items()}
        self.changed.emit()

    @Slot(object, object)
    def _on_document_changed(self, document: object, before: object) -> None:
        if not self._is_open:
            return
        if self._document.is_dragging:
            self._update()
        else:
            self._follow()

    @Slot(bool)
    def _on_drag_changed(self, is_dragging: bool) -> None:
        if not is_dragging:
            self._update()

    @Slot(object)
    def _on_facts_changed(self, _: object) -> None:
        self._update()

    @Slot(object)
    def _on_pane_changed(self, state: PaneState) -> None:
        is_active = state.pane_id == self._document.document.active
        if self._is_open and is_active and state.shown is not self._seen:
            self._seen = state.shown
            self.changed.emit()

    @Slot()
    def _on_cells_changed(self) -> None:
        if self._cells.is_stopped != self._was_stopped:
            self._was_stopped = self._cells.is_stopped
            self.changed.emit()

    @Slot(str, object, object)
    def _on_answered(self, owner: str, request: GenerationRequest, _: object) -> None:
        if owner != OWNER or not self._is_open:
            return
        if self._resolution == RESOLUTIONS[0] and self._chosen is None:
            self._update()  # what one takes says how fine it may become
            return
        for index, asked in self._requests.items():
            if asked == request:
                self._shown[index] = self._cell_of(request, self.cell(index))
        self.changed.emit()

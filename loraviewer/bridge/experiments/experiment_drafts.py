"""Experiments as they follow from what is in the window: a start, for a person to change."""

from typing import Any

import msgspec

from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.cells.cell_requests import CellRequests
from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.core.experiments.axes import Axis
from loraviewer.core.experiments.description import Experiment, Kind
from loraviewer.core.experiments.ranges import usual_depths
from loraviewer.core.experiments.sweep import evenly
from loraviewer.core.experiments.usual_measures import usual_measures
from loraviewer.core.merge_rules import AT_DECODING, RULES, usual_rule
from loraviewer.core.pane_edits import editable
from loraviewer.core.request import MAX_SEED, CheckpointRef, GenerationRequest, Sampling
from loraviewer.core.stack import AdapterStack, AppliedAdapter

SEEDS = 4
ENERGIES = (0.05, 0.1, 0.2)


class ExperimentDrafts:
    """GUI thread only."""

    def __init__(self, document: DocumentModel, base: BaseModel, requests: CellRequests) -> None:
        self._document = document
        self._base = base
        self._requests = requests

    def draft(self, kind: Kind) -> Experiment:
        """Of the active pane, or of the first beside it where that is the base."""
        document = editable(self._document.document)
        stack, sampling = document.stack, document.sampling_of(document.active)
        base = self._settled(stack, sampling)
        rows = tuple(row for _, row in self._requests.heard(stack).applied_rows())
        first = min(sampling.seed, MAX_SEED - SEEDS + 1)
        return Experiment(
            kind=kind,
            base=base,
            adapters=rows,
            # A seed wall draws the words of each of its seeds itself.
            prompts=(sampling.typed if kind == "seeds" else sampling.prompt,),
            seeds=tuple(range(first, first + SEEDS)),
            measures=usual_measures(kind, base),
            **_own_fields(kind, rows),
        )

    def _settled(self, stack: AdapterStack, sampling: Sampling) -> GenerationRequest:
        """What all pictures share, as the base that is open answers it."""
        shared = msgspec.structs.replace(sampling, prompt="", template="", author=None, seed=0)
        info = self._base.info
        if info is None:
            return GenerationRequest(checkpoint=CheckpointRef(""), sampling=shared)
        if shared.sampler not in info.samplers:  # the pipeline keeps its own
            shared = msgspec.structs.replace(shared, sampler=info.default_sampler)
        return msgspec.structs.replace(self._requests.request(stack, shared), adapters=())


def _own_fields(kind: Kind, rows: tuple[AppliedAdapter, ...]) -> dict[str, Any]:
    if kind == "ladder":
        depths = usual_depths(max(len(rows), 1))
        return {"depths": depths, "orders": 2, "arms": ("real", "random")}
    if kind == "sweep":
        return {"axes": (Axis(points=evenly(0.0, 2.0, 9)),)}
    if kind == "outputs":
        return {"energies": ENERGIES}
    if kind == "rules":
        return {"rules": tuple(usual_rule(r.name) for r in RULES if r.name not in AT_DECODING)}
    return {}

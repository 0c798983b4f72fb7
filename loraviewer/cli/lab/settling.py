"""What a base makes of what the options of an experiment leave open."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from loraviewer.cli.lab.calibration import comparable
from loraviewer.cli.lab.settled import Settled
from loraviewer.cli.rendering import landings_of
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.sweep import with_swept_blocks
from loraviewer.core.experiments.usual_measures import usual_measures
from loraviewer.core.reports import CheckpointInfo
from loraviewer.core.request import CheckpointRef, GenerationRequest

if TYPE_CHECKING:
    from loraviewer.engine.studio_engine import StudioEngine


def settled_with(
    engine: "StudioEngine",
    info: CheckpointInfo,
    given: Experiment,
    sampling: Mapping[str, Any] | None,
) -> Settled:
    """What the base makes of what is left open. sampling: the fields that are not left to it; None
    where nothing is."""
    landings = tuple(landings_of(engine, with_swept_blocks(given)))
    if sampling is None:
        return Settled(given, landings, info.problems)
    settled = comparable(engine, _settled(given, info, _sampled(engine, sampling)))
    return Settled(settled, landings, info.problems)


def _sampled(engine: "StudioEngine", values: Mapping[str, Any]) -> GenerationRequest:
    sampling = msgspec.structs.replace(engine.checkpoint.family.sampling(), **values)
    return GenerationRequest(checkpoint=CheckpointRef(""), sampling=sampling)


def _settled(
    given: Experiment,
    info: CheckpointInfo,
    request: GenerationRequest,
) -> Experiment:
    """With all that decides a picture, so that the folder says it."""
    from loraviewer.engine.answerable import answerable

    base = answerable(request, info, holds_faders=False)
    sampling = msgspec.structs.replace(base.sampling, prompt="", seed=0)
    base = msgspec.structs.replace(base, sampling=sampling)
    settled = msgspec.structs.replace(given, base=base)
    measures = given.measures or _measures(settled)
    return msgspec.structs.replace(settled, measures=measures)


def _measures(settled: Experiment) -> tuple[str, ...]:
    from loraviewer.lab.experiments.known_measures import shares_asked_for

    usual = usual_measures(settled.kind, settled.base)
    return tuple(dict.fromkeys((*usual, *shares_asked_for(settled))))

"""Which conclusion belongs to which claim."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from loraviewer.core.experiments.cells import cost
from loraviewer.core.experiments.claim_results import Finding
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.numbers import Mean
from loraviewer.lab.claims.biases import manga, patch, returned
from loraviewer.lab.claims.numbers import Numbers
from loraviewer.lab.claims.outputs import outputs
from loraviewer.lab.claims.stacking import details, hundreds


def concluded(name: str, experiment: Experiment, means: Sequence[Mean]) -> Finding:
    """Of a claim that has an experiment, with how much it stands on."""
    drawn: Mapping[str, Callable[[Numbers], Finding]] = {
        "details": details,
        "hundreds": hundreds,
        "return": returned,
        "outputs": outputs,
        "manga": manga,
        "patch": patch,
    }
    price = cost(experiment)
    return msgspec.structs.replace(
        drawn[name](Numbers(means, len(experiment.seeds))),
        cells=price.cells,
        pictures=price.pictures,
        prompts=len(experiment.prompts),
        seeds=len(experiment.seeds),
    )

"""What an experiment compares itself with, and what it does not: without the one, numbers mean
little; without the other, they are not about what was learnt."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from loraviewer.core.experiments.conclusions.verdict import ENOUGH_PROMPTS
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.ladder import random_order
from loraviewer.core.experiments.numbers import Mean
from loraviewer.core.experiments.remarks import remarks

_ENOUGH_SEEDS = 8
FINITE = "finite"


@dataclass(frozen=True)
class Control:
    """`is_there`: whether the experiment has it, as much as it should."""

    is_there: bool
    text: str


def controls(experiment: Experiment, means: Sequence[Mean]) -> list[Control]:
    return [
        _seeds(experiment),
        _prompts(experiment),
        *_alone(experiment),
        *_random(experiment),
        *_orders(experiment),
        *(Control(False, told) for told in remarks(experiment)),
        *_lost(means),
    ]


def _seeds(experiment: Experiment) -> Control:
    count = len(experiment.seeds)
    told = f"Seed floor: the base with {count} seeds of each prompt is the unit of all numbers"
    if count >= _ENOUGH_SEEDS:
        return Control(True, f"{told}.")
    return Control(False, f"{told}; of fewer than {_ENOUGH_SEEDS} it is known badly.")


def _prompts(experiment: Experiment) -> Control:
    count = len(experiment.prompts)
    words = "1 prompt" if count == 1 else f"{count} prompts"
    if count >= ENOUGH_PROMPTS:
        return Control(True, f"{words}: enough for a claim about others.")
    return Control(False, f"{words}: a claim about others needs {ENOUGH_PROMPTS}.")


def _alone(experiment: Experiment) -> Iterator[Control]:
    """Each adapter alone: what a style does is no damage of stacking."""
    count = len(experiment.adapters)
    if count < 2 or experiment.kind in ("outputs", "return"):
        return
    reached = _reached_alone(experiment)
    if reached == count:
        yield Control(True, "Each adapter is there alone, too.")
    elif reached:
        verb = "is" if reached == 1 else "are"
        yield Control(False, f"{reached} of {count} adapters {verb} there alone, too.")
    else:
        yield Control(
            False, "No adapter is there alone: what one does is not told from what they do."
        )


def _reached_alone(experiment: Experiment) -> int:
    everyone = len(experiment.adapters)
    if experiment.kind == "ablation":
        return everyone
    if experiment.kind == "seeds":
        return everyone if experiment.alone else 0
    if experiment.kind != "ladder" or 1 not in experiment.depths or "real" not in experiment.arms:
        return 0
    orders = range(1, experiment.orders + 1)
    return len({random_order(experiment.adapters, order)[0] for order in orders})


def _random(experiment: Experiment) -> Iterator[Control]:
    if experiment.kind == "ladder":
        if "random" in experiment.arms:
            yield Control(
                True, "Random adapters of the same singular values tell the norm from learning."
            )
            return
    elif experiment.kind in ("outputs", "return", "rules"):
        return
    yield Control(
        False,
        "No random adapters of the same singular values: whether the norm does it or what was "
        "learnt is not told.",
    )


def _orders(experiment: Experiment) -> Iterator[Control]:
    if experiment.kind != "ladder":
        return
    if experiment.orders > 1:
        yield Control(True, f"{experiment.orders} random orders.")
    else:
        yield Control(False, "One order only: a curve follows the first adapters in it.")


def _lost(means: Sequence[Mean]) -> Iterator[Control]:
    lost = sum(mean.n for mean in means if mean.measure == FINITE)
    if lost:
        noun = "picture" if lost == 1 else "pictures"
        yield Control(
            False, f"{lost} {noun} could not be made, for numbers overflowed; they count nowhere."
        )

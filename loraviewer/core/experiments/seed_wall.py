"""The stacks of a seed wall: the whole stack, each adapter alone, and the base told in words."""

from collections.abc import Iterator

from loraviewer.core.experiments.conditions import Condition
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.stack import AppliedAdapter

STACK, ALONE, NEGATIVE = "stack", "alone", "negative"
"""Its arms beside the base."""


def seed_wall(experiment: Experiment) -> Iterator[Condition]:
    """The stack; each adapter of several alone; the base with the negative prompt, if there is
    one."""
    adapters = experiment.adapters
    yield _of_adapters(STACK, STACK, adapters)
    if experiment.alone and len(adapters) > 1:
        for number, adapter in enumerate(adapters, 1):
            yield _of_adapters(f"{ALONE}-{number:03}", ALONE, (adapter,))
    if experiment.negative:
        yield Condition(name=NEGATIVE, arm=NEGATIVE, negative_prompt=_beside_the_usual(experiment))


def _of_adapters(name: str, arm: str, adapters: tuple[AppliedAdapter, ...]) -> Condition:
    return Condition(name=name, arm=arm, depth=len(adapters), adapters=adapters)


def _beside_the_usual(experiment: Experiment) -> str:
    """All arms share the negative prompt of the base; this one has more of it."""
    usual = experiment.base.sampling.negative_prompt
    return ", ".join(filter(None, (usual, experiment.negative)))

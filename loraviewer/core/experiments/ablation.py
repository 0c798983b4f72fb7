"""The stacks of an ablation: all adapters, each of them alone, and all but each of them."""

from collections.abc import Iterator

from loraviewer.core.experiments.conditions import Condition
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.stack import AppliedAdapter

ALL, ALONE, WITHOUT = "all", "alone", "without"
"""Its arms."""


def ablation(experiment: Experiment) -> Iterator[Condition]:
    """In the order in which the adapters are given."""
    whole = experiment.adapters
    yield _condition(ALL, ALL, whole)
    for number, adapter in enumerate(whole, 1):
        yield _condition(f"{ALONE}-{number:03}", ALONE, (adapter,))
    for number in range(1, len(whole) + 1):
        rest = (*whole[: number - 1], *whole[number:])
        yield _condition(f"{WITHOUT}-{number:03}", WITHOUT, rest)


def _condition(name: str, arm: str, adapters: tuple[AppliedAdapter, ...]) -> Condition:
    return Condition(name=name, arm=arm, depth=len(adapters), adapters=adapters)

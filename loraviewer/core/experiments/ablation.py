"""The stacks of an ablation: all adapters, each of them alone, all but each of them, and pairs."""

from collections.abc import Iterator
from itertools import combinations

from loraviewer.core.experiments.conditions import Condition
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.stack import AppliedAdapter

ALL, ALONE, WITHOUT, PAIR = "all", "alone", "without", "pair"
"""Its arms."""


def ablation(experiment: Experiment) -> Iterator[Condition]:
    """In the order in which the adapters are given. Two adapters are no pair but all of them."""
    whole = experiment.adapters
    yield _condition(ALL, ALL, whole)
    for number, adapter in enumerate(whole, 1):
        yield _condition(f"{ALONE}-{number:03}", ALONE, (adapter,))
    for number in range(1, len(whole) + 1):
        rest = (*whole[: number - 1], *whole[number:])
        yield _condition(f"{WITHOUT}-{number:03}", WITHOUT, rest)
    for number, both in enumerate(pairs(experiment), 1):
        yield _condition(f"{PAIR}-{number:03}", PAIR, tuple(whole[at - 1] for at in both))


def pairs(experiment: Experiment) -> list[tuple[int, int]]:
    """The numbers of each two adapters, from 1; none where they are not asked for."""
    count = len(experiment.adapters)
    return list(combinations(range(1, count + 1), 2)) if experiment.pairs and count > 2 else []


def _condition(name: str, arm: str, adapters: tuple[AppliedAdapter, ...]) -> Condition:
    return Condition(name=name, arm=arm, depth=len(adapters), adapters=adapters)

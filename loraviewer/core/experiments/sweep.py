"""The stacks of a sweep: one stack, all its strengths multiplied by one number after the other."""

from collections.abc import Iterator

from loraviewer.core.experiments.conditions import Condition, multiplied
from loraviewer.core.experiments.description import Experiment


def sweep(experiment: Experiment) -> Iterator[Condition]:
    """Point by point, as they are given."""
    for number, point in enumerate(experiment.points, 1):
        yield Condition(
            name=f"sweep-x{number:03}",
            arm="real",
            depth=len(experiment.adapters),
            adapters=tuple(multiplied(adapter, point) for adapter in experiment.adapters),
        )


def evenly(first: float, last: float, count: int) -> tuple[float, ...]:
    """`count` points from `first` to `last`, both among them; one alone is the first. Rounded to
    what people write: 0.1 and not 0.1 with a tail."""
    if count == 1:
        return (first,)
    step = (last - first) / (count - 1)
    return tuple(round(first + step * at, 9) + 0.0 for at in range(count))

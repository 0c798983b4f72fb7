"""The stops of a way: from the base to the stack, adapter by adapter, and back again.

Every stop is made anew, after all stops before it: what they left behind would show.
"""

from collections.abc import Iterator

from loraviewer.core.experiments.conditions import Condition
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.ladder import random_order
from loraviewer.core.stack import AppliedAdapter

BEFORE, ON, OFF, AFTER = "before", "on", "off", "after"
"""Its arms: the base at the start, adapters put on, adapters taken off, the base at the end."""


def ways(experiment: Experiment) -> Iterator[Condition]:
    """Way by way, stop by stop. On in one random order, off in another."""
    stops = 2 * len(experiment.adapters) + 1
    for order in range(1, experiment.orders + 1):
        for number, (arm, adapters) in enumerate(_stops(experiment.adapters, order), 1):
            yield Condition(
                name=f"way-o{order}-v{number:03}",
                arm=arm,
                order=order,
                depth=len(adapters),
                adapters=adapters,
                visit=(order - 1) * stops + number,  # no picture of one way answers another
            )


def _stops(
    adapters: tuple[AppliedAdapter, ...], order: int
) -> Iterator[tuple[str, tuple[AppliedAdapter, ...]]]:
    on = random_order(adapters, 2 * order - 1)
    off = random_order(adapters, 2 * order)
    yield BEFORE, ()
    for depth in range(1, len(on) + 1):
        yield ON, on[:depth]
    for gone in range(1, len(off)):
        yield OFF, off[gone:]
    yield AFTER, ()

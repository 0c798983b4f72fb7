"""The stacks of a ladder: deeper and deeper, in random orders, by several policies and arms."""

import hashlib
import math
from collections.abc import Iterator

from loraviewer.core.experiments.conditions import Condition, multiplied
from loraviewer.core.experiments.description import Arm, Experiment, Policy
from loraviewer.core.experiments.random_twins import twin_of
from loraviewer.core.stack import AppliedAdapter


def ladder(experiment: Experiment) -> Iterator[Condition]:
    """Arm by arm, policy by policy, order by order, deeper and deeper."""
    drawn = [random_order(experiment.adapters, order) for order in range(1, experiment.orders + 1)]
    for arm in experiment.arms:
        for policy in experiment.policies:
            for order, adapters in enumerate(drawn, 1):
                for depth in reached(arm, experiment):
                    yield _step(arm, policy, order, depth, adapters, experiment.orders)


def reached(arm: Arm, experiment: Experiment) -> tuple[int, ...]:
    """The depths of an arm: real adapters end where there are no more of them."""
    known = len(experiment.adapters)
    return tuple(depth for depth in experiment.depths if arm != "real" or depth <= known)


def draws(experiment: Experiment) -> int:
    """How many twins of each adapter the random arm takes, numbered from 1: one for each order,
    and as many again each time that it runs out of adapters."""
    rounds = math.ceil(max(experiment.depths, default=1) / max(1, len(experiment.adapters)))
    return experiment.orders * rounds


def random_order(adapters: tuple[AppliedAdapter, ...], order: int) -> tuple[AppliedAdapter, ...]:
    """A shuffle that only the number and the contents decide, whatever order they are given in: by
    the digest of both. Files that are given twice are told apart by their strengths."""

    def place(adapter: AppliedAdapter) -> tuple[str, float, float]:
        drawn = hashlib.sha256(f"order {order}|{adapter.sha256}".encode()).hexdigest()
        return drawn, adapter.scale, adapter.text_scale

    return tuple(sorted(adapters, key=place))


def factor(policy: Policy, depth: int) -> float:
    """By what each of so many adapters' strengths is multiplied."""
    return {"one": 1.0, "mean": 1 / depth, "sqrt": 1 / math.sqrt(depth)}[policy]


def _step(
    arm: Arm,
    policy: Policy,
    order: int,
    depth: int,
    ordered: tuple[AppliedAdapter, ...],
    orders: int,
) -> Condition:
    if arm == "copies":
        adapters = (multiplied(ordered[0], _of_copies(policy, depth)),)
    elif arm == "random":
        adapters = tuple(
            multiplied(twin, factor(policy, depth))
            for twin in _twins(order, depth, ordered, orders)
        )
    else:
        adapters = tuple(multiplied(one, factor(policy, depth)) for one in ordered[:depth])
    name = f"{arm}-{policy}-o{order}-d{depth:03}"
    return Condition(name=name, arm=arm, policy=policy, order=order, depth=depth, adapters=adapters)


def _twins(
    order: int, depth: int, ordered: tuple[AppliedAdapter, ...], orders: int
) -> Iterator[AppliedAdapter]:
    """Of the adapters in their order; once more of them all, drawn anew, where they run out."""
    for place in range(depth):
        passed, at = divmod(place, len(ordered))
        yield twin_of(ordered[at], draw=order + passed * orders)


def _of_copies(policy: Policy, depth: int) -> float:
    """N copies of one adapter are that adapter N times as strong. Summed without rounding, so that
    N copies at 1/N are the adapter itself, bit for bit."""
    return {"one": float(depth), "mean": 1.0, "sqrt": math.sqrt(depth)}[policy]

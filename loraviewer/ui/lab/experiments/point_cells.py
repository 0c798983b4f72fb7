"""From a point of a curve to the stack whose pictures it was measured on."""

from collections.abc import Sequence

from loraviewer.core.experiments.conditions import Condition
from loraviewer.core.experiments.numbers import Mean


def condition_of(mean: Mean, known: Sequence[Condition]) -> Condition | None:
    """Of several that a mean is taken over, as the orders of a ladder are, the first."""
    alike = [one for one in known if _is_alike(one, mean)]
    if mean.adapters:
        exact = [one for one in alike if (one.names, one.scales) == (mean.adapters, mean.scales)]
        alike = exact or alike
    return alike[0] if alike else None


def _is_alike(one: Condition, mean: Mean) -> bool:
    return (one.arm, one.policy, one.depth, one.place) == (
        mean.arm,
        mean.policy,
        mean.depth,
        mean.at,
    )

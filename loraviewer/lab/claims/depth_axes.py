"""Where depths and values lie in a plot: the one logarithmic, the other even."""

import math
from collections.abc import Sequence

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_MOST_LINES = 8


class DepthAxes:
    """`depths`: all that occur. `values`: round ones that span what occurs."""

    def __init__(
        self,
        depths: Sequence[int],
        ends: Sequence[float],
        across: tuple[float, float],
        upwards: tuple[float, float],
    ) -> None:
        """across: pixels of the least and the largest depth; upwards: of the values."""
        self.depths = tuple(sorted(set(depths)))
        self.values = round_values(min(ends), max(ends))
        self._across, self._upwards = across, upwards

    def x(self, depth: int) -> float:
        first, last = math.log(self.depths[0]), math.log(self.depths[-1])
        share = (math.log(depth) - first) / (last - first) if last > first else 0.5
        return self._across[0] + share * (self._across[1] - self._across[0])

    def y(self, value: float) -> float:
        low, high = self.values[0], self.values[-1]
        share = (value - low) / (high - low)
        return self._upwards[0] + share * (self._upwards[1] - self._upwards[0])


def round_values(low: float, high: float) -> tuple[float, ...]:
    """At most some lines that begin at or below `low` and end at or above `high`."""
    span = max(high - low, 1e-9)
    magnitude = 10.0 ** math.floor(math.log10(span / _MOST_LINES))
    step = (
        next(magnitude * one for one in _STEPS if span / (magnitude * one) <= _MOST_LINES - 2)
        if span
        else 1.0
    )
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    if first == last:
        last += 1
    return tuple(round(number * step, 12) for number in range(first, last + 1))

"""Which parts of a held fader are kept where not all of them fit."""

from collections.abc import Iterable
from dataclasses import dataclass

from loraviewer.adapters.merging.held_fader import Part

READ_WORK = 64
"""Reading a base weight that does not lie beside the live one, as the rank of a product."""

_PASS_WORK = 9
"""One pass over a weight's memory, likewise: on two cores, 267 M float32 weights take 60 ms for one
and 110 ms for a product of rank 16."""


@dataclass(frozen=True)
class PartCost:
    """A part, what making it takes (as the rank of a product of its shape), and its size."""

    part: Part
    work: int
    elements: int
    size_bytes: int

    @property
    def gain(self) -> float:
        """Of keeping it, per byte."""
        return (self.work + _PASS_WORK) * self.elements / max(self.size_bytes, 1)


def parts_that_fit(costs: Iterable[PartCost], limit_bytes: int) -> frozenset[Part]:
    """The largest gain first; of equal ones the largest weight, so that few are left over."""
    ordered = sorted(costs, key=lambda cost: (-cost.gain, -cost.size_bytes, cost.part))
    left, found = limit_bytes, set()
    for cost in ordered:
        if cost.size_bytes <= left:
            left -= cost.size_bytes
            found.add(cost.part)
    return frozenset(found)

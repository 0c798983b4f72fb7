"""Zones of the energy bar: from which size on stacks cost the demo's pictures what they show.

Measured of the demo, and of nothing else: 204 stacks of 15 of its adapters, 3,264 pictures of 48
prompts, in which its judge looked for the subject that the prompt names (`resources/demo`, manual
and `energy_zones.json`, with the way to repeat it). In brackets what holds 95 % of 1,000 draws of
stacks and prompts. Another base and other adapters have other curves: a zone is a hint where to
look, not a verdict. Stacks of one size differ widely, and what is left of a face goes earlier.
"""

from enum import StrEnum

AMBER_FROM = 2.0
"""Adapters (1.5 … 2.1): from here on fewer than 90 % of the pictures show their subject."""
RED_FROM = 2.8
"""Adapters (2.3 … 3.0): from here on fewer than half of them do."""
RELATIVE_RED_FROM = 0.5
"""‖S‖ / ‖W₀‖ (0.47 … 0.59): from here on fewer than a quarter do, however few adapters it takes."""


class Zone(StrEnum):
    """What became of the demo's pictures under stacks of this size."""

    CALM = "calm"
    """95 % showed their subject; one stack in seven left it in fewer than 90 %."""
    AMBER = "amber"
    """71 % did; some stacks cost nothing, three in ten cost more than half."""
    RED = "red"
    """29 % did; one stack in twelve left it in 90 % and more."""


def zone(relative: float, in_adapters: float) -> Zone:
    """Of a stack. relative: ‖S‖ / ‖W₀‖ over the weights that it touches. in_adapters: ‖S‖ in units
    of each adapter alone at 1.0. Both at least 0; nan for what is not known, or where nothing is
    applied, counts as small."""
    if in_adapters >= RED_FROM or relative >= RELATIVE_RED_FROM:
        return Zone.RED
    return Zone.AMBER if in_adapters >= AMBER_FROM else Zone.CALM

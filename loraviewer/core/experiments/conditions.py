"""One stack of an experiment, with the words that its columns say of it."""

import msgspec

from loraviewer.core.numbers import short_number
from loraviewer.core.stack import AppliedAdapter, in_canonical_order

_SCALE_DIGITS = 6


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """`name`: unique in its experiment, and part of names of files. `adapters`: as they are
    told, in the order of the ladder. `order`: 0 where no order was drawn."""

    name: str
    arm: str
    policy: str = ""
    order: int = 0
    depth: int = 0
    adapters: tuple[AppliedAdapter, ...] = ()

    @property
    def stack(self) -> tuple[AppliedAdapter, ...]:
        """What a request says of it: canonical, without those at 0."""
        return in_canonical_order(a for a in self.adapters if not a.is_silent)

    @property
    def names(self) -> str:
        return " + ".join(adapter.name for adapter in self.adapters)

    @property
    def scales(self) -> str:
        return " + ".join(short_number(a.scale, _SCALE_DIGITS) for a in self.adapters)


BASE = Condition(name="base", arm="base")
"""Nothing on the base: what everything is measured against, and depth 0 of every curve."""


def multiplied(adapter: AppliedAdapter, factor: float) -> AppliedAdapter:
    """At strengths multiplied by a factor; a zero has no sign."""
    return msgspec.structs.replace(
        adapter, scale=adapter.scale * factor + 0.0, text_scale=adapter.text_scale * factor + 0.0
    )

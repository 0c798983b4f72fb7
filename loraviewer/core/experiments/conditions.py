"""One stack of an experiment, with the words that its columns say of it."""

import msgspec

from loraviewer.core.experiments.shots import Disturbance, Shot
from loraviewer.core.merge_rules import MergeRule
from loraviewer.core.numbers import short_number
from loraviewer.core.request import GenerationRequest
from loraviewer.core.stack import AppliedAdapter, in_canonical_order

_SCALE_DIGITS = 6


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """`name`: unique in its experiment, and part of names of files. `adapters`: as they are
    told, in the order of the ladder. `order`: 0 where no order was drawn. `at`: its place on each
    axis of a sweep. What is None is as the experiment's base says; `visit` as in `Shot`."""

    name: str
    arm: str
    policy: str = ""
    order: int = 0
    depth: int = 0
    adapters: tuple[AppliedAdapter, ...] = ()
    at: tuple[float, ...] = ()
    negative_prompt: str | None = None
    guidance: float | None = None
    merge_rule: MergeRule | None = None
    disturbance: Disturbance | None = None
    visit: int = 0

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

    @property
    def place(self) -> str:
        """On the axes of a sweep, as its column says it."""
        return " ".join(short_number(number, _SCALE_DIGITS) for number in self.at)

    def shot(self, base: GenerationRequest, prompt: str, seed: int, template: str = "") -> Shot:
        """base: what all pictures of the experiment share. template: as of a `Sampling`."""
        sampling = msgspec.structs.replace(
            base.sampling, prompt=prompt, seed=seed, template=template
        )
        if self.negative_prompt is not None:
            sampling = msgspec.structs.replace(sampling, negative_prompt=self.negative_prompt)
        if self.guidance is not None:
            sampling = msgspec.structs.replace(sampling, guidance_scale=self.guidance)
        request = msgspec.structs.replace(
            base,
            adapters=self.stack,
            sampling=sampling,
            merge_rule=self.merge_rule or base.merge_rule,
        )
        return Shot(request=request, disturbance=self.disturbance, visit=self.visit)


BASE = Condition(name="base", arm="base")
"""Nothing on the base: what everything is measured against, and depth 0 of every curve."""


def multiplied(adapter: AppliedAdapter, factor: float) -> AppliedAdapter:
    """At strengths multiplied by a factor; a zero has no sign."""
    return msgspec.structs.replace(
        adapter, scale=adapter.scale * factor + 0.0, text_scale=adapter.text_scale * factor + 0.0
    )

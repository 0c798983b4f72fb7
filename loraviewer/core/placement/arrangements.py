"""The ways in which a base may lie, and what each of them takes: no choice yet."""

from collections.abc import Mapping

import msgspec

from loraviewer.core.base_weights_policy import MemoryBudget, choose_policy
from loraviewer.core.memory_plan import MemoryPlan, Policy
from loraviewer.core.outcome import MergeError
from loraviewer.core.placement.activations import (
    Decoding,
    Size,
    decoding,
    encode_bytes,
    step_bytes,
)
from loraviewer.core.placement.plan import (
    GROUPS_AT_ONCE,
    Base,
    Machine,
    Manner,
    PartName,
    Place,
    StageName,
)
from loraviewer.core.placement.weights import BYTES_OF, Component, ComponentKind, Precision

_NO_LIMIT = 1 << 60
_FAST: frozenset[Policy] = frozenset({"resident", "pinned"})
_ANY: frozenset[Policy] = frozenset({"resident", "pinned", "lean"})
_FILLED = 0.9
"""Of a card, where blocks of a streamed denoiser stay in what is left: the rest is for what is
computed beside its weights, which grows with the stack."""

_STAGES: tuple[StageName, ...] = ("encoding", "denoising", "decoding")
HELD_COPIES = 2
"""What a held fader keeps of each weight, at most: its ground, and its change."""


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """One arrangement. `moved`: kinds of components that come and go, `streamed`: block by block;
    `policies`: ways of keeping base weights that are good enough for it, none where adapters are
    beside the weights."""

    manner: Manner
    moved: frozenset[ComponentKind] = frozenset()
    policies: frozenset[Policy] = frozenset()
    streamed: frozenset[ComponentKind] = frozenset()

    @property
    def needs_card(self) -> bool:
        return bool(self.moved or self.streamed)


def _kinds(*kinds: ComponentKind) -> frozenset[ComponentKind]:
    return frozenset(kinds)


_NONE = _kinds()
_TEXT = _kinds("text_encoder")
_TEXT_VAE = _kinds("text_encoder", "VAE")
_ALL = _kinds("text_encoder", "VAE", "denoiser")
_DENOISER = _kinds("denoiser")

WAYS = (
    Way(manner="whole", policies=frozenset({"resident"})),
    Way(manner="pinned", policies=_FAST),
    Way(manner="text", moved=_TEXT, policies=_FAST),
    Way(manner="text_vae", moved=_TEXT_VAE, policies=_FAST),
    *(Way(manner="lean", moved=m, policies=_ANY) for m in (_NONE, _TEXT, _TEXT_VAE)),
    *(Way(manner="turns", moved=_ALL, policies=policies) for policies in (_FAST, _ANY)),
    *(Way(manner="beside", moved=m) for m in (_NONE, _TEXT, _TEXT_VAE, _ALL)),
    Way(manner="streamed", moved=_TEXT_VAE, streamed=_DENOISER),
    Way(manner="all_streamed", moved=_TEXT_VAE, streamed=_kinds("denoiser", "text_encoder")),
    Way(manner="merged_streamed", moved=_TEXT_VAE, policies=_ANY, streamed=_DENOISER),
)
"""The fastest first. Without a card nothing can be moved."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is planned for: `main` None for main memory that limits nothing."""

    base: Base
    machine: Machine
    precision: Precision
    size: Size


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """What lies on the device in one stage of a picture."""

    name: StageName
    parts: Mapping[PartName, int]

    @property
    def bytes(self) -> int:
        return sum(self.parts.values())


class Arrangement:
    """One way on one machine: where everything lies, and what it takes in each stage."""

    def __init__(self, asked: Asked, way: Way) -> None:
        """Raises `MergeError` where base weights can be kept nowhere."""
        self.asked = asked
        self.way = way
        self._blocks_that_stay = 0
        self._plan()
        if way.streamed:
            self._blocks_that_stay = self._fitting_blocks()
            self._plan()

    def _plan(self) -> None:
        self.base_weights = self._base_weights()
        self.decoding = self._decoding()
        self.stages = tuple(map(self._stage, _STAGES))

    def _fitting_blocks(self) -> int:
        """Of a streamed denoiser, as many as there is room for stay, however heavy each is."""
        largest = max(
            (self._group_bytes(c) for c in self.asked.base.components if c.kind == "denoiser"),
            default=0,
        )
        copies = 1 + (1 + HELD_COPIES if self.way.policies else 0)  # with those that merging keeps
        spare = int(_FILLED * self.asked.machine.device) - self.peak.bytes
        return max(0, spare // (copies * largest)) if largest else 0

    # -- where components lie -------------------------------------------------------------

    def place(self, component: Component) -> Place:
        if component.kind in self.way.streamed and component.largest_block.parameters:
            return "streamed"
        is_apart = component.kind != "VAE" or self.asked.base.is_classic  # else one call does all
        return "moved" if component.kind in self.way.moved and is_apart else "resident"

    def computed_bytes(self, component: Component) -> int:
        return component.weights.bytes_in(self.asked.precision)

    def stays_bytes(self, component: Component) -> int:
        """What never leaves the device; of one that is streamed, what lies in no block, and the
        blocks that there is room for."""
        place = self.place(component)
        if place == "moved":
            return 0
        if place == "resident":
            return self.computed_bytes(component)
        outside = component.outside_blocks.bytes_in(self.asked.precision)
        stay = self._blocks_that_stay if component.kind == "denoiser" else 0
        return min(self.computed_bytes(component), outside + stay * self._group_bytes(component))

    def _group_bytes(self, component: Component) -> int:
        return component.largest_block.bytes_in(self.asked.precision)

    def streamed_bytes(self, component: Component) -> int:
        """What comes and goes block by block; 0 of one that is not streamed."""
        is_streamed = self.place(component) == "streamed"
        return self.computed_bytes(component) - self.stays_bytes(component) if is_streamed else 0

    def _groups_bytes(self, component: Component) -> int:
        """On the device while it computes."""
        most = GROUPS_AT_ONCE * self._group_bytes(component)
        return min(self.streamed_bytes(component), most)

    def on_device(self, stage: StageName) -> int:
        """Bytes of weights."""
        return sum(self._bytes_in(stage, component) for component in self.asked.base.components)

    def _bytes_in(self, stage: StageName, component: Component) -> int:
        place = self.place(component)
        if place == "moved" and self._is_needed(stage, component.kind):
            return self.computed_bytes(component)
        is_there = place == "streamed" and self._is_streaming(stage, component.kind)
        return self.stays_bytes(component) + (self._groups_bytes(component) if is_there else 0)

    @staticmethod
    def _is_needed(stage: StageName, kind: ComponentKind) -> bool:
        if kind == "denoiser":  # it only gives way to text encoders
            return stage != "encoding"
        return kind == ("text_encoder" if stage == "encoding" else "VAE") and stage != "denoising"

    def _is_streaming(self, stage: StageName, kind: ComponentKind) -> bool:
        """The memory of a denoiser's blocks is given back once its call ends."""
        if kind != "denoiser":
            return stage == "encoding"
        return stage == "denoising" or (stage == "decoding" and not self.asked.base.is_classic)

    # -- what lies beside them ------------------------------------------------------------

    @property
    def touched_bytes(self) -> int:
        """Of a stack that changes everything of denoiser and text encoders; packed weights are
        never changed."""
        return sum(map(self.computed_bytes, self._touched()))

    @property
    def _rereadable_bytes(self) -> int:
        return sum(c.rereadable for c in self._touched()) * BYTES_OF[self.asked.precision]

    def _touched(self) -> list[Component]:
        if not self.way.policies:
            return []
        parts = [c for c in self.asked.base.components if c.kind in ("denoiser", "text_encoder")]
        return [component for component in parts if not component.weights.packed]

    def _base_weights(self) -> MemoryPlan | None:
        """As the engine plans them when it merges: by what is free beside the weights."""
        if not self.way.policies:
            return None
        machine = self.asked.machine
        resting = sum(map(self._resting_bytes, self.asked.base.components))
        main = _NO_LIMIT if machine.main is None else machine.main
        if machine.card is None:
            budget = MemoryBudget(host_free=max(0, main - resting))
        elif self.way.streamed:  # weights that are merged in main memory have theirs there, too
            budget = MemoryBudget(host_free=max(0, main - self._moved_bytes))
        else:
            budget = MemoryBudget(
                host_free=max(0, main - self._moved_bytes),
                device_free=max(0, machine.card - resting),
            )
        return choose_policy(self.touched_bytes, budget, self._rereadable_bytes)

    def _resting_bytes(self, component: Component) -> int:
        """On the device between pictures, when adapters are merged."""
        is_turning = component.kind == "denoiser" and self.place(component) == "moved"
        return self.computed_bytes(component) if is_turning else self.stays_bytes(component)

    @property
    def touched_on_device(self) -> int:
        """What waits in main memory has its base weights and held sums there, too."""
        return sum(map(self._resting_bytes, self._touched()))

    @property
    def _kept_on_device(self) -> int:
        plan = self.base_weights
        if plan is None or (plan.policy == "pinned" and self.asked.machine.card is not None):
            return 0
        return min(plan.kept_bytes, self.touched_on_device)

    @property
    def held_bytes(self) -> int:
        plan = self.base_weights
        return min(plan.held_budget, HELD_COPIES * self.touched_on_device) if plan else 0

    # -- main memory of a machine with a card ---------------------------------------------

    @property
    def _moved_bytes(self) -> int:
        """Copies that main memory has of what is moved or streamed."""
        parts = self.asked.base.components
        moved = [c for c in parts if self.place(c) == "moved"]
        return sum(map(self.computed_bytes, moved)) + sum(map(self.streamed_bytes, parts))

    @property
    def main_bytes(self) -> int:
        """Of main memory, beside a card: what is moved, and base weights that are kept there. What
        a held fader keeps of components that wait there is not among it."""
        if self.asked.machine.card is None:
            return 0
        kept = self.base_weights.kept_bytes if self.base_weights else 0
        return self._moved_bytes + kept - self._kept_on_device

    @property
    def loading_bytes(self) -> int:
        """Of main memory, through which all of it is loaded."""
        return sum(map(self.computed_bytes, self.asked.base.components))

    # -- stages ---------------------------------------------------------------------------

    def _stage(self, name: StageName) -> Stage:
        picture = {
            "encoding": encode_bytes(self.asked.base.texts, self.asked.precision),
            "denoising": self.step_bytes,
            "decoding": self.decoding.bytes,
        }
        return Stage(name=name, parts={**self._beside(name), "picture": picture[name]})

    def _beside(self, name: StageName) -> dict[PartName, int]:
        return {
            "weights": self.on_device(name),
            "base_weights": self._kept_on_device,
            "held_fader": self.held_bytes,
        }

    @property
    def step_bytes(self) -> int:
        base = self.asked.base
        largest = max(
            (c.largest_packed for c in base.components if c.kind == "denoiser"), default=0
        )
        return step_bytes(
            base.denoiser, self.asked.size, base.pictures, self.asked.precision, largest
        )

    def _decoding(self) -> Decoding:
        room = self.asked.machine.device - sum(self._beside("decoding").values())
        return decoding(self.asked.base.vae, self.asked.size, self.asked.precision, room)

    @property
    def peak(self) -> Stage:
        return max(self.stages, key=lambda stage: stage.bytes)

    @property
    def is_possible(self) -> bool:
        """Whether it is this way, and no slower one, and fits."""
        machine, plan = self.asked.machine, self.base_weights
        if plan is not None and plan.policy not in self.way.policies:
            return False
        return self.peak.bytes <= machine.device and self._fits_main

    @property
    def _fits_main(self) -> bool:
        main = self.asked.machine.main
        if self.asked.machine.card is None or main is None:
            return True
        return max(self.main_bytes, self.loading_bytes) <= main


def arranged(asked: Asked, way: Way) -> Arrangement | None:
    """None where base weights can be kept nowhere."""
    try:
        return Arrangement(asked, way)
    except MergeError:
        return None

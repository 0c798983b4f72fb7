"""A plan of where a base would lie, as a value: what `choosing` finds and `words` tells."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from loraviewer.core.families import IN_FLOAT16
from loraviewer.core.memory_plan import MemoryPlan
from loraviewer.core.placement.activations import DenoiserShape, Size, TextShape, VaeShape
from loraviewer.core.placement.weights import Component, ComponentKind, Precision

Place = Literal["resident", "moved", "streamed"]
"""`resident`: on the device throughout. `moved`: there while it is needed, in main memory else; a
denoiser only gives way to text encoders. `streamed`: block by block, each brought when its turn
comes; the denoiser at every step, text encoders for every prompt."""

Manner = Literal[
    "whole",
    "pinned",
    "text",
    "text_vae",
    "lean",
    "turns",
    "beside",
    "streamed",
    "all_streamed",
    "merged_streamed",
    "refused",
]
"""How a plan fits, the fastest first: all of it with base weights beside; those in main memory;
text encoders moved; the VAE moved as well; base weights read from the file again; denoiser and text
encoders take turns; adapters beside the weights; the denoiser streamed with adapters beside its
weights; text encoders streamed, too; the denoiser streamed with adapters merged in main memory; not
at all."""

AskedManner = Manner | Literal[""]
"""What a person wants of a base; "" for the fastest that fits."""

GROUPS_AT_ONCE = 2
"""Of a network that is streamed: the block that computes, and the one that is on its way."""

StageName = Literal["encoding", "denoising", "decoding"]
PartName = Literal["weights", "base_weights", "held_fader", "picture"]


class Base(msgspec.Struct, frozen=True, kw_only=True):
    """What headers and configurations tell of a base. `is_classic`: SD 1, SD 2 or SDXL, which are
    decoded in a stage of their own. `pictures`: computed together in a
    step. `missing`: components that no file was found for."""

    name: str
    family: str
    components: tuple[Component, ...]
    is_classic: bool = False
    denoiser: DenoiserShape | None = None
    texts: tuple[TextShape, ...] = ()
    vae: VaeShape | None = None
    size: Size = Size(1024, 1024)
    steps: int = 25
    pictures: int = 2

    @property
    def in_float16(self) -> bool:
        """Whether a card computes it in float16, and not in bfloat16."""
        return self.is_classic or self.family in IN_FLOAT16

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(component.name for component in self.components if component.is_assumed)

    @property
    def is_packed(self) -> bool:
        """Whether adapters can only be computed beside the denoiser's weights."""
        return any(one.weights.packed for one in self.components if one.kind == "denoiser")

    @property
    def can_pack(self) -> bool:
        """Whether its denoiser was counted in the precision that is computed in, and could stay as
        small as its file keeps it."""
        return any(one.packable for one in self.components)


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes that a base may have. `card`: of the graphics card, None where there is none. `main`:
    of main memory, None where it is not to limit anything; without a card it must be known."""

    card: int | None = None
    main: int | None = None

    @property
    def device(self) -> int:
        """Of the memory that networks are computed in."""
        return self.card if self.card is not None else self.main or 0


class Speeds(msgspec.Struct, frozen=True, kw_only=True):
    """Assumed, in bytes a second: PCIe 3.0 with 16 lanes, a card of the middle, main memory of two
    channels, an NVMe drive. Whoever has better waits less."""

    bus: float = 12e9
    card: float = 300e9
    main: float = 20e9
    file: float = 2e9


class Costs(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes that a plan moves between main memory and card, and seconds at the assumed speeds.

    `prompt_moved`: for each new prompt; `picture_moved`: for each picture beside that. `tick_read`,
    `tick_written`: in the memory of the weights, at each tick of a held fader; `tick_moved` of
    these over the bus, `tick_file` from the file of the checkpoint.
    """

    prompt_moved: int = 0
    picture_moved: int = 0
    tick_read: int = 0
    tick_written: int = 0
    tick_moved: int = 0
    tick_file: int = 0
    prompt_s: float = 0.0
    picture_s: float = 0.0
    tick_s: float = 0.0


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """A component with its place. `computed_bytes`: what it takes in the precision it is computed
    in; `stays_bytes` of them never leave the device."""

    name: str
    kind: ComponentKind
    parameters: int
    stored_bytes: int
    stored_as: str
    computed_bytes: int
    stays_bytes: int
    place: Place
    is_assumed: bool


class PictureNeeds(msgspec.Struct, frozen=True, kw_only=True):
    """An estimate of what a picture takes beside the weights, by stage. `tile_px`: edge of the
    tiles it is decoded in, 0 for whole."""

    size: Size
    steps: int
    encode_bytes: int
    step_bytes: int
    decode_bytes: int
    tile_px: int


class PlanOption(msgspec.Struct, frozen=True, kw_only=True):
    """A manner that fits, and what it costs in seconds at the assumed speeds, as `Costs` has it."""

    manner: Manner
    prompt_s: float
    picture_s: float
    tick_s: float


class LoadPlan(msgspec.Struct, frozen=True, kw_only=True):
    """`parts` of the device's memory add up to `peak_bytes`, reached in `peak_stage`; `main_bytes`
    lie in main memory meanwhile, `loading_bytes` do while it is loaded. `base_weights` is None
    where adapters are all beside the weights. A plan that is refused tells of the last way tried.
    `packing_saves`: bytes by which the denoiser is smaller as its file keeps it, 0 where there is
    no choice (`core.placement.packing`); `is_packed`: whether it stays so. `options`: all manners
    that fit, the fastest first, where they were asked for.
    """

    manner: Manner
    has_card: bool
    precision: Precision
    memory_bytes: int
    components: tuple[Placed, ...]
    base_weights: MemoryPlan | None
    picture: PictureNeeds
    parts: Mapping[PartName, int]
    peak_stage: StageName
    main_bytes: int
    loading_bytes: int
    costs: Costs
    sentence: str = ""
    is_packed: bool = False
    packing_saves: int = 0
    options: tuple[PlanOption, ...] = ()

    @property
    def is_streamed(self) -> bool:
        """Whether pictures wait for weights at every step."""
        return self.manner in ("streamed", "all_streamed", "merged_streamed")

    @property
    def fits(self) -> bool:
        return self.manner != "refused"

    @property
    def peak_bytes(self) -> int:
        return sum(self.parts.values())

    @property
    def left_bytes(self) -> int:
        """Negative where the plan is refused for lack of it."""
        return self.memory_bytes - self.peak_bytes

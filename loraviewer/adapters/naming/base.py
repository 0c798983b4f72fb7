"""What a naming convention offers: every spelling a module of the loaded base may have.

Names are only ever mapped forward. In flat names an underscore stands both for "." and for "_", so
parsing them backward would be ambiguous.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from torch import nn

DENOISERS = ("unet", "transformer")
TEXT_ENCODERS = ("text_encoder", "text_encoder_2", "text_encoder_3")


@dataclass(frozen=True)
class UnetLayout:
    """What the block arithmetic of a UNet needs to know.

    `resnets_per_level` is L of a down level (an up level has L + 1); `levels_with_attention` counts
    the up levels' attention.
    """

    resnets_per_level: int
    levels_with_attention: frozenset[int]

    @classmethod
    def of(cls, network: nn.Module) -> UnetLayout | None:
        """The layout of a `UNet2DConditionModel`; None for other networks."""
        down_blocks = getattr(network, "down_blocks", None)
        up_blocks = getattr(network, "up_blocks", None)
        if not down_blocks or not up_blocks:
            return None
        resnets = getattr(down_blocks[0], "resnets", ())
        with_attention = (i for i, block in enumerate(up_blocks) if hasattr(block, "attentions"))
        return cls(len(resnets), frozenset(with_attention))


@dataclass(frozen=True)
class Place:
    """One module of a component: `path` is dotted; text encoder paths start at `text_model.`."""

    component: str
    path: str
    layout: UnetLayout | None = None

    @property
    def flat(self) -> str:
        return self.path.replace(".", "_")


class Convention(Protocol):
    """One way of spelling module names."""

    name: str

    def spellings(self, place: Place) -> Iterator[str]:
        """Group keys that mean this module; none if the convention does not name it."""
        ...

    def recognises(self, group_key: str) -> bool:
        """Whether a group key looks like this convention, without a base to compare with."""
        ...


def canonical_path(component: str, path: str) -> str:
    """The module path as files spell it: newer transformers dropped `text_model.` from CLIP."""
    is_clip_tower = component in TEXT_ENCODERS and path.split(".", 1)[0] in (
        "encoder",
        "embeddings",
        "final_layer_norm",
    )
    return f"text_model.{path}" if is_clip_tower else path

"""What a naming convention offers: every spelling a module of the loaded base may have.

Names are only ever mapped forward. In flat names an underscore stands both for "." and for "_", so
parsing them backward would be ambiguous.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

Shape = tuple[int, ...]

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
    def of(cls, names: Iterable[str]) -> UnetLayout | None:
        """The layout behind the parameter names of a UNet; None for other networks."""
        parts = [name.split(".", 4) for name in names]
        first = {p[3] for p in parts if p[:3] == ["down_blocks", "0", "resnets"]}
        with_attention = {
            int(p[1]) for p in parts if p[0] == "up_blocks" and p[2:3] == ["attentions"]
        }
        return cls(len(first), frozenset(with_attention)) if first else None


@dataclass(frozen=True)
class Network:
    """A component as names see it: its parameters' shapes, and what follows from them."""

    component: str
    shapes: Mapping[str, Shape]
    layout: UnetLayout | None

    @classmethod
    def of(cls, component: str, shapes: Mapping[str, Shape]) -> Network:
        return cls(component, shapes, UnetLayout.of(shapes))


@dataclass(frozen=True)
class Place:
    """One module of a network: `path` is dotted; text encoder paths start at `text_model.`."""

    network: Network
    path: str

    @property
    def component(self) -> str:
        return self.network.component

    @property
    def layout(self) -> UnetLayout | None:
        return self.network.layout

    @property
    def flat(self) -> str:
        return self.path.replace(".", "_")


@dataclass(frozen=True)
class Spelling:
    """One name by which files mean a module.

    `part`: None if the name means this module alone; else the name means several modules whose
    rows are stacked in the file, and this module is the part-th of them (q, k, v → 0, 1, 2).
    `is_half_swapped`: the first half of the file's rows is the second half of the module's.
    `is_transposed`: the file's matrix is the transpose of the module's.
    """

    name: str
    part: int | None = None
    is_half_swapped: bool = False
    is_transposed: bool = False


class Convention(Protocol):
    """One way of spelling module names."""

    name: str

    def spellings(self, place: Place) -> Iterator[Spelling]:
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

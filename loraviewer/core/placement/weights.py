"""What a base weighs, counted in numbers: by component, in whatever precision it is computed."""

from typing import Literal

import msgspec

Precision = Literal["float32", "bfloat16", "float16"]
ComponentKind = Literal["denoiser", "text_encoder", "VAE", "other"]

BYTES_OF: dict[Precision, int] = {"float32": 4, "bfloat16": 2, "float16": 2}


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """How many numbers. `plain`: those that take the precision that is computed in; `wide`: of
    them, those that stay in float32 where that is float16. `packed`: those that stay as their file
    keeps them, in `packed_bytes`."""

    plain: int = 0
    wide: int = 0
    packed: int = 0
    packed_bytes: int = 0

    @property
    def parameters(self) -> int:
        return self.plain + self.packed

    def bytes_in(self, precision: Precision) -> int:
        """Memory that they take where they are computed with."""
        wide = self.wide * (BYTES_OF["float32"] - BYTES_OF["float16"])
        plain = self.plain * BYTES_OF[precision] + (wide if precision == "float16" else 0)
        return plain + self.packed_bytes

    def __add__(self, other: "Weights") -> "Weights":
        return Weights(
            plain=self.plain + other.plain,
            wide=self.wide + other.wide,
            packed=self.packed + other.packed,
            packed_bytes=self.packed_bytes + other.packed_bytes,
        )


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """One network of a base. `name` as diffusers has it. `stored_as`: the number format of most of
    its bytes, as the file spells it.

    `rereadable`: of the plain numbers, those that its file can give again. `outside_blocks`: what
    lies in no numbered block, and `largest_block`: the heaviest of those. `largest_packed`: how
    many numbers the largest packed weight holds. `packable`: of the plain numbers, those that could
    stay as their file keeps them, and `packs_as`: the format of most of those that could, or do.
    `is_assumed`: no file of it was found, and the
    family's configuration says what it weighs.
    """

    name: str
    kind: ComponentKind
    weights: Weights
    stored_bytes: int = 0
    stored_as: str = ""
    rereadable: int = 0
    outside_blocks: Weights = Weights()
    largest_block: Weights = Weights()
    largest_packed: int = 0
    packable: int = 0
    packs_as: str = ""
    is_assumed: bool = False

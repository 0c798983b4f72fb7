"""From the module as the file names it to the weights of the base: rows of fused modules, swapped
halves, input channels that the base has more of.

Low-rank changes stay low-rank. Others are computed in the file's shape and then cut to place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loraviewer.adapters.kinds.base import Delta, DenseDelta, LowRankDelta
from loraviewer.adapters.kinds.tucker import flat
from loraviewer.adapters.naming.base import Shape
from loraviewer.adapters.targets import WEIGHT, Landing, WeightKey

if TYPE_CHECKING:
    import torch

BaseReader = Callable[[WeightKey], "torch.Tensor"]
"""W₀ of any weight of the base, (out, n) in float32, on the device of the weight to be changed."""

_INPUT_LAYERS = ("conv_in", "x_embedder", "img_in", "pos_embed.proj")
"""Layers that read latents. Inpainting bases append channels to them, which no adapter changes."""


def file_shape(landings: Sequence[Landing], role: str) -> Shape | None:
    """Shape of the module's weight or bias as the file sees it; None where the base lacks one."""
    shapes = [landing.target.shapes.get(role) for landing in landings]
    if None in shapes or len({shape[1:] for shape in shapes if shape}) > 1:
        return None
    first = shapes[0]
    assert first is not None
    return (sum(shape[0] for shape in shapes if shape), *first[1:])


def fitted_shape(delta: Shape, weight: Shape, landings: Sequence[Landing]) -> Shape | None:
    """The weight as ΔW sees it, (out, n) equal to `delta`; None where they do not fit.

    Usually `weight` itself: linears and 1×1 convolutions are one matrix. An input layer of the base
    may have more channels than the adapter knows.
    """
    rows, columns = flat(weight)
    if delta == (rows, columns):
        return weight
    is_input = len(landings) == 1 and landings[0].target.path.endswith(_INPUT_LAYERS)
    kernel = flat(weight[1:])[1] if len(weight) > 2 else 1
    if is_input and delta[0] == rows and 0 < delta[1] < columns and delta[1] % kernel == 0:
        return (rows, delta[1] // kernel, *weight[2:])
    return None


@dataclass(frozen=True)
class PlacedDelta:
    """A change of one weight of the base that has no low-rank form.

    `landings`: all weights that the file's module means, of which this is `landing`. `shape`: the
    module as the file has it, flat.
    """

    delta: DenseDelta
    landing: Landing
    landings: tuple[Landing, ...]
    shape: tuple[int, int]
    role: str = WEIGHT

    def dense(self, read_base: BaseReader) -> torch.Tensor:
        """ΔW at scale 1 for the landing's own weight, (out, n) float32, on the device of W₀."""
        import torch

        own = read_base(self.landing.target.weight_key(self.role))
        base = self._file_base(read_base) if self.delta.needs_base else own.new_empty(self.shape)
        change = own_rows(self.delta.dense(base), self.landing)
        missing = own.shape[1] - change.shape[1]
        return torch.nn.functional.pad(change, (0, missing)) if missing else change

    def _file_base(self, read_base: BaseReader) -> torch.Tensor:
        """W₀ as the file's module has it."""
        import torch

        bases = [read_base(landing.target.weight_key(self.role)) for landing in self.landings]
        base = bases[0] if len(bases) == 1 else torch.cat(bases)
        base = _swapped(base) if self.landing.is_half_swapped else base
        return base[:, : self.shape[1]]


WeightDelta = LowRankDelta | PlacedDelta
"""ΔW of one weight of the base at scale 1."""


def place(
    delta: Delta, landings: Sequence[Landing], shape: Shape, role: str = WEIGHT
) -> dict[WeightKey, WeightDelta]:
    """The change of every weight that the file's module means. `shape`: the module in the file."""
    placed: dict[WeightKey, WeightDelta] = {}
    for landing in landings:
        key = landing.target.weight_key(role)
        if isinstance(delta, LowRankDelta):
            placed[key] = _low_rank(delta, landing)
        else:
            placed[key] = PlacedDelta(delta, landing, tuple(landings), flat(shape), role)
    return placed


def _low_rank(delta: LowRankDelta, landing: Landing) -> LowRankDelta:
    import torch

    up, down = own_rows(delta.up, landing), delta.down
    missing = flat(landing.target.shape)[1] - down.shape[1]
    if missing:
        # Zeros in a format that pads in every dtype, fp8 included.
        down = torch.nn.functional.pad(down.float(), (0, missing))
    return LowRankDelta(up, down, delta.scaling)


def own_rows(rows: torch.Tensor, landing: Landing) -> torch.Tensor:
    """Of all rows of the file's module those of the landing, in the base's order."""
    rows = _swapped(rows) if landing.is_half_swapped else rows
    return rows[slice(*landing.rows)] if landing.rows else rows


def _swapped(rows: torch.Tensor) -> torch.Tensor:
    import torch

    half = len(rows) // 2
    return torch.cat([rows[half:], rows[:half]])

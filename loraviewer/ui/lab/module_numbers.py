"""The numbers of every weight that a stack touches, one at a time: ten thousand are never written
out for the thirty that are seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from loraviewer.core.stack import AppliedAdapter
from loraviewer.core.weight_numbers import BlockName, LiveWeights, WeightName, WeightNorms
from loraviewer.core.weight_spectra import WeightSpectra


@dataclass(frozen=True)
class ModuleList:
    """What the rows touch, whatever the faders say. `shapes`: (out, n) of flattened weights.
    `places`: of each in `LiveWeights.weights`, which may know more."""

    places: tuple[int, ...] = ()
    weights: tuple[WeightName, ...] = ()
    blocks: tuple[BlockName, ...] = ()
    shapes: tuple[tuple[int, int], ...] = ()
    names: tuple[str, ...] = ()
    """Of the rows, each its own."""

    @staticmethod
    def of(live: LiveWeights, rows: Sequence[AppliedAdapter], names: Sequence[str]) -> "ModuleList":
        at_one = live.weight_norms([_at_one(row) for row in rows]).rows
        places = [at for at, norms in enumerate(zip(*at_one, strict=True)) if any(norms)]
        weights = tuple(live.weights[at] for at in places)
        return ModuleList(
            tuple(places),
            weights,
            tuple(map(live.block_of, weights)),
            tuple(live.shapes[at] for at in places),
            tuple(names),
        )


@dataclass(frozen=True)
class ModuleNumbers:
    """What the faders make of it. Shares are of ‖sᵢΔWᵢ‖² in their sum over the rows."""

    modules: ModuleList = field(default_factory=ModuleList)
    norms: WeightNorms = field(default_factory=lambda: WeightNorms((), (), ()))
    spectra: Mapping[WeightName, WeightSpectra] = field(default_factory=dict)

    def stack(self, at: int) -> float:
        return self.norms.stack[self.modules.places[at]]

    def relative(self, at: int) -> float | None:
        base = self.norms.base[self.modules.places[at]]
        return self.stack(at) / base if base else None

    def share(self, at: int, row: int) -> float | None:
        own = self._own(at)
        whole = sum(norm * norm for norm in own)
        return own[row] ** 2 / whole if whole else None

    def strongest(self, at: int) -> str:
        """ "" where no row changes it."""
        own = self._own(at)
        return self.modules.names[own.index(max(own))] if any(own) else ""

    def largest(self, at: int) -> float | None:
        """σ₁(S)."""
        spectra = self._spectra(at)
        return spectra.stack.largest if spectra and spectra.stack else None

    def stable_rank(self, at: int) -> float | None:
        spectra = self._spectra(at)
        return spectra.stack.stable_rank if spectra and spectra.stack else None

    def effective_rank(self, at: int) -> float | None:
        spectra = self._spectra(at)
        return spectra.stack.effective_rank if spectra and spectra.stack else None

    def is_spike(self, at: int) -> bool | None:
        spectra = self._spectra(at)
        return spectra.is_spike if spectra else None

    def _spectra(self, at: int) -> WeightSpectra | None:
        return self.spectra.get(self.modules.weights[at])

    def _own(self, at: int) -> list[float]:
        """‖sᵢΔWᵢ‖ of each row."""
        place = self.modules.places[at]
        return [norms[place] for norms in self.norms.rows]


class ModuleReader:
    """Reads the numbers of a stack again and again; what is touched is found out once for each
    set of adapters."""

    def __init__(self) -> None:
        self._listed: tuple[object, ...] = ()
        self._modules = ModuleList()

    def read(
        self,
        live: LiveWeights,
        rows: Sequence[AppliedAdapter],
        names: Sequence[str],
        spectra: Mapping[WeightName, WeightSpectra],
    ) -> ModuleNumbers:
        modules = self.list(live, rows, names).modules
        return ModuleNumbers(modules, live.weight_norms(rows), spectra)

    def list(
        self, live: LiveWeights, rows: Sequence[AppliedAdapter], names: Sequence[str]
    ) -> ModuleNumbers:
        """Only what there is, without its numbers."""
        made_from = (live, *names, *(row.sha256 for row in rows))
        if made_from != self._listed:
            self._listed, self._modules = made_from, ModuleList.of(live, rows, names)
        return ModuleNumbers(self._modules)


def _at_one(row: AppliedAdapter) -> AppliedAdapter:
    return msgspec.structs.replace(row, scale=1.0, text_scale=1.0, block_scales=())

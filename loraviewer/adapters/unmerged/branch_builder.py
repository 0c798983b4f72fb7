"""From the adapters of one weight to the branch beside it."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.hooks import RemovableHandle

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.kinds.tucker import flat
from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.merger import MergeOutOfMemory
from loraviewer.adapters.merging.recipes import Entries
from loraviewer.adapters.merging.terms import check_fit
from loraviewer.adapters.placement import BaseReader, PlacedDelta
from loraviewer.adapters.storage import packing_of, weight_numbers, weight_shape
from loraviewer.adapters.targets import WEIGHT, WeightKey
from loraviewer.adapters.unmerged.branch import (
    Branch,
    compute_dtype,
    concatenated,
    has_branch_form,
    product_bound,
    usual_dtype,
)
from loraviewer.adapters.unmerged.layouts import RankLayout, place_of
from loraviewer.core.lack_of_memory import is_out_of_memory
from loraviewer.core.outcome import MergeError, text_of
from loraviewer.core.sentences import say

ScalesOf = Callable[[RankLayout], torch.Tensor]
"""The scale tensor that all branches of a layout share."""


@dataclass(frozen=True)
class Site:
    """A module that a branch can be put beside. `dtype` is what it computes in."""

    key: WeightKey
    module: nn.Module
    shape: tuple[int, ...]
    dtype: torch.dtype

    @property
    def name(self) -> str:
        return ".".join(self.key)

    @property
    def device(self) -> torch.device:
        return self.module.weight.device  # type: ignore[union-attr, return-value]


@dataclass(frozen=True)
class BranchRecipe:
    """What a branch depends on beside W₀ and the shared scales. `dense`: the adapters without
    low-rank form, whose scales are in the branch's own sum."""

    layout: RankLayout
    dense: Entries


@dataclass(frozen=True)
class PlacedBranch:
    """`bounds`: of max |up @ down| for each part of the layout; not finite if a factor is not."""

    recipe: BranchRecipe
    bounds: tuple[float, ...]
    branch: Branch


def find_sites(components: Mapping[str, nn.Module]) -> Iterator[Site]:
    """Every module that computes alone with its weight, in a way that is known."""
    for component, network in components.items():
        shared, usual = _shared_weights(network), usual_dtype(network)
        for path, module in network.named_modules(remove_duplicate=False):
            shape = weight_shape(module)
            weight = getattr(module, WEIGHT, None)
            if not path or shape is None or not isinstance(weight, torch.Tensor):
                continue
            if has_branch_form(module) and id(weight) not in shared:
                key = (component, f"{path}.{WEIGHT}")
                yield Site(key, module, shape, compute_dtype(module, usual))


def _shared_weights(network: nn.Module) -> set[int]:
    """Ids of the parameters that several modules, or several paths, lead to."""
    parameters = network.named_parameters(remove_duplicate=False)
    counts = Counter(id(parameter) for _, parameter in parameters)
    return {known for known, count in counts.items() if count > 1}


class BranchBuilder:
    """Builds branches against base weights, which must be in place."""

    def __init__(self, components: Mapping[str, nn.Module]) -> None:
        self._components = dict(components)
        self._sites = {site.key: site for site in find_sites(components)}

    def has_site(self, key: WeightKey) -> bool:
        return key in self._sites

    def site(self, key: WeightKey, entries: Entries, pool: Mapping[str, Adapter]) -> Site:
        """`MergeError` where nothing can be computed beside the weight."""
        site = self._sites.get(key)
        if site is not None:
            return site
        sha = entries[0][0]
        raise MergeError(
            say(
                "“{name}” changes “{weight}”, beside which nothing can be computed; remove the "
                "adapter, or merge adapters into the weights.",
                name=pool[sha].name,
                weight=".".join(key),
            ),
            subject=sha,
        )

    def attach(self, key: WeightKey, branch: Branch) -> RemovableHandle:
        """From now on the module computes its branch, too."""
        return self._sites[key].module.register_forward_hook(branch, with_kwargs=True)

    def recipe(
        self,
        site: Site,
        entries: Entries,
        pool: Mapping[str, Adapter],
        blocks: Collection[str] = (),
    ) -> BranchRecipe:
        """blocks: in which an adapter of the stack has a strength of its own."""
        parts, dense = [], []
        for sha, scale in entries:
            delta = pool[sha].weights[site.key]
            if isinstance(delta, LowRankDelta):
                parts.append((sha, delta.rank, delta.scaling))
            else:
                dense.append((sha, scale))
        layout = RankLayout(*place_of(site.key, blocks), tuple(parts), site.device, site.dtype)
        return BranchRecipe(layout, tuple(dense))

    def build(
        self, site: Site, recipe: BranchRecipe, pool: Mapping[str, Adapter], scales_of: ScalesOf
    ) -> PlacedBranch:
        """Raises `MergeError` naming adapter and module; nothing is put in place."""
        try:
            return self._build(site, recipe, pool, scales_of)
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            raise MergeOutOfMemory(
                say(
                    "Memory ran out while putting adapters beside “{weight}”; remove an adapter "
                    "or close other programs.",
                    weight=site.name,
                )
            ) from error

    def _build(
        self, site: Site, recipe: BranchRecipe, pool: Mapping[str, Adapter], scales_of: ScalesOf
    ) -> PlacedBranch:
        layout = recipe.layout
        deltas = [self._low_rank(site, pool[sha]) for sha, _, _ in layout.parts]
        up, down = concatenated(deltas, site.shape, site.dtype)
        ranks = [delta.rank for delta in deltas]
        pairs = zip(up.split(ranks, 1), down.split(ranks), strict=True) if ranks else ()
        bounds = tuple(product_bound(*pair) for pair in pairs)
        kernel = down.to(site.device).view(len(down), *site.shape[1:])
        dense = self._dense_sum(site, recipe.dense, pool) if recipe.dense else None
        branch = Branch(up.to(site.device), kernel, scales_of(layout), dense)
        return PlacedBranch(recipe, bounds, branch)

    def _low_rank(self, site: Site, adapter: Adapter) -> LowRankDelta:
        delta = adapter.weights[site.key]
        try:
            check_fit(delta, flat(site.shape))
        except ValueError as error:
            raise MergeError(
                say(
                    "“{name}” cannot change “{weight}”: {why}.",
                    name=adapter.name,
                    weight=site.name,
                    why=text_of(error),
                ),
                subject=adapter.sha256,
            ) from error
        assert isinstance(delta, LowRankDelta)
        return delta

    def _dense_sum(self, site: Site, entries: Entries, pool: Mapping[str, Adapter]) -> torch.Tensor:
        """Σ scale·ΔW of changes without low-rank form: summed in float32, rounded once."""
        total = torch.zeros(flat(site.shape), dtype=torch.float32, device=site.device)
        for sha, scale in entries:
            delta = pool[sha].weights[site.key]
            assert isinstance(delta, PlacedDelta)
            change = delta.dense(self._base_reader(site, delta, pool[sha]))
            if abs(scale) > torch.finfo(total.dtype).max:
                raise infinite(pool[sha], scale, site)
            total.add_(change, alpha=scale)
            if not bool(torch.isfinite(total.to(site.dtype)).all()):
                raise infinite(pool[sha], scale, site)
        return total.to(site.dtype).view(site.shape)

    def _base_reader(self, site: Site, delta: PlacedDelta, adapter: Adapter) -> BaseReader:
        def read(key: WeightKey) -> torch.Tensor:
            own = self._sites.get(key)
            if own is not None and packing_of(own.module) and not delta.delta.needs_base:
                return torch.zeros((), device=site.device).expand(flat(own.shape))
            weight = weight_numbers(own.module) if own is not None else None
            if weight is not None:
                return weight.reshape(len(weight), -1).to(site.device, torch.float32)
            raise MergeError(
                say(
                    "“{name}” changes “{weight}” relative to the base weight, which cannot be "
                    "read here (it is quantised); remove the adapter or use an unquantised base.",
                    name=adapter.name,
                    weight=site.name,
                ),
                subject=adapter.sha256,
            )

        return read


def infinite(adapter: Adapter, scale: float, site: Site) -> MergeError:
    """What to say of a change whose size the precision of the module cannot hold."""
    precision = str(site.dtype).removeprefix("torch.")
    return MergeError(
        say(
            "“{name}” at strength {scale:g} makes what is computed beside “{weight}” infinite or "
            "undefined in {precision}; lower it or remove it.",
            name=adapter.name,
            scale=scale,
            weight=site.name,
            precision=precision,
        ),
        subject=adapter.sha256,
    )

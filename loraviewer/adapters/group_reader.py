"""Groups of an open adapter file → changes of weights."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import torch

from loraviewer.adapters.configuration.doubts import SCALED_KINDS
from loraviewer.adapters.configuration.file_configuration import (
    FileConfiguration,
    without_constraint,
)
from loraviewer.adapters.configuration.own_alphas import OwnAlphas
from loraviewer.adapters.configuration.start import Start
from loraviewer.adapters.energy import energy
from loraviewer.adapters.files.header import Header
from loraviewer.adapters.files.tensors import read_tensor
from loraviewer.adapters.groups import Group
from loraviewer.adapters.kinds.base import Delta, GroupProblem, Kind, LowRankDelta, Scaling
from loraviewer.adapters.kinds.embedding import WORDS
from loraviewer.adapters.kinds.extras import (
    ALPHA,
    EXTRA_ROLES,
    INDICES,
    MAGNITUDES,
    bias_delta,
    scaling_of,
    with_extras,
)
from loraviewer.adapters.kinds.ia3_peft import ScaledOutputs
from loraviewer.adapters.kinds.principal import PrincipalDelta
from loraviewer.adapters.kinds.vera import PROJECTIONS
from loraviewer.adapters.matching import LOW_RANK_KINDS, Match
from loraviewer.adapters.naming.base import Shape
from loraviewer.adapters.placement import WeightDelta, file_shape, place
from loraviewer.adapters.targets import BIAS, Landing, Target, WeightKey
from loraviewer.core.outcome import AdapterError
from loraviewer.core.sentences import say

_SHAPED_BY_BASE = frozenset({"oft", "boft", "ia3", "glora", "vera"})
"""Kinds whose factors alone do not tell the shape of ΔW."""
_MOST_MEASURED = 1 << 28
"""Numbers of a group that has no place in the base; real ones have a tenth of it."""


class GroupReader:
    """Reads the tensors of groups from an open file."""

    def __init__(
        self, file: BinaryIO, path: Path, header: Header, configuration: FileConfiguration
    ) -> None:
        self._file, self._path, self.header = file, path, header
        self._configuration = configuration
        self._shared: dict[str, torch.Tensor] = {}
        self.alphas = OwnAlphas()

    def weights(self, match: Match) -> dict[WeightKey, WeightDelta]:
        """The change of every weight of the base that the group means."""
        tensors = self._tensors(match.group)
        target = match.landings[0].target
        scaling = self._scaling(match.group, match.kind, tensors, target)
        found: dict[WeightKey, WeightDelta] = {}
        if match.kind is not None and match.weight_shape is not None:
            start = self._start(match.group, match.kind, target)
            delta = _delta(match.kind, tensors, scaling, match.weight_shape, start)
            found |= place(delta, match.landings, match.weight_shape)
            found |= _scaled_bias(delta, match.landings)
        biases = {role: tensors[role] for role in match.bias_roles}
        bias = bias_delta(biases, _factor(match.kind, tensors, scaling))
        shape = file_shape(match.landings, BIAS)
        if bias is not None and shape is not None:
            found |= place(bias, match.landings, shape, BIAS)
        return found

    def energy(self, group: Group, kind: Kind, weight: Shape = ()) -> float | None:
        """‖ΔW‖²_F of the group; None where it depends on the base, or on its shape if `weight` is
        not known."""
        needs_weight = kind.name in _SHAPED_BY_BASE or group.roles.keys() & {*MAGNITUDES, INDICES}
        stored = sum(map(math.prod, group.shapes(self.header).values()))
        if (needs_weight and not weight) or stored > _MOST_MEASURED:
            return None
        tensors = self._tensors(group)
        scaling = self._scaling(group, kind, tensors, None)
        start = self._start(group, kind, None)
        return energy(_delta(kind, tensors, scaling, weight, start))

    def _scaling(
        self,
        group: Group,
        kind: Kind | None,
        tensors: Mapping[str, torch.Tensor],
        target: Target | None,
    ) -> Scaling:
        """The module's own alpha, else what the configuration says; both are compared."""
        configured = self._configuration.scaling(group.key, target)
        if kind is None or kind.name not in SCALED_KINDS:
            return scaling_of(tensors, without_constraint(configured))
        scaling = scaling_of(tensors, configured)
        rank = kind.rank({role: tuple(tensor.shape) for role, tensor in tensors.items()})
        if ALPHA in tensors and rank and target is not None:
            self.alphas.add(group.key, scaling, configured, rank)
        return scaling

    def _start(self, group: Group, kind: Kind, target: Target | None) -> Start:
        is_plain = kind.name in LOW_RANK_KINDS and WORDS not in group.roles
        return self._configuration.start(group.key, target) if is_plain else ""

    def _tensors(self, group: Group) -> dict[str, torch.Tensor]:
        return {
            role: self._tensor(name, group, is_shared=bool(group.shares) and role in PROJECTIONS)
            for role, name in group.roles.items()
        }

    def _tensor(self, name: str, group: Group, is_shared: bool) -> torch.Tensor:
        """Read once if modules share it, so that they share its memory."""
        if name in self._shared:
            return self._shared[name]
        tensor = read_tensor(self._file, self.header, name, self._path)
        self._check_finite(tensor, group)
        if is_shared:
            self._shared[name] = tensor
        return tensor

    def _check_finite(self, tensor: torch.Tensor, group: Group) -> None:
        if not (tensor.is_floating_point() and tensor.numel()):
            return
        if not torch.isfinite(tensor.float().abs().max()):
            raise AdapterError(
                say(
                    "“{path}” holds infinite or undefined numbers in “{key}”; the file is broken, "
                    "use another copy or an earlier save.",
                    path=str(self._path),
                    key=group.key,
                )
            )


def _delta(
    kind: Kind,
    tensors: Mapping[str, torch.Tensor],
    scaling: Scaling,
    weight: Shape,
    start: Start,
) -> Delta:
    own = {role: tensor for role, tensor in tensors.items() if role not in EXTRA_ROLES}
    delta = kind.delta(own or tensors, scaling, weight)
    if start and isinstance(delta, LowRankDelta):
        if math.prod(weight[2:]) > 1:
            raise GroupProblem(say("PEFT starts no convolutions with a part of the base"))
        delta = PrincipalDelta(delta, start)
    return with_extras(delta, tensors, _factor(kind, tensors, scaling), weight)


def _scaled_bias(delta: Delta, landings: Sequence[Landing]) -> dict[WeightKey, WeightDelta]:
    """What multiplies all that a layer gives also multiplies its bias, if it has one."""
    shape = file_shape(landings, BIAS)
    if shape is None or not isinstance(delta, ScaledOutputs):
        return {}
    return place(delta.of_bias(), landings, shape, BIAS)


def _factor(kind: Kind | None, tensors: Mapping[str, torch.Tensor], scaling: Scaling) -> float:
    """alpha / rank of a group, for what is added beside its factors."""
    if kind is None:
        return 1.0
    rank = kind.rank({role: tuple(tensor.shape) for role, tensor in tensors.items()})
    return 1.0 if rank is None else scaling.of_rank(rank)

"""Where every key of an adapter file ends on a base: decided from the header alone."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from loraviewer.adapters.groups import Group, split_groups
from loraviewer.adapters.header import FACTOR_DTYPES, Header
from loraviewer.adapters.kinds.base import GroupProblem, Kind, Shape
from loraviewer.adapters.kinds.registry import ALPHA, BIAS_SUFFIXES, kind_of
from loraviewer.adapters.targets import ModuleKey, Target, TargetIndex
from loraviewer.core.reports import AdapterReport


@dataclass(frozen=True)
class Match:
    """A group, the module it changes, and the kind that knows how."""

    group: Group
    target: Target
    kind: Kind


@dataclass
class Matching:
    """Every group of a file in exactly one list; left-over tensors of a group in `unsupported`."""

    matches: list[Match] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)
    shape_mismatch: list[str] = field(default_factory=list)
    unsupported: list[str] = field(default_factory=list)

    def report(self, sha256: str) -> AdapterReport:
        return AdapterReport(
            sha256=sha256,
            matched=tuple(match.group.key for match in self.matches),
            unmatched=tuple(self.unmatched),
            shape_mismatch=tuple(self.shape_mismatch),
            unsupported=tuple(self.unsupported),
        )


def match_file(header: Header, index: TargetIndex) -> Matching:
    """Match all groups; of two groups that mean the same module the second is unsupported."""
    matching = Matching()
    taken: set[ModuleKey] = set()
    for group in split_groups(header.tensors):
        _place(matching, group, header, index, taken)
    return matching


def module_kind(group: Group) -> Kind | None:
    """The kind of a group, or None where something in it is not understood.

    A bias beside a weight change is left out and reported; any other foreign tensor (such as
    DoRA's magnitude) changes what the factors mean.
    """
    if any(not name.endswith(BIAS_SUFFIXES) for name in group.foreign):
        return None
    return kind_of(frozenset(group.roles) - {ALPHA})


def _place(
    matching: Matching, group: Group, header: Header, index: TargetIndex, taken: set[ModuleKey]
) -> None:
    kind = module_kind(group)
    shape = delta_shape(group, kind, header) if kind else None
    if kind is None or shape is None:
        matching.unsupported.append(group.key)
        return
    target = index.find(group.key)
    if target is None:
        matching.unmatched.append(group.key)
    elif not fits(shape, target.shape):
        matching.shape_mismatch.append(group.key)
    elif target.key in taken:
        matching.unsupported.append(group.key)
        return
    else:
        taken.add(target.key)
        matching.matches.append(Match(group, target, kind))
    matching.unsupported.extend((*group.foreign, *group.repeated))


def delta_shape(group: Group, kind: Kind, header: Header) -> Shape | None:
    """Shape of the group's ΔW; None where it is incomplete, corrupt or in a strange dtype."""
    infos = {role: header.tensors[name] for role, name in group.roles.items()}
    if any(info.dtype not in FACTOR_DTYPES for info in infos.values()):
        return None
    alpha = infos.pop(ALPHA, None)
    if alpha is not None and math.prod(alpha.shape) != 1:
        return None
    shapes: Mapping[str, Shape] = {role: info.shape for role, info in infos.items()}
    try:
        return kind.shape(shapes)
    except GroupProblem:
        return None


def fits(delta: Shape, weight: Shape) -> bool:
    """Whether ΔW can be reshaped to the weight: 1×1 convolutions and linears are one matrix."""
    return (
        len(weight) >= 2 and delta[0] == weight[0] and math.prod(delta[1:]) == math.prod(weight[1:])
    )

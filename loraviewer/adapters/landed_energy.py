"""How much of what a file changes landed, by ‖ΔW‖²."""

from collections.abc import Iterable
from dataclasses import dataclass

from loraviewer.adapters.group_reader import GroupReader
from loraviewer.adapters.groups import Group
from loraviewer.adapters.kinds.base import GroupProblem
from loraviewer.adapters.matching import Match, Matching, checked_kind
from loraviewer.core.cancel import CancelToken
from loraviewer.core.reports import LostEnergy


@dataclass(frozen=True)
class LandedEnergy:
    """`share`: of what landed in the whole file; None where part of it is unknown."""

    share: float | None
    lost: LostEnergy


def landed_energy(reader: GroupReader, matching: Matching, token: CancelToken) -> LandedEnergy:
    """Nothing is computed where everything landed."""
    if not matching.left_groups and not matching.reasons:
        return LandedEnergy(1.0, LostEnergy())
    landed = _sum(_landed(reader, match, token) for match in matching.matches if match.kind)
    texts = [group for group in matching.left_groups if group.is_text]
    others = [group for group in matching.left_groups if not group.is_text]
    lost = LostEnergy(
        denoiser=_sum(_lost(reader, group, token) for group in others),
        text=_sum(_lost(reader, group, token) for group in texts),
    )
    total = _sum((landed, lost.denoiser, lost.text))
    share = landed / total if landed is not None and total else None
    return LandedEnergy(share, lost)


def _sum(energies: Iterable[float | None]) -> float | None:
    """None as soon as one of them is unknown."""
    total = 0.0
    for energy in energies:
        if energy is None:
            return None
        total += energy
    return total


def _landed(reader: GroupReader, match: Match, token: CancelToken) -> float | None:
    token.raise_if_cancelled()
    assert match.kind is not None
    return reader.energy(match.group, match.kind, match.weight_shape or ())


def _lost(reader: GroupReader, group: Group, token: CancelToken) -> float | None:
    token.raise_if_cancelled()
    try:
        kind = checked_kind(group, reader.header)
        return reader.energy(group, kind) if kind else None
    except GroupProblem:
        return None

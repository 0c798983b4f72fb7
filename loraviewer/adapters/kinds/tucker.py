"""Tucker cores of convolutions: a small kernel between two matrices."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from loraviewer.adapters.kinds.base import GroupProblem
from loraviewer.adapters.name_lists import all_of
from loraviewer.adapters.naming.base import Shape
from loraviewer.core.sentences import say

if TYPE_CHECKING:
    import torch


def check_core(core: Shape, outer: int, inner: int) -> None:
    """A core must be (outer, inner, kh, kw) between its two matrices."""
    if len(core) < 3 or core[:2] != (outer, inner):
        raise GroupProblem(
            say(
                "a core of shape {core} does not join ranks {outer} and {inner}",
                core=str(core),
                outer=outer,
                inner=inner,
            )
        )


def fold_core(core: torch.Tensor, down: torch.Tensor) -> torch.Tensor:
    """core (m, n, y, x), down (n, in) → (m, in · y · x), in float64."""
    kernel = core.double().flatten(2).transpose(1, 2)  # (m, k, n)
    folded = kernel @ down.double()  # (m, k, n) @ (n, j)
    return folded.transpose(1, 2).flatten(1)  # (m, j · k)


def flat(shape: Shape) -> tuple[int, int]:
    """(rows, everything else); a vector is one column."""
    return shape[0], math.prod(shape[1:])


def require(shapes: Mapping[str, Shape], roles: set[str], axes: int = 2) -> None:
    """Raise `GroupProblem` unless all roles are there, as matrices at least."""
    if missing := roles - set(shapes):
        raise GroupProblem(say("{roles} missing", roles=all_of(sorted(missing))))
    for role in sorted(roles):
        if len(shapes[role]) < axes:
            raise GroupProblem(
                say("{role} of shape {shape} is no matrix", role=role, shape=str(shapes[role]))
            )

"""Which modules of a loaded base an adapter can change, and under which names files know them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loraviewer.adapters.naming.base import Place, UnetLayout, canonical_path
from loraviewer.adapters.naming.registry import CONVENTIONS

if TYPE_CHECKING:
    from torch import nn

ModuleKey = tuple[str, str]
"""(component, dotted module path within it)."""


@dataclass(frozen=True)
class Target:
    """A module with a weight; `shape` is the weight's."""

    component: str
    path: str
    shape: tuple[int, ...]

    @property
    def key(self) -> ModuleKey:
        return (self.component, self.path)

    @property
    def name(self) -> str:
        return f"{self.component}.{self.path}"


class TargetIndex:
    """All spellings of all target modules of a base."""

    def __init__(self, targets: tuple[Target, ...], by_spelling: Mapping[str, Target]) -> None:
        self.targets = targets
        self._by_spelling = by_spelling

    @classmethod
    def of(cls, components: Mapping[str, nn.Module]) -> TargetIndex:
        """Index `components` such as {"unet": …, "text_encoder": …}; meta tensors are enough."""
        found: list[Target] = []
        by_spelling: dict[str, Target | None] = {}
        for component, network in components.items():
            layout = UnetLayout.of(network) if component == "unet" else None
            for name, weight in network.named_parameters(remove_duplicate=False):
                path, _, role = name.rpartition(".")
                if role != "weight" or not path:
                    continue
                target = Target(component, path, tuple(weight.shape))
                found.append(target)
                _enter(by_spelling, target, layout)
        unambiguous = {name: target for name, target in by_spelling.items() if target}
        return cls(tuple(found), unambiguous)

    def find(self, group_key: str) -> Target | None:
        """The module a group key of an adapter file means, or None."""
        return self._by_spelling.get(group_key)


def _enter(
    by_spelling: dict[str, Target | None], target: Target, layout: UnetLayout | None
) -> None:
    """Add a target's spellings. One that means two modules means neither (None)."""
    place = Place(target.component, canonical_path(target.component, target.path), layout)
    for convention in CONVENTIONS:
        for spelling in convention.spellings(place):
            known = by_spelling.setdefault(spelling, target)
            if known is not target:
                by_spelling[spelling] = None

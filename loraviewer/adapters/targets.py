"""Which modules of a base an adapter can change, and under which names files know them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loraviewer.adapters.naming.base import (
    TEXT_ENCODERS,
    Network,
    Place,
    Shape,
    Spelling,
    canonical_path,
)
from loraviewer.adapters.naming.cleaning import Listener, Reading, readings
from loraviewer.adapters.naming.registry import CONVENTIONS
from loraviewer.adapters.naming.text_names import OTHER
from loraviewer.adapters.storage import parameter_shapes

if TYPE_CHECKING:
    from torch import nn

ModuleKey = tuple[str, str]
"""(component, dotted module path within it)."""

WeightKey = tuple[str, str]
"""(component, name of a parameter within it), such as ("unet", "conv_in.weight")."""

WEIGHT, BIAS = "weight", "bias"


@dataclass(frozen=True)
class Target:
    """A module with a weight; `shapes` by role (`weight`, `bias`)."""

    component: str
    path: str
    shapes: Mapping[str, Shape]

    @property
    def key(self) -> ModuleKey:
        return (self.component, self.path)

    @property
    def name(self) -> str:
        return f"{self.component}.{self.path}"

    @property
    def shape(self) -> Shape:
        """Of the weight."""
        return self.shapes[WEIGHT]

    def weight_key(self, role: str = WEIGHT) -> WeightKey:
        return (self.component, f"{self.path}.{role}")


@dataclass(frozen=True)
class Landing:
    """Where (a part of) one module of a file lands: rows `start … stop` of the file's ΔW change
    `target`, with halves swapped as `naming.base.Spelling` says. `rows` is None where the file's
    module is the target alone."""

    target: Target
    rows: tuple[int, int] | None = None
    is_half_swapped: bool = False


class TargetIndex:
    """All spellings of all target modules of a base."""

    def __init__(
        self,
        targets: tuple[Target, ...],
        meanings: Mapping[str, Sequence[tuple[Spelling, Target]]],
        listeners: tuple[Listener, ...] = (),
    ) -> None:
        """`meanings`: name → each module that it spells, in whole or in part. `listeners`: the
        components, as names that no convention spells may speak of them."""
        self.targets = targets
        self._meanings = meanings
        self._listeners = listeners

    @classmethod
    def of(cls, components: Mapping[str, nn.Module]) -> TargetIndex:
        """Index `components` such as {"unet": …, "text_encoder": …}; meta tensors are enough."""
        return cls.of_shapes(
            {component: parameter_shapes(network) for component, network in components.items()}
        )

    @classmethod
    def of_shapes(cls, components: Mapping[str, Mapping[str, Shape]]) -> TargetIndex:
        """Index from parameter names and shapes alone, by component; needs no torch."""
        found: list[Target] = []
        meanings: dict[str, list[tuple[Spelling, Target]]] = {}
        networks = [Network.of(component, shapes) for component, shapes in components.items()]
        for network in networks:
            for target in _targets(network.component, network.shapes):
                found.append(target)
                place = Place(network, canonical_path(network.component, target.path))
                for name, spelling in _spellings(place).items():
                    meanings.setdefault(name, []).append((spelling, target))
        return cls(tuple(found), meanings, tuple(filter(None, map(Listener.of, networks))))

    @property
    def text_kinds(self) -> frozenset[str]:
        """Sorts of the text encoders that the base has; `naming.text_names.OTHER` is not told from
        any of them."""
        kinds = {of.text_kind for of in self._listeners if of.component in TEXT_ENCODERS}
        return frozenset(kinds | {OTHER} if kinds else kinds)

    def find(self, group_key: str) -> tuple[Landing, ...]:
        """The modules that a group key of an adapter file means; none if it is not known, or if
        it means several that are no parts of one."""
        if exact := self.find_exact(group_key):
            return exact
        found = self.alternatives(group_key)
        return found[0] if len(found) == 1 else ()

    def find_exact(self, group_key: str) -> tuple[Landing, ...]:
        """The modules that a name means just as a convention spells it."""
        return _landings(self._meanings.get(group_key, ()))

    def alternatives(self, group_key: str) -> tuple[tuple[Landing, ...], ...]:
        """All that a name may mean besides what it means exactly, once what wraps it is taken off:
        several where it does not say which text encoder, so that only shapes can tell."""
        exact = self.find_exact(group_key)
        for reading in readings(group_key):
            meant = self._meant(reading)
            found = {tuple(each.target.key for each in one): one for one in meant if one != exact}
            if found:
                return tuple(found.values())
        return ()

    def _meant(self, reading: Reading) -> Iterator[tuple[Landing, ...]]:
        said, listening = reading.said, self._listeners
        if said:
            listening = tuple(of for of in listening if of.answers(said))
        if meaning := self._meanings.get(reading.path):
            components = {of.component for of in listening}
            for landings in _each_meaning(meaning):
                if not said or landings[0].target.component in components:
                    yield landings
        for listener in listening:
            for name in listener.spellings(reading):
                if meaning := self._meanings.get(name):
                    for landings in _each_meaning(meaning):
                        if landings[0].target.component == listener.component:
                            yield landings


def _targets(component: str, shapes: Mapping[str, Shape]) -> Iterator[Target]:
    """Modules with a weight, and their biases."""
    for name, shape in shapes.items():
        path, _, role = name.rpartition(".")
        if role == WEIGHT and path:
            roles = {WEIGHT: tuple(shape)}
            if (bias := shapes.get(f"{path}.{BIAS}")) is not None:
                roles[BIAS] = tuple(bias)
            yield Target(component, path, roles)


def _spellings(place: Place) -> Mapping[str, Spelling]:
    """Each name once; the first convention that has it decides."""
    by_name: dict[str, Spelling] = {}
    for convention in CONVENTIONS:
        for spelling in convention.spellings(place):
            by_name.setdefault(spelling.name, spelling)
    return by_name


def _landings(meaning: Sequence[tuple[Spelling, Target]]) -> tuple[Landing, ...]:
    """One module, or all parts of a stacked one, in the order of their rows."""
    if not meaning:
        return ()
    if len(meaning) == 1 and meaning[0][0].part is None:
        spelling, target = meaning[0]
        return (Landing(target, None, spelling.is_half_swapped),)
    parts = {spelling.part: target for spelling, target in meaning}
    if len(parts) != len(meaning) or set(parts) != set(range(len(meaning))):
        return ()
    landings, start = [], 0
    for part in range(len(meaning)):
        stop = start + parts[part].shape[0]
        landings.append(Landing(parts[part], (start, stop)))
        start = stop
    return tuple(landings)


def _each_meaning(
    meaning: Sequence[tuple[Spelling, Target]],
) -> Iterator[tuple[Landing, ...]]:
    """As `_landings`; of a name that means several modules, each by itself."""
    if landings := _landings(meaning):
        yield landings
    elif all(spelling.part is None for spelling, _ in meaning):
        for one in meaning:
            yield _landings([one])

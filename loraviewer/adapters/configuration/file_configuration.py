"""What the trainer of a file configured: the scaling of each module, how its factors were started,
and what of that is in doubt.

A module's own `alpha` tensor counts most (`kinds.extras.scaling_of`); this is for modules without.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from loraviewer.adapters.configuration.feedforward import FeedforwardModules
from loraviewer.adapters.configuration.fields import (
    ADALORA,
    ALPHA,
    number,
    rank,
    unusable_fields,
    usable_fields,
)
from loraviewer.adapters.configuration.module_names import ModuleName, module_name
from loraviewer.adapters.configuration.patterns import Patterns
from loraviewer.adapters.configuration.sources import Source, Table, opening, sources_of
from loraviewer.adapters.configuration.start import Start, start_of, why_not
from loraviewer.adapters.files.header import Header
from loraviewer.adapters.kinds.base import Scaling
from loraviewer.adapters.naming.base import canonical_path
from loraviewer.adapters.targets import Target
from loraviewer.core.sentences import say

_BASE = "base_model_name_or_path"


@dataclass(frozen=True)
class Said:
    """A value of one field, and the place that says it."""

    value: Any
    place: str


@dataclass(frozen=True)
class ComponentConfiguration:
    """PEFT's fields for the modules of one component, each from the most trusted place that has it.

    `conflicts`: one sentence for each field that another place contradicts. `unusable`: one for
    each value that means nothing.
    """

    fields: Mapping[str, Said] = field(default_factory=dict)
    conflicts: tuple[str, ...] = ()
    unusable: tuple[str, ...] = ()
    path: Path = Path()

    @classmethod
    def of(cls, sources: Sequence[Source], component: str, path: Path) -> "ComponentConfiguration":
        fields: dict[str, Said] = {}
        conflicts: list[str] = []
        tables = [(source.place, source.table(component)) for source in sources]
        for place, table in tables:
            for name, value in usable_fields(table):
                known = fields.setdefault(name, Said(value, place))
                if known.value != value and name in _COMPARED:
                    conflicts.append(_conflict(name, known, Said(value, place)))
        unusable = tuple(text for _, table in tables for text in unusable_fields(table))
        return cls(fields, tuple(conflicts), unusable, path)

    @property
    def table(self) -> Table:
        return {name: said.value for name, said in self.fields.items()}

    @property
    def alpha(self) -> Said | None:
        return self.fields.get(ALPHA)

    @cached_property
    def alphas(self) -> Patterns:
        """AdaLoRA has the field and looks at none of them."""
        return Patterns.of(None if self.is_adalora else self.table.get("alpha_pattern"), self.path)

    @property
    def is_adalora(self) -> bool:
        return self.table.get("peft_type") == ADALORA

    @cached_property
    def ranks(self) -> Patterns:
        return Patterns.of(None if self.is_adalora else self.table.get("rank_pattern"), self.path)

    @cached_property
    def feedforward(self) -> FeedforwardModules:
        return FeedforwardModules.of(self.table.get("feedforward_modules"), self.path)

    def scaling(self, names: Sequence[str]) -> Scaling:
        """Of a module with these names."""
        alpha = number(self.alphas.value(names))
        usual = self.alpha.value if self.alpha else None
        return Scaling(
            usual if alpha is None else alpha,
            self.table.get("use_rslora") is True,
            rank=self.rank(names),
            initial_rank=self.table.get("init_r"),
            neumann_terms=_neumann_terms(self.table),
            rotation_limit=_rotation_limit(self.table),
            is_feedforward=self.feedforward.has(names),
        )

    def rank(self, names: Sequence[str]) -> int | None:
        """What the configuration says; tensors know better where they show one."""
        usual = self.table.get("init_r" if self.is_adalora else "r")
        return rank(self.ranks.value(names)) or usual


@dataclass(frozen=True)
class FileConfiguration:
    """All that is configured about one file; `sources` is empty where nothing is."""

    sources: tuple[Source, ...] = ()
    path: Path = Path()
    _known: dict[str, ComponentConfiguration] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, header: Header, path: Path) -> "FileConfiguration":
        """Raises `AdapterError` for a configuration that cannot be read."""
        return cls(sources_of(header, path), path)

    @property
    def components(self) -> tuple[str, ...]:
        """Those that are configured by name, in order."""
        names = {name for source in self.sources for name, table in source.tables.items() if table}
        return tuple(sorted(names - {""}))

    @property
    def bases(self) -> tuple[Said, ...]:
        """What each place calls the base that the file was made for."""
        named = (
            Said(table.get(_BASE), source.place)
            for source in self.sources
            for table in source.tables.values()
        )
        return tuple(said for said in named if isinstance(said.value, str) and said.value)

    def component(self, name: str) -> ComponentConfiguration:
        if name not in self._known:
            self._known[name] = ComponentConfiguration.of(self.sources, name, self.path)
        return self._known[name]

    def scaling(self, key: str, target: Target | None = None) -> Scaling:
        """Of a module without alpha tensor: `key` as in the file; `target`: what it means."""
        if not self.sources:
            return Scaling()
        name = module_name(key)
        return self._of(name, target).scaling(_names(name, target))

    def rank(self, key: str) -> int | None:
        name = module_name(key)
        return self._of(name, None).rank(_names(name, None))

    def start(self, key: str, target: Target | None = None) -> Start:
        """What the module's factors started with, if that is part of the base."""
        return start_of(self._of(module_name(key), target).table)

    def refusal(self, key: str) -> str:
        """Why low-rank factors of the module cannot be used as they are; empty where they can."""
        return why_not(self._of(module_name(key), None).table) if self.sources else ""

    def _of(self, name: ModuleName, target: Target | None) -> ComponentConfiguration:
        """Files call the component of their keys as their own configuration does; only flat names
        leave it to the base."""
        known = self.components
        wanted = (name.component, target.component if target else "")
        found = next((component for component in wanted if component in known), None)
        if found is None and not name.component and target is None and known:
            found = known[0]
        return self.component(found or "")


def _names(name: ModuleName, target: Target | None) -> tuple[str, ...]:
    """What patterns may mean a module by: its path in the file, and that in the base."""
    if target is None:
        return (name.path,)
    paths = (name.path, canonical_path(target.component, target.path), target.path)
    return tuple(dict.fromkeys(paths))


_COMPARED = (ALPHA, "use_rslora", "alpha_pattern")
"""Fields that decide the strength."""


def _conflict(name: str, known: Said, other: Said) -> str:
    first = opening(known.place)
    if name == "alpha_pattern":
        return say(
            "{place} has other alpha patterns than {other}; the former count",
            place=first,
            other=other.place,
        )
    value, rejected = (
        f"{said.value:g}" if name == ALPHA else str(said.value) for said in (known, other)
    )
    return say(
        "{place} says {name} {value}, which counts; {other} says {rejected}",
        place=first,
        name=name,
        value=value,
        other=other.place,
        rejected=rejected,
    )


def _neumann_terms(table: Table) -> int | None:
    """PEFT's OFT: how many terms its Cayley–Neumann series has, None where it is switched off."""
    if table.get("use_cayley_neumann") is False:
        return None
    return table.get("num_cayley_neumann_terms", 5)


def _rotation_limit(table: Table) -> float | None:
    """Of PEFT's constrained OFT; its default where only `coft` is there."""
    return table.get("eps", 6e-5) if table.get("coft") is True else None


def without_constraint(scaling: Scaling) -> Scaling:
    """For kinds whose alpha is the limit of a rotation: only a tensor of theirs may say that."""
    return replace(scaling, alpha=None)

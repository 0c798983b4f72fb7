"""Where every key of an adapter file ends on a base: decided from the header alone."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from loraviewer.adapters.configuration.file_configuration import FileConfiguration
from loraviewer.adapters.files.header import FACTOR_DTYPES, FLOAT_DTYPES, Header
from loraviewer.adapters.groups import Group, split_groups, weights_among
from loraviewer.adapters.kinds.adalora import RANKNUM
from loraviewer.adapters.kinds.base import GroupProblem, Kind
from loraviewer.adapters.kinds.extras import (
    ALPHA,
    BIAS_ROLES,
    EXTRA_ROLES,
    INDICES,
    RESHAPE,
    SCALE,
    SIZE,
    check_extras,
    extras_fit,
    misfit_of_extras,
)
from loraviewer.adapters.kinds.ia3 import ON_INPUT
from loraviewer.adapters.kinds.ia3_peft import VECTOR, may_scale_bias, side_of
from loraviewer.adapters.kinds.oft_v2 import MARKER
from loraviewer.adapters.kinds.vera import PROJECTIONS
from loraviewer.adapters.name_lists import one_of, quoted
from loraviewer.adapters.naming.base import TEXT_ENCODERS, Shape
from loraviewer.adapters.naming.text_names import text_sort
from loraviewer.adapters.placement import file_shape, fitted_shape
from loraviewer.adapters.strangers import why_strange
from loraviewer.adapters.targets import BIAS, WEIGHT, Landing, TargetIndex, WeightKey
from loraviewer.core.outcome import text_of
from loraviewer.core.reports import AdapterReport, LostEncoder
from loraviewer.core.sentences import say

_MOST_NUMBERS, _MOST_TIMES = 1 << 24, 4
"""What the factors of one weight may hold: so many, or so many times the weight's own. A file of a
few bytes, sparse on the disk, can claim a rank of a thousand million."""


@dataclass(frozen=True)
class Match:
    """A group and the weights it changes.

    `kind` and `weight_shape` (the weight as the file has it) are None where it only changes a bias;
    `bias_roles` are the roles that change the bias.
    """

    group: Group
    landings: tuple[Landing, ...]
    kind: Kind | None
    weight_shape: Shape | None
    bias_roles: tuple[str, ...] = ()


@dataclass
class Matching:
    """Every group of a file in exactly one list; left-over tensors of a group by their own name."""

    matches: list[Match] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)
    shape_mismatch: list[str] = field(default_factory=list)
    unsupported: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)
    left_groups: list[Group] = field(default_factory=list)
    """Groups of which nothing landed."""
    text_kinds: frozenset[str] = frozenset()
    """Sorts of text encoders that the base has."""

    def withdraw(self, match: Match, reason: str) -> None:
        """A match whose values turned out to contradict its shapes."""
        self.matches.remove(match)
        self.leave(self.unsupported, match.group, reason)

    def leave(self, names: list[str], group: Group, reason: str) -> None:
        """A group of which nothing lands."""
        names.append(group.key)
        self.left_groups.append(group)
        if reason:
            self.reasons[group.key] = reason

    def report(self, sha256: str, energy_share: float | None = None) -> AdapterReport:
        """One entry a module; what modules share is part of each of them."""
        return AdapterReport(
            sha256=sha256,
            matched=tuple(match.group.key for match in self.matches),
            unmatched=tuple(self.unmatched),
            shape_mismatch=tuple(self.shape_mismatch),
            unsupported=tuple(self.unsupported),
            ignored=tuple(self.ignored),
            reasons=self.reasons,
            energy_share=energy_share,
            lost_encoders=self._lost_encoders(),
        )

    def _lost_encoders(self) -> tuple[LostEncoder, ...]:
        counts = Counter(filter(None, map(text_sort, self.unmatched)))
        return tuple(
            LostEncoder(sort, count, is_lacking=sort not in self.text_kinds)
            for sort, count in sorted(counts.items())
        )


def match_file(
    header: Header,
    index: TargetIndex,
    configuration: FileConfiguration | None = None,
    groups: Sequence[Group] | None = None,
) -> Matching:
    """Match all groups; of two groups that mean the same weight the second is unsupported.

    `configuration`: of the file, which may rule out modules, or decide what shapes leave open.
    `groups`: all of the file's, where they are known already.
    """
    matcher = _Matcher(header, index, configuration or FileConfiguration())
    for group in split_groups(header.tensors) if groups is None else groups:
        matcher.place(group)
    ignored = header.tensors.keys() - weights_among(header.tensors)
    matcher.matching.ignored.extend(sorted(ignored))
    return matcher.matching


_MAY_BE_WHOLE = frozenset({ALPHA, SCALE, INDICES, SIZE, RESHAPE, RANKNUM, MARKER, ON_INPUT})
"""Roles that count or mark something."""
LOW_RANK_KINDS = frozenset({"lora"})
"""Kinds whose factors may start as a part of the base."""


class _Refusal(Exception):  # noqa: N818 - becomes an entry of one list
    def __init__(self, names: list[str], reason: str) -> None:
        super().__init__(reason)
        self.names = names


class _Matcher:
    def __init__(
        self, header: Header, index: TargetIndex, configuration: FileConfiguration
    ) -> None:
        self._header = header
        self._index = index
        self._configuration = configuration
        self._taken: dict[WeightKey, str] = {}
        self.matching = Matching(text_kinds=index.text_kinds)

    def place(self, group: Group) -> None:
        """Put the group into one list, and those of its tensors that go nowhere into another."""
        try:
            match = self._match(group)
        except _Refusal as refusal:
            self.matching.leave(refusal.names, group, text_of(refusal))
            return
        except GroupProblem as problem:
            self.matching.leave(self.matching.unsupported, group, text_of(problem))
            return
        self.matching.matches.append(match)
        for name in group.repeated:
            self._leave(self.matching.unsupported, name, say("its role is taken by another tensor"))

    def _match(self, group: Group) -> Match:
        shapes = group.shapes(self._header)
        kind = checked_kind(group, self._header)
        landings, fitted = self._meant(group.key, kind, shapes)
        is_low_rank = kind is not None and kind.name in LOW_RANK_KINDS
        if is_low_rank and (reason := self._configuration.refusal(group.key)):
            raise GroupProblem(reason)
        weight = self._weight_shape(kind, shapes, landings, fitted) if kind else None
        if VECTOR in shapes and weight:
            configured = self._configuration.scaling(group.key, landings[0].target)
            side_of(shapes[VECTOR], weight, configured.is_feedforward)  # or it is not clear
        roles = self._bias_roles(group, shapes, landings, is_alone=kind is None)
        has_bias = bool(roles) or may_scale_bias(shapes)
        self._take(group.key, landings, [WEIGHT] * bool(kind) + [BIAS] * has_bias)
        return Match(group, landings, kind, weight, roles)

    def _meant(
        self, key: str, kind: Kind | None, shapes: Mapping[str, Shape]
    ) -> tuple[tuple[Landing, ...], Shape | None]:
        """The modules behind a name with the shape in which the change fits them, None where it
        does not. A name that may mean several encoders means the one that it fits."""
        exact = self._index.find_exact(key)
        fitted = _fitted(kind, shapes, exact)
        if exact and (fitted is not None or not _is_text(exact)):
            return exact, fitted
        others = self._index.alternatives(key)
        fits = [(one, shape) for one in others if (shape := _fitted(kind, shapes, one)) is not None]
        if len(fits) > 1:
            names = one_of([quoted(one[0].target.name) for one, _ in fits])
            reason = say("its name may mean {names}, and it fits each of them", names=names)
            raise _Refusal(self.matching.unsupported, reason)
        if not (fits or exact or others):
            raise _Refusal(self.matching.unmatched, "")
        return fits[0] if fits else (exact or others[0], None)

    def _weight_shape(
        self,
        kind: Kind,
        shapes: Mapping[str, Shape],
        landings: Sequence[Landing],
        fitted: Shape | None,
    ) -> Shape:
        weight = file_shape(landings, WEIGHT)
        delta = kind.delta_shape(shapes, weight) if weight else None
        if fitted is None and delta and weight and fitted_shape(delta, weight, landings):
            reason = misfit_of_extras(shapes, weight)
            raise _Refusal(self.matching.shape_mismatch, reason)
        if fitted is None:
            raise _Refusal(self.matching.shape_mismatch, _misfit(delta, weight))
        own = [role for role in shapes if role not in PROJECTIONS]
        stored = sum(math.prod(shapes[role]) for role in own)
        if delta and len(own) < len(shapes):
            stored += (kind.rank(shapes) or 0) * sum(delta)  # its part of what modules share
        if stored > max(_MOST_NUMBERS, _MOST_TIMES * math.prod(fitted)):
            reason = say(
                "its {count:,} numbers are far more than such a weight can need", count=stored
            )
            raise _Refusal(self.matching.unsupported, reason)
        return fitted

    def _bias_roles(
        self,
        group: Group,
        shapes: Mapping[str, Shape],
        landings: Sequence[Landing],
        is_alone: bool,
    ) -> tuple[str, ...]:
        """The bias tensors that land; others are reported, the whole group if there is no more."""
        landed = []
        bias = file_shape(landings, BIAS)
        for role in filter(shapes.__contains__, BIAS_ROLES):
            if bias is not None and shapes[role] == bias:
                landed.append(role)
                continue
            names = self.matching.unmatched if bias is None else self.matching.shape_mismatch
            reason = (
                say("the base has no bias there")
                if bias is None
                else say("the bias has another size")
            )
            if is_alone:
                raise _Refusal(names, reason)
            self._leave(names, group.roles[role], reason)
        return tuple(landed)

    def _take(self, key: str, landings: Sequence[Landing], roles: Sequence[str]) -> None:
        keys = [landing.target.weight_key(role) for landing in landings for role in roles]
        if other := next((self._taken[k] for k in keys if k in self._taken), None):
            reason = say("“{other}” already changes the same weight", other=other)
            raise _Refusal(self.matching.unsupported, reason)
        self._taken |= dict.fromkeys(keys, key)

    def _leave(self, names: list[str], tensor: str, reason: str) -> None:
        names.append(tensor)
        self.matching.reasons[tensor] = reason


def _fitted(
    kind: Kind | None, shapes: Mapping[str, Shape], landings: Sequence[Landing]
) -> Shape | None:
    """The weight (of a group that only changes a bias: the bias) as the file has it, where the
    group fits it."""
    if kind is None:
        bias = file_shape(landings, BIAS) if landings else None
        return bias if any(shapes.get(role) == bias for role in BIAS_ROLES) else None
    weight = file_shape(landings, WEIGHT) if landings else None
    delta = kind.delta_shape(shapes, weight) if weight else None
    fitted = fitted_shape(delta, weight, landings) if delta and weight else None
    return fitted if fitted is not None and extras_fit(shapes, fitted) else None


def _is_text(landings: Sequence[Landing]) -> bool:
    return landings[0].target.component in TEXT_ENCODERS


def checked_kind(group: Group, header: Header) -> Kind | None:
    """The group's kind, its factors checked; None where the group only changes a bias.

    Raises `GroupProblem` where it is no module, incomplete, corrupt or in a strange dtype.
    """
    shapes = group.shapes(header)
    _check_dtypes(group, header)
    if group.strangers:
        raise GroupProblem(why_strange(group.key, group.strangers))
    kind = group.kind(header)
    if kind is None:
        if not any(role in shapes for role in BIAS_ROLES) or set(shapes) - EXTRA_ROLES:
            raise GroupProblem(_strange_group(group))
        return None
    own = {role: shape for role, shape in shapes.items() if role not in EXTRA_ROLES}
    kind.check(own or shapes)
    if own:  # else the extras themselves are the module, as a bare `scale` is
        check_extras(shapes, kind.name)
    return kind


def _misfit(delta: Shape | None, weight: Shape | None) -> str:
    wanted = "×".join(map(str, weight or ()))
    if not delta:
        return say("it changes another shape numbers, the base has {wanted}", wanted=wanted)
    found = "×".join(map(str, delta))
    return say("it changes {found} numbers, the base has {wanted}", found=found, wanted=wanted)


def _check_dtypes(group: Group, header: Header) -> None:
    dtypes = {role: header.tensors[name].dtype for role, name in group.roles.items()}
    if strange := set(dtypes.values()) - FACTOR_DTYPES:
        raise GroupProblem(say("numbers stored as {dtype} cannot be used", dtype=min(strange)))
    whole = {dtype for role, dtype in dtypes.items() if role not in _MAY_BE_WHOLE} - FLOAT_DTYPES
    if whole:
        raise GroupProblem(
            say(
                "its factors are stored as {dtype}, and nothing says what its whole numbers stand "
                "for; save them as float16",
                dtype=min(whole),
            )
        )


def _strange_group(group: Group) -> str:
    if not group.roles:
        return say("no adapter kind has a tensor of this name")
    words = sorted(name.removeprefix(group.key).lstrip("._") for name in group.roles.values())
    return say("no adapter kind has just {words}", words=", ".join(words))

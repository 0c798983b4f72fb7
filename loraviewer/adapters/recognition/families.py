"""Which family of base an adapter was made for, and what says so.

Shapes and names beat metadata, which is often wrong and only decides between what they leave.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from loraviewer.adapters.configuration.file_configuration import Said
from loraviewer.adapters.files.header import Header
from loraviewer.adapters.groups import Group, adapter_groups
from loraviewer.adapters.kinds.base import GroupProblem
from loraviewer.adapters.kinds.boft_peft import ROW_SCALE, STAGES
from loraviewer.adapters.kinds.extras import EXTRA_ROLES
from loraviewer.adapters.kinds.ia3_peft import VECTOR
from loraviewer.adapters.kinds.oft import BLOCKS, ROTATION
from loraviewer.adapters.kinds.oft_parts import PARTS, rows_of_parts
from loraviewer.adapters.kinds.oft_v2 import VECTORS
from loraviewer.adapters.kinds.vera import ROW_FACTORS
from loraviewer.adapters.matching import checked_kind
from loraviewer.adapters.naming.base import DENOISERS, Shape
from loraviewer.adapters.recognition.clue_parts import Clue, Module, Size
from loraviewer.adapters.recognition.family_clues import clues_of
from loraviewer.adapters.recognition.said_families import said_families
from loraviewer.adapters.targets import TargetIndex
from loraviewer.core.families import DEMO, UNKNOWN, is_known
from loraviewer.core.sentences import say


@dataclass(frozen=True)
class FamilyEvidence:
    """`sentences`: what speaks for the family, the deciding fact first, then what contradicts.
    `candidates`: every family that no fact excludes, the likeliest, `family`, first; none where it
    is unknown."""

    family: str
    sentences: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()


def family_of_adapter(header: Header) -> str:
    """The family an adapter file was made for, or "unknown"."""
    return family_evidence(header).family


def family_evidence(
    header: Header, groups: Sequence[Group] | None = None, bases: Sequence[Said] = ()
) -> FamilyEvidence:
    """The family and the reasons. `groups`: of the file's adapter modules, where they are at hand
    already. `bases`: what its configuration and files beside it call the base."""
    groups = adapter_groups(header) if groups is None else groups
    return decided_family(family_clues(header, groups), header.metadata, bases)


def family_clues(header: Header, groups: Iterable[Group]) -> tuple[Clue, ...]:
    """What names and shapes alone say: the same for all files that have these."""
    return clues_of(_modules(header, groups))


def decided_family(
    clues: Sequence[Clue], metadata: Mapping[str, str], bases: Sequence[Said] = ()
) -> FamilyEvidence:
    """What `family_evidence` makes of the clues and of what texts say."""
    return _decided(clues, tuple(said_families(metadata, bases)))


def family_of_targets(index: TargetIndex) -> str:
    """The family of a base, by the same rules as an adapter's."""
    modules = [
        Module(target.path.replace(".", "_"), partial(_size_of_shape, target.shape))
        for target in index.targets
        if target.component in DENOISERS and len(target.shape) > 1
    ]
    return _decided(clues_of(modules), ()).family


_LAYOUTS: Mapping[str, str] = {DEMO: "sd1"}
"""Families that are built as another one is → that one, by which trainers and metadata call them:
there is no other word for it, so it contradicts nothing."""


def _size_of_shape(shape: Shape) -> Size:
    return shape[0], math.prod(shape[1:])


def _decided(clues: Sequence[Clue], texts: Sequence[tuple[str, str]]) -> FamilyEvidence:
    """Each clue narrows down what the stronger ones left, confirms, or contradicts it. Texts
    only choose between what is left, and exclude nothing."""
    left, sentences, contradictions = _narrowed(clues)
    has_chosen = len(left) == 1
    for said, text in texts:
        if left and said == left[0]:
            sentences.append(text)
            has_chosen = True
        elif not left or (said in left and not has_chosen):
            left = (said, *(family for family in left if family != said))
            sentences.insert(0, text)
            has_chosen = True
        elif _LAYOUTS.get(left[0]) != said:
            contradictions.append(say("but {fact}", fact=text))
    family = left[0] if left else UNKNOWN
    candidates = tuple(filter(is_known, left))
    return FamilyEvidence(family, (*sentences, *contradictions), candidates)


def _narrowed(clues: Sequence[Clue]) -> tuple[tuple[str, ...], list[str], list[str]]:
    """The families that all clues leave, what speaks for them, and what speaks against."""
    left: tuple[str, ...] = ()
    sentences: list[str] = []
    contradictions: list[str] = []
    for clue in clues:
        common = tuple(f for f in left if f in clue.families) if left else clue.families
        if not common:
            contradictions.append(say("but {fact}", fact=clue.sentence))
        elif common != left or len(clue.families) == 1:
            sentences.append(clue.sentence)
        left = common or left
        if left == (UNKNOWN,):
            break
    return left, sentences, contradictions


# Sizes of changed modules

_TELLING_KINDS = ("lora", "adalora", "loha", "lokr", "full", "norm")
"""Kinds whose factors alone tell the shape of the module."""


def _modules(header: Header, groups: Iterable[Group]) -> Iterator[Module]:
    for group in groups:
        yield Module(group.key.replace(".", "_"), partial(_size, group, header))


def _size(group: Group, header: Header) -> Size:
    """Of the module that a group changes, as far as its factors tell."""
    try:
        kind = checked_kind(group, header)
    except GroupProblem:
        return None, None
    if kind is None:
        return None, None
    shapes = group.shapes(header)
    own = {role: shape for role, shape in shapes.items() if role not in EXTRA_ROLES} or shapes
    if kind.name not in _TELLING_KINDS:
        return _partial_size(own)
    found = kind.delta_shape(own, ())
    return (found[0], found[1]) if found else (None, None)


def _partial_size(shapes: Mapping[str, Shape]) -> Size:
    """Of kinds that need the base: rotations of rows or of columns, GLoRA."""
    for role in (BLOCKS, ROTATION):
        if role in shapes:
            return shapes[role][-3] * shapes[role][-2], None
    if VECTORS in shapes and shapes[VECTORS][0] > 1:
        blocks, triangle = shapes[VECTORS]
        return None, blocks * ((1 + math.isqrt(1 + 8 * triangle)) // 2)
    if STAGES in shapes:
        return math.prod(shapes[ROW_SCALE]), math.prod(shapes[STAGES][1:3])
    if PARTS[0] in shapes:
        return rows_of_parts(shapes), None
    if ROW_FACTORS in shapes:
        return shapes[ROW_FACTORS][0], None
    if VECTOR in shapes and len(shapes[VECTOR]) == 2:
        rows, columns = shapes[VECTOR]
        return (rows, None) if columns == 1 else (None, columns)
    if "a1" in shapes:
        return None, max(shapes["a1"])
    return None, None

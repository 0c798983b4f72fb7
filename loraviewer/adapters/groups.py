"""A file's keys, split into one group per module by known suffixes from the right."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from loraviewer.adapters.kinds.registry import KINDS, SHARED_SUFFIXES, UNSUPPORTED_SUFFIXES

_NAMED_PEFT = re.compile(r"\.lora_([AB])\.[^.]+\.(weight|bias)$")


@dataclass(frozen=True)
class Group:
    """The tensors of one module. `key` is everything before the suffixes."""

    key: str
    roles: Mapping[str, str] = field(default_factory=dict)
    """Role → tensor name."""
    foreign: Mapping[str, str] = field(default_factory=dict)
    """Tensor name → the unsupported kind it belongs to."""
    repeated: tuple[str, ...] = ()
    """Tensors whose role another tensor of the group already has."""


_Suffix = tuple[str, str | None, str]
"""(suffix, role or None, unsupported kind or "")."""


def _suffix_table() -> Mapping[str, tuple[_Suffix, ...]]:
    """Suffixes by their last word, longest first."""
    rows: list[_Suffix] = []
    for kind in KINDS:
        rows += [(suffix, role, "") for suffix, role in kind.suffixes.items()]
    known = {suffix for suffix, _, _ in rows} | set(SHARED_SUFFIXES)
    rows += [(suffix, role, "") for suffix, role in SHARED_SUFFIXES.items()]
    rows += [(s, None, kind) for s, kind in UNSUPPORTED_SUFFIXES.items() if s not in known]
    table: dict[str, tuple[_Suffix, ...]] = {}
    for row in sorted(rows, key=lambda row: (-len(row[0]), row[0])):
        last = row[0].rpartition(".")[2]
        table[last] = (*table.get(last, ()), row)
    return table


_SUFFIXES = _suffix_table()


def split_name(name: str) -> tuple[str, str | None, str]:
    """(group key, role or None, unsupported kind or ""); a name with no known suffix is its key."""
    plain = _NAMED_PEFT.sub(r".lora_\1.\2", name) if ".lora_" in name else name
    for suffix, role, kind in _SUFFIXES.get(plain.rpartition(".")[2], ()):
        if plain.endswith(suffix) and len(plain) > len(suffix):
            return plain[: -len(suffix)], role, kind
    return name, None, ""


def split_groups(names: Iterable[str]) -> tuple[Group, ...]:
    """Groups in the order of their keys. Every name is in exactly one group."""
    roles: dict[str, dict[str, str]] = {}
    foreign: dict[str, dict[str, str]] = {}
    repeated: dict[str, list[str]] = {}
    for name in sorted(names):
        key, role, kind = split_name(name)
        of_group = roles.setdefault(key, {})
        if role is None:
            foreign.setdefault(key, {})[name] = kind
        elif role in of_group:
            repeated.setdefault(key, []).append(name)
        else:
            of_group[role] = name
    return tuple(
        Group(key, of_group, foreign.get(key, {}), tuple(repeated.get(key, ())))
        for key, of_group in sorted(roles.items())
    )

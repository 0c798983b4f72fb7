"""What a hash of a frozen value is of: only what differs from defaults that never change again.

A field that joins later, at its default, so changes no hash that was told before; and a default
that changes later does not change what an old hash means.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from loraviewer.core.plain_values import is_array

Frozen = Mapping[type, Mapping[str, Any]]
"""Struct → the defaults that are left out, as `differing` gives them ({} for a struct of them)."""

_MOST_EXACT = 2**53
"""Floats beyond hold more digits than they mean."""


def differing(value: Any, frozen: Frozen) -> Any:
    """`value` as plain lists and dictionaries, without the fields that hold what `frozen` says.

    Fields that it does not know are left out at the default of their struct. Equal values give
    equal results: 4.0 is 4, and -0.0 is 0.
    """
    return _Differing(frozen).of(value)


def frozen_defaults(struct: type, frozen: Frozen) -> dict[str, Any]:
    """What `frozen` says of a struct or of those that it extends."""
    found: dict[str, Any] = {}
    for one in reversed(struct.__mro__):
        found |= frozen.get(one, {})
    return found


class _Differing:
    """Looks at each struct's defaults once: a stack may be deep, and a fader asks at every tick."""

    def __init__(self, frozen: Frozen) -> None:
        self._frozen = frozen
        self._defaults: dict[type, dict[str, Any]] = {}

    def of(self, value: Any) -> Any:
        if value is None or isinstance(value, str | bool):  # most are
            return value
        if isinstance(value, msgspec.Struct):
            return self._of_struct(value)
        if is_array(value):
            return [self.of(inner) for inner in value]
        if isinstance(value, float) and value.is_integer() and abs(value) < _MOST_EXACT:
            return int(value)
        return value

    def _of_struct(self, value: msgspec.Struct) -> dict[str, Any]:
        struct = type(value)
        if struct not in self._defaults:
            self._defaults[struct] = self._defaults_of(struct)
        defaults = self._defaults[struct]
        plain = ((name, self.of(getattr(value, name))) for name in value.__struct_fields__)
        return {n: one for n, one in plain if n not in defaults or one != defaults[n]}

    def _defaults_of(self, struct: type[msgspec.Struct]) -> dict[str, Any]:
        found = frozen_defaults(struct, self._frozen)
        if _optional(struct) <= found.keys():
            return found
        for field in msgspec.structs.fields(struct):  # slow, and only for what nobody has frozen
            if field.name not in found and not field.required:
                found[field.name] = self.of(_default(field))
        return found


def _optional(struct: type[msgspec.Struct]) -> set[str]:
    """Names of the fields that may be left out. `__struct_defaults__` is of the last ones."""
    names, defaults = struct.__struct_fields__, struct.__struct_defaults__
    last = zip(names[len(names) - len(defaults) :], defaults, strict=True)
    return {name for name, default in last if default is not msgspec.NODEFAULT}


def _default(field: msgspec.structs.FieldInfo) -> Any:
    factory = field.default_factory
    return factory() if callable(factory) else field.default

"""What a hash of a frozen value is of: only what differs from defaults that never change again.

A field that joins later, at its default, so changes no hash that was told before; and a default
that changes later does not change what an old hash means.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

Frozen = Mapping[type, Mapping[str, Any]]
"""Struct → the defaults that are left out, as `differing` gives them ({} for a struct of them)."""

_MOST_EXACT = 2**53
"""Floats beyond hold more digits than they mean."""


def differing(value: Any, frozen: Frozen) -> Any:
    """`value` as plain lists and dictionaries, without the fields that hold what `frozen` says.

    Fields that it does not know are left out at the default of their struct. Equal values give
    equal results: 4.0 is 4, and -0.0 is 0.
    """
    if isinstance(value, msgspec.Struct):
        return _differing_fields(value, frozen)
    if isinstance(value, list | tuple):
        return [differing(inner, frozen) for inner in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < _MOST_EXACT:
        return int(value)
    return value


def frozen_defaults(struct: type, frozen: Frozen) -> dict[str, Any]:
    """What `frozen` says of a struct or of those that it extends."""
    found: dict[str, Any] = {}
    for one in reversed(struct.__mro__):
        found |= frozen.get(one, {})
    return found


def _differing_fields(value: msgspec.Struct, frozen: Frozen) -> dict[str, Any]:
    defaults = frozen_defaults(type(value), frozen)
    found = {}
    for field in msgspec.structs.fields(value):
        plain = differing(getattr(value, field.name), frozen)
        if field.name not in defaults and not field.required:
            defaults[field.name] = differing(_default(field), frozen)
        if field.name not in defaults or plain != defaults[field.name]:
            found[field.name] = plain
    return found


def _default(field: msgspec.structs.FieldInfo) -> Any:
    has_factory = field.default_factory is not msgspec.NODEFAULT
    return field.default_factory() if has_factory else field.default  # type: ignore[operator]

"""Reading what a newer version wrote, as far as it is known here."""

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import inspect

from loraviewer.core.identity import Frozen, frozen_defaults
from loraviewer.core.plain_values import is_array, is_table
from loraviewer.core.sentences import in_quotes, say, together

_SHOWN = 3
_NAME_LENGTH = 60


def known_fields(raw: Any, struct: type, frozen: Frozen) -> tuple[Any, tuple[str, ...]]:
    """`raw`, decoded JSON, without the fields that `struct` lacks; and their dotted names.

    Fields that are left out mean what they meant when they were frozen, whatever their default is
    now. Types are not looked at: `msgspec.convert` refuses wrong ones.
    """
    unknown: dict[str, None] = {}
    return _known(raw, _type_of(struct), "", frozen, unknown), tuple(unknown)


@functools.cache
def _type_of(struct: type) -> inspect.Type:
    """Milliseconds, and hundreds of files are read in a row."""
    return inspect.type_info(struct)


def names_text(names: Sequence[str]) -> str:
    """The first of them in quotes, and how many more there are. They come from a file."""
    shown = together((in_quotes(_printable(name)) for name in names[:_SHOWN]), ", ")
    more = len(names) - _SHOWN
    return say("{shown} and {more} more", shown=shown, more=more) if more > 0 else shown


def _known(
    raw: Any, wanted: inspect.Type, where: str, frozen: Frozen, unknown: dict[str, None]
) -> Any:
    if isinstance(wanted, inspect.UnionType):
        structs = [one for one in wanted.types if isinstance(one, inspect.StructType)]
        wanted = structs[0] if structs else wanted
    if isinstance(wanted, inspect.VarTupleType) and is_array(raw):
        return [_known(inner, wanted.item_type, where, frozen, unknown) for inner in raw]
    if isinstance(wanted, inspect.StructType) and is_table(raw):
        return _known_of_struct(raw, wanted, where, frozen, unknown)
    return raw


def _known_of_struct(
    raw: Mapping[str, Any],
    wanted: inspect.StructType,
    where: str,
    frozen: Frozen,
    unknown: dict[str, None],
) -> dict[str, Any]:
    fields = {field.encode_name: field for field in wanted.fields}
    defaults = frozen_defaults(wanted.cls, frozen)
    meant = {n: value for n, value in defaults.items() if n in fields and not fields[n].required}
    unknown.update(dict.fromkeys(f"{where}{name}" for name in raw if name not in fields))
    return {
        name: _known(value, fields[name].type, f"{where}{name}.", frozen, unknown)
        for name, value in (meant | dict(raw)).items()
        if name in fields
    }


def _printable(name: str) -> str:
    return "".join(c if c.isprintable() else "�" for c in name[:_NAME_LENGTH])

"""Fields that a newer version wrote: taken off to read what is known, put back when saving."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import inspect

from loraviewer.core.plain_values import is_array, is_table

Where = tuple[str, ...]
"""The way to a table: names of fields, and what tells the items of a list apart."""

Kept = Mapping[Where, Mapping[str, Any]]
"""By the way to the table that they stood in."""


def take_off(raw: Any, struct: type) -> Kept:
    """Remove what `struct` and the structs inside it do not know from `raw`, decoded JSON."""
    kept: dict[Where, dict[str, Any]] = {}
    for where, table, names in _tables(raw, inspect.type_info(struct), ()):
        unknown = [name for name in table if name not in names]
        if unknown:
            kept[where] = {name: table.pop(name) for name in unknown}
    return kept


def put_back(plain: Any, struct: type, kept: Kept) -> None:
    """Into `plain`, a struct made plain, wherever the table that they stood in is still there."""
    for where, table, names in _tables(plain, inspect.type_info(struct), ()):
        table.update({n: value for n, value in kept.get(where, {}).items() if n not in names})


def names_of(kept: Kept) -> tuple[str, ...]:
    """As people find them in the file, each once."""
    return tuple(dict.fromkeys(".".join((*where, name)) for where in kept for name in kept[where]))


def _tables(
    raw: Any, wanted: inspect.Type, where: Where
) -> Iterator[tuple[Where, dict[str, Any], frozenset[str]]]:
    """Each table that is to become a struct, with the names of that struct's fields. A table may be
    changed once it is handed out."""
    wanted = _struct_of(wanted)
    if isinstance(wanted, inspect.StructType) and is_table(raw):
        yield where, raw, frozenset(field.encode_name for field in wanted.fields)
        for field in wanted.fields:
            if field.encode_name in raw:
                inner = raw[field.encode_name]
                yield from _tables(inner, field.type, (*where, field.encode_name))
    elif isinstance(wanted, inspect.VarTupleType | inspect.ListType) and is_array(raw):
        for index, inner in enumerate(raw):
            yield from _tables(inner, wanted.item_type, (*where, _identity(inner, index)))
    elif isinstance(wanted, inspect.DictType) and is_table(raw):
        for name, inner in raw.items():
            yield from _tables(inner, wanted.value_type, (*where, name))


def _struct_of(wanted: inspect.Type) -> inspect.Type:
    if isinstance(wanted, inspect.UnionType):
        structs = [one for one in wanted.types if isinstance(one, inspect.StructType)]
        return structs[0] if structs else wanted
    return wanted


def _identity(item: Any, index: int) -> str:
    """Panes and rows are known by their ids wherever they go; anything else by its place."""
    if is_table(item):
        for name, value in item.items():
            if name.endswith("_id") and isinstance(value, str):
                return value
    return str(index)

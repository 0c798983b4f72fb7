"""The rows of a whole document, wherever in it stacks are held."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from loraviewer.core.document import Document
from loraviewer.core.plain_values import is_array, is_table
from loraviewer.core.stack import StackEntry


def rows_of(document: Document) -> tuple[StackEntry, ...]:
    """Of all stacks, in their order."""
    return tuple(_rows(document))


def with_rows(document: Document, change: Callable[[StackEntry], StackEntry]) -> Document:
    """With each row changed; parts in which nothing changes stay the same objects."""
    return _changed(document, change)


def _rows(value: Any) -> Iterator[StackEntry]:
    if isinstance(value, StackEntry):
        yield value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _rows(getattr(value, name))
    elif is_array(value):
        for inner in value:
            yield from _rows(inner)
    elif is_table(value):
        for inner in value.values():
            yield from _rows(inner)


def _changed(value: Any, change: Callable[[StackEntry], StackEntry]) -> Any:
    if isinstance(value, StackEntry):
        return change(value)
    if isinstance(value, msgspec.Struct):
        inner = {name: getattr(value, name) for name in value.__struct_fields__}
        made = {name: _changed(one, change) for name, one in inner.items()}
        new = {name: one for name, one in made.items() if one is not inner[name]}
        return msgspec.structs.replace(value, **new) if new else value
    if is_array(value):
        items = tuple(_changed(one, change) for one in value)
        is_same = all(a is b for a, b in zip(items, value, strict=True))
        return value if is_same else items
    if is_table(value):
        table = {name: _changed(one, change) for name, one in value.items()}
        return value if all(table[name] is value[name] for name in table) else table
    return value

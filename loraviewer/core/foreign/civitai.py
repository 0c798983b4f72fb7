"""`Civitai resources`: what Civitai's own pages say that a picture was made with."""

from collections.abc import Sequence
from typing import Any

import msgspec

from loraviewer.core.foreign.picture import ForeignAdapter, file_stem, hashes_of
from loraviewer.core.foreign.values import number
from loraviewer.core.plain_values import is_array, is_table
from loraviewer.core.sentences import say

CIVITAI = "Civitai resources"
_ADAPTERS = frozenset({"lora", "locon", "lycoris", "dora", "loha", "lokr"})
_CHECKPOINTS = frozenset({"checkpoint", "model"})


class Resources(msgspec.Struct, frozen=True):
    adapters: tuple[ForeignAdapter, ...] = ()
    model: str = ""
    not_understood: tuple[str, ...] = ()


def resources_of(value: object, tagged: Sequence[ForeignAdapter]) -> Resources:
    """tagged: adapters that the prompt names. Where it names any, resources are no further ones,
    since they are the same under other names; which is which nothing says."""
    rows = [row for row in value if is_table(row)] if is_array(value) else []
    named = [row for row in rows if _kind(row) in _ADAPTERS]
    checkpoints = [_name(row) for row in rows if _kind(row) in _CHECKPOINTS]
    others = [row for row in rows if _kind(row) not in _ADAPTERS | _CHECKPOINTS]
    odd = [
        say("{kind} “{name}” of Civitai", kind=_kind(row) or say("something"), name=_name(row))
        for row in others
    ]
    weighted = [] if tagged else [row for row in named if number(row.get("weight")) is not None]
    known = {adapter.name.casefold() for adapter in tagged}
    odd += [
        say("“{name}”, an adapter by its name on Civitai", name=_name(row))
        for row in named
        if row not in weighted and _name(row).casefold() not in known
    ]
    return Resources(tuple(map(_adapter, weighted)), next(iter(checkpoints), ""), tuple(odd))


def _adapter(row: dict[str, Any]) -> ForeignAdapter:
    return ForeignAdapter(
        name=_name(row),
        scale=number(row.get("weight")) or 0.0,
        hashes=hashes_of(row.get("hash"), row.get("sha256"), row.get("autov2"), row.get("autov3")),
    )


def _kind(row: dict[str, Any]) -> str:
    return str(row.get("type", "")).lower()


def _name(row: dict[str, Any]) -> str:
    name = row.get("modelName") or row.get("name") or row.get("air") or row.get("modelVersionId")
    return file_stem(str(name or "?"))

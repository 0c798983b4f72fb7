"""Rows of a stack on their way through the clipboard: to other panes and studios as they are, to
other programs as tags."""

import json
from collections.abc import Sequence
from typing import Any

import msgspec

from loraviewer.core.a1111_text import tag_names
from loraviewer.core.infotext import lora_tag
from loraviewer.core.json_tables import BadTable, decoded_table
from loraviewer.core.kept_fields import take_off
from loraviewer.core.outcome import FileError
from loraviewer.core.row_edits import as_new
from loraviewer.core.sentences import say
from loraviewer.core.stack import AppliedAdapter, StackEntry

MIME = "application/x-loraviewer-rows+json"
VERSION = 1
_MARK = "rows"
_MOST_BYTES = 16 << 20


class _Copied(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The table that is copied."""

    loraviewer: str
    version: int
    rows: tuple[StackEntry, ...]


def rows_to_json(rows: Sequence[StackEntry]) -> bytes:
    """For another studio. ASCII: names of files that are no text are kept as escapes."""
    copied = _Copied(loraviewer=_MARK, version=VERSION, rows=tuple(rows))
    return json.dumps(msgspec.to_builtins(copied), allow_nan=False).encode()


def rows_from_json(data: bytes) -> tuple[StackEntry, ...]:
    """With ids that no stack has. What a newer studio wrote is taken as far as it is known here.
    `FileError` says in one sentence why nothing of it can be used."""
    try:
        return as_new(_decoded(data).rows)
    except BadTable as problem:
        raise FileError(
            say("What was copied cannot be pasted: it {problem}.", problem=problem.message)
        ) from problem
    except (msgspec.MsgspecError, OverflowError, RecursionError) as error:
        raise FileError(
            say("What was copied cannot be pasted: it is damaged ({why}).", why=str(error))
        ) from error


def rows_to_text(rows: Sequence[StackEntry]) -> str:
    """For other programs: `<lora:manga:0.8> <lora:birds:1.2>`, with block strengths where a row has
    any. The strengths are the rows' own; tags know no master and nothing that is off."""
    adapters = [_as_applied(row) for row in rows]
    return " ".join(map(lora_tag, tag_names(adapters), adapters))


def _decoded(data: bytes) -> _Copied:
    if len(data) > _MOST_BYTES:
        raise BadTable(say("is larger than rows ever are"))
    raw = decoded_table(data)
    version = raw.get("version")
    if raw.get("loraviewer") != _MARK or not isinstance(version, int) or version < 1:
        raise BadTable(say("holds no rows of loraviewer"))
    if version > VERSION:
        raise BadTable(say("comes from a newer loraviewer; update this one"))
    _check_finite(raw)
    take_off(raw, _Copied)
    return msgspec.convert(raw, type=_Copied)


def _check_finite(raw: dict[str, Any]) -> None:
    """Python reads numbers that are none."""
    try:
        json.dumps(raw, allow_nan=False)
    except ValueError as error:
        raise BadTable(say("holds a number that is not finite")) from error


def _as_applied(row: StackEntry) -> AppliedAdapter:
    text_scale = row.scale if row.text_scale is None else row.text_scale
    return AppliedAdapter(row.sha256, row.scale, text_scale, row.name, row.path, row.block_scales)

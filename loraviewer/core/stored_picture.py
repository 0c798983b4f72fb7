"""A finished picture that is kept: what it is known by, what made it, and when."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from loraviewer.core.encodable import encode_json
from loraviewer.core.infotext import ImageRecord
from loraviewer.core.request import GenerationRequest, Sampling
from loraviewer.core.stack import AdapterStack, AppliedAdapter, StackEntry, new_entry_id

Versions = Mapping[str, str]
"""Package → version: of those that decide pixels, as in a picture's record."""


class StoredPicture(msgspec.Struct, frozen=True, kw_only=True):
    """`stack`: all rows of the pane that it was made in, those that were off too; None where only
    its record is known. `made_at`: seconds since 1970. `path`: "" where it lies in no file."""

    key: str
    record: ImageRecord
    stack: AdapterStack | None = None
    made_at: float = 0.0
    session: str = ""
    is_starred: bool = False
    path: str = ""

    @property
    def sampling(self) -> Sampling:
        return self.record.request.sampling

    @property
    def base_name(self) -> str:
        """What the checkpoint that made it is called."""
        return Path(self.record.request.checkpoint.path).name

    def rows(self) -> AdapterStack:
        """To be put back into a pane: as they were, or as far as the record tells."""
        if self.stack is not None:
            return self.stack
        request = self.record.request
        rows = tuple(map(_row, request.adapters))
        return AdapterStack(entries=rows, merge_rule=request.merge_rule)


def picture_key(request: GenerationRequest, versions: Versions) -> str:
    """Hex digest that only the same pixels have: of the request and the versions that answer it."""
    told = {"request": request.sha256(), "versions": dict(versions)}
    return hashlib.sha256(encode_json(told, order="deterministic")).hexdigest()


def _row(adapter: AppliedAdapter) -> StackEntry:
    follows = adapter.text_scale == adapter.scale
    return StackEntry(
        entry_id=new_entry_id(),
        name=adapter.name,
        path=adapter.path,
        sha256=adapter.sha256,
        scale=adapter.scale,
        text_scale=None if follows else adapter.text_scale,
        block_scales=adapter.block_scales,
    )

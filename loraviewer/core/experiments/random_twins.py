"""Random twins: what an adapter is compared with, of the same strength in every module and without
anything learnt. They are known by what they are drawn from; `lab.experiments` draws them."""

import hashlib

import msgspec

from loraviewer.core.stack import AppliedAdapter

_RULE = "loraviewer random twin 1"
"""How they are drawn. The number grows with the rule: other tensors need other names."""


def twin_of(adapter: AppliedAdapter, draw: int) -> AppliedAdapter:
    """The twin in a stack, at the strengths of the adapter. Its path is that of the file it is
    drawn from; `sha256` names its content, for equal files and draws give equal tensors."""
    return msgspec.structs.replace(
        adapter, sha256=twin_sha256(adapter.sha256, draw), name=f"random like {adapter.name}"
    )


def twin_sha256(sha256: str, draw: int) -> str:
    """sha256: of the whole file of the adapter."""
    return hashlib.sha256(f"{_RULE}|{sha256}|{draw}".encode()).hexdigest()

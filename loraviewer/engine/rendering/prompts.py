"""Prompt embeddings by prompt and by what the adapters make of the text encoders."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import msgspec

from loraviewer.core.blocks import BlockScales, is_text_block
from loraviewer.core.merge_rules import SUM, MergeRule
from loraviewer.core.stack import AppliedAdapter

TextWeights = tuple[tuple[str, float, BlockScales], ...]
"""sha256, scale, and the factors in single blocks of text encoders."""


def text_weight(applied: AppliedAdapter) -> tuple[str, float, BlockScales]:
    """What the text encoders see of an adapter."""
    blocks = tuple(pair for pair in applied.block_scales if is_text_block(pair[0]))
    return applied.sha256, applied.text_scale, blocks


class PromptKey(msgspec.Struct, frozen=True):
    """`text_weights`: of every adapter that changes a text encoder. `held` and
    `grasped`, as of a request, where a held fader gave those weights: what was computed with a
    draft's weights never enters a settled picture, nor a draft of another drag. `merge_rule`: by
    which those weights came about. `chunks`: as the text was read, 0 for letters."""

    text: str
    is_negative: bool
    text_weights: TextWeights
    held: str = ""
    grasped: TextWeights = ()
    merge_rule: MergeRule = SUM
    chunks: int = 0


class PromptCache:
    """The most recently used embeddings. Used on the engine thread only."""

    def __init__(self, limit: int = 64) -> None:
        self._limit = limit
        self._embeddings: OrderedDict[PromptKey, Any] = OrderedDict()

    def get(self, key: PromptKey, encode: Callable[[], Any]) -> Any:
        """The embedding of `key`, encoded now if it is not kept."""
        if key not in self._embeddings:
            self._embeddings[key] = encode()
            if len(self._embeddings) > self._limit:
                self._embeddings.popitem(last=False)
        self._embeddings.move_to_end(key)
        return self._embeddings[key]

    def clear(self) -> None:
        self._embeddings.clear()

    def __len__(self) -> int:
        return len(self._embeddings)

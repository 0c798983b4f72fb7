"""Copies of a pipeline's tokenizers: its own are changed at every call."""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

_CHATGLM = "ChatGLMTokenizer"
_CHATGLM_SPECIALS = 2
"""Tokens that stand before a prompt."""


class Tokens(Protocol):
    """`offsets`: the first letter of each token in the text, and the one behind its last."""

    @property
    def ids(self) -> Sequence[int]: ...
    @property
    def offsets(self) -> Sequence[tuple[int, int]]: ...


class PlainTokenizer(Protocol):
    """As much of a `tokenizers.Tokenizer` as counting takes."""

    def encode(self, sequence: str, *, add_special_tokens: bool = True) -> Tokens: ...
    def num_special_tokens_to_add(self, is_pair: bool) -> int: ...


def inner_tokenizer(part: Any) -> Any:
    """part: a tokenizer, or a processor that holds one."""
    is_chatglm = type(part).__name__ == _CHATGLM  # what it holds is of SentencePiece
    return part if is_chatglm else getattr(part, "tokenizer", part)


def own_tokenizer(part: Any) -> Any | None:
    """A `PlainTokenizer` that cuts nothing off and fills nothing up. part: as of `inner_tokenizer`;
    None where it is of a kind that cannot be copied."""
    inner = inner_tokenizer(part)
    if type(inner).__name__ == _CHATGLM:
        return _Pieces(inner.tokenizer.sp_model.serialized_model_proto())
    backend = getattr(inner, "backend_tokenizer", None)
    if backend is None:
        return None
    return _sharing_its_words(backend)


_STAGES = ("normalizer", "pre_tokenizer", "post_processor", "decoder")


def _sharing_its_words(backend: Any) -> Any:
    """A `tokenizers.Tokenizer` with what truncates and fills up left out. Vocabularies have up to
    a quarter of a million words, so they are not copied."""
    from tokenizers import Tokenizer

    made = Tokenizer(backend.model)
    for stage in _STAGES:
        if (found := getattr(backend, stage)) is not None:
            setattr(made, stage, found)
    for _, token in sorted(backend.get_added_tokens_decoder().items()):
        (made.add_special_tokens if token.special else made.add_tokens)([token])
    return made


@dataclass(frozen=True)
class _Encoded:
    ids: list[int]
    offsets: list[tuple[int, int]]


class _Pieces:
    """Implements `PlainTokenizer` for ChatGLM. vocabulary: as SentencePiece writes it."""

    def __init__(self, vocabulary: bytes) -> None:
        library: Any = importlib.import_module("sentencepiece")  # what checks types may lack it
        self._model: Any = library.SentencePieceProcessor(model_proto=vocabulary)

    def encode(self, sequence: str, *, add_special_tokens: bool = True) -> _Encoded:
        assert not add_special_tokens
        found = self._model.encode(sequence, return_type="offset_mapping")
        return _Encoded(found["ids"], found["offsets"])

    def num_special_tokens_to_add(self, is_pair: bool) -> int:
        return _CHATGLM_SPECIALS

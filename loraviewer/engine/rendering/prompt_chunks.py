"""A weighted prompt as the chunks of tokens that CLIP's text encoders take one at a time.

As AUTOMATIC1111 cuts: a chunk holds as many tokens as the encoder takes, 75 of CLIP. Where it is
full within 20 tokens of its last comma, what follows the comma goes to the next one, so that no
phrase is torn. BREAK ends a chunk, an empty one too.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from loraviewer.core.encodable import encodable
from loraviewer.core.prompt_weights import weighted_sections
from loraviewer.engine.rendering.prompt_tokens import own_tokenizer

_BACKTRACK = 20
"""Tokens; what A1111 is set to unless somebody sets it otherwise."""

_LATEST = 4
"""Prompts: while one is typed, several questions are asked of it, and of the other."""


@dataclass(frozen=True)
class Token:
    """`number`: in the vocabulary. It begins at `start` in `text`, which is all of one weight."""

    number: int
    weight: float
    text: str
    start: int


Chunk = tuple[Token, ...]

SD3 = "StableDiffusion3Pipeline"
"""Of diffusers."""


def words_from(chunks: Sequence[Chunk]) -> str:
    """The words of these chunks, without what is around them."""
    words: list[str] = []
    text: str | None = None
    for token in (token for chunk in chunks for token in chunk):
        if token.text is not text:
            text = token.text
            words.append(text[token.start :].strip())
    return " ".join(words)


class Chunker:
    """Of one tokenizer. Holds nothing of the pipeline; any thread."""

    def __init__(self, tokenizer: Any, size: int) -> None:
        """tokenizer: one of the `tokenizers` library, that is no one else's. size: tokens of a
        chunk."""
        self.size = size
        self._tokenizer = tokenizer
        commas = tokenizer.encode(",", add_special_tokens=False).ids
        self._comma = commas[0] if len(commas) == 1 else None
        self._latest = functools.lru_cache(_LATEST)(self._read)

    def chunks(self, prompt: str) -> tuple[Chunk, ...]:
        """At least one; all of them, however many."""
        return self._latest(prompt)

    def _read(self, prompt: str) -> tuple[Chunk, ...]:
        finished: list[Chunk] = []
        for section in weighted_sections(encodable(prompt)):
            chunk: list[Token] = []
            for part in section:
                for token in self._tokens(part.text, part.weight):
                    if len(chunk) == self.size:
                        kept = self._kept(chunk, token)
                        finished.append(tuple(chunk[:kept]))
                        chunk = chunk[kept:]
                    chunk.append(token)
            finished.append(tuple(chunk))
        is_ended = len(finished) > 1 and not finished[-1]
        return tuple(finished[:-1] if is_ended else finished)

    def _tokens(self, text: str, weight: float) -> list[Token]:
        read = self._tokenizer.encode(text, add_special_tokens=False)
        pairs = zip(read.ids, read.offsets, strict=True)
        return [Token(number, weight, text, start) for number, (start, _) in pairs]

    def _kept(self, full: list[Token], following: Token) -> int:
        """How many tokens of a full chunk stay in it."""
        commas = [at for at, token in enumerate(full) if token.number == self._comma]
        is_near = bool(commas) and self.size - commas[-1] <= _BACKTRACK
        return commas[-1] + 1 if is_near and following.number != self._comma else self.size


def chunker_of(pipeline: Any) -> Chunker | None:
    """Of pipelines whose text encoders are all CLIP's, SD 1.x, SD 2.x and SDXL, and of SD 3, whose
    third one is T5."""
    named = pipeline.components.items()
    parts = {name: part for name, part in named if name.startswith("tokenizer")}
    if type(pipeline).__name__ == SD3:
        parts.pop("tokenizer_3", None)
        if None in (pipeline.components["text_encoder"], pipeline.components["text_encoder_2"]):
            return None
    wanted = [part for part in parts.values() if part is not None]
    if not wanted or not all(type(part).__name__.startswith("CLIP") for part in wanted):
        return None
    size = min(part.model_max_length for part in wanted) - 2
    tokenizer = own_tokenizer(wanted[0])
    return Chunker(tokenizer, size) if tokenizer is not None and 0 < size < 1000 else None

"""Weighted prompts through the text encoders of SD 1.x, SD 2.x and SDXL.

As AUTOMATIC1111 weighs ("Original"): every chunk is encoded alone between its start and its end
token; each token's embedding is multiplied by its weight; and the whole chunk then by what brings
its mean back to what it was. One chunk of weight 1 is, bit for bit, what the pipeline itself makes
of the words. Pooled embeddings are those of the first chunk, without weights.
"""

from collections.abc import Sequence
from typing import Any

import torch

from loraviewer.engine.rendering.prompt_chunks import Chunk, Chunker

_NO_MEAN = 1e-4
"""Of the spread."""
_BEYOND, _LEAST_WEIGHT = 1.5, 0.1


class WeightedPrompts:
    """Engine thread only."""

    def __init__(self, pipeline: Any, chunker: Chunker, device: torch.device) -> None:
        self._pipeline = pipeline
        self._chunker = chunker
        self._device = device

    def encoded(self, text: str, chunks: int) -> tuple[torch.Tensor, torch.Tensor | None]:
        """The sequence, (1, chunks · tokens, width), and what is pooled, (1, width), where the
        pipeline takes that. Filled up with empty chunks to so many, or cut to them."""
        read = self._chunker.chunks(text)[:chunks]
        filled: tuple[Chunk, ...] = (*read, *((),) * (chunks - len(read)))
        encoded = [self._encoded(chunk) for chunk in filled]
        return torch.cat([sequence for sequence, _ in encoded], dim=1), encoded[0][1]

    def _encoded(self, chunk: Chunk) -> tuple[torch.Tensor, torch.Tensor | None]:
        sequences: list[torch.Tensor] = []
        pooled: torch.Tensor | None = None
        is_xl = hasattr(self._pipeline, "text_encoder_2")
        for tokenizer, encoder in self._pairs():
            given, mask = given_tokens(chunk, tokenizer, encoder, self._device)
            output = encoder(given, attention_mask=mask, output_hidden_states=is_xl)
            if is_xl and pooled is None and output[0].ndim == 2:
                pooled = output[0]
            sequence = output.hidden_states[-2] if is_xl else output[0]
            sequences.append(weighed(sequence, [token.weight for token in chunk]))
        dtype = self._pairs()[-1][1].dtype
        return torch.cat(sequences, dim=-1).to(self._device, dtype), pooled

    def _pairs(self) -> list[tuple[Any, Any]]:
        """Tokenizers and text encoders, in the pipeline's order."""
        parts = self._pipeline.components
        names = [name for name in ("text_encoder", "text_encoder_2") if parts.get(name) is not None]
        return [(parts[name.replace("text_encoder", "tokenizer")], parts[name]) for name in names]


def given_tokens(
    chunk: Chunk, tokenizer: Any, encoder: Any, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Numbers of the tokens, (1, tokens), and which are read where the encoder asks for it."""
    numbers = [token.number for token in chunk]
    used = [tokenizer.bos_token_id, *numbers, tokenizer.eos_token_id]
    unused = tokenizer.model_max_length - len(used)
    given = torch.tensor([[*used, *[tokenizer.pad_token_id] * unused]], device=device)
    if not getattr(encoder.config, "use_attention_mask", False):
        return given, None
    return given, torch.tensor([[1] * len(used) + [0] * unused], device=device)


def weighed(sequence: torch.Tensor, weights: Sequence[float]) -> torch.Tensor:
    """sequence: (1, tokens, width). weights: of the tokens that follow the first; the others keep
    theirs."""
    if all(weight == 1.0 for weight in weights):
        return sequence
    plain = sequence.float()
    factors = plain.new_ones(sequence.shape[1])
    factors[1 : 1 + len(weights)] = torch.tensor(weights, device=sequence.device)
    multiplied = plain * factors[:, None]  # (1, tokens, width)
    return (multiplied * _restoring(plain, multiplied, factors)).to(sequence.dtype)


def _restoring(plain: torch.Tensor, multiplied: torch.Tensor, factors: torch.Tensor) -> float:
    """By what the mean becomes what it was. 1 where the tokens' means cancel each other, so that
    the quotient of two sums that are next to nothing says nothing: it then lies beyond what the
    weights can do to a mean."""
    before, after = plain.mean(dtype=torch.float64), multiplied.mean(dtype=torch.float64)
    if abs(before) < _NO_MEAN * plain.std() or not after:
        return 1.0
    restoring = float(before / after)
    least, most = float(factors.min()), float(factors.max())
    is_sound = 1 / (_BEYOND * most) <= restoring <= _BEYOND / max(least, _LEAST_WEIGHT)
    return restoring if is_sound else 1.0

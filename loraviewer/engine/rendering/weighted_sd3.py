"""Weighted prompts through the text encoders of Stable Diffusion 3.

Its two CLIP encoders take weights and chunks as those of SDXL do: side by side, filled up with
zeros to the width of T5, and T5's sequence behind all of their chunks. T5 knows no weights and
reads the bare words. Each CLIP encoder pools the first chunk, without weights. A prompt of one
chunk of weight 1 is, bit for bit, what the pipeline itself makes of the words.
"""

from typing import Any

import torch

from loraviewer.core.prompt_weights import bare_words
from loraviewer.engine.rendering.prompt_chunks import Chunk, Chunker
from loraviewer.engine.rendering.weighted_prompts import given_tokens, weighed

_PAIRS = (("tokenizer", "text_encoder"), ("tokenizer_2", "text_encoder_2"))


class WeightedSd3:
    """Engine thread only."""

    def __init__(self, pipeline: Any, chunker: Chunker, device: torch.device) -> None:
        self._pipeline = pipeline
        self._chunker = chunker
        self._device = device

    def encoded(self, text: str, chunks: int, longest: int) -> tuple[torch.Tensor, torch.Tensor]:
        """The sequence, (1, chunks · 77 + longest, width), and what is pooled, (1, width). Filled
        up with empty chunks to so many, or cut to them. longest: tokens of T5."""
        read = self._chunker.chunks(text)[:chunks]
        filled: tuple[Chunk, ...] = (*read, *((),) * (chunks - len(read)))
        encoded = [self._encoded(chunk) for chunk in filled]
        behind = self._pipeline._get_t5_prompt_embeds(
            bare_words(text), max_sequence_length=longest, device=self._device
        )
        clip = torch.cat([sequence for sequence, _ in encoded], dim=-2)
        missing = behind.shape[-1] - clip.shape[-1]
        wide = torch.nn.functional.pad(clip, (0, missing))
        return torch.cat([wide, behind], dim=-2), encoded[0][1]

    def _encoded(self, chunk: Chunk) -> tuple[torch.Tensor, torch.Tensor]:
        parts = self._pipeline.components
        dtype = parts["text_encoder"].dtype
        sequences, pooled = list[torch.Tensor](), list[torch.Tensor]()
        for tokenizer, encoder in ((parts[one], parts[other]) for one, other in _PAIRS):
            given, _ = given_tokens(chunk, tokenizer, encoder, self._device)
            output = encoder(given, output_hidden_states=True)
            pooled.append(output[0])
            sequence = output.hidden_states[-2].to(self._device, dtype)
            sequences.append(weighed(sequence, [token.weight for token in chunk]))
        return torch.cat(sequences, dim=-1), torch.cat(pooled, dim=-1)

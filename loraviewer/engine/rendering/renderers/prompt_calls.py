"""Prompts of pipelines other than Stable Diffusion's: as embeddings where it is known what the
pipeline's `encode_prompt` returns, else as text that the pipeline encodes at every call."""

import inspect
from collections.abc import Mapping
from typing import Any

import torch

from loraviewer.core.prompt_weights import MOST_CHUNKS
from loraviewer.engine.rendering.prompt_chunks import SD3, Chunker, chunker_of
from loraviewer.engine.rendering.weighted_sd3 import WeightedSd3

_WITH_MASKS = (
    "prompt_embeds",
    "prompt_attention_mask",
    "negative_prompt_embeds",
    "negative_prompt_attention_mask",
)
_WITH_POOLED = (
    "prompt_embeds",
    "negative_prompt_embeds",
    "pooled_prompt_embeds",
    "negative_pooled_prompt_embeds",
)
_RETURNED: Mapping[str, tuple[str, ...]] = {
    SD3: _WITH_POOLED,
    "KolorsPipeline": _WITH_POOLED,
    "FluxPipeline": ("prompt_embeds", "pooled_prompt_embeds", ""),
    "Flux2Pipeline": ("prompt_embeds", ""),
    "Flux2KleinPipeline": ("prompt_embeds", ""),
    "ChromaPipeline": (
        "prompt_embeds",
        "",
        "prompt_attention_mask",
        "negative_prompt_embeds",
        "",
        "negative_prompt_attention_mask",
    ),
    "QwenImagePipeline": ("prompt_embeds", "prompt_embeds_mask"),
    "Krea2Pipeline": ("prompt_embeds", "prompt_embeds_mask"),
    "ZImagePipeline": ("prompt_embeds", "negative_prompt_embeds"),
    "Lumina2Pipeline": _WITH_MASKS,
    "PixArtAlphaPipeline": _WITH_MASKS,
    "PixArtSigmaPipeline": _WITH_MASKS,
    "SanaPipeline": _WITH_MASKS,
    "AuraFlowPipeline": _WITH_MASKS,
}
"""Pipeline → what `encode_prompt` returns, as arguments of the call; "" is made again there."""

_NEGATIVE = "negative_"


class PromptCalls:
    """Turns one prompt into arguments for a pipeline's call."""

    def __init__(self, pipeline: Any, device: torch.device) -> None:
        self._pipeline = pipeline
        self._device = device
        self._call = inspect.signature(pipeline.__call__).parameters
        self._returned = _RETURNED.get(type(pipeline).__name__, ())
        encode = getattr(pipeline, "encode_prompt", None)
        self._encode = inspect.signature(encode).parameters if encode else {}
        self._chunker = chunker_of(pipeline) if type(pipeline).__name__ == SD3 else None

    @property
    def takes_negative(self) -> bool:
        """Whether a negative prompt gives any arguments."""
        if not self._returned:
            return "negative_prompt" in self._call
        names = (f"{_NEGATIVE}{name}" for name in self._returned if name)
        return "negative_prompt" in self._encode or any(name in self._call for name in names)

    def chunks(self, text: str) -> int:
        """As of `Renderer`; 0 where no text encoder knows weights."""
        return 0 if self._chunker is None else len(self._chunker.chunks(text)[:MOST_CHUNKS])

    def arguments(self, text: str, is_negative: bool, chunks: int = 0) -> dict[str, Any]:
        """Arguments that say `text`; none for a negative prompt that the pipeline cannot take."""
        if chunks and self._chunker is not None:
            return self._weighted(text, is_negative, chunks, self._chunker)
        if not self._returned:
            name = "negative_prompt" if is_negative else "prompt"
            return {name: text} if name in self._call else {}
        if not is_negative:
            return self._encoded("", prompt=text)
        if "negative_prompt" in self._encode:  # encoded in another way than a prompt, such as bare
            return self._encoded(_NEGATIVE, prompt="", negative_prompt=text)
        encoded = self._encoded("", prompt=text)
        named = {f"{_NEGATIVE}{name}": value for name, value in encoded.items()}
        return {name: value for name, value in named.items() if name in self._call}

    def _weighted(
        self, text: str, is_negative: bool, chunks: int, chunker: Chunker
    ) -> dict[str, Any]:
        longest = self._usual_arguments()["max_sequence_length"]
        weighted = WeightedSd3(self._pipeline, chunker, self._device)
        sequence, pooled = weighted.encoded(text, chunks, longest)
        start = _NEGATIVE if is_negative else ""
        return {f"{start}prompt_embeds": sequence, f"{start}pooled_prompt_embeds": pooled}

    def _encoded(self, start: str, **prompts: str) -> dict[str, Any]:
        """What `encode_prompt` returns under names that begin with `start` (negative or not)."""
        arguments = self._usual_arguments() | {
            **prompts,
            "device": self._device,
            "num_images_per_prompt": 1,
            "do_classifier_free_guidance": bool(start),
        }
        known = {
            name: arguments.get(name)
            for name, parameter in self._encode.items()
            if name in arguments or parameter.default is parameter.empty
        }
        values = self._pipeline.encode_prompt(**known)
        is_wanted = start == _NEGATIVE
        return {
            name: value
            for name, value in zip(self._returned, values, strict=True)
            if name and name.startswith(_NEGATIVE) == is_wanted and value is not None
        }

    def _usual_arguments(self) -> dict[str, Any]:
        """What the pipeline's call would pass on unasked, such as the longest prompt."""
        return {
            name: parameter.default
            for name, parameter in self._call.items()
            if name in self._encode and parameter.default not in (None, parameter.empty)
        }

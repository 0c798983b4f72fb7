"""What a naming convention offers: every spelling a module of the loaded base may have.

Names are only ever mapped forward. In flat names an underscore stands both for "." and for "_", so
parsing them backward would be ambiguous.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from loraviewer.adapters.originals.layouts import layout_of_network
from loraviewer.adapters.originals.words import Original, Words

Shape = tuple[int, ...]

DENOISERS = ("unet", "transformer", "prior")
TEXT_ENCODERS = ("text_encoder", "text_encoder_2", "text_encoder_3", "text_encoder_4")

CLIP, T5, LLM = "clip", "t5", "llm"
_LLM_WRAPPERS = ("model.language_model.", "language_model.model.", "language_model.", "model.")


@dataclass(frozen=True)
class Network:
    """A component as names see it: its parameters' shapes, and what follows from them.

    `architecture`: name of the layout of its original code, "" if that has no words of its own.
    `text_kind`: `CLIP`, `T5` or `LLM` for text encoders, else "". `width`: of a text encoder's
    hidden states, 0 for other networks.
    """

    component: str
    shapes: Mapping[str, Shape]
    architecture: str
    words: Words | None
    text_kind: str = ""
    width: int = 0

    @classmethod
    def of(cls, component: str, shapes: Mapping[str, Shape]) -> Network:
        if component in TEXT_ENCODERS:
            return cls(component, shapes, "", None, *_text_encoder(shapes))
        layout = layout_of_network(shapes)
        words = layout.words(shapes) if layout else None
        return cls(component, shapes, layout.name if layout and words else "", words)


def _text_encoder(shapes: Mapping[str, Shape]) -> tuple[str, int]:
    """Kind and width, by what its layers are called: numbers of encoders mean nothing."""
    for name, shape in shapes.items():
        if name.endswith(".layer.0.SelfAttention.q.weight"):
            return T5, shape[-1]
        if name.endswith(".self_attn.out_proj.weight"):
            return CLIP, shape[0]
        if name.endswith(".self_attn.o_proj.weight"):
            return LLM, shape[0]
    return "", 0


@dataclass(frozen=True)
class Place:
    """One module of a network: `path` is dotted; CLIP's paths start at `text_model.`."""

    network: Network
    path: str

    @property
    def component(self) -> str:
        return self.network.component

    @property
    def is_denoiser(self) -> bool:
        return self.network.component in DENOISERS

    @cached_property
    def original(self) -> Original | None:
        """What the original code calls the module, where that is another name."""
        return self.network.words.original(self.path) if self.network.words else None

    @cached_property
    def text_paths(self) -> tuple[str, ...]:
        """The path within a text encoder with and without the wrappers that files may leave out;
        none for other networks."""
        if self.component not in TEXT_ENCODERS:
            return ()
        if self.network.text_kind == LLM:
            wrapper = next((w for w in _LLM_WRAPPERS if self.path.startswith(w)), "")
            bare = self.path.removeprefix(wrapper)
            return tuple(dict.fromkeys((bare, f"model.{bare}", self.path)))
        return tuple(dict.fromkeys((self.path, self.path.removeprefix("text_model."))))


@dataclass(frozen=True, slots=True)
class Spelling:
    """One name by which files mean a module.

    `part`: None if the name means this module alone; else the name means several modules whose
    rows are stacked in the file, and this module is the part-th of them (q, k, v → 0, 1, 2).
    `is_half_swapped`: the first half of the file's rows is the second half of the module's.
    """

    name: str
    part: int | None = None
    is_half_swapped: bool = False


class Convention(Protocol):
    """One way of spelling module names."""

    @property
    def name(self) -> str:
        """What reports call it."""
        ...

    def spellings(self, place: Place) -> Iterator[Spelling]:
        """Group keys that mean this module; none if the convention does not name it."""
        ...

    def recognises(self, group_key: str) -> bool:
        """Whether a group key looks like this convention, without a base to compare with."""
        ...


def original_spelling(prefix: str, original: Original, *, is_flat: bool = False) -> Spelling:
    """The original code's name behind a prefix."""
    path = original.path.replace(".", "_") if is_flat else original.path
    return Spelling(prefix + path, original.part, original.is_half_swapped)


_CHATGLM_LAYER = re.compile(r"\.(?:self_attention|mlp\.dense_|(?:input|post_attention)_layernorm)")
"""What only ChatGLM calls parts of its `encoder.layers`."""


def canonical_path(component: str, path: str) -> str:
    """The module path as files spell it: newer transformers dropped `text_model.` from CLIP."""
    is_clip_tower = component in TEXT_ENCODERS and (
        path.startswith(("encoder.layers.", "embeddings.")) or path == "final_layer_norm"
    )
    if is_clip_tower and _CHATGLM_LAYER.search(path):
        return path
    return f"text_model.{path}" if is_clip_tower else path

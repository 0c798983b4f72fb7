"""Names that no convention spells, read by rule: what stands before a path, and inside it.

Trainers save whatever wraps a network at that moment: PEFT's `base_model.model`, the `_orig_mod` of
torch.compile, the `module` of distributed training, a pipeline's own attribute. Such words say
nothing and are dropped. Words for a component are remembered, so that a name can only mean modules
of a component that answers to all of them. What is left is looked up among the exact spellings:
nothing is guessed from a part of a name.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from loraviewer.adapters.naming.base import CLIP, DENOISERS, TEXT_ENCODERS, Network
from loraviewer.adapters.naming.original import encoder_names

_INNER = ("_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "module", "base_layer")
"""Put around a module in the middle of a path, by torch and by PEFT."""
_WRAPPERS = frozenset({"base_model", "model", "pipe", "pipeline", "network", "lora"})
_DENOISER_WORDS = frozenset(
    {*DENOISERS, "denoiser", "diffusion_model", "dit", "mmdit", "net", "diffusion_transformer"}
)
_ANY_TEXT_WORDS = frozenset({"text_encoders", "te", "clip", "cond_stage_model"})
_TEXT_WORD = re.compile(r"(?:text_encoder|te)_?(\d)?|(?:clip_|t5|umt5|pile_t5|qwen|gemma|llama)\w*")

_FLAT_STARTS = ("lora_", "oft_", "lycoris_", "loha_", "lokr_", "boft_")
_FLAT_INNER = re.compile(rf"_+(?:{'|'.join(word.lstrip('_') for word in _INNER)})(?=_|$)")
_RUNS = re.compile("__+")
_FLAT_HEAD = re.compile(
    r"(base_model|model|pipe|pipeline|diffusion_model|diffusion_transformer|denoiser|mmdit|dit|net"
    r"|unet|transformer|prior|text_encoders|cond_stage_model|text_encoder(?:_\d)?|te\d?|clip_[lgh]"
    r"|clip|t5xxl)_(?=.)"
)
_FLAT_DENOISER = ("lora_unet_", "lycoris_")
_FLAT_TEXT: Mapping[str, str] = dict(
    zip(TEXT_ENCODERS, ("lora_te_", "lora_te2_", "lora_te3_", "lora_te4_"), strict=True)
)


class Reading(NamedTuple):
    """One way to read a name: the `path` that is left, and what was `said` of its component."""

    path: str
    said: tuple[str, ...] = ()
    is_flat: bool = False


@dataclass(frozen=True)
class Listener:
    """A component as wrapped names speak of it: which words it answers to."""

    component: str
    words: frozenset[str]
    text_kind: str = ""

    @classmethod
    def of(cls, network: Network) -> "Listener | None":
        """None for networks that are only ever meant by their component's name."""
        if network.component in DENOISERS:
            return cls(network.component, _DENOISER_WORDS)
        if network.component in TEXT_ENCODERS:
            words = _ANY_TEXT_WORDS | _words_of_encoder(network)
            return cls(network.component, words, network.text_kind)
        return None

    def answers(self, said: tuple[str, ...]) -> bool:
        return self.words.issuperset(said)

    def spellings(self, reading: Reading) -> tuple[str, ...]:
        """The exact names by which the path that is left would mean a module of the component."""
        if not reading.is_flat:
            return (f"{self.component}.{reading.path}",)
        if self.component in DENOISERS:
            return tuple(start + reading.path for start in _FLAT_DENOISER)
        start = _FLAT_TEXT.get(self.component)
        return (start + reading.path,) if start else ()


def _words_of_encoder(network: Network) -> frozenset[str]:
    """A number means the component of that number; kohya's `te2` and `te3` may both be T5."""
    number = TEXT_ENCODERS.index(network.component) + 1
    words = {f"text_encoder_{number}", f"text_encoder{number}", *encoder_names(network)}
    if number == 1:
        words.add("text_encoder")
    numbers = (number,) if network.text_kind in (CLIP, "") else range(1, len(TEXT_ENCODERS) + 1)
    return frozenset(words | {f"te{n}" for n in numbers})


def readings(group_key: str) -> Iterator[Reading]:
    """All ways to read a name, the one that drops least first."""
    segments = [part for part in group_key.rstrip("_.").split(".") if part and part not in _INNER]
    said: tuple[str, ...] = ()
    while segments:
        path = ".".join(segments)
        yield Reading(path, said)
        if len(segments) == 1:
            yield from _flat_readings(path, said)
            return
        head = segments.pop(0).removeprefix("lora_")
        known = _heard(said, head)
        if known is None:
            return
        said = known


def _flat_readings(name: str, said: tuple[str, ...]) -> Iterator[Reading]:
    """Of a name in which "_" stands for "." too."""
    start = next((start for start in _FLAT_STARTS if name.startswith(start)), None)
    if start is None:
        return
    path = name[len(start) - 1 :]
    if "mod" in path or "base_layer" in path:  # in all inner words
        path = _FLAT_INNER.sub("", path)
    if "__" in path:
        path = _RUNS.sub("_", path)
    path = path.strip("_")
    while path:
        yield Reading(path, said, is_flat=True)
        head = _FLAT_HEAD.match(path)
        known = _heard(said, head[1]) if head else None
        if head is None or known is None:
            return
        path, said = path[head.end() :], known


def _heard(said: tuple[str, ...], head: str) -> tuple[str, ...] | None:
    """What is known of the component after one more word; None if the word is none of ours."""
    if head in _WRAPPERS or (head == "transformer" and any(map(_is_text, said))):
        return said
    if head in _DENOISER_WORDS or _is_text(head):
        return (*said, head)
    return None


def _is_text(word: str) -> bool:
    return word in _ANY_TEXT_WORDS or _TEXT_WORD.fullmatch(word) is not None


def plain_names(group_key: str) -> Iterator[str]:
    """The name as conventions may know it, with ever more of what wraps it taken off."""
    for reading in readings(group_key):
        if reading.is_flat:
            yield ("lora_te_" if any(map(_is_text, reading.said)) else "lora_unet_") + reading.path
        else:
            yield reading.path


def speaks_of_text(group_key: str) -> bool:
    """Whether a name says that it means a text encoder."""
    return any(_is_text(word) for reading in readings(group_key) for word in reading.said)

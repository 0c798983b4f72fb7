"""Components that a single-file checkpoint lacks, from a folder that a person keeps them in.

The folder may hold files as ComfyUI uses them (`clip_l.safetensors`, `t5xxl_fp16.safetensors`,
`qwen_3_4b.safetensors`, `ae.safetensors`; their names do not matter, their tensors tell), also in
folders called `text_encoders`, `clip` or `vae`; tokenizers; components as diffusers saves them
(`vae/`, `text_encoder_2/`, `tokenizer_2/` …); and whole pipelines of diffusers, each in its folder.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loraviewer.adapters.files.config import read_table
from loraviewer.adapters.files.header import Header, read_header
from loraviewer.adapters.originals.weight_files import WeightFile
from loraviewer.adapters.recognition.checkpoint_header import checkpoint_facts
from loraviewer.core.folders import weight_files
from loraviewer.core.outcome import CheckpointError, FileError
from loraviewer.core.sentences import say

T5 = "t5"
FRAME_VAE = "vae-frames"
"""The VAE of Qwen-Image, which is one of films."""

_FILE_FOLDERS = ("text_encoders", "clip", "vae")
_T5_WORDS = ("tokenizer.json", "spiece.model")
_T5_MARK = "encoder.block.0.layer.0.SelfAttention.q.weight"
_CLIP_MARK = "embeddings.token_embedding.weight"
_VAE_MARK, _FRAME_VAE_MARK = "decoder.conv_in.weight", "decoder.conv1.weight"
_PREFIX = re.compile(r"text_encoders\.\w{1,40}\.transformer\.|first_stage_model\.|vae\.")
_WORDS_MARKS = ("embed_tokens.weight", "embedding.word_embeddings.weight")
"""What language models call the table of their words; the second is ChatGLM's."""
_LANGUAGE_MODELS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("gemma3_text", ("pre_feedforward_layernorm.weight", "self_attn.q_norm.weight")),
    ("gemma2", ("pre_feedforward_layernorm.weight",)),
    ("qwen3", ("self_attn.q_norm.weight",)),
    ("qwen2_5_vl", ("self_attn.q_proj.bias",)),
    ("chatglm", ("self_attention.query_key_value.weight",)),
)
"""What transformers calls a language model → what its first layer has; the first that fits."""

_TELLING = ("_class_name", "model_type", "hidden_size", "d_model", "latent_channels", "z_dim",
            "scaling_factor")  # fmt: skip
"""Settings that tell one component of a name from another one."""


def clip(width: int) -> str:
    """The name of a CLIP text encoder whose embeddings have this width (768 large, 1280 bigG)."""
    return f"clip-{width}"


def vae(channels: int) -> str:
    """The name of a VAE by the channels of its latents (4 Stable Diffusion, 16 SD 3 and Flux)."""
    return f"vae-{channels}"


def lone_name(config: Mapping[str, Any]) -> str:
    """What a component with this configuration is called among lone files."""
    if config.get("_class_name") == "AutoencoderKLQwenImage":
        return FRAME_VAE
    if "latent_channels" in config:
        return vae(config["latent_channels"])
    kind = str(config.get("model_type", ""))
    if kind == T5:
        return T5
    width = {**config, **config.get("text_config", {})}.get("hidden_size", 0)
    return clip(width) if kind.startswith("clip") else f"{kind}-{width}"


@dataclass(frozen=True)
class Companions:
    """What a folder offers: lone files by what they hold, and `places`: itself and the pipelines in
    it, where folders of components may lie."""

    files: Mapping[str, WeightFile]
    places: tuple[Path, ...]
    t5_tokenizer: Path | None

    @classmethod
    def none(cls) -> "Companions":
        return cls({}, (), None)

    @classmethod
    def of(cls, folder: Path | None) -> "Companions":
        """Looks at headers only; files of other kinds are passed over. `CheckpointError` if there
        is no such folder."""
        if folder is None:
            return cls.none()
        if not folder.is_dir():
            raise CheckpointError(
                say("{folder}: there is no such folder of components.", folder=str(folder))
            )
        files: dict[str, WeightFile] = {}
        for path in _lone_files(folder):
            for what, file in _lone_networks(path):
                files.setdefault(what, file)
        inner = sorted(part for part in folder.iterdir() if part.is_dir())
        places = (folder, *(part for part in inner if os.path.isfile(part / "model_index.json")))
        words = (words for place in places for words in _tokenizers_in(place))
        return cls(files, places, next(filter(_is_t5_tokenizer, words), None))

    def __bool__(self) -> bool:
        return bool(self.files or self.places)

    def folder_of(self, name: str, wanted: Mapping[str, Any]) -> Path | None:
        """The folder of a component whose settings tell that it is the one with `wanted`."""
        folders = (place / name for place in self.places)
        return next((folder for folder in folders if _fits(folder, wanted)), None)

    def tokenizer_of(self, name: str, class_name: str) -> Path | None:
        """The folder of a tokenizer of that class."""
        folders = (place / name for place in self.places)
        return next((folder for folder in folders if _is_tokenizer(folder, class_name)), None)

    def scheduler_of(self, pipeline: str) -> Path | None:
        """The scheduler's settings of a whole pipeline of that class."""
        for place in self.places:
            config = place / "scheduler" / "scheduler_config.json"
            if (
                os.path.isfile(config)
                and _setting(place / "model_index.json", "_class_name") == pipeline
            ):
                return config
        return None


def _lone_files(folder: Path) -> Iterator[Path]:
    """Its own, and those of the folders that ComfyUI keeps such files in."""
    yield from weight_files(folder)
    for name in _FILE_FOLDERS:
        inner = folder / name
        if inner.is_dir() and not os.path.isfile(inner / "config.json"):
            yield from weight_files(inner)


def _lone_networks(path: Path) -> Iterator[tuple[str, WeightFile]]:
    try:
        header = read_header(path)
    except FileError:
        return
    what = _what(header)
    if what is not None:
        yield what, WeightFile(path, header, {name: _bare(name) for name in header.tensors})


def _what(header: Header) -> str | None:
    kind = checkpoint_facts(header).kind
    if kind == "vae":  # a whole checkpoint may hold one too
        return _which_vae(header)
    if kind != "text-encoder":
        return None
    for name, info in header.tensors.items():
        if name.endswith(_T5_MARK):
            return T5
        if name.endswith(_CLIP_MARK) and len(info.shape) == 2:
            return clip(info.shape[1])
    return _which_language_model(header)


def _which_vae(header: Header) -> str | None:
    for name, info in header.tensors.items():
        if name.endswith(_VAE_MARK) and len(info.shape) == 4:
            return vae(info.shape[1])
        if len(info.shape) == 5 and name.endswith((_VAE_MARK, _FRAME_VAE_MARK)):
            return FRAME_VAE
    return None


def _which_language_model(header: Header) -> str | None:
    width = next(
        (i.shape[1] for n, i in header.tensors.items() if _is_words(n) and len(i.shape) == 2), 0
    )
    first = [name.partition("layers.0.")[2] for name in header.tensors if "layers.0." in name]
    for kind, marks in _LANGUAGE_MODELS:
        if all(mark in first for mark in marks):
            return f"{kind}-{width}"
    return None


def _is_words(name: str) -> bool:
    return any(name == mark or name.endswith(f".{mark}") for mark in _WORDS_MARKS)


def _bare(name: str) -> str:
    prefix = _PREFIX.match(name)
    return name[prefix.end() :] if prefix else name


# Folders


def _fits(folder: Path, wanted: Mapping[str, Any]) -> bool:
    """Whether it holds a component, and nothing that it says is otherwise."""
    if not os.path.isfile(folder / "config.json"):
        return False
    try:
        found = read_table(folder / "config.json")
    except FileError:
        return True  # loading it tells what is wrong
    return all(found[name] == wanted[name] for name in _TELLING if name in found and name in wanted)


def _tokenizers_in(place: Path) -> Iterable[Path]:
    inner = sorted(part for part in place.iterdir() if part.is_dir())
    return (place, *(part for part in inner if part.name.startswith("tokenizer")))


def _is_t5_tokenizer(folder: Path) -> bool:
    """A CLIP tokenizer may be a tokenizer.json too, but then its words are listed beside it."""
    has_words = any(os.path.isfile(folder / name) for name in _T5_WORDS)
    if not has_words or os.path.isfile(folder / "merges.txt"):
        return False
    said = _setting(folder / "tokenizer_config.json", "tokenizer_class")
    return not said or said.startswith("T5") or said in _GENERIC


_GENERIC = ("PreTrainedTokenizerFast", "TokenizersBackend")
"""Classes that say nothing of what they read."""


_WORD_FILES = {"ChatGLMTokenizer": "tokenizer.model"}
"""What cannot be done without beside the settings."""


def _is_tokenizer(folder: Path, class_name: str) -> bool:
    if not os.path.isfile(folder / "tokenizer_config.json"):
        return False
    words = _WORD_FILES.get(class_name)
    if words and not os.path.isfile(folder / words):
        return False
    said = _setting(folder / "tokenizer_config.json", "tokenizer_class")
    is_same = said.removesuffix("Fast") == class_name.removesuffix("Fast")
    return not said or is_same or said in _GENERIC


def _setting(path: Path, name: str) -> str:
    """A text of a file of settings; "" where there is none."""
    try:
        found = read_table(path) if os.path.isfile(path) else {}
    except FileError:
        return ""
    value = found.get(name)
    return value if isinstance(value, str) else ""

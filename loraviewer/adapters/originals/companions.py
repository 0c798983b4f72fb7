"""Components that a single-file checkpoint lacks, from a folder that a person keeps them in.

The folder may hold files as ComfyUI uses them (`clip_l.safetensors`, `clip_g.safetensors`,
`t5xxl_fp16.safetensors`, `ae.safetensors`; their names do not matter, their tensors tell), T5's
tokenizer (`tokenizer.json` or `spiece.model`), or components as diffusers saves them (`vae/`,
`text_encoder_2/`, `tokenizer_2/` …).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from loraviewer.adapters.files.header import Header, read_header
from loraviewer.adapters.originals.weight_files import WeightFile
from loraviewer.adapters.recognition.checkpoint_header import checkpoint_facts
from loraviewer.core.folders import weight_files
from loraviewer.core.outcome import CheckpointError, FileError
from loraviewer.core.sentences import say

T5, VAE = "t5", "vae"

_T5_WORDS = ("tokenizer.json", "spiece.model")

_T5_MARK = "encoder.block.0.layer.0.SelfAttention.q.weight"
_CLIP_MARK = "embeddings.token_embedding.weight"
_PREFIXES = ("text_encoders.clip_l.transformer.", "text_encoders.clip_g.transformer.",
             "text_encoders.t5xxl.transformer.", "first_stage_model.", "vae.")  # fmt: skip


def clip(width: int) -> str:
    """The name of a CLIP text encoder whose embeddings have this width (768 large, 1280 bigG)."""
    return f"clip-{width}"


@dataclass(frozen=True)
class Companions:
    """What a folder offers: lone files by what they hold, and folders by component."""

    files: Mapping[str, WeightFile]
    folders: Mapping[str, Path]
    t5_tokenizer: Path | None

    @classmethod
    def none(cls) -> "Companions":
        return cls({}, {}, None)

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
        for path in weight_files(folder):
            for what, file in _lone_networks(path):
                files.setdefault(what, file)
        inner = {part.name: part for part in sorted(folder.iterdir()) if part.is_dir()}
        places = (folder, *(p for name, p in inner.items() if name.startswith("tokenizer")))
        tokenizer = next((place for place in places if _is_t5_tokenizer(place)), None)
        return cls(files, inner, tokenizer)


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
    if kind != "text-encoder":  # a whole checkpoint may hold all of them
        return VAE if kind == "vae" else None
    for name, info in header.tensors.items():
        if name.endswith(_T5_MARK):
            return T5
        if name.endswith(_CLIP_MARK) and len(info.shape) == 2:
            return clip(info.shape[1])
    return None


def _bare(name: str) -> str:
    prefix = next((prefix for prefix in _PREFIXES if name.startswith(prefix)), "")
    return name.removeprefix(prefix)


def _is_t5_tokenizer(folder: Path) -> bool:
    """A CLIP tokenizer may be a tokenizer.json too, but then its words are listed beside it."""
    has_words = any((folder / name).is_file() for name in _T5_WORDS)
    return has_words and not (folder / "merges.txt").is_file()

"""Components that a single-file checkpoint lacks, from a folder that a person keeps them in.

The folder may hold files as ComfyUI uses them (`clip_l.safetensors`, `clip_g.safetensors`,
`t5xxl_fp16.safetensors`, `ae.safetensors`; their names do not matter, their tensors tell), T5's
tokenizer (`tokenizer.json` or `spiece.model`), or components as diffusers saves them (`vae/`,
`text_encoder_2/`, `tokenizer_2/` …).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from loraviewer.adapters.files.header import read_header
from loraviewer.adapters.recognition.lone_networks import bare_name, lone_network
from loraviewer.core.outcome import CheckpointError, FileError
from loraviewer.engine.tokenizers import has_t5_tokenizer
from loraviewer.engine.weights import WeightFile


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
            raise CheckpointError(f"{folder}: there is no such folder of components.")
        files: dict[str, WeightFile] = {}
        for path in sorted(folder.glob("*.safetensors")):
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
    what = lone_network(header)
    if what is not None:
        yield what, WeightFile(path, header, {name: bare_name(name) for name in header.tensors})


def _is_t5_tokenizer(folder: Path) -> bool:
    """A CLIP tokenizer may be a tokenizer.json too, but then its words are listed beside it."""
    return has_t5_tokenizer(folder) and not (folder / "merges.txt").is_file()

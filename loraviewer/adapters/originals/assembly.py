"""Which file each network of a single-file checkpoint comes from: its own, or a companion's.

Headers alone decide, so that what adapters find in a base that nobody loaded is what rendering it
would load.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from loraviewer.adapters.files.config import read_config
from loraviewer.adapters.originals.companions import Companions, lone_name
from loraviewer.adapters.originals.weight_files import WeightFile
from loraviewer.adapters.recognition.single_file_config import SingleFile

_T5_COMPONENTS = {"sd3": "text_encoder_3", "flux1": "text_encoder_2", "chroma": "text_encoder"}
_CLIP_TOKENIZER = "CLIPTokenizer"


class Assembly:
    """The networks of one checkpoint. `files`: component → the file that holds it, None where it
    is not in one; `folders`: component → its folder among the companions; `tokenizer_classes` and
    `tokenizers`: those of language models, which no checkpoint holds, and their folders."""

    def __init__(self, single: SingleFile, companions: Companions) -> None:
        self.single = single
        self.companions = companions
        index = read_config(single.config / "model_index.json")
        self.networks = [
            name
            for name, entry in index.items()
            if isinstance(entry, list) and name.startswith(("text_encoder", "unet", "tr", "vae"))
        ]
        self.files = {name: self._file_of(name) for name in self.networks}
        self.folders = {
            name: folder
            for name, file in self.files.items()
            if file is None
            and (folder := companions.folder_of(name, config_of(single, name))) is not None
        }
        self.pipeline = str(index["_class_name"])
        self.tokenizer_classes = {
            name: entry[1]
            for name, entry in index.items()
            if name.startswith("tokenizer") and name != self.t5_tokenizer
            if entry[1] != _CLIP_TOKENIZER
        }
        self.tokenizers = {
            name: folder
            for name, kind in self.tokenizer_classes.items()
            if (folder := companions.tokenizer_of(name, kind)) is not None
        }

    @property
    def present(self) -> list[str]:
        """The components whose weights were found."""
        return [name for name in self.networks if self.has(name)]

    def has(self, name: str) -> bool:
        return self.files[name] is not None or name in self.folders

    def is_own(self, name: str) -> bool:
        """Whether the checkpoint's own file holds the component."""
        file = self.files[name]
        return file is not None and file.path == self.single.path

    @property
    def t5(self) -> str:
        """The component that is T5; "" in families without."""
        return _T5_COMPONENTS.get(self.single.facts.family, "")

    @property
    def t5_tokenizer(self) -> str:
        """The component that makes T5's tokens; "" in families without."""
        return self.t5.replace("text_encoder", "tokenizer")

    @property
    def may_lack_t5(self) -> bool:
        """SD 3 renders without T5, less obedient to long prompts; Flux needs it."""
        return self.single.facts.family == "sd3"

    @property
    def has_t5_words(self) -> bool:
        return self.companions.t5_tokenizer is not None

    @property
    def uses_t5(self) -> bool:
        return self.has_t5_words or not self.may_lack_t5

    @property
    def scheduler_file(self) -> Path:
        """The settings of a whole pipeline among the companions where that may know better: files
        of Z-Image and of its Turbo are named alike, but were trained for other steps."""
        found = None
        if self.single.facts.family in _LIKE_THEIR_COMPANIONS:
            found = self.companions.scheduler_of(self.pipeline)
        return found or self.single.config / "scheduler" / "scheduler_config.json"

    def _file_of(self, name: str) -> WeightFile | None:
        own = _own_weights(self.single, name)
        if own is not None:
            return own
        return self.companions.files.get(lone_name(config_of(self.single, name)))


def config_of(single: SingleFile, part: str, file: str = "config.json") -> dict[str, Any]:
    """The bundled configuration of a component, with what is different in this checkpoint."""
    config = read_config(single.config / part / file)
    return config | dict(single.changes.get(part, {})) if file == "config.json" else config


def _own_weights(single: SingleFile, name: str) -> WeightFile | None:
    """The tensors of one component in the checkpoint's own file, without their prefix."""
    is_denoiser = name in ("unet", "transformer")
    prefixes = (single.facts.prefix,) if is_denoiser else _PREFIXES[single.facts.family][name]
    names = {
        key: key.removeprefix(prefix)
        for prefix in prefixes
        for key in single.header.tensors
        if key.startswith(prefix)
    }
    return WeightFile(single.path, single.header, names) if names else None


_LIKE_THEIR_COMPANIONS = ("chroma", "z-image", "qwen-image", "lumina2")
_VAES = ("first_stage_model.", "vae.")
_BUNDLED_CLIP = ("text_encoders.clip_l.transformer.",)
_BUNDLED_T5 = ("text_encoders.t5xxl.transformer.",)
_PREFIXES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "sd1": {"vae": _VAES, "text_encoder": ("cond_stage_model.transformer.",)},
    "sd2": {"vae": _VAES, "text_encoder": ("cond_stage_model.model.",)},
    "sdxl": {
        "vae": _VAES,
        "text_encoder": ("conditioner.embedders.0.transformer.",),
        "text_encoder_2": ("conditioner.embedders.1.model.",),
    },
    "sd3": {
        "vae": _VAES,
        "text_encoder": _BUNDLED_CLIP,
        "text_encoder_2": ("text_encoders.clip_g.transformer.",),
        "text_encoder_3": _BUNDLED_T5,
    },
    "flux1": {"vae": _VAES, "text_encoder": _BUNDLED_CLIP, "text_encoder_2": _BUNDLED_T5},
    "chroma": {"vae": _VAES, "text_encoder": _BUNDLED_T5},
    "z-image": {"vae": _VAES, "text_encoder": ("text_encoders.qwen3_4b.transformer.",)},
    "qwen-image": {"vae": _VAES, "text_encoder": ("text_encoders.qwen25_7b.transformer.",)},
    "lumina2": {"vae": _VAES, "text_encoder": ("text_encoders.gemma2_2b.transformer.",)},
    "kolors": {"vae": _VAES, "text_encoder": ()},
}
"""Family → component → what stands before its names in a single file."""

"""Opening a single-file checkpoint (.safetensors or a denoiser in .gguf), offline.

Pipeline configurations and the CLIP vocabulary come from `resources/configs`, so nothing is looked
up on the network. What a file lacks may come from a folder of components
(`adapters.originals.companions`).
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from loraviewer.adapters.files.bitsandbytes import PACKED_DTYPES
from loraviewer.adapters.files.weights_header import read_weights_header
from loraviewer.adapters.name_lists import all_of
from loraviewer.adapters.originals.assembly import Assembly, config_of
from loraviewer.adapters.originals.companions import Companions
from loraviewer.adapters.originals.weight_files import FileLayout
from loraviewer.adapters.recognition.checkpoint_header import EPSILON
from loraviewer.adapters.recognition.prediction_beside import prediction_beside
from loraviewer.adapters.recognition.single_file_config import (
    SingleFile,
    quantised_to,
    recognised,
)
from loraviewer.core.cancel import CancelToken
from loraviewer.core.engine_port import LoadProgress
from loraviewer.core.families import IN_FLOAT16, family_title
from loraviewer.core.outcome import CheckpointError
from loraviewer.core.resources import clip_vocabulary
from loraviewer.core.sentences import say, together
from loraviewer.engine.device import stored_dtype
from loraviewer.engine.opening.folder import (
    Opened,
    assemble,
    component_bytes,
    folder_layouts,
    load_component,
)
from loraviewer.engine.opening.folder_safety import check_numbers, checked_config
from loraviewer.engine.opening.networks import precision_for
from loraviewer.engine.opening.original_layouts import (
    build_component,
    component_class,
    component_places,
)
from loraviewer.engine.opening.part_classes import load_small_part
from loraviewer.engine.opening.prediction import scheduler_config
from loraviewer.engine.opening.tokenizers import t5_tokenizer
from loraviewer.engine.opening.weights import WeightReader

_SD2_BASE_SAMPLE_SIZE = 64
"""Edge in latent pixels, of eight picture pixels each: the SD 2 models that predict noise were made
for 512 picture pixels, the others for 768."""

_STABLE_DIFFUSION = ("sd1", "sd2", "sdxl")
_HOW_TO_GIVE = say(
    "put it into a folder and choose that under File › Components folder…, with --components or in "
    "LORAVIEWER_COMPONENTS"
)


def in_float16(path: Path) -> bool:
    """Whether the file's networks were made to be computed in float16. Raises as
    `load_single_file` does."""
    family = recognised(path, read_weights_header(path)).facts.family
    return family in _STABLE_DIFFUSION or family in IN_FLOAT16


def load_single_file(
    path: Path,
    dtype: torch.dtype,
    token: CancelToken,
    on_progress: LoadProgress,
    components: Path | None = None,
    packs: bool = False,
) -> Opened:
    """The pipeline on the CPU in `dtype`; `components`: where what the file lacks may lie; packs:
    as of `WeightReader`.

    Raises `CheckpointError` for files of other kinds or families and for what is missing,
    `FileError` for damaged ones.
    """
    single = recognised(path, read_weights_header(path))
    assembly = _Loader(single, Companions.of(components))
    assembly.check()
    parts = assembly.load(dtype, token, on_progress, packs)
    if single.facts.family not in _STABLE_DIFFUSION:
        return _whole_pipeline(assembly, parts)
    pipeline = assemble(parts, is_xl=single.facts.family == "sdxl")
    usual = config_of(single, "scheduler", "scheduler_config.json")
    config = scheduler_config(single.header, usual, single.facts.family, pipeline.unet)
    beside = prediction_beside(path)
    predicts = beside.prediction.type or config["prediction_type"]
    if single.facts.family == "sd2" and predicts == EPSILON:
        pipeline.unet.register_to_config(sample_size=_SD2_BASE_SAMPLE_SIZE)
    return Opened(pipeline, config, beside=beside)


def load_stored_networks(
    path: Path, token: CancelToken, on_progress: LoadProgress
) -> dict[str, torch.nn.Module]:
    """The networks that a single file holds, on the CPU, every weight as it is stored."""
    single = recognised(path, read_weights_header(path))
    _check_plain(single)
    stored_dtype(path)  # refuses exotic ones
    assembly = _Loader(single, Companions.none())
    return assembly.load_networks(assembly.present, None, token, on_progress)


def _check_plain(single: SingleFile) -> None:
    """Raises `CheckpointError` for weights that no change can be merged into."""
    packed = {info.dtype for info in single.header.tensors.values()} & PACKED_DTYPES
    if packed:
        raise quantised_to(single.path, min(packed))


def component_layouts(path: Path, components: Path | None) -> dict[str, tuple[FileLayout, ...]]:
    """Component → where the file, or a companion, keeps its weights. From headers alone; raises as
    `load_single_file` does."""
    single = recognised(path, read_weights_header(path))
    assembly = _Loader(single, Companions.of(components))
    return {name: assembly.layouts(name) for name in assembly.present}


class _Loader(Assembly):
    """Loads what was found for one checkpoint."""

    def check(self) -> None:
        """Raises `CheckpointError` that names all that is missing and what to do."""
        missing = [*self._missing_networks(), *self._missing_tokenizers()]
        if missing:
            raise CheckpointError(
                say(
                    "{path}: this {title} checkpoint is not complete; it needs {parts}; {advice}.",
                    path=str(self.single.path),
                    title=family_title(self.single.facts.family),
                    parts=_listed(missing),
                    advice=_HOW_TO_GIVE,
                )
            )

    def _missing_networks(self) -> list[str]:
        """In words."""
        missing = [name for name in self.networks if not self.has(name)]
        if self.may_lack_t5:
            missing = [name for name in missing if name != self.t5]
        return [self._words(name) for name in missing]

    def _missing_tokenizers(self) -> list[str]:
        """In words; no checkpoint holds any of them."""
        missing: list[str] = []
        if self.t5 in self.networks and not self.may_lack_t5 and not self.has_t5_words:
            missing.append(say("the tokenizer of T5 (tokenizer.json or spiece.model)"))
        lost = self.tokenizer_classes.keys() - self.tokenizers.keys()
        missing += [
            say(
                "the tokenizer of its text encoder (the folder “{name}” of its diffusers "
                "repository)",
                name=name,
            )
            for name in sorted(lost)
        ]
        return missing

    def load(
        self,
        dtype: torch.dtype,
        token: CancelToken,
        on_progress: LoadProgress,
        packs: bool = False,
    ) -> dict[str, Any]:
        """Networks and tokenizers by component; an absent T5 is None."""
        used = [name for name in self.present if name != self.t5 or self.uses_t5]
        parts: dict[str, Any] = self.load_networks(used, dtype, token, on_progress, packs)
        parts |= clip_tokenizers(self.single.config)
        if self.t5 in self.networks:
            parts.setdefault(self.t5, None)
            folder = self.companions.t5_tokenizer
            parts[self.t5_tokenizer] = t5_tokenizer(folder) if folder and self.uses_t5 else None
        for name, folder in self.tokenizers.items():
            kind = component_class(self.single.config, name)
            parts[name] = load_small_part(name, kind, folder)
        return parts

    def load_networks(
        self,
        names: Sequence[str],
        dtype: torch.dtype | None,
        token: CancelToken,
        on_progress: LoadProgress,
        packs: bool = False,
    ) -> dict[str, torch.nn.Module]:
        reader = WeightReader(sum(map(self._bytes, names)), token, on_progress, packs)
        networks = {name: self._load(name, dtype, reader) for name in names}
        reader.say("pipeline")
        return networks

    def layouts(self, name: str) -> tuple[FileLayout, ...]:
        """Where the weights of a component that is present lie."""
        file = self.files[name]
        if file is None:
            return folder_layouts(self.folders[name])
        keys = {own: key for key, own in file.names.items()}
        shapes = {own: file.header.tensors[key].shape for own, key in keys.items()}
        places = {
            own: replace(place, key=keys[place.key])
            for own, place in component_places(self.single, name, shapes).items()
        }
        return (FileLayout(file.path, file.header, places),)

    def _words(self, name: str) -> str:
        """What a person calls a component that is missing."""
        if name == self.t5:
            return say("T5 ({name})", name=name)
        if name == "text_encoder":
            return _FIRST_WORDS.get(self.single.facts.family, _CLIP_L)
        return _WORDS.get(name, name)

    def _bytes(self, name: str) -> int:
        file = self.files[name]
        return component_bytes(self.folders[name]) if file is None else file.size_bytes

    def _load(self, name: str, dtype: torch.dtype | None, reader: WeightReader) -> Any:
        network = component_class(self.single.config, name)
        file = self.files[name]
        if file is None:
            return load_component(self.folders[name], name, network, dtype, reader)
        tensors = reader.read(name, [file], precision_for(network, dtype))
        return build_component(self.single, name, network, tensors, dtype)


_CLIP_L = "CLIP-L (text_encoder)"
_FIRST_WORDS = {
    "sd2": "CLIP-H (text_encoder)",
    "z-image": "Qwen 3 4B (text_encoder)",
    "qwen-image": "Qwen 2.5 VL 7B (text_encoder)",
    "lumina2": "Gemma 2 2B (text_encoder)",
    "kolors": "ChatGLM3 6B (text_encoder)",
}
"""Families whose first text encoder is another one."""
_WORDS = {"text_encoder_2": "CLIP-G (text_encoder_2)", "vae": say("the VAE")}


def _listed(words: Sequence[str]) -> str:
    """“a, b and c”."""
    return all_of([*filter(None, [together(words[:-1], ", ")]), words[-1]])


def clip_tokenizers(config: Path) -> dict[str, Any]:
    """A family's CLIP tokenizers: one vocabulary, each with its own padding."""
    from transformers import CLIPTokenizer

    tokenizers = {}
    for part in sorted(config.glob("tokenizer*")):
        settings = json.loads((part / "tokenizer_config.json").read_text(encoding="utf-8"))
        tokenizer = CLIPTokenizer.from_pretrained(str(clip_vocabulary()), local_files_only=True)
        # Not passed above: it would make the "!" of a prompt a padding token too, which OpenCLIP,
        # with which these networks were trained, does not.
        tokenizer.pad_token = settings["pad_token"]
        tokenizers[part.name] = tokenizer
    return tokenizers


def _whole_pipeline(assembly: Assembly, parts: dict[str, Any]) -> Opened:
    import diffusers

    config = checked_config(assembly.scheduler_file)
    check_numbers(config, assembly.scheduler_file)
    scheduler = component_class(assembly.single.config, "scheduler").from_config(config)
    pipeline = getattr(diffusers, assembly.pipeline)(**parts, scheduler=scheduler)
    return Opened(pipeline, dict(config), is_stable_diffusion=False)

"""Opening a diffusers folder, component by component, from local safetensors only."""

import contextlib
import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from loraviewer.adapters.files.bitsandbytes import PACKED_DTYPES
from loraviewer.adapters.files.config import read_config
from loraviewer.adapters.files.weights_header import read_weights_header
from loraviewer.adapters.originals.weight_files import FileLayout, WeightFile
from loraviewer.adapters.recognition.checkpoint_header import QUANTISED, quantisation_of
from loraviewer.adapters.recognition.prediction_beside import NOTHING_BESIDE, SaidBeside
from loraviewer.core.cancel import CancelToken
from loraviewer.core.engine_port import LoadProgress
from loraviewer.core.families import IN_FLOAT16
from loraviewer.core.folders import is_companion, weight_files
from loraviewer.core.outcome import CheckpointError
from loraviewer.core.sentences import say
from loraviewer.engine.device import stored_dtype
from loraviewer.engine.opening.networks import build_network, precision_for
from loraviewer.engine.opening.part_classes import is_network, load_small_part, part_class
from loraviewer.engine.opening.pipeline_index import Component, PipelineIndex, read_index
from loraviewer.engine.opening.weights import WeightReader

_PICKLE_PATTERNS = ("*.bin", "*.pt", "*.pth", "*.ckpt")
_FAVOURED_VARIANTS = ("fp16", "bf16")
_REFINER_CONTEXT = 1280


@dataclass(frozen=True)
class Opened:
    """A pipeline on the CPU, and the configuration of the scheduler it came with.

    `is_stable_diffusion`: SD 1, SD 2 or SDXL, which any of the classic samplers suits. `beside`:
    what a file beside it says of what it predicts.
    """

    pipeline: Any
    scheduler_config: dict[str, Any]
    is_stable_diffusion: bool = True
    beside: SaidBeside = NOTHING_BESIDE


@dataclass(frozen=True)
class _Part:
    """One component that is loaded; `files` is empty for schedulers and tokenizers."""

    component: Component
    folder: Path
    part_class: Any
    files: tuple[WeightFile, ...]

    @property
    def name(self) -> str:
        return self.component.name

    def check_plain(self) -> None:
        """Raises `CheckpointError` for weights that no change can be merged into."""
        for file in self.files:
            packed = {i.dtype for i in file.header.tensors.values()} & PACKED_DTYPES
            if packed:
                raise _quantised(self.folder, min(packed))

    def check_precision(self) -> None:
        """Raises `FileError` for weights that are stored in an exotic one."""
        for file in self.files:
            stored_dtype(file.path)


def in_float16(path: Path) -> bool:
    """Whether the folder's networks were made to be computed in float16. Raises as `load_folder`
    does."""
    index = read_index(path)
    return index.is_stable_diffusion or index.family in IN_FLOAT16


def load_folder(
    path: Path,
    dtype: torch.dtype,
    token: CancelToken,
    on_progress: LoadProgress,
    packs: bool = False,
) -> Opened:
    """The pipeline on the CPU in `dtype`. packs: as of `WeightReader`.

    Raises `CheckpointError` for folders of other pipelines, and `FileError`, `OSError` or
    `ValueError` for damaged ones.
    """
    index = read_index(path)
    parts = _parts(index)
    reader = _reader(parts, token, on_progress, packs)
    loaded = {part.name: _load(part, dtype, reader) for part in parts}
    reader.say("pipeline")
    scheduler_config = dict(loaded["scheduler"].config) if "scheduler" in loaded else {}
    if index.is_stable_diffusion:
        is_xl = "text_encoder_2" in loaded
        pipeline = assemble(loaded, is_xl, dict(index.settings))
        return Opened(pipeline, _public(scheduler_config))
    missing = _not_given(index, loaded)
    with _silently():
        pipeline = index.pipeline_class(**loaded, **missing, **index.settings)
    return Opened(pipeline, _public(scheduler_config), is_stable_diffusion=False)


def load_stored_networks(
    path: Path, token: CancelToken, on_progress: LoadProgress
) -> dict[str, torch.nn.Module]:
    """The networks of a diffusers folder on the CPU, every weight as it is stored."""
    parts = [part for part in _parts(read_index(path)) if part.files]
    for part in parts:
        part.check_plain()
        part.check_precision()
    reader = _reader(parts, token, on_progress)
    networks = {part.name: _load(part, None, reader) for part in parts}
    reader.say("networks")
    return networks


def load_component(
    folder: Path, name: str, network_class: Any, dtype: torch.dtype | None, reader: WeightReader
) -> Any:
    """One network of a diffusers folder, from the folder of its own."""
    part = _Part(Component(name, "", ""), folder, network_class, _weight_files(folder))
    return _load(part, dtype, reader)


def component_bytes(folder: Path) -> int:
    """How much `load_component` will read."""
    return sum(file.size_bytes for file in _weight_files(folder))


def folder_layouts(folder: Path) -> tuple[FileLayout, ...]:
    """Where the files that `load_component` reads keep the weights of one network."""
    return tuple(map(FileLayout.plain, _weight_files(folder)))


def assemble(parts: dict[str, Any], is_xl: bool, settings: dict[str, Any] | None = None) -> Any:
    """A Stable Diffusion pipeline from its components, without safety checker, watermark or
    warnings. A scheduler among them is left out: every render brings the one it asks for."""
    import diffusers

    scheduler: Any = diffusers.DDIMScheduler(steps_offset=1, clip_sample=False)
    parts = {name: part for name, part in parts.items() if name != "scheduler"}
    with _silently():
        if not is_xl:
            return diffusers.StableDiffusionPipeline(
                **parts,
                scheduler=scheduler,
                safety_checker=None,  # type: ignore[arg-type]
                feature_extractor=None,  # type: ignore[arg-type]
                requires_safety_checker=False,
            )
        zeros = bool((settings or {}).get("force_zeros_for_empty_prompt", True))
        return diffusers.StableDiffusionXLPipeline(
            **parts,
            scheduler=scheduler,
            force_zeros_for_empty_prompt=zeros,
            add_watermarker=False,
        )


def _parts(index: PipelineIndex) -> list[_Part]:
    """Everything that can be refused before anything large is read."""
    _check_components(index)
    parts = []
    for component in index.components:
        folder = index.folder / component.name
        found = part_class(folder, component.library, component.class_name)
        if not folder.is_dir():
            raise CheckpointError(
                say("{path}: this component of the checkpoint is missing.", path=str(folder))
            )
        files = _weight_files(folder) if is_network(found) else ()
        parts.append(_Part(component, folder, found, files))
    if index.is_stable_diffusion or index.family == "kolors":
        _check_unet(index)
    return parts


def _check_components(index: PipelineIndex) -> None:
    """What SD 1, SD 2 and SDXL cannot do without. The refiner has no first text encoder."""
    if not index.is_stable_diffusion:
        return
    wanted = {"scheduler", "unet", "vae"}
    if index.pipeline_class.__name__ == "StableDiffusionXLPipeline":
        wanted |= {"tokenizer_2", "text_encoder_2"}
    else:
        wanted |= {"tokenizer", "text_encoder"}
    if missing := sorted(wanted - {component.name for component in index.components}):
        raise CheckpointError(
            say(
                "{path}: this component of the checkpoint is missing.",
                path=str(index.folder / missing[0]),
            )
        )


def _check_unet(index: PipelineIndex) -> None:
    config = read_config(index.folder / "unet" / "config.json")
    if config.get("cross_attention_dim") == _REFINER_CONTEXT:
        raise CheckpointError(
            say(
                "{path}: this is the SDXL refiner, which only finishes pictures of another "
                "checkpoint; open an SDXL base checkpoint.",
                path=str(index.folder),
            )
        )
    if config.get("in_channels", 4) != 4:
        raise CheckpointError(
            say(
                "{path}: this checkpoint takes a picture as input (inpainting, depth or editing); "
                "open one that renders from text.",
                path=str(index.folder),
            )
        )


def _reader(
    parts: list[_Part], token: CancelToken, on_progress: LoadProgress, packs: bool = False
) -> WeightReader:
    total = sum(file.size_bytes for part in parts for file in part.files)
    return WeightReader(total, token, on_progress, packs)


def _load(part: _Part, dtype: torch.dtype | None, reader: WeightReader) -> Any:
    if part.files:
        precision = precision_for(part.part_class, dtype)
        tensors = reader.read(part.name, part.files, precision)
        with _silently():
            return build_network(part.part_class, part.folder, tensors, dtype, part.folder)
    reader.say(part.name)
    with _silently():
        return load_small_part(part.name, part.part_class, part.folder)


_USUAL_STEMS = ("model", "diffusion_pytorch_model")
_SHARD = re.compile(r"-(\d+)-of-(\d+)$")


def _weight_files(folder: Path) -> tuple[WeightFile, ...]:
    """The plain weights of a component, else one of its variants ("fp16"); all their shards.

    Raises `CheckpointError` or `FileError` for everything that cannot be read.
    """
    if not folder.is_dir():
        raise CheckpointError(
            say("{path}: this component of the checkpoint is missing.", path=str(folder))
        )
    by_variant: dict[str, list[Path]] = {}
    found = weight_files(folder)
    usual = [path for path in found if path.name.startswith(_USUAL_STEMS)]
    for path in usual or found:
        stem = _SHARD.sub("", path.stem)
        by_variant.setdefault(stem.partition(".")[2], []).append(path)
    if not by_variant:
        raise CheckpointError(_why_no_weights(folder))
    favoured = ("", *_FAVOURED_VARIANTS, *sorted(by_variant))
    files = by_variant[next(variant for variant in favoured if variant in by_variant)]
    whole = [path for path in files if not _SHARD.search(path.stem)]
    _check_quantisation(folder, files)
    if not whole:
        _check_shards(folder, files)
    return tuple(WeightFile.whole(path) for path in whole[:1] or files)


def _why_no_weights(folder: Path) -> str:
    pickles = (file for pattern in _PICKLE_PATTERNS for file in folder.glob(pattern))
    if any(not is_companion(file.name) for file in pickles):
        return say(
            "{path}: its weights are pickle files, which can run code when opened; convert them "
            "to .safetensors.",
            path=str(folder),
        )
    return say("{path}: this component has no weights (.safetensors).", path=str(folder))


def _check_shards(folder: Path, files: list[Path]) -> None:
    found = [_SHARD.search(path.stem) for path in files]
    expected = max(int(shard[2]) for shard in found if shard)
    if len(files) != expected:
        raise CheckpointError(
            say(
                "{path}: {missing} of the {count} files of its weights are missing.",
                path=str(folder),
                missing=expected - len(files),
                count=expected,
            )
        )


def _check_quantisation(folder: Path, files: list[Path]) -> None:
    """By what the formats leave in the files, or else by its configuration. What
    `files.bitsandbytes` knows is read here."""
    tensors = [read_weights_header(file).tensors for file in files]
    found = {quantisation_of(names) for names in tensors} & QUANTISED.keys()
    if found:
        raise _quantised(folder, QUANTISED[min(found)])
    if any(info.dtype in PACKED_DTYPES for infos in tensors for info in infos.values()):
        return
    config = folder / "config.json"
    method = read_config(config).get("quantization_config") if config.is_file() else None
    if method:
        name = method.get("quant_method", "") if isinstance(method, dict) else ""
        raise _quantised(folder, name or say("in an unknown way"))


def _quantised(folder: Path, how: str) -> CheckpointError:
    return CheckpointError(
        say(
            "{path}: its weights are quantised ({how}), which adapters cannot be merged into; "
            "open a float16 or bfloat16 version.",
            path=str(folder),
            how=how,
        )
    )


def _not_given(index: PipelineIndex, loaded: dict[str, Any]) -> dict[str, None]:
    """Components that the pipeline's class asks for and the folder switches off."""
    import inspect

    parameters = inspect.signature(index.pipeline_class.__init__).parameters
    required = [n for n, p in parameters.items() if p.default is p.empty and n != "self"]
    return {n: None for n in required if n not in loaded and n not in index.settings}


def _public(config: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in config.items() if not key.startswith("_")}


@contextlib.contextmanager
def _silently():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield

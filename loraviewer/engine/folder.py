"""Opening a diffusers folder, component by component, from local safetensors only."""

import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from loraviewer.adapters.header import read_header
from loraviewer.core.cancel import CancelToken
from loraviewer.core.engine_port import LoadProgress
from loraviewer.core.outcome import CheckpointError
from loraviewer.engine.device import stored_dtype

_STABLE_DIFFUSION = ("scheduler", "tokenizer", "text_encoder", "unet", "vae")
_PARTS = {
    "StableDiffusionPipeline": _STABLE_DIFFUSION,
    "StableDiffusionImg2ImgPipeline": _STABLE_DIFFUSION,
    "LatentConsistencyModelPipeline": _STABLE_DIFFUSION,
    "StableDiffusionXLPipeline": (*_STABLE_DIFFUSION, "tokenizer_2", "text_encoder_2"),
    "StableDiffusionXLImg2ImgPipeline": (*_STABLE_DIFFUSION, "tokenizer_2", "text_encoder_2"),
}
"""Pipeline class in model_index.json → components to load. All render from text alone."""

_PICKLE_PATTERNS = ("*.bin", "*.pt", "*.pth", "*.ckpt")


@dataclass(frozen=True)
class _Index:
    """What model_index.json says: the pipeline's class and its scalar settings."""

    class_name: str
    settings: dict[str, Any]

    @property
    def is_xl(self) -> bool:
        return "text_encoder_2" in _PARTS[self.class_name]


def load_folder(
    path: Path, dtype: torch.dtype, token: CancelToken, on_progress: LoadProgress
) -> tuple[Any, dict[str, Any]]:
    """The pipeline on the CPU in `dtype`, and its scheduler's configuration.

    Raises `CheckpointError` for folders of other pipelines, and `FileError`, `OSError` or
    `ValueError` for damaged ones.
    """
    index = _read_index(path)
    names = _PARTS[index.class_name]
    for name in names:
        _check_part(path, name)
    parts: dict[str, Any] = {}
    for done, name in enumerate(names):
        token.raise_if_cancelled()
        on_progress(name, done / len(names))
        parts[name] = _load_part(path, name, dtype)
    on_progress("pipeline", 1.0)
    scheduler_config = parts.pop("scheduler")
    return assemble(parts, scheduler_config, index.is_xl, index.settings), scheduler_config


def load_stored_networks(
    path: Path, token: CancelToken, on_progress: LoadProgress
) -> dict[str, torch.nn.Module]:
    """The networks of a diffusers folder on the CPU, each in the precision of its own file."""
    names = tuple(filter(_is_network, _PARTS[_read_index(path).class_name]))
    networks = {}
    for done, name in enumerate(names):
        token.raise_if_cancelled()
        on_progress(name, done / len(names))
        _check_part(path, name)
        networks[name] = _load_part(path, name, _stored_dtype(path / name))
    on_progress("networks", 1.0)
    return networks


def _stored_dtype(part: Path) -> torch.dtype:
    """The precision of most tensors of the file that would be loaded."""
    stem = "model" if part.name.startswith("text_encoder") else "diffusion_pytorch_model"
    variant = _variant(part, stem)
    pattern = f"{stem}.{variant}*.safetensors" if variant else f"{stem}*.safetensors"
    return stored_dtype(min(part.glob(pattern)))


def load_skeleton(path: Path) -> dict[str, torch.nn.Module]:
    """The networks of a diffusers folder on the meta device, from their configurations alone."""
    names = filter(_is_network, _PARTS[_read_index(path).class_name])
    with torch.device("meta"):
        return {name: _empty_network(path / name, _network_class(name)) for name in names}


def _empty_network(part: Path, network_class: Any) -> Any:
    if hasattr(network_class, "config_class"):  # transformers
        return network_class(network_class.config_class.from_pretrained(str(part)))
    return network_class.from_config(json.loads((part / "config.json").read_text("utf-8")))


def assemble(
    parts: dict[str, Any],
    scheduler_config: dict[str, Any],
    is_xl: bool,
    settings: dict[str, Any] | None = None,
) -> Any:
    """A pipeline from its components, without safety checker, watermark or warnings."""
    import diffusers

    # The pipeline needs one to be built; every render brings the scheduler it asks for.
    scheduler: Any = diffusers.DDIMScheduler(steps_offset=1, clip_sample=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
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


def _read_index(path: Path) -> _Index:
    index = path / "model_index.json"
    if not index.is_file():
        raise CheckpointError(_why_no_pipeline(path))
    values = json.loads(index.read_text(encoding="utf-8"))
    class_name = values.get("_class_name", "") if isinstance(values, dict) else ""
    if class_name not in _PARTS:
        raise CheckpointError(
            f"{path}: this is a {class_name or 'folder of unknown kind'}; "
            "loraviewer opens Stable Diffusion 1, 2 and XL pipelines that render from text."
        )
    settings = {key: value for key, value in values.items() if isinstance(value, bool)}
    return _Index(class_name, settings)


def _why_no_pipeline(path: Path) -> str:
    config = path / "config.json"
    if config.is_file():
        values = json.loads(config.read_text(encoding="utf-8"))
        class_name = values.get("_class_name") if isinstance(values, dict) else None
        what = f"a {class_name}" if class_name else "one component"
        return f"{path}: this folder holds only {what}; open the folder of the whole pipeline."
    if any(path.glob("*.safetensors")):
        return f"{path}: this folder has no model_index.json; open one of the files in it."
    return f"{path}: this is no diffusers folder (it has no model_index.json)."


def _check_part(path: Path, name: str) -> None:
    """Everything that can be refused before anything large is read."""
    part = path / name
    if not part.is_dir():
        raise CheckpointError(f"{part}: this component of the checkpoint is missing.")
    if not _is_network(name):
        return
    weights = sorted(part.glob("*.safetensors"))
    if not weights:
        if any(file for pattern in _PICKLE_PATTERNS for file in part.glob(pattern)):
            raise CheckpointError(
                f"{part}: its weights are pickle files, which can run code when opened; "
                "convert them to .safetensors."
            )
        raise CheckpointError(f"{part}: this component has no weights (.safetensors).")
    for file in weights:
        read_header(file)


def _is_network(name: str) -> bool:
    return name.startswith(("unet", "vae", "text_encoder"))


def _load_part(path: Path, name: str, dtype: torch.dtype) -> Any:
    part = path / name
    if name == "scheduler":
        config = json.loads((part / "scheduler_config.json").read_text(encoding="utf-8"))
        return {key: value for key, value in config.items() if not key.startswith("_")}
    if name.startswith("tokenizer"):
        from transformers import CLIPTokenizer

        return CLIPTokenizer.from_pretrained(str(part), local_files_only=True)
    return _load_network(part, _network_class(name), dtype)


def _network_class(name: str) -> Any:
    import diffusers
    import transformers

    classes: dict[str, Callable[[], Any]] = {
        "unet": lambda: diffusers.UNet2DConditionModel,
        "vae": lambda: diffusers.AutoencoderKL,
        "text_encoder": lambda: transformers.CLIPTextModel,
        "text_encoder_2": lambda: transformers.CLIPTextModelWithProjection,
    }
    return classes[name]()


def _load_network(part: Path, network_class: Any, dtype: torch.dtype) -> Any:
    """One network; a weight the file lacks is an error, never a random number."""
    stem = "model" if "CLIP" in network_class.__name__ else "diffusion_pytorch_model"
    network, report = network_class.from_pretrained(
        str(part),
        torch_dtype=dtype,
        variant=_variant(part, stem),
        use_safetensors=True,
        local_files_only=True,
        output_loading_info=True,
    )
    missing = sorted(report["missing_keys"])
    if missing:
        raise CheckpointError(
            f"{part}: {len(missing)} weights are missing from the file, such as “{missing[0]}”."
        )
    return network


def _variant(part: Path, stem: str) -> str | None:
    """None for the plain files, else the name of the variant the folder holds ("fp16")."""
    if (part / f"{stem}.safetensors").exists() or any(part.glob(f"{stem}.safetensors.index*")):
        return None
    found = sorted(part.glob(f"{stem}.*.safetensors")) + sorted(part.glob(f"{stem}-*.safetensors"))
    if not found:
        return None
    return found[0].name.removeprefix(f"{stem}.").split(".")[0].split("-")[0] or None

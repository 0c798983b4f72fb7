"""Opening a single-file checkpoint (.safetensors) of SD 1, SD 2 or SDXL, offline.

diffusers converts the weights; the pipeline's configuration and the CLIP vocabulary come from
`resources/configs`, so nothing is looked up on the network.
"""

import json
from pathlib import Path
from typing import Any

import torch

from loraviewer.adapters.header import Header, read_header
from loraviewer.core.cancel import CancelToken
from loraviewer.core.engine_port import LoadProgress
from loraviewer.core.outcome import CheckpointError
from loraviewer.core.resources import clip_vocabulary, family_config
from loraviewer.engine.device import stored_dtype
from loraviewer.engine.prediction import EPSILON, scheduler_config

_DENOISER = "model.diffusion_model."
_ATTENTION = "transformer_blocks.0.attn2.to_k.weight"
_ADAPTER_MARKS = ("lora_up", "lora_down", "lora_A", "lora_B", "hada_w", "lokr_", "oft_", "dora_")
_OTHERS = {
    "double_blocks.0.img_attn.norm.key_norm.scale": "Flux",
    "joint_blocks.0.context_block.attn.qkv.weight": "Stable Diffusion 3",
    "control_model.input_blocks.0.0.weight": "ControlNet",
    "controlnet_cond_embedding.conv_in.weight": "ControlNet",
}
_EDM_MARKS = ("edm_mean", "edm_vpred.sigma_max")
_SUPPORTED_INPUT_CHANNELS = 4
_NETWORKS = ("unet", "text_encoder", "text_encoder_2", "vae")
_SD2_BASE_SAMPLE_SIZE = 64
"""Latent pixels: the SD 2 models that predict noise were made for 512, the others for 768."""


def load_single_file(
    path: Path, dtype: torch.dtype, token: CancelToken, on_progress: LoadProgress
) -> tuple[Any, dict[str, Any]]:
    """The pipeline on the CPU in `dtype`, and its scheduler's configuration.

    Raises `CheckpointError` for files of other kinds or families, `FileError` for damaged ones.
    """
    header = read_header(path)
    family = single_file_family(path, header)
    config = _bundled_config(path, family)
    token.raise_if_cancelled()
    on_progress(path.name, 0.0)
    pipeline = _convert(path, config, dtype)
    _check_complete(path, pipeline)
    on_progress("pipeline", 1.0)
    return pipeline, _scheduler_config(header, family, pipeline)


def load_stored_networks(
    path: Path, token: CancelToken, on_progress: LoadProgress
) -> dict[str, torch.nn.Module]:
    """The networks of a single-file checkpoint on the CPU, in the file's own precision."""
    pipeline, _ = load_single_file(path, stored_dtype(path), token, on_progress)
    return _networks(pipeline)


def config_folder(path: Path) -> Path:
    """The bundled pipeline configuration that fits a single-file checkpoint.

    Raises `CheckpointError` where there is none, or the file is something else.
    """
    return _bundled_config(path, single_file_family(path, read_header(path)))


def _bundled_config(path: Path, family: str) -> Path:
    config = family_config(family)
    if not (config / "model_index.json").is_file():
        raise CheckpointError(
            f"{path}: single-file checkpoints of this family ({family}) cannot be opened here; "
            "convert it to a diffusers folder and open that."
        )
    return config


def single_file_family(path: Path, header: Header) -> str:
    """`sd1`, `sd2` or `sdxl`, from the names and shapes in the header alone.

    Raises `CheckpointError` with what the file is instead.
    """
    names = header.tensors
    if any(mark in name for name in names for mark in _ADAPTER_MARKS):
        raise CheckpointError(f"{path}: this is an adapter; add it to the stack of a checkpoint.")
    for mark, what in _OTHERS.items():
        if any(name.removeprefix(_DENOISER) == mark for name in names):
            raise CheckpointError(
                f"{path}: this is a {what} file; loraviewer opens Stable Diffusion 1, 2 and XL."
            )
    if any(mark in names for mark in _EDM_MARKS):
        raise CheckpointError(f"{path}: EDM checkpoints need samplers that loraviewer lacks.")
    first = names.get(f"{_DENOISER}input_blocks.0.0.weight")
    if first is None:
        raise CheckpointError(f"{path}: this file holds no Stable Diffusion checkpoint.")
    if first.shape[1] != _SUPPORTED_INPUT_CHANNELS:
        raise CheckpointError(
            f"{path}: this checkpoint takes a picture as input (inpainting, depth or editing); "
            "open one that renders from text."
        )
    return _family_by_context(path, header)


def _family_by_context(path: Path, header: Header) -> str:
    for block, families in (
        ("input_blocks.4.1.", {2048: "sdxl", 1280: "sdxl-refiner"}),
        ("input_blocks.2.1.", {1024: "sd2", 768: "sd1"}),
    ):
        info = header.tensors.get(f"{_DENOISER}{block}{_ATTENTION}")
        if info is not None and info.shape[-1] in families:
            return families[info.shape[-1]]
    raise CheckpointError(f"{path}: this checkpoint's family is not known.")


def _convert(path: Path, config: Path, dtype: torch.dtype) -> Any:
    import diffusers
    from diffusers.loaders.single_file_utils import SingleFileComponentError

    is_xl = (config / "text_encoder_2").is_dir()
    pipeline_class = (
        diffusers.StableDiffusionXLPipeline if is_xl else diffusers.StableDiffusionPipeline
    )
    extra = {"add_watermarker": False} if is_xl else {"safety_checker": None}
    diffusers.utils.logging.disable_progress_bar()
    try:
        return pipeline_class.from_single_file(
            str(path),
            config=str(config),
            local_files_only=True,
            torch_dtype=dtype,
            **_tokenizers(config),
            **extra,
        )
    except SingleFileComponentError as error:
        reason = str(error).strip().partition("\n")[0].rstrip(".")
        raise CheckpointError(f"{path}: this checkpoint is not complete ({reason}).") from error
    except NotImplementedError as error:  # a weight that stayed on the meta device
        raise CheckpointError(
            f"{path}: this checkpoint is not complete (weights of its UNet or VAE are missing)."
        ) from error


def _tokenizers(config: Path) -> dict[str, Any]:
    """The family's tokenizers: one vocabulary, each with its own padding."""
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


def _check_complete(path: Path, pipeline: Any) -> None:
    """A weight the file lacks is an error; diffusers leaves it on the meta device."""
    for component, network in _networks(pipeline).items():
        missing = sorted(name for name, p in network.named_parameters() if p.is_meta)
        if missing:
            raise CheckpointError(
                f"{path}: this checkpoint is not complete (the {component} lacks {len(missing)} "
                f"of its weights, such as “{missing[0]}”)."
            )


def _networks(pipeline: Any) -> dict[str, torch.nn.Module]:
    return {name: getattr(pipeline, name) for name in _NETWORKS if hasattr(pipeline, name)}


def _scheduler_config(header: Header, family: str, pipeline: Any) -> dict[str, Any]:
    usual = dict(pipeline.scheduler.config)
    config = scheduler_config(header, usual, family, pipeline.unet)
    if family == "sd2" and config["prediction_type"] == EPSILON:
        pipeline.unet.register_to_config(sample_size=_SD2_BASE_SAMPLE_SIZE)
    return config

"""How a script for diffusers loads a base: the lines, and the names that they import."""

from typing import NamedTuple

_FILE_CLASSES = {
    "sdxl": "StableDiffusionXLPipeline",
    "sdxl-refiner": "StableDiffusionXLImg2ImgPipeline",
    "sd3": "StableDiffusion3Pipeline",
    "flux1": "FluxPipeline",
}
"""Family → class that reads a checkpoint from one file; others are SD 1.x and 2.x, or below."""


class _Denoiser(NamedTuple):
    """Of a family whose files hold the denoiser: its pipeline, its class, where the rest is, what
    the component is called, and `how` else the file is read."""

    pipeline: str
    network: str
    rest: str
    part: str = "transformer"
    how: str = ""
    note: str = ""


_KOLORS = "Kwai-Kolors/Kolors-diffusers"


_DENOISERS = {
    "z-image": _Denoiser("ZImagePipeline", "ZImageTransformer2DModel", "Tongyi-MAI/Z-Image-Turbo"),
    "qwen-image": _Denoiser("QwenImagePipeline", "QwenImageTransformer2DModel", "Qwen/Qwen-Image"),
    "chroma": _Denoiser("ChromaPipeline", "ChromaTransformer2DModel", "lodestones/Chroma1-HD"),
    "lumina2": _Denoiser(
        "Lumina2Pipeline", "Lumina2Transformer2DModel", "Alpha-VLLM/Lumina-Image-2.0"
    ),
    "kolors": _Denoiser(
        "KolorsPipeline",
        "UNet2DConditionModel",
        _KOLORS,
        "unet",
        f'config={_KOLORS!r}, subfolder="unet", ',
        "# diffusers reads a UNet of Kolors in its own words alone, as it was published.\n",
    ),
}
_WEIGHT_FILE, _PACKED_FILE = ".safetensors", ".gguf"
_PACKED = "GGUFQuantizationConfig"
_LINES = """\
# The file holds the {part}; the rest is that of a folder or a repository.
{note}{part} = {network}.from_single_file({source!r}, {how}{packed}torch_dtype={dtype})
pipeline = {pipeline}.from_pretrained({rest!r}, {part}={part}, torch_dtype={dtype})
"""


class Loading(NamedTuple):
    names: tuple[str, ...]
    lines: str


def loading_of(source: str, family: str, dtype: str) -> Loading:
    """source: path of a folder or of one file. dtype: torch's name for a precision."""
    is_packed = source.lower().endswith(_PACKED_FILE)
    precision = f"torch.{dtype}"
    own = _DENOISERS.get(family)
    if own is not None and (is_packed or source.lower().endswith(_WEIGHT_FILE)):
        packed = f"quantization_config={_PACKED}(compute_dtype={precision}), " if is_packed else ""
        lines = _LINES.format(**own._asdict(), source=source, packed=packed, dtype=precision)
        return Loading((own.pipeline, own.network, *([_PACKED] if is_packed else [])), lines)
    loader, how = _loader(source, family)
    return Loading((loader,), f"pipeline = {loader}.{how}({source!r}, torch_dtype={precision})\n")


def _loader(source: str, family: str) -> tuple[str, str]:
    """Class and method."""
    if not source.lower().endswith(_WEIGHT_FILE):
        return "DiffusionPipeline", "from_pretrained"
    return _FILE_CLASSES.get(family, "StableDiffusionPipeline"), "from_single_file"

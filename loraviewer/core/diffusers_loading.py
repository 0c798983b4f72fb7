"""How a script for diffusers loads a base: the lines, and the names that they import."""

from typing import NamedTuple

_FILE_CLASSES = {
    "sdxl": "StableDiffusionXLPipeline",
    "sdxl-refiner": "StableDiffusionXLImg2ImgPipeline",
    "sd3": "StableDiffusion3Pipeline",
    "flux1": "FluxPipeline",
}
"""Family → class that reads a checkpoint from one file; others are SD 1.x and 2.x, or below."""


class _Transformer(NamedTuple):
    """Of a family whose files hold the transformer: its pipeline, its class, where the rest is."""

    pipeline: str
    network: str
    rest: str


_TRANSFORMERS = {
    "z-image": _Transformer(
        "ZImagePipeline", "ZImageTransformer2DModel", "Tongyi-MAI/Z-Image-Turbo"
    ),
    "qwen-image": _Transformer(
        "QwenImagePipeline", "QwenImageTransformer2DModel", "Qwen/Qwen-Image"
    ),
    "chroma": _Transformer("ChromaPipeline", "ChromaTransformer2DModel", "lodestones/Chroma1-HD"),
    "lumina2": _Transformer(
        "Lumina2Pipeline", "Lumina2Transformer2DModel", "Alpha-VLLM/Lumina-Image-2.0"
    ),
}
_WEIGHT_FILE, _PACKED_FILE = ".safetensors", ".gguf"
_PACKED = "GGUFQuantizationConfig"
_LINES = """\
# The file holds the transformer; the rest is that of a folder or a repository.
transformer = {network}.from_single_file({source!r}, {packed}torch_dtype={dtype})
pipeline = {pipeline}.from_pretrained({rest!r}, transformer=transformer, torch_dtype={dtype})
"""


class Loading(NamedTuple):
    names: tuple[str, ...]
    lines: str


def loading_of(source: str, family: str, dtype: str) -> Loading:
    """source: path of a folder or of one file. dtype: torch's name for a precision."""
    is_packed = source.lower().endswith(_PACKED_FILE)
    precision = f"torch.{dtype}"
    own = _TRANSFORMERS.get(family)
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

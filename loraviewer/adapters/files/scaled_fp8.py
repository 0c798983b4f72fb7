"""Weights that are kept as fp8 with a scale beside each, which is multiplied in when they load."""

from loraviewer.adapters.files.header import Header

FP8_DTYPES = frozenset({"F8_E4M3", "F8_E5M2"})
"""As safetensors spells them."""

SCALES = (".scale_weight", ".weight_scale")
LEFTOVERS = (*SCALES, ".scale_input", ".input_scale", ".comfy_quant")
"""Endings of tensors that belong to the format, and that no network has."""


def scale_name(header: Header, name: str) -> str | None:
    """The tensor that a scaled fp8 weight must be multiplied with; None for all other tensors."""
    module, _, role = name.rpartition(".")
    scales = (f"{module}{suffix}" for suffix in SCALES if role == "weight")
    return next((scale for scale in scales if scale in header.tensors), None)

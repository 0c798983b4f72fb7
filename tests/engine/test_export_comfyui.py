"""The names of a baked adapter are those that ComfyUI looks for, but for those listed here."""

import pytest
from safetensors import safe_open

from tests.engine import comfyui_names
from tests.engine.exports import (
    STABLE_DIFFUSION,
    bake,
    clip_encoders,
    dotted,
    factors_of_all_matrices,
    loader_of,
    stable_diffusion,
)

_SUFFIXES = (".lora_A.weight", ".lora_B.weight", ".lora_up.weight", ".lora_down.weight")

_UNREAD = {
    "chroma": {"distilled_guidance_layer"},
    "flux2": {
        "time_guidance_embed",
        "double_stream_modulation_img",
        "double_stream_modulation_txt",
        "single_stream_modulation",
    },
}
_UNREAD["flux2-klein"] = _UNREAD["flux2"]
"""Beginnings of the paths that ComfyUI knows by other words only."""
_WITHOUT = {"lumina2", "anima"}
"""Families of which it knows no path of diffusers."""


def modules_of(file):
    """The names of the baked modules, without the suffixes of their factors."""
    with safe_open(file, "np") as opened:
        names = list(opened.keys())
    assert all(name.endswith(_SUFFIXES) for name in names)
    return {name[: -len(suffix)] for name in names for suffix in _SUFFIXES if name.endswith(suffix)}


def bake_all(tmp_path, components, **options):
    """The module names of an adapter of every matrix of the components."""
    tensors = {}
    for name, network in components.items():
        tensors |= dotted(factors_of_all_matrices(network), name)
    return modules_of(bake(tmp_path, components, tensors, **options)[0])


@pytest.mark.parametrize("family", comfyui_names.FAMILIES)
def test_transformers(tmp_path, family):
    modules = bake_all(tmp_path, {"transformer": loader_of(family, tmp_path).transformer})
    unread = {m for m in modules if not comfyui_names.is_read_of_transformer(family, m)}
    if family in _WITHOUT:
        assert unread == modules
    else:
        assert {name.split(".")[1] for name in unread} == _UNREAD.get(family, set())


@pytest.mark.parametrize("family", STABLE_DIFFUSION)
def test_stable_diffusion(tiny_folder, tmp_path, family):
    pipeline = stable_diffusion(tiny_folder, family)
    names = ("unet", "text_encoder", "text_encoder_2")
    components = {name: getattr(pipeline, name) for name in names if hasattr(pipeline, name)}
    for module in bake_all(tmp_path, components):
        assert comfyui_names.is_read_of_stable_diffusion(module, "text_encoder_2" in components)


@pytest.mark.parametrize("family", ["sd3", "flux1"])
def test_clip_beside_a_transformer(tmp_path, family):
    """But the projections, which ComfyUI reads in kohya's names only."""
    encoders = clip_encoders(loader_of(family, tmp_path))
    modules = bake_all(tmp_path, encoders, names="peft")
    unread = {m for m in modules if not comfyui_names.is_read_of_clip(m)}
    assert unread == {f"{name}.text_projection" for name in encoders if family == "sd3"}

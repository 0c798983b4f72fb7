"""Strengths in single blocks as the script for diffusers sets them, in pipelines of other families:
every layer, convolutions and text encoders too, has what `block_of` says of its place."""

import pytest
from safetensors.torch import save_file

from loraviewer.core.blocks import block_of, block_scales
from loraviewer.core.diffusers_code import code_of
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from loraviewer.core.stack import AppliedAdapter
from tests.engine import tiny_pipelines
from tests.engine.exports import clip_encoders, dotted, factors_of_all_matrices
from tests.engine.test_export_diffusers import _NOT_IN_DIFFUSERS, landed

SCALE, TEXT_SCALE = 0.7, 0.25


@pytest.fixture
def base_of(tiny_folder, tmp_path):
    def base_of(family):
        return (
            tiny_folder / family
            if family in ("sd", "xl")
            else tiny_pipelines.save(family, tmp_path)
        )

    return base_of


def run(base, adapter):
    """The pipeline as the script has made it, before it draws."""
    request = GenerationRequest(
        checkpoint=CheckpointRef(str(base)), adapters=(adapter,), sampling=Sampling()
    )
    code, names = code_of(request, str(base), "flux1"), {}
    exec(compile(code[: code.index("image = ")], "picture.py", "exec"), names)
    return names["pipeline"]


def adapted(pipeline):
    encoders = ("text_encoder", "text_encoder_2")
    found = {n: m for n in ("unet", "transformer") if (m := getattr(pipeline, n, None)) is not None}
    if "unet" in found:
        return found | {n: getattr(pipeline, n) for n in encoders if hasattr(pipeline, n)}
    return found | (clip_encoders(pipeline) if hasattr(pipeline, "text_encoder_2") else {})


@pytest.mark.parametrize("family", ["sd", "xl", "sd3", "flux1", "lumina2", "qwen-image", "z-image"])
def test_each_layer_has_the_strength_of_its_block(base_of, tmp_path, family):
    base, path = base_of(family), tmp_path / "all.safetensors"
    components = adapted(tiny_pipelines.diffusers.DiffusionPipeline.from_pretrained(base))
    factors = {
        (component, place): pair
        for component, network in components.items()
        for place, pair in factors_of_all_matrices(network).items()
        if not place.startswith(_NOT_IN_DIFFUSERS)
    }
    tensors = {}
    for (component, place), pair in factors.items():
        tensors |= dotted({place: pair}, component)
    save_file(tensors, path)
    blocks = {key: block_of(key[0], f"{key[1]}.weight") for key in factors}
    names = sorted(set(blocks.values()))
    strengths = {name: (number % 4 - 1) / 2 for number, name in enumerate(names)}
    adapter = AppliedAdapter("a" * 64, SCALE, TEXT_SCALE, "all", str(path),
                             block_scales(strengths))  # fmt: skip
    networks = adapted(run(base, adapter))
    deltas = {(c, p): delta for c, m in networks.items() for p, delta in landed(m, "all").items()}
    assert deltas.keys() == factors.keys()
    for key, (down, up) in factors.items():
        whole = TEXT_SCALE if key[0].startswith("text_encoder") else SCALE
        strength = whole * strengths[blocks[key]]
        wanted = strength * (up.double().flatten(1) @ down.double().flatten(1))
        assert deltas[key].double().flatten(1).allclose(wanted, rtol=1e-4, atol=1e-5), key
        assert strength != 0.0 or not deltas[key].any()
    assert len({strengths[block] for block in blocks.values()}) > 1

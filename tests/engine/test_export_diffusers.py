"""A baked adapter lands whole, with the right numbers, in diffusers' own loader."""

import pytest
import torch

from tests.engine.exports import (
    SCALE,
    STABLE_DIFFUSION,
    bake,
    clip_encoders,
    dotted,
    factors_of_all_matrices,
    loader_of,
    loha_of_all_matrices,
    stable_diffusion,
)
from tests.engine.tiny_pipelines import BUILDERS
from tests.engine.tiny_transformers import LOADERS

pytestmark = pytest.mark.sampled(3)

PIPELINES = tuple(f for f in BUILDERS if f != "pixart" and f not in LOADERS)
"""diffusers has no loader of adapters for PixArt."""
FAMILIES = (*PIPELINES, *LOADERS)


def landed(network, name="baked"):
    """ΔW of each layer that PEFT put into the network."""
    return {
        path: module.get_delta_weight(name)
        for path, module in network.named_modules()
        if hasattr(module, "get_delta_weight") and name in module.lora_A
    }


def assert_landed(network, factors, rank=None):
    wanted = {
        path: SCALE * (up.double().flatten(1) @ down.double().flatten(1))
        for path, (down, up) in factors.items()
    }
    assert_deltas(network, wanted, rank)


def assert_deltas(network, wanted, rank=None):
    """Each ΔW in float64, the best of this rank; what landed beside them changes nothing."""
    deltas = landed(network)
    beside = deltas.keys() - wanted.keys()
    assert all(path.endswith(".out_proj") and not deltas[path].any() for path in beside)
    for path, delta in wanted.items():
        if rank is not None:
            u, s, vh = torch.linalg.svd(delta, full_matrices=False)
            delta = (u[:, :rank] * s[:rank]) @ vh[:rank]
        torch.testing.assert_close(
            deltas[path].double().flatten(1), delta, rtol=1e-4, atol=1e-5, msg=path
        )


def grouped_convolutions(network):
    return {path for path, module in network.named_modules() if getattr(module, "groups", 1) > 1}


@pytest.mark.parametrize("rank", [None, 1])
@pytest.mark.parametrize("family", FAMILIES)
def test_every_matrix_of_the_transformer_lands_in_diffusers(tmp_path, family, rank):
    """But for convolutions in groups, of which Sana has one a block: PEFT has no factors of them
    that have the convolution's shape."""
    loader = loader_of(family, tmp_path)
    factors = factors_of_all_matrices(loader.transformer)
    components = {"transformer": loader.transformer}
    out, written = bake(tmp_path, components, dotted(factors), rank)
    grouped = grouped_convolutions(loader.transformer)
    assert set(written.left_out) == {f"transformer.{path}.weight" for path in grouped}
    assert bool(grouped) == (family == "sana")
    assert written.names == "peft"
    loader.load_lora_weights(out, adapter_name="baked")
    wanted = {path: pair for path, pair in factors.items() if path not in grouped}
    assert_landed(loader.transformer, wanted, rank)


_ADD_EMBEDDING = "lora_unet_add_embedding"
_NOT_IN_DIFFUSERS = ("add_embedding.", "text_projection")
"""Names of the first are not read; the second cannot have another rank than its text encoder."""


def assert_all_land(tmp_path, pipeline, components, names, rank):
    """Every matrix of the components, but those of `_NOT_IN_DIFFUSERS`."""
    factors = {
        name: {
            path: pair
            for path, pair in factors_of_all_matrices(network).items()
            if not path.startswith(_NOT_IN_DIFFUSERS)
        }
        for name, network in components.items()
    }
    tensors = {}
    for name in components:
        tensors |= dotted(factors[name], name)
    out, written = bake(tmp_path, components, tensors, rank)
    assert (written.names, list(written.left_out)) == (names, [])
    pipeline.load_lora_weights(out, adapter_name="baked")
    for name, network in components.items():
        assert_landed(network, factors[name], rank)


@pytest.mark.parametrize("rank", [None, 1])
@pytest.mark.parametrize("family", STABLE_DIFFUSION)
def test_kohyas_names_of_stable_diffusion_land_in_diffusers(tiny_folder, tmp_path, family, rank):
    """But for two modules of SDXL that diffusers 0.42 does not take."""
    pipeline = stable_diffusion(tiny_folder, family)
    names = ("unet", "text_encoder", "text_encoder_2")
    components = {name: getattr(pipeline, name) for name in names if hasattr(pipeline, name)}
    assert_all_land(tmp_path, pipeline, components, "kohya", rank)


@pytest.mark.parametrize("rank", [None, 1])
@pytest.mark.parametrize("family", ["sd3", "flux1"])
def test_clip_encoders_in_pefts_names_land_in_diffusers(tmp_path, family, rank):
    """Beside the denoiser; T5 and other language models are in no loader of diffusers."""
    pipeline = loader_of(family, tmp_path)
    components = {"transformer": pipeline.transformer, **clip_encoders(pipeline)}
    assert_all_land(tmp_path, pipeline, components, "peft", rank)


@pytest.mark.parametrize("rank", [None, 2])
@pytest.mark.parametrize("family", STABLE_DIFFUSION)
def test_kinds_without_low_rank_form_land_in_diffusers(tiny_folder, tmp_path, family, rank):
    """LoHa, whose ΔW is of full rank: kohya's `diff` would be whole, and refused."""
    pipeline = stable_diffusion(tiny_folder, family)
    tensors, wanted = loha_of_all_matrices(pipeline.unet)
    out, written = bake(tmp_path, {"unet": pipeline.unet}, tensors, rank)
    is_unread = {f"unet.{path}.weight" for path in wanted if path.startswith(_NOT_IN_DIFFUSERS)}
    assert set(written.refused) == is_unread
    assert bool(is_unread) == (family == "xl")
    if is_unread:
        tensors = {name: t for name, t in tensors.items() if not name.startswith(_ADD_EMBEDDING)}
        wanted = {p: delta for p, delta in wanted.items() if not p.startswith(_NOT_IN_DIFFUSERS)}
        out, written = bake(tmp_path, {"unet": pipeline.unet}, tensors, rank)
    assert (written.names, written.left_out, written.refused, written.unread) == (
        "kohya",
        (),
        (),
        (),
    )
    pipeline.load_lora_weights(out, adapter_name="baked")
    assert_deltas(pipeline.unet, wanted, rank)


_SOME_OF_CLIP = (
    ("q_proj", "fc1"),
    ("q_proj", "v_proj"),
    ("fc1", "fc2"),
    ("fc2",),
    ("out_proj",),
    ("k_proj", "out_proj", "fc1"),
)


@pytest.mark.parametrize("names", _SOME_OF_CLIP, ids=", ".join)
@pytest.mark.parametrize("family", ["sd1", "xl", "sd3", "flux1"])
def test_some_layers_of_text_encoders_land_in_diffusers(tiny_folder, tmp_path, family, names):
    """diffusers knows how the names are meant by an output projection alone."""
    is_unet = family in STABLE_DIFFUSION
    pipeline = stable_diffusion(tiny_folder, family) if is_unet else loader_of(family, tmp_path)
    denoiser = "unet" if is_unet else "transformer"
    encoders = (
        {"text_encoder": pipeline.text_encoder} if family == "sd1" else clip_encoders(pipeline)
    )
    factors = {
        component: {
            path: pair
            for path, pair in factors_of_all_matrices(network).items()
            if path.rpartition(".")[2] in names
        }
        for component, network in encoders.items()
    }
    tensors = {}
    for component, some in factors.items():
        tensors |= dotted(some, component)
    components = {denoiser: getattr(pipeline, denoiser), **encoders}
    out, written = bake(tmp_path, components, tensors)
    assert (written.left_out, written.refused, written.unread) == ((), (), ())
    pipeline.load_lora_weights(out, adapter_name="baked")
    for component, network in encoders.items():
        assert_landed(network, factors[component])


def test_a_bias_in_kohyas_names_is_told_to_be_refused_by_diffusers(tiny_folder, tmp_path):
    """It is: the file must say so before somebody tries."""
    pipeline = stable_diffusion(tiny_folder, "sd1")
    bias = torch.ones_like(pipeline.unet.conv_in.bias)
    tensors = {"lora_unet_conv_in.diff_b": bias}
    out, written = bake(tmp_path, {"unet": pipeline.unet}, tensors)
    assert (written.refused, written.unread) == (("unet.conv_in.bias",), ())
    assert "--names peft leaves them out" in written.notes(out)[0]
    with pytest.raises(Exception):  # noqa: B017 - diffusers' own, whatever it is
        pipeline.load_lora_weights(out, adapter_name="baked")


def test_what_no_program_reads_of_a_text_encoder_is_told(tiny_folder, tmp_path):
    """diffusers drops the words’ factors without a word, and refuses a whole norm."""
    pipeline = stable_diffusion(tiny_folder, "sd1")
    encoder = pipeline.text_encoder
    words, width = encoder.get_input_embeddings().weight.shape
    embedding = "text_encoder.text_model.embeddings.token_embedding.lora_embedding_"
    tensors = {f"{embedding}A": torch.randn(2, words), f"{embedding}B": torch.randn(width, 2)}
    _, written = bake(tmp_path, {"text_encoder": encoder}, tensors)
    assert (written.refused, len(written.unread)) == ((), 1)
    assert "neither ComfyUI nor diffusers reads 1 change" in written.notes(tmp_path)[0]
    tensors = {"lora_te_text_model_final_layer_norm.diff": torch.ones(width)}
    _, written = bake(tmp_path, {"text_encoder": encoder}, tensors)
    assert len(written.refused) == len(written.unread) == 1

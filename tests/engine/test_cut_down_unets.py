"""UNets with fewer blocks than SDXL, as SSD-1B, Vega and KOALA: opened as single files, whole and
alone, with what their weights tell of their depth."""

import re
import shutil
import socket

import numpy as np
import pytest
import torch
from diffusers import UNet2DConditionModel
from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint

from loraviewer.adapters.inspection.inspect import inspect_file
from loraviewer.adapters.recognition import single_file_config
from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import CheckpointError
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from loraviewer.core.resources import clip_vocabulary, family_config
from loraviewer.engine.baking import bake_checkpoint, open_workbench
from loraviewer.engine.device import choose_compute
from loraviewer.engine.opening import single_file
from loraviewer.engine.opening.checkpoint import open_checkpoint
from loraviewer.engine.opening.networks import empty_network
from loraviewer.engine.opening.original_layouts import component_class
from loraviewer.engine.rewriting.forms import form_of
from loraviewer.engine.studio_engine import StudioEngine
from tests.engine import original, tiny, tiny_pipelines
from tests.engine.conftest import applied, silent

pytestmark = pytest.mark.sampled(2)

PREFIX = "model.diffusion_model."
NO_ATTENTION = {"mid_block_type": "UNetMidBlock2D"}
CUT = {
    "ssd-1b": NO_ATTENTION
    | {
        "transformer_layers_per_block": [1, 2, 4],
        "reverse_transformer_layers_per_block": [[4, 4, 10], [2, 1, 1], 1],
    },
    "vega": NO_ATTENTION
    | {
        "transformer_layers_per_block": [1, 1, 2],
        "reverse_transformer_layers_per_block": [[2, 2, 2], 1, 1],
    },
    "koala-1b": {"layers_per_block": 1, "transformer_layers_per_block": [1, 2, 6]},
    "koala-700m": {
        "mid_block_type": None,
        "layers_per_block": 1,
        "transformer_layers_per_block": [1, 2, 5],
    },
    "unknown": {"transformer_layers_per_block": [1, 1, 3]},
}
"""Variant → settings of the published UNets that differ from SDXL's; the last is nobody's."""
PARAMETERS = {"ssd-1b": 1.33e9, "vega": 0.745e9, "koala-1b": 1.16e9, "koala-700m": 0.78e9}
"""As published, of the UNets alone."""

_RESNET = {
    "norm1": "in_layers.0", "conv1": "in_layers.2", "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0", "conv2": "out_layers.3", "conv_shortcut": "skip_connection",
}  # fmt: skip
_OUTER = {
    "conv_in": "input_blocks.0.0", "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2", "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2", "conv_norm_out": "out.0", "conv_out": "out.2",
    "encoder_hid_proj": "encoder_hid_proj",  # of Kolors alone, which LDM had no word for
}  # fmt: skip


def ldm_tensors(unet) -> dict[str, torch.Tensor]:
    """The UNet as the original code would have built it, block after block."""
    places = dict(_OUTER)
    number = 1
    for level, block in enumerate(unet.down_blocks):
        for layer in range(len(block.resnets)):
            places[f"down_blocks.{level}.resnets.{layer}"] = f"input_blocks.{number}.0"
            places[f"down_blocks.{level}.attentions.{layer}"] = f"input_blocks.{number}.1"
            number += 1
        if block.downsamplers:
            places[f"down_blocks.{level}.downsamplers.0.conv"] = f"input_blocks.{number}.0.op"
            number += 1
    for at, part in enumerate(("resnets.0", "attentions.0", "resnets.1")):
        places[f"mid_block.{part}"] = f"middle_block.{at}"
    number = 0
    for level, block in enumerate(unet.up_blocks):
        for layer in range(len(block.resnets)):
            places[f"up_blocks.{level}.resnets.{layer}"] = f"output_blocks.{number}.0"
            places[f"up_blocks.{level}.attentions.{layer}"] = f"output_blocks.{number}.1"
            number += 1
        if block.upsamplers:
            after = 2 if hasattr(block, "attentions") else 1
            places[f"up_blocks.{level}.upsamplers.0.conv"] = (
                f"output_blocks.{number - 1}.{after}.conv"
            )
    return {PREFIX + _renamed(name, places): w for name, w in unet.state_dict().items()}


def _renamed(name: str, places: dict[str, str]) -> str:
    start = max((p for p in places if name.startswith(f"{p}.")), key=len)
    rest = name.removeprefix(f"{start}.")
    module, _, role = rest.rpartition(".")
    inner = _RESNET[module] if re.search(r"resnets\.\d$", start) else module
    return ".".join(filter(None, (places[start], inner, role)))


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    return original.write_tiny_config("sdxl", tmp_path_factory.mktemp("configs") / "sdxl")


@pytest.fixture(scope="module")
def others(config):
    """The text encoders and the VAE, which are SDXL's."""
    return original.random_networks(config)


@pytest.fixture(scope="module")
def unets(config):
    made = {}

    def unet(variant: str):
        if variant not in made:
            kind = component_class(config, "unet")
            made[variant] = empty_network(kind, config / "unet", changes=CUT[variant])
            made[variant].to_empty(device="cpu")
            generator = torch.Generator().manual_seed(len(made))
            for parameter in made[variant].parameters():
                parameter.data.normal_(generator=generator).mul_(0.2)
        return made[variant]

    return unet


@pytest.fixture(autouse=True)
def _offline(config, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(single_file_config, "family_config", lambda name: config.parent / name)


@pytest.fixture
def write(unets, others, tmp_path):
    def write(variant: str):
        whole = ldm_tensors(unets(variant)) | original.original_others("sdxl", others)
        return original.save(whole, tmp_path / "tiny.safetensors")

    return write


@pytest.mark.parametrize("variant", CUT)
def test_the_tiny_files_are_what_diffusers_reads(variant, unets):
    """By its own converter: the file is laid out as published ones."""
    unet = unets(variant)
    settings = {**unet.config, "class_embed_type": None}
    found = convert_ldm_unet_checkpoint(ldm_tensors(unet), settings)
    wanted = unet.state_dict()
    assert found.keys() == wanted.keys()
    assert all(torch.equal(found[name], wanted[name]) for name in wanted)


@pytest.mark.parametrize("variant", CUT)
def test_every_weight_arrives(variant, write, unets):
    path = write(variant)
    facts = inspect_file(path)
    assert (facts["type"], facts["family"], facts["variant"]) == ("checkpoint", "sdxl", variant)
    assert (facts["opens"], facts["needs"], facts["why_not"]) == (True, [], "")
    checkpoint = open_checkpoint(str(path), choose_compute("cpu"), CancelToken(), silent)
    found, wanted = checkpoint.networks["unet"].state_dict(), unets(variant).state_dict()
    assert found.keys() == wanted.keys()
    assert all(torch.equal(found[name], wanted[name]) for name in wanted)
    assert checkpoint.family.name == "sdxl"


@pytest.mark.parametrize("variant", ["ssd-1b", "koala-700m"])
def test_a_unet_alone_in_the_words_of_diffusers(variant, unets, others, tmp_path):
    folder = tmp_path / "components"
    for name in ("text_encoder", "text_encoder_2", "vae"):
        others[name].save_pretrained(folder / name)
    path = original.save(unets(variant).state_dict(), tmp_path / "unet.safetensors")
    compute = choose_compute("cpu")
    checkpoint = open_checkpoint(str(path), compute, CancelToken(), silent, folder)
    found, wanted = checkpoint.networks["unet"].state_dict(), unets(variant).state_dict()
    assert all(torch.equal(found[name], wanted[name]) for name in wanted)


@pytest.mark.parametrize("variant", ["ssd-1b", "koala-1b"])
def test_pictures_and_adapters(variant, write, unets, tmp_path, monkeypatch):
    """A LoRA on it counts, and without it the base is back."""
    tiny.write_tokenizer(tmp_path / "words")
    shutil.copy(clip_vocabulary() / "tokenizer_config.json", tmp_path / "words")
    monkeypatch.setattr(single_file, "clip_vocabulary", lambda: tmp_path / "words")
    path = write(variant)
    engine = StudioEngine("cpu")
    info = engine.load_checkpoint(str(path), CancelToken(), silent)
    assert info.default_width == 1024
    base = rendered(engine)
    module = "up_blocks.0.attentions.0.transformer_blocks.1.attn2.to_k"
    out, inner = unets(variant).get_parameter(f"{module}.weight").shape
    style = {
        f"unet.{module}.lora_A.weight": torch.randn(2, inner),
        f"unet.{module}.lora_B.weight": torch.randn(out, 2),
    }
    adapter = applied(original.save(style, tmp_path / "style.safetensors"), 3.0)
    report = engine.report(adapter.path, adapter.sha256, CancelToken())
    assert report.is_complete
    assert not np.array_equal(rendered(engine, adapter), base)
    assert np.array_equal(rendered(engine), base)


@pytest.mark.long
@pytest.mark.parametrize("variant", ["ssd-1b", "koala-700m"])
def test_it_becomes_a_folder_with_its_own_settings(variant, write, unets, tmp_path):
    """As diffusers opens it."""
    path, module = write(variant), "up_blocks.0.attentions.1.transformer_blocks.0.attn2.to_v"
    style = tiny_pipelines.write_lora(
        tmp_path / "style.safetensors", unets(variant), module, "unet"
    )
    stack, out = (applied(style),), tmp_path / "folder"
    bench = open_workbench(str(path), stack, CancelToken(), silent)
    form = form_of(path, is_file=False, precision="base")
    bake_checkpoint(bench, str(path), stack, out, CancelToken(), form=form)
    found = UNet2DConditionModel.from_pretrained(out / "unet", local_files_only=True).state_dict()
    wanted = unets(variant).state_dict()
    assert found.keys() == wanted.keys()
    changed = {name for name in wanted if not torch.equal(found[name], wanted[name])}
    assert changed == {f"{module}.weight"}


def rendered(engine, *adapters) -> np.ndarray:
    sampling = Sampling(prompt="a", steps=2, width=64, height=64)
    request = GenerationRequest(checkpoint=CheckpointRef(""), sampling=sampling, adapters=adapters)
    made = engine.render_anew(request, CancelToken(), silent)
    return np.frombuffer(made.picture.rgb, np.uint8)


def test_a_missing_block_is_never_random(unets, others, tmp_path):
    tensors = ldm_tensors(unets("ssd-1b")) | original.original_others("sdxl", others)
    lost = f"{PREFIX}output_blocks.1.1.transformer_blocks.1."
    some = {name: t for name, t in tensors.items() if not name.startswith(lost)}
    path = original.save(some, tmp_path / "tiny.safetensors")
    with pytest.raises(CheckpointError, match="not complete"):
        open_checkpoint(str(path), choose_compute("cpu"), CancelToken(), silent)


@pytest.mark.parametrize("variant", PARAMETERS)
def test_they_are_as_large_as_published(variant):
    folder = family_config("sdxl")
    kind = component_class(folder, "unet")
    unet = empty_network(kind, folder / "unet", changes=CUT[variant])
    count = sum(parameter.numel() for parameter in unet.parameters())
    assert count == pytest.approx(PARAMETERS[variant], rel=0.02)

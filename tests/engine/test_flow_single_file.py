import json
import re
import socket
import struct
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from loraviewer.adapters.files.header import read_header
from loraviewer.adapters.recognition import single_file_config
from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import CheckpointError
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from loraviewer.core.resources import family_config
from loraviewer.engine.baking import bake_checkpoint, open_workbench
from loraviewer.engine.checkpoint import Checkpoint
from loraviewer.engine.device import choose_compute
from loraviewer.engine.opening.checkpoint import open_checkpoint, open_stored_networks
from loraviewer.engine.opening.sentencepiece_models import read_sentencepiece
from loraviewer.engine.opening.tokenizers import t5_tokenizer
from loraviewer.engine.studio_engine import StudioEngine
from tests.engine import original, original_flow, tiny_pipelines
from tests.engine.conftest import applied, silent

pytestmark = pytest.mark.sampled(2)

CONFIGS = ("sd3-medium", "sd3.5-medium", "sd3.5-large", "flux1-dev", "flux1-schnell")
_T5 = "text_encoders.t5xxl."


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Configuration → tiny networks with random weights, and the folder of all configurations."""
    root = tmp_path_factory.mktemp("flow")
    folders = {name: original_flow.write_tiny_config(name, root / name) for name in CONFIGS}
    return {name: original.random_networks(folder) for name, folder in folders.items()}, root


@pytest.fixture
def tensors(models):
    """Configuration → a copy of the checkpoint's tensors, in the original layout."""
    return lambda config: original_flow.original_tensors(config, models[0][config])


@pytest.fixture
def write(models, tmp_path, monkeypatch):
    """Write tensors to a file; nothing may reach the network from now on."""

    def refuse(*args, **kwargs):
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(single_file_config, "family_config", lambda name: models[1] / name)
    return lambda some: original.save(some, tmp_path / "tiny.safetensors")


@pytest.fixture
def t5_folder(tmp_path):
    return original_flow.write_t5_tokenizer(tmp_path / "components")


def open_file(path, components=None) -> Checkpoint:
    return open_checkpoint(str(path), choose_compute("cpu"), CancelToken(), silent, components)


def assert_equal_weights(checkpoint: Checkpoint, wanted: dict[str, torch.nn.Module]) -> None:
    assert checkpoint.networks.keys() == wanted.keys()
    for component, network in checkpoint.networks.items():
        found = network.state_dict()
        for name, weight in wanted[component].state_dict().items():
            assert torch.equal(found[name], weight), (component, name)


@pytest.mark.parametrize("config", CONFIGS)
def test_every_weight_arrives(config, models, tensors, write, t5_folder):
    checkpoint = open_file(write(tensors(config)), t5_folder)
    assert_equal_weights(checkpoint, models[0][config])
    assert checkpoint.family.name == config.partition("-")[0].replace("sd3.5", "sd3")


@pytest.mark.parametrize("config", ["sd3.5-medium", "flux1-dev"])
def test_they_render(config, tensors, write, t5_folder):
    engine = StudioEngine("cpu", components=t5_folder)
    info = engine.load_checkpoint(str(write(tensors(config))), CancelToken(), silent)
    assert info.size_multiple == 16
    assert info.samplers == ("Euler",)
    sampling = Sampling(prompt="a red cat", steps=2, width=32, height=48, guidance_scale=4.0)
    request = GenerationRequest(checkpoint=CheckpointRef(""), sampling=sampling)
    seen = []
    rendered = engine.render(request, CancelToken(), seen.append)
    assert (rendered.picture.width, rendered.picture.height) == (32, 48)
    assert [progress.step for progress in seen] == [1, 2]
    assert rendered.request.sampling.sampler == "Euler"


def test_sd3_without_t5(models, tensors, write):
    some = {name: t for name, t in tensors("sd3-medium").items() if not name.startswith(_T5)}
    checkpoint = open_file(write(some))
    wanted = {k: n for k, n in models[0]["sd3-medium"].items() if k != "text_encoder_3"}
    assert_equal_weights(checkpoint, wanted)


def test_sd3_leaves_t5_out_where_its_tokenizer_is_missing(tensors, write):
    assert "text_encoder_3" not in open_file(write(tensors("sd3-medium"))).networks


def test_flux_says_that_it_needs_the_tokenizer_of_t5(tensors, write):
    with pytest.raises(CheckpointError, match=r"tiny.safetensors.*spiece.model.*--components"):
        open_file(write(tensors("flux1-dev")))


def test_all_that_flux_lacks_is_named_at_once(tensors, write):
    """Who puts one thing into the folder is not sent back for the next."""
    some = {name: t for name, t in tensors("flux1-dev").items() if not name.startswith(_T5)}
    wanted = (
        r"needs T5 \(text_encoder_2\) and the tokenizer of T5 \(tokenizer.json or spiece.model\);"
    )
    with pytest.raises(CheckpointError, match=wanted):
        open_file(write(some))


def test_sd3_that_lacks_more_does_not_ask_for_t5(tensors, write):
    some = {n: t for n, t in tensors("sd3-medium").items() if "clip_g" not in n and "t5" not in n}
    with pytest.raises(CheckpointError, match=r"needs CLIP-G \(text_encoder_2\);"):
        open_file(write(some))


def _split_off(tensors, folder):
    """The transformer alone, with its companions as the files that ComfyUI's users keep."""
    lone = {
        "clip_l.safetensors": "text_encoders.clip_l.transformer.",
        "any name.safetensors": "text_encoders.t5xxl.transformer.",
        "ae.safetensors": "first_stage_model.",
        "clip_g.safetensors": "text_encoders.clip_g.transformer.",
    }
    for file, prefix in lone.items():
        names = [name for name in tensors if name.startswith(prefix)]
        if names:
            parts = {name.removeprefix(prefix): tensors.pop(name).contiguous() for name in names}
            save_file(parts, folder / file)
    return {name.removeprefix("model.diffusion_model."): t for name, t in tensors.items()}


@pytest.mark.parametrize("config", ["sd3-medium", "flux1-schnell"])
def test_a_transformer_alone_finds_its_companions_by_their_contents(
    config, models, tensors, write, t5_folder
):
    alone = write(_split_off(tensors(config), t5_folder))
    save_file({"lora_unet_x.lora_up.weight": torch.zeros(1, 1)}, t5_folder / "a.safetensors")
    whole = {name: torch.zeros_like(t) for name, t in tensors(config).items()}
    save_file(whole, t5_folder / "a whole checkpoint.safetensors")
    assert_equal_weights(open_file(alone, t5_folder), models[0][config])


def test_a_transformer_alone_finds_components_as_diffusers_saves_them(
    models, tensors, write, t5_folder
):
    networks = models[0]["flux1-dev"]
    alone = write(_split_off(tensors("flux1-dev"), t5_folder))
    for file in ("clip_l", "any name", "ae"):
        (t5_folder / f"{file}.safetensors").unlink()
    for component in ("vae", "text_encoder", "text_encoder_2"):
        networks[component].save_pretrained(t5_folder / component)
    assert_equal_weights(open_file(alone, t5_folder), networks)


def test_a_transformer_alone_names_everything_that_is_missing(tensors, write, tmp_path):
    alone = write(_split_off(tensors("flux1-dev"), tmp_path))
    with pytest.raises(
        CheckpointError, match=r"CLIP-L.*, T5.*, the VAE and the tokenizer of T5 .*--components"
    ):
        open_file(alone)


def test_a_folder_of_components_that_is_not_there(tensors, write, tmp_path):
    with pytest.raises(CheckpointError, match="no such folder"):
        open_file(write(tensors("sd3-medium")), tmp_path / "gone")


@pytest.mark.parametrize(
    "name", ["final_layer.linear.weight", "joint_blocks.1.x_block.attn.qkv.bias"]
)
def test_missing_weights_are_never_random(name, tensors, write):
    some = tensors("sd3-medium")
    del some[f"model.diffusion_model.{name}"]
    with pytest.raises(CheckpointError, match="not complete"):
        open_file(write(some))


def test_missing_weights_of_flux(tensors, write, t5_folder):
    some = tensors("flux1-dev")
    del some["model.diffusion_model.double_blocks.1.txt_mlp.2.bias"]
    with pytest.raises(CheckpointError, match=r"not complete"):
        open_file(write(some), t5_folder)


# fp8: computed with after scaling, never as it is stored.


def test_fp8_weights_are_widened(tensors, write, t5_folder, models):
    some = {
        name: t.clamp(-400, 400).to(torch.float8_e4m3fn) if t.ndim == 2 else t
        for name, t in tensors("flux1-dev").items()
    }
    checkpoint = open_file(write(some), t5_folder)
    name = "transformer_blocks.0.attn.to_k.weight"
    wanted = models[0]["flux1-dev"]["transformer"].state_dict()[name]
    found = checkpoint.networks["transformer"].state_dict()[name]
    assert found.dtype == torch.float32
    assert torch.equal(found, wanted.to(torch.float8_e4m3fn).float())


@pytest.mark.parametrize("suffix", ["scale_weight", "weight_scale"])
def test_scaled_fp8_weights_are_multiplied_out(suffix, tensors, write, t5_folder, models):
    some = tensors("flux1-dev")
    module = "model.diffusion_model.img_in"
    scale = torch.tensor(0.25)
    stored = (some[f"{module}.weight"] / scale).to(torch.float8_e4m3fn)
    some |= {f"{module}.weight": stored, f"{module}.{suffix}": scale}
    some["model.diffusion_model.scaled_fp8"] = torch.zeros(0, dtype=torch.float8_e4m3fn)
    checkpoint = open_file(write(some), t5_folder)
    found = checkpoint.networks["transformer"].get_parameter("x_embedder.weight")
    assert torch.equal(found, stored.float() * scale)


def test_nf4_is_refused(tensors, write, t5_folder):
    some = tensors("flux1-dev")
    name = "model.diffusion_model.img_in.weight.quant_state.bitsandbytes__nf4"
    some[name] = torch.zeros(4, dtype=torch.uint8)
    with pytest.raises(CheckpointError, match="NF4"):
        open_file(write(some), t5_folder)


@pytest.mark.parametrize("suffix", ["scale_weight", "weight_scale"])
def test_fp8_by_blocks_is_refused_in_one_sentence(suffix, tensors, write, t5_folder):
    some = tensors("flux1-dev")
    module = "model.diffusion_model.img_in"
    stored = some[f"{module}.weight"].to(torch.float8_e4m3fn)
    some |= {f"{module}.weight": stored, f"{module}.{suffix}": torch.ones(2, 3)}
    with pytest.raises(CheckpointError, match=r"as fp8 by blocks, .*; open a float16"):
        open_file(write(some), t5_folder)


@pytest.mark.parametrize(
    ("mark", "words"),
    [
        ("weight_scale_inv", "fp8 by blocks"), ("SCB", "8-bit integers"),
        ("qweight", "4 bits"), ("qzeros", "GPTQ or AWQ"),
    ],
)  # fmt: skip
def test_marks_of_quantised_weights_are_refused(mark, words, tensors, write, t5_folder):
    some = tensors("flux1-dev")
    some[f"model.diffusion_model.img_in.{mark}"] = torch.ones(2, 3)
    with pytest.raises(CheckpointError, match=rf"quantised to .*{words}.*; open a float16"):
        open_file(write(some), t5_folder)


# Configurations: published widths and depths.


@pytest.mark.parametrize(
    ("config", "name", "shape"),
    [
        ("sd3-medium", "transformer_blocks.23.attn.to_q.weight", (1536, 1536)),
        ("sd3-medium", "pos_embed.pos_embed", (1, 36864, 1536)),
        ("sd3.5-large", "transformer_blocks.37.attn.to_q.weight", (2432, 2432)),
        ("flux1-dev", "time_text_embed.guidance_embedder.linear_1.weight", (3072, 256)),
        ("flux1-schnell", "single_transformer_blocks.37.proj_out.weight", (3072, 15360)),
        ("flux1-schnell", "transformer_blocks.18.norm1.linear.weight", (18432, 3072)),
    ],
)
def test_transformers_are_the_published_ones(config, name, shape, skeletons):
    weights = skeletons(config)["transformer"].state_dict()
    assert tuple(weights[name].shape) == shape


def test_sd35_medium_has_more_positions_and_second_attentions():
    config = json.loads((family_config("sd3.5-medium") / "transformer/config.json").read_text())
    assert config["pos_embed_max_size"] ** 2 == 147456
    assert config["dual_attention_layers"] == list(range(13))
    assert config["num_attention_heads"] * config["attention_head_dim"] == 1536


@pytest.mark.parametrize(
    ("config", "parameters"),
    [("sd3-medium", 2.03e9), ("sd3.5-large", 8.06e9), ("flux1-dev", 11.90e9)],
)
def test_transformers_are_as_large_as_published(config, parameters, skeletons):
    network = skeletons(config)["transformer"]
    count = sum(parameter.numel() for parameter in network.parameters())
    assert count == pytest.approx(parameters, rel=0.015)


@pytest.fixture(scope="module")
def skeletons():
    made = {}

    def skeleton(config):
        if config not in made:
            made[config] = original.skeleton(family_config(config))
        return made[config]

    return skeleton


# T5's vocabulary


def test_sentencepiece_vocabularies_need_no_library(tmp_path):
    path = tmp_path / "spiece.model"
    path.write_bytes(_sentencepiece(original_flow.T5_PIECES))
    pieces, charsmap = read_sentencepiece(path)
    assert pieces == list(original_flow.T5_PIECES)
    assert charsmap == b""
    tokenizer = t5_tokenizer(tmp_path)
    names = [name for name, _ in original_flow.T5_PIECES]
    expected = [names.index(piece) for piece in ("▁a", "▁red", "▁cat", "s", "</s>")]
    assert tokenizer("a red  cats").input_ids == expected
    padded = tokenizer("a", padding="max_length", max_length=4, truncation=True)
    assert padded.input_ids == [names.index("▁a"), 1, 0, 0]
    assert tokenizer.convert_tokens_to_ids("<extra_id_0>") == len(names) + 99


@pytest.mark.parametrize("data", [b"\xff" * 40, b"\x0a\x05ab", b"", b"\x0b\x00"])
def test_damaged_vocabularies_are_refused(data, tmp_path):
    (tmp_path / "spiece.model").write_bytes(data)
    with pytest.raises(CheckpointError, match=r"spiece.model"):
        t5_tokenizer(tmp_path)


def _sentencepiece(pieces) -> bytes:
    """A sentencepiece_model.proto with pieces (1: text, 2: score) and a trainer's field."""
    model = b""
    for text, score in pieces:
        raw = text.encode()
        body = b"\x0a" + bytes([len(raw)]) + raw + b"\x15" + struct.pack("<f", score)
        model += b"\x0a" + bytes([len(body)]) + body
    return model + b"\x12\x03\x18\xc0\x3e"


def test_a_loaded_file_is_read_once(tensors, write, t5_folder):
    path = write(tensors("flux1-dev"))
    steps: list[tuple[int, int]] = []

    def listen(what: str, fraction: float, done_bytes: int = 0, total_bytes: int = 0) -> None:
        steps.append((done_bytes, total_bytes))

    open_checkpoint(str(path), choose_compute("cpu"), CancelToken(), listen, t5_folder)
    assert steps[-1] == (path.stat().st_size - read_header(path).data_offset,) * 2


# Baking: every network of the file, in its own precision.


@pytest.mark.parametrize("config", ["sd3-medium", "flux1-dev"])
def test_stored_networks_are_all_that_the_file_holds(config, models, tensors, write):
    path = write({name: t.half() for name, t in tensors(config).items()})
    networks = open_stored_networks(str(path), CancelToken(), silent)
    assert networks.keys() == models[0][config].keys()
    wide = [
        (component, name)
        for component, network in networks.items()
        for name, parameter in network.named_parameters()
        if parameter.dtype != torch.float16
    ]
    assert not wide


@pytest.mark.parametrize(
    ("config", "module", "name"),
    [
        ("sd3-medium", "transformer_blocks.1.attn.to_k", "joint_blocks.1.x_block.attn.qkv.weight"),
        ("flux1-dev", "single_transformer_blocks.1.attn.to_v", "single_blocks.1.linear1.weight"),
    ],
)
def test_baking_into_fused_weights(config, module, name, models, tensors, write, tmp_path):
    path = write(tensors(config))
    network = models[0][config]["transformer"]
    lora = tiny_pipelines.write_lora(tmp_path / "l.safetensors", network, module, "transformer")
    out = tmp_path / "baked.safetensors"
    stack = (applied(lora),)
    bench = open_workbench(str(path), stack, CancelToken(), silent)
    bake_checkpoint(bench, str(path), stack, out, CancelToken())
    before, after, delta = load_file(path), load_file(out), load_file(lora)
    changed = [key for key in before if not torch.equal(before[key], after[key])]
    assert changed == [f"model.diffusion_model.{name}"]
    change = (
        delta[f"transformer.{module}.lora_B.weight"] @ delta[f"transformer.{module}.lora_A.weight"]
    )
    part = {"to_k": 1, "to_v": 2}[module.rpartition(".")[2]]
    rows = slice(part * change.shape[0], (part + 1) * change.shape[0])
    found = (after[changed[0]] - before[changed[0]]).double()
    assert torch.allclose(found[rows], change.double(), atol=1e-5)
    found[rows] = 0.0
    assert not found.any()


# Other depths and forms of Flux.1


@pytest.mark.parametrize("config", ["flux1-dev", "flux1-schnell"])
@pytest.mark.parametrize("form", ["whole", "alone", "in the words of diffusers"])
def test_flux_with_fewer_blocks(config, form, models, tensors, write, t5_folder, tmp_path):
    """The depth is the file's, in each of its forms; the guidance embedder tells dev."""
    networks = models[0][config]
    lost = re.compile(r"(?:double_blocks|single_blocks)\.1\.|transformer_blocks\.1\.")
    if form == "whole":
        some = tensors(config)
    elif form == "alone":
        some = _split_off(tensors(config), t5_folder)
    else:
        _split_off(tensors(config), t5_folder)
        some = networks["transformer"].state_dict()
    checkpoint = open_file(write({n: t for n, t in some.items() if not lost.search(n)}), t5_folder)
    found = checkpoint.networks["transformer"]
    settings: Any = found.config
    assert (settings.num_layers, settings.num_single_layers) == (1, 1)
    assert settings.guidance_embeds == (config == "flux1-dev")
    wanted = networks["transformer"].state_dict()
    own = found.state_dict()
    assert own.keys() == {name for name in wanted if not lost.search(name)}
    assert all(torch.equal(tensor, wanted[name]) for name, tensor in own.items())


@pytest.mark.parametrize(("inputs", "words"), [(384, "inpainting"), (128, "edges or depth")])
def test_flux_that_takes_a_picture_is_refused(inputs, words, tensors, write, t5_folder):
    some = tensors("flux1-dev")
    name = "model.diffusion_model.img_in.weight"
    some[name] = torch.zeros(some[name].shape[0], inputs)
    with pytest.raises(CheckpointError, match=rf"Flux\.1 checkpoint is .*{words}.*renders from"):
        open_file(write(some), t5_folder)


def test_a_vae_is_taken_by_its_latents(models, tensors, write, t5_folder):
    """Beside Stable Diffusion's, whose file comes first by name."""
    alone = write(_split_off(tensors("flux1-dev"), t5_folder))
    other = load_file(t5_folder / "ae.safetensors")
    other["decoder.conv_in.weight"] = other["decoder.conv_in.weight"][:, :4].contiguous()
    save_file(other, t5_folder / "a.safetensors")
    assert_equal_weights(open_file(alone, t5_folder), models[0]["flux1-dev"])

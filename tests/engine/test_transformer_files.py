"""Single files of families whose text encoders are language models, and of Chroma: a transformer as
published, beside a folder with the rest. Nothing reaches the network."""

import json
import shutil
import socket
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import torch
from diffusers.loaders import single_file_utils
from safetensors.torch import load_file, save_file

from loraviewer.adapters.inspection.inspect import inspect_file
from loraviewer.adapters.inspection.stored_base import stored_base
from loraviewer.adapters.recognition import single_file_config
from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import CheckpointError
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from loraviewer.engine.baking import bake_checkpoint, open_workbench
from loraviewer.engine.device import choose_compute
from loraviewer.engine.opening.checkpoint import open_checkpoint
from loraviewer.engine.opening.file_names import parameter_names
from loraviewer.engine.opening.packed_weights import BlockLinear, unpacked
from loraviewer.engine.studio_engine import StudioEngine
from tests.engine import original, original_dits, original_flow, tiny_pipelines
from tests.engine.conftest import applied, silent
from tests.engine.test_base_files import unlike
from tests.engine.test_gguf import write_gguf

pytestmark = pytest.mark.sampled(2)

FAMILIES = ("z-image", "qwen-image", "chroma", "lumina2")
CONFIGS = {
    "z-image": "z-image-turbo", "qwen-image": "qwen-image", "chroma": "chroma1",
    "lumina2": "lumina2",
}  # fmt: skip
MODULES = {
    "z-image": "layers.1.attention.to_k",
    "qwen-image": "transformer_blocks.1.attn.add_k_proj",
    "chroma": "single_transformer_blocks.1.attn.to_v",
    "lumina2": "layers.1.attn.to_k",
}
DEPTHS = {
    "z-image": ("n_layers", "n_refiner_layers"),
    "qwen-image": ("num_layers",),
    "chroma": ("num_layers", "num_single_layers"),
    "lumina2": ("num_layers", "num_refiner_layers"),
}
FULL = "model.diffusion_model."


class Files:
    """A tiny pipeline three times: as a diffusers folder, as the configuration that is bundled for
    it (deeper, for the depth is the file's), and as a folder of components without transformer."""

    def __init__(self, family: str, root: Path) -> None:
        torch.manual_seed(5)
        heads = {"heads": 3} if family == "lumina2" else {}
        made = getattr(tiny_pipelines, family.replace("-", "_"))(root, **heads)
        for parameter in made.transformer.parameters():
            parameter.data.normal_(std=0.2)
        self.family = family
        self.folder = root / "pipeline"
        made.save_pretrained(self.folder)
        self.weights = made.transformer.state_dict()
        self.config = root / "configs" / CONFIGS[family]
        shutil.copytree(self.folder, self.config)
        deeper = {name: made.transformer.config[name] + 2 for name in DEPTHS[family]}
        original.edit(self.config / "transformer", **deeper)
        self.components = root / "components"
        left_out = shutil.ignore_patterns("transformer", "model_index.json", "scheduler")
        shutil.copytree(self.folder, self.components, ignore=left_out)

    def write(self, path: Path, prefix: str = "") -> Path:
        tensors = original_dits.LAYOUTS[self.family](self.weights)
        return original.save({prefix + name: t for name, t in tensors.items()}, path)


@pytest.fixture(scope="module", params=FAMILIES)
def made(request, tmp_path_factory):
    return Files(request.param, tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def files(made, monkeypatch) -> Files:
    def refuse(*args, **kwargs):
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(single_file_config, "family_config", lambda name: made.config.parent / name)
    return made


def open_file(path: Path, components: Path | None):
    return open_checkpoint(str(path), choose_compute("cpu"), CancelToken(), silent, components)


def assert_same_weights(checkpoint, files: Files) -> None:
    assert_equal(checkpoint.networks, open_file(files.folder, None).networks)


def assert_equal(networks, others) -> None:
    assert networks.keys() == others.keys()
    for component, network in others.items():
        found = networks[component].state_dict()
        wanted = network.state_dict()
        assert found.keys() == wanted.keys()
        for name, weight in wanted.items():
            assert torch.equal(found[name], weight), (component, name)


@pytest.mark.parametrize("prefix", ["", FULL])
def test_every_weight_arrives(prefix, files, tmp_path):
    path = files.write(tmp_path / "tiny.safetensors", prefix)
    assert_same_weights(open_file(path, files.components), files)


def test_a_file_in_the_words_of_diffusers(files, tmp_path):
    """One that somebody merged from the shards of a folder."""
    path = original.save(files.weights, tmp_path / "tiny.safetensors")
    assert inspect_file(path)["family"] == files.family
    assert_same_weights(open_file(path, files.components), files)


def test_inspect_and_the_plan_know_it(files, tmp_path):
    path = files.write(tmp_path / "tiny.safetensors")
    facts = inspect_file(path)
    assert (facts["type"], facts["family"], facts["variant"]) == (
        "checkpoint", files.family, "base",
    )  # fmt: skip
    assert (facts["prediction"], facts["components"]) == ("flow", ["transformer"])
    assert (facts["opens"], facts["needs"]) == (True, ["text_encoder", "vae", "tokenizer"])
    base = stored_base(path, files.components)
    assert {part.name for part in base.components} == {"transformer", "vae", "text_encoder"}
    assert not any(part.is_assumed for part in base.components)
    assert base.denoiser is not None
    assert base.pictures == 1


def rendered(base: Path, components: Path | None, *adapters) -> np.ndarray:
    engine = StudioEngine("cpu", components=components)
    engine.load_checkpoint(str(base), CancelToken(), silent)
    sampling = Sampling(
        prompt="a red cat", negative_prompt="blue", steps=2, width=32, height=48, guidance_scale=3.0
    )
    request = GenerationRequest(checkpoint=CheckpointRef(""), sampling=sampling, adapters=adapters)
    seen = []
    made = engine.render(request, CancelToken(), seen.append)
    assert [progress.step for progress in seen if progress.step] == [1, 2]
    return np.frombuffer(made.picture.rgb, np.uint8)


def test_its_pictures_are_the_folders(files, tmp_path):
    """With and without an adapter, whose names are those for the folder."""
    path = files.write(tmp_path / "tiny.safetensors")
    network = open_file(files.folder, None).networks["transformer"]
    style = applied(
        tiny_pipelines.write_lora(
            tmp_path / "style.safetensors", network, MODULES[files.family], "transformer"
        ),
        2.0,
    )
    base = rendered(path, files.components)
    assert np.array_equal(base, rendered(files.folder, None))
    changed = rendered(path, files.components, style)
    assert np.array_equal(changed, rendered(files.folder, None, style))
    assert not np.array_equal(changed, base)


def test_an_adapter_changes_what_diffusers_changes(files, tmp_path):
    """The merged weights are those of `load_lora_weights` and `fuse_lora`."""
    path = files.write(tmp_path / "tiny.safetensors")
    module = MODULES[files.family]
    network = open_file(files.folder, None).networks["transformer"]
    style = tmp_path / "style.safetensors"
    tiny_pipelines.write_lora(style, network, module, "transformer")
    engine = StudioEngine("cpu", components=files.components)
    engine.load_checkpoint(str(path), CancelToken(), silent)
    sampling = Sampling(prompt="a", steps=1, width=32, height=32, guidance_scale=1.0)
    asked = GenerationRequest(
        checkpoint=CheckpointRef(""), sampling=sampling, adapters=(applied(style, 1.0),)
    )
    engine.render(asked, CancelToken(), silent)
    found = engine.checkpoint.networks["transformer"].get_parameter(f"{module}.weight")
    other = open_file(files.folder, None).pipeline
    other.load_lora_weights(load_file(style))
    other.fuse_lora()
    wanted = other.transformer.get_submodule(module).base_layer.weight
    assert not torch.equal(wanted, files.weights[f"{module}.weight"])
    torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-6)


def test_base_weights_are_read_from_the_files_again(files, tmp_path):
    """Where there is no memory for copies of them."""
    path = files.write(tmp_path / "tiny.safetensors", FULL)
    assert unlike(open_file(path, files.components), files.components) == set()


def test_diffusers_reads_the_file_in_the_same_way(files):
    """By its own converter, where that is not made for one width only."""
    if files.family != "z-image":
        pytest.skip("the converter of this family knows the published width alone")
    tensors = original_dits.z_image(files.weights)
    found = single_file_utils.convert_z_image_transformer_checkpoint_to_diffusers(tensors)
    assert found.keys() == files.weights.keys()
    assert all(torch.equal(found[name], weight) for name, weight in files.weights.items())


# Where the rest lies


def test_what_is_missing_is_named(files, tmp_path):
    path = files.write(tmp_path / "tiny.safetensors")
    wanted = r"tiny.*needs.*\(text_encoder\).*VAE.*tokenizer.*--components"
    with pytest.raises(CheckpointError, match=wanted):
        open_file(path, None)


def test_the_tokenizer_is_asked_for(files, tmp_path):
    path = files.write(tmp_path / "tiny.safetensors")
    folder = shutil.copytree(files.components, tmp_path / "components")
    shutil.rmtree(folder / "tokenizer")
    with pytest.raises(CheckpointError, match=r"needs the tokenizer of .*--components"):
        open_file(path, folder)


def test_a_pipeline_among_others_gives_its_own(files, tmp_path):
    """A folder that holds whole pipelines, and components of another family beside them."""
    path = files.write(tmp_path / "tiny.safetensors")
    folder = tmp_path / "components"
    tiny_pipelines.save("flux1", folder.parent / "flux")
    shutil.copytree(folder.parent / "flux" / "flux1", folder)
    (folder / "model_index.json").unlink()
    shutil.rmtree(folder / "vae")
    if files.family == "chroma":
        shutil.rmtree(folder / "text_encoder_2")
    own = shutil.copytree(files.folder, folder / "own")
    config = json.loads((own / "scheduler" / "scheduler_config.json").read_text())
    (own / "scheduler" / "scheduler_config.json").write_text(json.dumps(config | {"shift": 5.5}))
    checkpoint = open_file(path, folder)
    assert_same_weights(checkpoint, files)
    assert checkpoint.pipeline.scheduler.config.shift == 5.5


@pytest.mark.parametrize("place", ["", "text_encoders"])
def test_lone_files_are_known_by_their_tensors(place, files, tmp_path):
    path = files.write(tmp_path / "tiny.safetensors")
    folder = tmp_path / "components"
    shutil.copytree(files.components / "tokenizer", folder / "tokenizer")
    (folder / place).mkdir(exist_ok=True)
    encoder = load_file(files.components / "text_encoder" / "model.safetensors")
    if files.family in ("z-image", "lumina2"):
        encoder = {f"model.{name}": tensor for name, tensor in encoder.items()}
    if files.family == "chroma":
        shutil.rmtree(folder / "tokenizer")
        original_flow.write_t5_tokenizer(folder)
    save_file(encoder, folder / place / "any name.safetensors")
    vae = load_file(files.components / "vae" / "diffusion_pytorch_model.safetensors")
    save_file(vae, folder / place / "other.safetensors")
    assert_same_weights(open_file(path, folder), files)


@pytest.mark.parametrize("prefix", ["", "vae."])
def test_the_vae_of_qwen_image_as_it_was_written(prefix, tmp_path, monkeypatch):
    """As a lone file, and bundled."""
    pipeline = tiny_pipelines.qwen_image(tmp_path)
    settings = {**pipeline.vae.config, "num_res_blocks": 2, "dim_mult": [1, 2, 4, 4]}
    pipeline.vae = type(pipeline.vae).from_config(settings)
    config = tmp_path / "configs" / "qwen-image"
    pipeline.save_pretrained(config)
    monkeypatch.setattr(single_file_config, "family_config", lambda name: config)
    folder = tmp_path / "components"
    left_out = shutil.ignore_patterns("transformer", "vae", "model_index.json", "scheduler")
    shutil.copytree(config, folder, ignore=left_out)
    weights = pipeline.vae.state_dict()
    old = {f"{prefix}{n}": t for n, t in original_dits.frame_vae(weights).items()}
    whole = dict(pipeline.transformer.state_dict())
    if prefix:
        whole = {FULL + name: tensor for name, tensor in whole.items()} | old
    else:
        original.save(old, folder / "a vae.safetensors")
    checkpoint = open_file(original.save(whole, tmp_path / "tiny.safetensors"), folder)
    found = checkpoint.networks["vae"].state_dict()
    assert found.keys() == weights.keys()
    assert all(torch.equal(found[name], weight) for name, weight in weights.items())


def test_one_file_with_everything(files, tmp_path):
    """As ComfyUI bundles them; only the tokenizer lies elsewhere."""
    names = {
        "z-image": "qwen3_4b", "qwen-image": "qwen25_7b", "lumina2": "gemma2_2b", "chroma": "t5xxl",
    }  # fmt: skip
    transformer = original_dits.LAYOUTS[files.family](files.weights)
    tensors = {FULL + name: tensor for name, tensor in transformer.items()}
    encoder = load_file(files.components / "text_encoder" / "model.safetensors")
    inner = "model." if files.family in ("z-image", "lumina2") else ""
    prefix = f"text_encoders.{names[files.family]}.transformer.{inner}"
    tensors |= {prefix + name: tensor for name, tensor in encoder.items()}
    vae = load_file(files.components / "vae" / "diffusion_pytorch_model.safetensors")
    tensors |= {f"vae.{name}": tensor for name, tensor in vae.items()}
    path = original.save(tensors, tmp_path / "whole.safetensors")
    folder = tmp_path / "components"
    shutil.copytree(files.components / "tokenizer", folder / "tokenizer")
    assert_same_weights(open_file(path, folder), files)
    assert inspect_file(path)["components"] == ["transformer", "vae", "text_encoder"]


# Numbers that are kept smaller


@pytest.mark.parametrize("suffix", ["", "scale_weight", "weight_scale"])
def test_fp8_is_widened_and_scaled(suffix, files, tmp_path):
    """Of every matrix, fused ones too."""
    tensors, plain = {}, {}
    for name, tensor in original_dits.LAYOUTS[files.family](files.weights).items():
        tensors[name] = plain[name] = tensor
        if tensor.ndim != 2 or not name.endswith(".weight"):
            continue
        scale = torch.tensor(0.125)
        small = (tensor / scale if suffix else tensor).to(torch.float8_e4m3fn)
        tensors[name], plain[name] = small, small.float() * (scale if suffix else 1.0)
        if suffix:
            tensors[f"{name.removesuffix('.weight')}.{suffix}"] = scale
    if suffix:
        tensors["scaled_fp8"] = torch.zeros(2, dtype=torch.float8_e4m3fn)
    path = original.save(tensors, tmp_path / "fp8.safetensors")
    assert inspect_file(path)["dtype"] == ("scaled_fp8" if suffix else "F8_E4M3")
    wanted = open_file(original.save(plain, tmp_path / "plain.safetensors"), files.components)
    assert_equal(open_file(path, files.components).networks, wanted.networks)


def test_a_scaled_text_encoder_beside_it(files, tmp_path):
    """As ComfyUI's files of Qwen 2.5 VL."""
    path = files.write(tmp_path / "tiny.safetensors")
    folder = shutil.copytree(files.components, tmp_path / "components")
    encoder = load_file(folder / "text_encoder" / "model.safetensors")
    shutil.rmtree(folder / "text_encoder")
    name = next(n for n in sorted(encoder) if encoder[n].ndim == 2 and "0" in n and "norm" not in n)
    module, scale = name.removesuffix(".weight"), torch.tensor(0.25)
    encoder[name] = (encoder[name] / scale).to(torch.float8_e4m3fn)
    wanted = encoder[name].float() * scale
    encoder |= {f"{module}.scale_weight": scale, f"{module}.scale_input": torch.tensor(1.0)}
    encoder["scaled_fp8"] = torch.zeros(2, dtype=torch.float8_e4m3fn)
    save_file(encoder, folder / "encoder.safetensors")
    if files.family == "chroma":
        original_flow.write_t5_tokenizer(folder)
    network = open_file(path, folder).networks["text_encoder"]
    own = parameter_names(network, encoder)[name]
    assert torch.equal(network.get_parameter(own), wanted)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("kind", ["Q8_0", "Q4_0"])
def test_gguf(kind, files, tmp_path):
    """Every weight is what ggml reads, and so is the picture."""
    tensors = original_dits.LAYOUTS[files.family](files.weights)
    path = tmp_path / "tiny.gguf"
    read = write_gguf(path, tensors, kind)
    assert read
    numbers = {name: torch.from_numpy(values.copy()) for name, values in read.items()}
    plain = original.save(tensors | numbers, tmp_path / "plain.safetensors")
    found = open_file(path, files.components).networks["transformer"]
    wanted = open_file(plain, files.components).networks["transformer"].state_dict()
    packed = [module for module in found.modules() if isinstance(module, BlockLinear)]
    assert packed
    for name, tensor in found.state_dict().items():
        module = found.get_submodule(name.rpartition(".")[0]) if "." in name else found
        is_packed = isinstance(module, BlockLinear) and name.endswith(".weight")
        numbers = unpacked(cast(torch.Tensor, module.weight)) if is_packed else tensor
        assert torch.equal(numbers, wanted[name]), name
    difference = rendered(path, files.components).astype(int) - rendered(plain, files.components)
    assert np.abs(difference).max() <= 1


OTHERS = {
    "z-image": [("siglip_embedder.1.weight", "edits pictures")],
    "qwen-image": [
        ("time_text_embed.addition_t_embedding.weight", "parts a picture into layers"),
        ("__index_timestep_zero__", "edits pictures"),
    ],
    "chroma": [("nerf_blocks.0.param_generator.weight", "computes pixels in place of latents")],
    "lumina2": [],
}


def test_variants_that_do_not_render_from_text_are_refused(files, tmp_path):
    tensors = original_dits.LAYOUTS[files.family](files.weights)
    for mark, words in OTHERS[files.family]:
        marked = tensors | {mark: torch.zeros(1)}
        path = original.save(marked, tmp_path / "tiny.safetensors")
        with pytest.raises(CheckpointError, match=words):
            open_file(path, files.components)
        facts = inspect_file(path)
        assert not facts["opens"]
        assert words in facts["why_not"]


# What is written


def test_baking_keeps_the_layout_and_reads_back(files, tmp_path):
    path = files.write(tmp_path / "tiny.safetensors")
    module = MODULES[files.family]
    network = open_file(files.folder, None).networks["transformer"]
    style = tmp_path / "style.safetensors"
    tiny_pipelines.write_lora(style, network, module, "transformer")
    stack, baked = (applied(style, 1.0),), tmp_path / "baked.safetensors"
    bench = open_workbench(str(path), stack, CancelToken(), silent)
    bake_checkpoint(bench, str(path), stack, baked, CancelToken())
    assert load_file(baked).keys() == load_file(path).keys()
    found = open_file(baked, files.components).networks["transformer"].state_dict()
    for name, weight in files.weights.items():
        assert torch.equal(found[name], weight) != (name == f"{module}.weight"), name


def test_a_missing_weight_is_never_random(files, tmp_path):
    tensors = original_dits.LAYOUTS[files.family](files.weights)
    lost = sorted(name for name in tensors if name.endswith("weight") and "norm" not in name)[-1]
    tensors.pop(lost)
    path = original.save(tensors, tmp_path / "tiny.safetensors")
    with pytest.raises(CheckpointError, match=r"not complete|not known|diffusers folder"):
        open_file(path, files.components)

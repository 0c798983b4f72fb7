"""Text encoders that transformers renames on loading: read, exported and measured under the names
that their files have, published or new."""

import json
import shutil
from pathlib import Path

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from loraviewer.adapters.about.rights import NOTES_FILE
from loraviewer.adapters.originals.folder import folder_weights
from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import CheckpointError
from loraviewer.engine.opening.checkpoint import open_stored_networks
from loraviewer.engine.opening.file_names import parameter_names, tied_names
from loraviewer.engine.opening.networks import build_network
from tests.cli.test_cli import run
from tests.engine import tiny_flux2, tiny_pipelines
from tests.engine.conftest import silent
from tests.engine.test_base_files import opened, unlike

pytestmark = pytest.mark.sampled(3)

__all__ = ["run"]

LAYER = "layers.1.self_attn.q_proj"
TEXT = f"model.language_model.{LAYER}"
DENOISER = "transformer_blocks.0.attn.to_q"
KEYS = {
    ("qwen-image", "old"): f"model.{LAYER}.weight",
    ("flux2", "old"): f"language_model.model.{LAYER}.weight",
    ("qwen-image", "new"): f"{TEXT}.weight",
    ("flux2", "new"): f"{TEXT}.weight",
}
"""Family and naming → what the file calls the weight that the adapters change."""


def networks_of(folder: Path) -> dict[str, torch.nn.Module]:
    return open_stored_networks(str(folder), CancelToken(), silent)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """(family, naming) → a folder; one random text encoder in both namings."""
    root, made = tmp_path_factory.mktemp("renamed"), {}
    for family in ("qwen-image", "flux2"):
        own = root / family
        own.mkdir()
        is_flux2 = family == "flux2"
        saved = tiny_flux2.save(own) if is_flux2 else tiny_pipelines.save(family, own)
        encoder = networks_of(saved)["text_encoder"]
        for naming in ("old", "new"):
            copy = shutil.copytree(saved, root / f"{family}-{naming}")
            tiny_flux2.rename_text_encoder(copy, family, encoder, naming)
            made[family, naming] = copy
    return made


@pytest.fixture(params=KEYS, ids="-".join)
def named(request):
    return request.param


@pytest.fixture
def folder(folders, named) -> Path:
    return folders[named]


@pytest.fixture
def loras(folder, tmp_path_factory) -> dict[str, Path]:
    """One adapter of the text encoder and one of the denoiser."""
    networks, root = networks_of(folder), tmp_path_factory.mktemp("loras")
    return {
        name: tiny_pipelines.write_lora(
            root / f"{name}.safetensors", networks[name], module, component=name
        )
        for name, module in (("text_encoder", TEXT), ("transformer", DENOISER))
    }


def change(lora: Path, scale: float) -> torch.Tensor:
    """What a LoRA of rank 2 without alpha adds, in float64."""
    down, up = (t.double() for _, t in sorted(load_file(lora).items()))
    return scale * up @ down


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_files_hold_the_published_names(folder, named):
    names = tiny_flux2.stored(folder / "text_encoder").keys()
    assert KEYS[named] in names
    assert any(n.startswith(("visual.", "vision_tower.")) for n in names) == (named[1] == "old")


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_every_weight_is_read_again(folder, dtype):
    assert unlike(opened(folder, dtype)) == set()


def test_headers_name_what_loading_gives(folder):
    network = networks_of(folder)["text_encoder"]
    own = {n: tuple(p.shape) for n, p in network.named_parameters(remove_duplicate=False)}
    assert folder_weights(folder)["text_encoder"] == own


def test_each_weight_keeps_its_own_precision(folder, named, tmp_path):
    folder = shutil.copytree(folder, tmp_path / "mixed")
    for path in (folder / "text_encoder").glob("*.safetensors"):
        halves = {n: t.half() if n == KEYS[named] else t for n, t in load_file(path).items()}
        save_file(halves, path, metadata={"format": "pt"})
    parameters = dict(networks_of(folder)["text_encoder"].named_parameters())
    assert parameters.pop(f"{TEXT}.weight").dtype == torch.float16
    assert {parameter.dtype for parameter in parameters.values()} == {torch.float32}


def test_a_changed_text_encoder_is_written_under_its_own_names(run, folder, named, loras, tmp_path):
    lora = loras["text_encoder"]
    status, _, err = run("bake", "--base", folder, "--lora", f"{lora}:0.5", "-o", "baked")
    assert (status, err) == (0, "")
    before, after = bytes_of(folder), bytes_of(tmp_path / "baked")
    assert after.keys() - before.keys() == {NOTES_FILE}
    assert before.keys() <= after.keys()
    (changed,) = [name for name in before if before[name] != after[name]]
    old, new = load_file(folder / changed), load_file(tmp_path / "baked" / changed)
    assert [name for name in old if not torch.equal(old[name], new[name])] == [KEYS[named]]
    expected = old[KEYS[named]].double() + change(lora, 0.5)
    torch.testing.assert_close(new[KEYS[named]].double(), expected, rtol=1e-6, atol=1e-6)
    again = networks_of(tmp_path / "baked")["text_encoder"]
    assert torch.equal(again.get_parameter(f"{TEXT}.weight"), new[KEYS[named]])


def test_an_unchanged_text_encoder_stays_byte_for_byte(run, folder, loras, tmp_path):
    lora = loras["transformer"]
    status, _, err = run("bake", "--base", folder, "--lora", lora, "-o", "baked")
    assert (status, err) == (0, "")
    before, after = bytes_of(folder), bytes_of(tmp_path / "baked")
    assert after.keys() - before.keys() == {NOTES_FILE}
    assert before.keys() <= after.keys()
    changed = [name for name in before if before[name] != after[name]]
    assert changed == ["transformer/diffusion_pytorch_model.safetensors"]


@pytest.mark.parametrize("component", ["text_encoder", "transformer"])
def test_one_adapter_of_it_does_what_the_stack_did(run, folder, loras, component, tmp_path):
    stack = ("--base", folder, "--lora", f"{loras[component]}:0.5")
    status, out, err = run("bake", *stack, "--as", "adapter", "-o", "one.safetensors", "--json")
    assert (status, err, json.loads(out)["modules"]) == (0, "", 1)
    assert run("bake", *stack, "-o", "stack")[0] == 0
    assert run("bake", "--base", folder, "--lora", "one.safetensors", "-o", "one")[0] == 0
    stack_folder, one_folder = tmp_path / "stack" / component, tmp_path / "one" / component
    expected, found = tiny_flux2.stored(stack_folder), tiny_flux2.stored(one_folder)
    assert expected.keys() == found.keys()
    for name, tensor in expected.items():
        torch.testing.assert_close(found[name], tensor, rtol=1e-5, atol=1e-5)


def test_inspecting_against_the_folder_lands_as_loading_does(run, folder, loras):
    for component, module in (("text_encoder", TEXT), ("transformer", DENOISER)):
        status, out, _ = run("inspect", loras[component], "--base", folder, "--json")
        assert (status, json.loads(out)["matched"]) == (0, [f"{component}.{module}"])


@pytest.mark.parametrize("component", ["text_encoder", "transformer"])
def test_drift(run, folder, loras, component):
    stack = ("--base", folder, "--lora", loras[component])
    measured = ("--cycles", 2, "--dtype", "bfloat16", "-o", "drift")
    status, out, err = run("lab", "drift", *stack, *measured, "--json")
    assert (status, err) == (0, "")
    rows = json.loads(out)["rows"]
    assert all(row["relative"] == 0.0 for row in rows if row["arm"] == "ours")
    assert any(row["relative"] > 0.0 for row in rows if row["arm"] == "subtract")


# Siblings: other ways in which files and networks differ in names.


def test_an_encoder_saved_with_its_head_is_loaded_without(run, tmp_path):
    """Z-Image names the bare class, and its files were saved from the one with a head."""
    folder = tiny_pipelines.save("z-image", tmp_path / "made")
    (path,) = (folder / "text_encoder").glob("*.safetensors")
    wrapped = {f"model.{name}": tensor for name, tensor in load_file(path).items()}
    save_file(wrapped, path, metadata={"format": "pt"})
    network = networks_of(folder)["text_encoder"]
    assert unlike(opened(folder)) == set()
    lora = tiny_pipelines.write_lora(tmp_path / "l.safetensors", network, LAYER, "text_encoder")
    assert run("bake", "--base", folder, "--lora", lora, "-o", tmp_path / "baked")[0] == 0
    baked = load_file(tmp_path / "baked" / "text_encoder" / path.name)
    key = f"model.{LAYER}.weight"
    assert [n for n in wrapped if not torch.equal(wrapped[n], baked[n])] == [key]
    expected = wrapped[key].double() + change(lora, 1.0)
    torch.testing.assert_close(baked[key].double(), expected, rtol=1e-6, atol=1e-6)


def test_a_shared_weight_has_all_its_names():
    config = transformers.T5Config(
        vocab_size=8, d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2
    )
    network = transformers.T5EncoderModel(config)
    assert ("shared.weight", "encoder.embed_tokens.weight") in tied_names(network)


def test_fused_weights_are_refused_as_stored_and_told_by_name(tmp_path):
    """A mixture of experts is stored by expert and computed with as one tensor."""
    config = transformers.Qwen3MoeConfig(
        vocab_size=8,
        hidden_size=8,
        moe_intermediate_size=4,
        num_hidden_layers=1,
        num_attention_heads=1,
        num_key_value_heads=1,
        num_experts=2,
        num_experts_per_tok=1,
    )
    network = transformers.Qwen3MoeModel(config)
    network.save_pretrained(tmp_path)
    tensors = tiny_flux2.stored(tmp_path)
    fused = {key for key in tensors if ".experts." in key}
    assert len(fused) == 6
    assert parameter_names(network, tensors) == {key: key for key in tensors.keys() - fused}
    with pytest.raises(CheckpointError, match=r"experts\.\w+” of several tensors"):
        build_network(transformers.Qwen3MoeModel, tmp_path, tensors, None, tmp_path)

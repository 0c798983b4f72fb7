"""Settings that are wrong in every way: one sentence, at once, that names the file."""

import json
import os
import shutil

import pytest
import torch
from diffusers import UNet2DConditionModel
from safetensors.torch import load_file, save_file

from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import CheckpointError, RequestError
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from loraviewer.engine.device import FreeMemory, choose_compute
from loraviewer.engine.opening.checkpoint import open_checkpoint
from loraviewer.engine.rendering import least_memory
from loraviewer.engine.studio_engine import StudioEngine
from tests.engine.conftest import silent

pytestmark = pytest.mark.sampled(3)

UNET, TEXT, VAE = "unet/config.json", "text_encoder/config.json", "vae/config.json"
NOISE, WORDS = "scheduler/scheduler_config.json", "tokenizer/tokenizer_config.json"

SETTINGS = {
    "no training steps": (NOISE, {"num_train_timesteps": 0}),
    "fewer than none": (NOISE, {"num_train_timesteps": -5}),
    "endless training": (NOISE, {"num_train_timesteps": 10**9}),
    "no betas": (NOISE, {"beta_start": 0.0, "beta_end": 0.0}),
    "betas as text": (NOISE, {"beta_start": "small"}),
    "an unknown schedule": (NOISE, {"beta_schedule": "wild"}),
    "no groups": (UNET, {"norm_num_groups": 0}),
    "negative channels": (UNET, {"block_out_channels": [-8, -16]}),
    "no channels": (UNET, {"block_out_channels": []}),
    "other channels": (UNET, {"block_out_channels": [64, 64]}),
    "an unknown block": (UNET, {"down_block_types": ["EvilBlock"] * 2}),
    "endless layers": (UNET, {"layers_per_block": 10**7}),
    "endless layers of words": (TEXT, {"num_hidden_layers": 10**7}),
    "no heads": (TEXT, {"num_attention_heads": 0}),
    "negative sizes": (TEXT, {"hidden_size": -8}),
    "absurd sizes": (TEXT, {"hidden_size": 10**12}),
    "texts for numbers": (TEXT, {"num_hidden_layers": "two"}),
    "lists for numbers": (TEXT, {"num_hidden_layers": [1]}),
    "endless labels": (TEXT, {"num_labels": 10**7}),
    "a long schedule": (
        NOISE,
        {"beta_schedule": "squaredcos_cap_v2", "num_train_timesteps": 1 << 24},
    ),
    "an unknown prediction": (NOISE, {"prediction_type": "zzz"}),
    "an epsilon that is none": (UNET, {"norm_eps": float("nan")}),
    "an endless epsilon": (TEXT, {"layer_norm_eps": float("inf")}),
    "texts without end": (WORDS, {"model_max_length": 10**12}),
    "texts of any length": (WORDS, {"model_max_length": 10**30}),
    "texts of no length": (WORDS, {"model_max_length": None}),
    "negative texts": (WORDS, {"model_max_length": -5}),
    "a factor as text": (VAE, {"scaling_factor": "x"}),
    "a vanishing factor": (VAE, {"scaling_factor": 1e-300}),
    "no factor": (VAE, {"scaling_factor": 0}),
    "a factor that is none": (VAE, {"scaling_factor": float("nan")}),
    "no groups of the VAE": (VAE, {"norm_num_groups": 0}),
}

TEXTS = {
    "nothing": b"",
    "no JSON": b"{",
    "no table": b"[1]",
    "bytes that are no UTF-8": b'{"a": "\xff\xfe"}',
    "a deep one": b'{"a":' * 100_000,
    "a deep list": b"[" * 100_000,
    "a long number": b'{"sample_size": ' + b"9" * 5_000 + b"}",
    "zeros": b"\0" * 64,
}

FILES = ("model_index.json", UNET, TEXT, NOISE, WORDS)


@pytest.fixture
def base(tiny_folder, tmp_path):
    return shutil.copytree(tiny_folder / "sd", tmp_path / "base")


def refused(base) -> str:
    with pytest.raises(CheckpointError) as told:
        opened(base)
    sentence = str(told.value)
    assert str(base) in sentence
    assert "\n" not in sentence
    assert len(sentence) < 600
    return sentence


def opened(base):
    return open_checkpoint(str(base), choose_compute("cpu"), CancelToken(), silent)


def test_the_base_is_good(base):
    assert opened(base).networks


@pytest.mark.parametrize("name", SETTINGS)
def test_values_that_no_picture_can_be_made_with(base, name):
    file, fields = SETTINGS[name]
    config = json.loads((base / file).read_text())
    (base / file).write_text(json.dumps(config | fields))
    refused(base)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("file", FILES)
def test_files_that_are_no_settings(base, file, text):
    (base / file).write_bytes(TEXTS[text])
    assert file.rpartition("/")[2] in refused(base) or file == WORDS


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "sparse"])
def test_what_is_no_file(base, file, kind):
    path = base / file
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        with path.open("wb") as sparse:
            sparse.truncate(1 << 40)
    refused(base)


def normalised(rule):
    """A tokenizer whose texts pass a rule of the attacker's first."""
    return lambda text: json.dumps(json.loads(text) | {"normalizer": rule}).encode()


def replaced(pattern: str, content: str) -> dict:
    return {"type": "Replace", "pattern": {"String": pattern}, "content": content}


BLOWN_UP = {"type": "Sequence", "normalizers": [replaced("a", "a" * 10)] * 12}


def far_words(text: str) -> bytes:
    """A vocabulary whose numbers lie beyond those of the text encoder."""
    table = json.loads(text)
    table["model"]["vocab"] = {w: n + 10_000 for w, n in table["model"]["vocab"].items()}
    table["added_tokens"] = []
    return json.dumps(table).encode()


BROKEN_WORDS = {
    "nothing": lambda text: b"",
    "no text": lambda text: b"\xff\xfe",
    "no JSON": lambda text: b"{",
    "no table": lambda text: b"[]",
    "an empty table": lambda text: b"{}",
    "no vocabulary": lambda text: b'{"model": {"type": "BPE", "vocab": {"a": "b"}, "merges": []}}',
    "other numbers": far_words,
    "rules that blow up": normalised(BLOWN_UP),
    "rules without end": normalised(replaced("", "aa")),
    "a broken map": normalised({"type": "Precompiled", "precompiled_charsmap": "AAAAgAAA////////"}),
}


@pytest.mark.parametrize("name", BROKEN_WORDS)
def test_vocabularies_that_are_none(base, name):
    path = base / "tokenizer" / "tokenizer.json"
    path.write_bytes(BROKEN_WORDS[name](path.read_text()))
    refused(base)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("component", ["unet", "vae", "text_encoder"])
def test_weights_that_are_no_numbers(base, component, value):
    (path,) = (base / component).glob("*.safetensors")
    tensors = load_file(path)
    name = max(tensors, key=lambda name: tensors[name].numel())
    tensors[name].view(-1)[-1] = value
    save_file(tensors, path, {"format": "pt"})
    assert f"undefined numbers in “{name}”" in refused(base)


# Pictures that cannot fit


def test_a_picture_that_cannot_fit_is_told_before_anything_is_done(tiny_folder, monkeypatch):
    engine = StudioEngine("cpu")
    engine.load_checkpoint(str(tiny_folder / "sd"), CancelToken(), silent)
    sampling = Sampling(prompt="a cat", steps=2, width=64, height=64)
    request = GenerationRequest(checkpoint=CheckpointRef(""), sampling=sampling)
    needed = least_memory.least_bytes(engine.checkpoint, request)
    unet = engine.checkpoint.networks["unet"]
    assert isinstance(unet, UNet2DConditionModel)
    channels = unet.config["block_out_channels"][0]
    assert needed == 6 * 64 * channels * 2 * 4
    for free, fits in ((needed - 1, False), (needed, True)):
        monkeypatch.setattr(least_memory, "free_memory", lambda device, n=free: FreeMemory(n))
        if fits:
            assert engine.render(request, CancelToken(), silent).picture.width == 64
            continue
        with pytest.raises(RequestError, match=r"64×64 needs at least .* make it smaller"):
            engine.render(request, CancelToken(), silent)


def test_the_bound_is_below_what_a_step_really_takes(tiny_folder):
    """By the largest activations of the first block alone."""
    engine = StudioEngine("cpu")
    engine.load_checkpoint(str(tiny_folder / "sd"), CancelToken(), silent)
    sampling = Sampling(prompt="a cat", steps=1, width=512, height=512)
    request = GenerationRequest(checkpoint=CheckpointRef(""), sampling=sampling)
    needed = least_memory.least_bytes(engine.checkpoint, request)
    taken = [0]

    def hear(module, inputs, output):
        if isinstance(output, torch.Tensor):
            taken[0] += output.numel() * output.element_size()

    for module in engine.checkpoint.networks["unet"].get_submodule("down_blocks.0").modules():
        module.register_forward_hook(hear)
    engine.render(request, CancelToken(), silent)
    assert 0 < needed <= taken[0]


def test_what_only_a_picture_finds_is_told_by_the_name_of_the_checkpoint(base):
    """A UNet that wants classes, which no prompt gives."""
    config = json.loads((base / UNET).read_text())
    (base / UNET).write_text(json.dumps(config | {"class_embed_type": "identity"}))
    engine = StudioEngine("cpu")
    engine.load_checkpoint(str(base), CancelToken(), silent)
    sampling = Sampling(prompt="a cat", steps=2, width=32, height=32)
    request = GenerationRequest(checkpoint=CheckpointRef(""), sampling=sampling)
    with pytest.raises(CheckpointError, match="no picture can be made with this") as told:
        engine.render(request, CancelToken(), silent)
    assert str(base) in str(told.value)

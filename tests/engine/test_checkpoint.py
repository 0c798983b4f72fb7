import gc
import itertools
import json
import shutil
import socket
import weakref

import pytest
import torch
from safetensors.torch import load_file, save_file

from loraviewer.adapters.files.header import read_header
from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.core.collector import keep_for_good, pause_collector, resume_collector
from loraviewer.core.outcome import CheckpointError
from loraviewer.core.request import SAMPLERS
from loraviewer.engine.device import choose_compute
from loraviewer.engine.opening import weights
from loraviewer.engine.opening.checkpoint import open_checkpoint, open_stored_networks
from loraviewer.engine.studio_engine import StudioEngine
from loraviewer.engine.usual_imports import import_usual_parts
from tests.engine.conftest import silent


def open_here(path, token=None, on_progress=silent):
    return open_checkpoint(str(path), choose_compute("cpu"), token or CancelToken(), on_progress)


@pytest.fixture
def copy(tiny_folder, tmp_path):
    """A copy of the tiny pipeline to damage."""
    return shutil.copytree(tiny_folder / "sd", tmp_path / "copy")


def test_a_base_goes_when_another_comes_although_imports_are_kept_for_good(tiny_folder):
    """What is frozen is never freed by the collector; nothing of a checkpoint may be."""
    was_enabled = gc.isenabled()
    pause_collector()
    try:
        engine = StudioEngine("cpu")
        import_usual_parts()
        keep_for_good()
        engine.load_checkpoint(str(tiny_folder / "sd"), CancelToken(), silent)
        gone = [weakref.ref(network) for network in engine.checkpoint.networks.values()]
        resume_collector()
        engine.load_checkpoint(str(tiny_folder / "half"), CancelToken(), silent)
        assert [ref() for ref in gone] == [None] * len(gone)
    finally:
        (gc.enable if was_enabled else gc.disable)()


def test_info_of_a_folder(tiny_folder):
    info = open_here(tiny_folder / "sd").info("1234")
    assert (info.default_width, info.default_height) == (32, 32)
    assert (info.default_steps, info.default_guidance_scale) == (10, 4.0)
    assert info.family == "demo"
    assert info.known_words is not None
    assert "cat" in info.known_words
    assert info.weight_bytes == 4 * info.parameters
    assert {"IN00", "M00", "TIME", "END", "TE1.00"} <= set(info.blocks)
    assert not {"IN", "OUT"} & set(info.blocks), "adapters change no VAE"


def test_half_precision_files_compute_in_float32_on_the_cpu(tiny_folder):
    checkpoint = open_here(tiny_folder / "half")
    assert checkpoint.pipeline.unet.dtype == torch.float32
    assert open_here(tiny_folder / "half").info("").dtype == "float32"


def test_variant_files_are_found(copy):
    for file in list(copy.rglob("*.safetensors")):
        file.rename(file.with_name(f"{file.stem}.fp16.safetensors"))
    assert open_here(copy).networks.keys() == {"unet", "text_encoder", "vae"}


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_sdxl_renders(tiny_folder, request_for, sampler, xl_engine):
    rendered = xl_engine.render(request_for(sampler=sampler), CancelToken(), lambda progress: None)
    assert len(set(rendered.picture.rgb)) > 20


@pytest.fixture(scope="module")
def xl_engine(tiny_folder):
    engine = StudioEngine("cpu")
    engine.load_checkpoint(str(tiny_folder / "xl"), CancelToken(), silent)
    return engine


def test_progress_counts_the_bytes_of_all_weights(tiny_folder):
    steps = []
    open_here(tiny_folder / "sd", on_progress=lambda *step: steps.append(step))
    assert {what for what, *_ in steps} >= {"scheduler", "tokenizer", "text_encoder", "unet", "vae"}
    fractions = [fraction for _, fraction, _, _ in steps]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    total = sum(_data_bytes(file) for file in (tiny_folder / "sd").rglob("*.safetensors"))
    assert {step[3] for step in steps} == {total}
    assert steps[-1][2] == total


def _data_bytes(file) -> int:
    return file.stat().st_size - read_header(file).data_offset


@pytest.mark.parametrize("component", ["scheduler", "text_encoder", "unet", "vae"])
def test_a_load_can_be_stopped_within_any_component(tiny_folder, component):
    token = CancelToken()
    begun = []

    def cancel(what: str, *amounts) -> None:
        begun.append(what)
        if begun.count(component) == (1 if component == "scheduler" else 3):
            token.cancel()

    with pytest.raises(Cancelled):
        open_here(tiny_folder / "sd", token, cancel)
    assert begun[-1] == component
    assert begun.count(component) <= 3


def test_large_weights_are_read_in_pieces(tiny_folder, monkeypatch):
    monkeypatch.setattr(weights, "_PIECE_BYTES", 1000)
    steps = []
    checkpoint = open_here(tiny_folder / "sd", on_progress=lambda *step: steps.append(step))
    done = [step[2] for step in steps]
    assert max(b - a for a, b in itertools.pairwise(done)) == 1000
    whole = load_file(tiny_folder / "sd" / "unet" / "diffusion_pytorch_model.safetensors")
    for name, weight in checkpoint.networks["unet"].state_dict().items():
        assert torch.equal(weight, whole[name]), name


def test_nothing_reaches_the_network(tiny_folder, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    open_here(tiny_folder / "sd")
    with pytest.raises(CheckpointError):
        open_here(tiny_folder / "runwayml" / "stable-diffusion-v1-5")


def test_nothing_is_printed(tiny_folder, capfd):
    open_here(tiny_folder / "sd")
    assert capfd.readouterr() == ("", "")


def test_stored_networks_keep_the_precision_of_their_files(tiny_folder):
    networks = open_stored_networks(str(tiny_folder / "half"), CancelToken(), silent)
    assert {p.dtype for n in networks.values() for p in n.parameters()} == {torch.float16}


# Files that are no checkpoint: one sentence that names the file.


def refusal(path) -> str:
    with pytest.raises(CheckpointError) as caught:
        open_here(path)
    sentence = str(caught.value)
    assert path.name in sentence
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


def test_missing(tmp_path):
    assert "no such file" in refusal(tmp_path / "gone.safetensors")


@pytest.mark.parametrize("suffix", [".ckpt", ".pt", ".bin", ".PTH"])
def test_pickles(tmp_path, suffix):
    path = tmp_path / f"model{suffix}"
    path.write_bytes(b"\x80\x02")
    assert "pickle" in refusal(path)


def test_gguf(tmp_path):
    path = tmp_path / "model.gguf"
    path.write_bytes(b"GGUF")
    assert "cut off" in refusal(path)


def test_a_folder_of_pickles(copy):
    weights = copy / "unet" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_suffix(".bin"))
    assert "pickle" in refusal(copy)


def test_truncated_weights(copy):
    weights = copy / "unet" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    assert "cut off" in refusal(copy)


def test_missing_weights_are_never_random(copy):
    weights = copy / "unet" / "diffusion_pytorch_model.safetensors"
    tensors = load_file(weights)
    del tensors["conv_in.weight"]
    save_file(tensors, weights, {"format": "pt"})
    assert "conv_in.weight" in refusal(copy)


def test_missing_text_encoder_weights_are_never_random(copy):
    weights = copy / "text_encoder" / "model.safetensors"
    tensors = load_file(weights)
    tensors.pop(next(name for name in tensors if "fc1.weight" in name))
    save_file(tensors, weights, {"format": "pt"})
    assert "missing" in refusal(copy)


def test_a_weight_of_another_shape(copy):
    weights = copy / "unet" / "diffusion_pytorch_model.safetensors"
    tensors = load_file(weights)
    tensors["conv_in.weight"] = torch.zeros(3, 3)
    save_file(tensors, weights, {"format": "pt"})
    refusal(copy)


def test_a_missing_component(copy):
    shutil.rmtree(copy / "vae")
    assert "missing" in refusal(copy)


def test_broken_configuration(copy):
    (copy / "unet" / "config.json").write_text("{")
    refusal(copy)


def test_another_pipeline(copy):
    index = json.loads((copy / "model_index.json").read_text())
    index["_class_name"] = "WanPipeline"
    (copy / "model_index.json").write_text(json.dumps(index))
    assert "WanPipeline" in refusal(copy)


def test_one_component(copy):
    assert "UNet2DConditionModel" in refusal(copy / "unet")


def test_an_ordinary_folder(tmp_path):
    assert "model_index.json" in refusal(tmp_path)


def test_an_adapter_file(tiny_folder):
    assert "adapter" in refusal(tiny_folder / "style.safetensors")


def test_an_unknown_safetensors_file(tmp_path):
    save_file({"some.weight": torch.zeros(2)}, tmp_path / "odd.safetensors")
    assert "does not know" in refusal(tmp_path / "odd.safetensors")


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("model.diffusion_model.double_blocks.0.img_attn.norm.key_norm.scale", "Flux"),
        ("control_model.input_blocks.0.0.weight", "ControlNet"),
    ],
)
def test_files_of_other_families(tmp_path, name, what):
    save_file({name: torch.zeros(2)}, tmp_path / "other.safetensors")
    assert what in refusal(tmp_path / "other.safetensors")


def test_inpainting(tmp_path):
    name = "model.diffusion_model.input_blocks.0.0.weight"
    save_file({name: torch.zeros(4, 9, 3, 3)}, tmp_path / "inpaint.safetensors")
    assert "inpainting" in refusal(tmp_path / "inpaint.safetensors")

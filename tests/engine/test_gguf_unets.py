"""UNets of Stable Diffusion in GGUF files, as ComfyUI's converter writes them: no prefix, some
convolutions folded into rows of whole blocks with their shape in the metadata, others in halves."""

import shutil
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import torch
from torch import nn

from loraviewer.adapters.inspection.inspect import inspect_file
from loraviewer.adapters.recognition import single_file_config
from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import CheckpointError
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from loraviewer.core.resources import clip_vocabulary
from loraviewer.engine.device import choose_compute
from loraviewer.engine.opening import single_file
from loraviewer.engine.opening.checkpoint import open_checkpoint
from loraviewer.engine.opening.packed_weights import BlockLinear, unpacked
from loraviewer.engine.studio_engine import StudioEngine
from tests.engine import original, tiny
from tests.engine.conftest import applied, silent

KIND = gguf.GGMLQuantizationType.Q8_0
PREFIX = "model.diffusion_model."
COMPANIONS = {
    "sd1": {"clip": "cond_stage_model.transformer.", "vae": "first_stage_model."},
    "sdxl": {
        "clip_l": "conditioner.embedders.0.transformer.",
        "vae": "first_stage_model.",
    },
}
FOLDED = "input_blocks.4.0.in_layers.2.weight"
"""A convolution of 3×3 pixels."""


def write_unet(path: Path, tensors: dict[str, torch.Tensor], family: str) -> dict[str, np.ndarray]:
    """Returns what ggml reads of every tensor."""
    writer = gguf.GGUFWriter(path, family)
    read: dict[str, np.ndarray] = {}
    for name, tensor in tensors.items():
        values = tensor.float().numpy()
        if name == FOLDED or (values.ndim == 2 and values.shape[1] % 32 == 0):
            rows = values.reshape(-1, 32) if name == FOLDED else values
            if name == FOLDED:
                writer.add_array(f"comfy.gguf.orig_shape.{name}", values.shape)
            packed = gguf.quants.quantize(rows, KIND)
            writer.add_tensor(name, packed, raw_dtype=KIND)
            read[name] = gguf.quants.dequantize(packed, KIND).reshape(values.shape)
        else:
            halves = values.astype(np.float16) if values.ndim > 1 else values
            writer.add_tensor(name, halves)
            read[name] = halves.astype(np.float32)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return read


class Files:
    """The UNet packed, the same numbers in a plain file, and a folder with the rest."""

    def __init__(self, family: str, root: Path) -> None:
        self.family, self.configs = family, root / "configs"
        config = original.write_tiny_config(family, self.configs / family)
        networks = original.random_networks(config)
        tensors = original.original_tensors(family, networks)
        tensors = {name: tensor * 0.2 for name, tensor in tensors.items()}
        self.components = root / "components"
        self.components.mkdir()
        for file, prefix in COMPANIONS[family].items():
            part = {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}
            original.save(part, self.components / f"{file}.safetensors")
        if family == "sdxl":
            encoder: Any = networks["text_encoder_2"]
            encoder.save_pretrained(self.components / "text_encoder_2")
        unet = {n.removeprefix(PREFIX): t for n, t in tensors.items() if n.startswith(PREFIX)}
        self.packed = root / "unet-Q8_0.gguf"
        read = write_unet(self.packed, unet, family)
        numbers = {name: torch.from_numpy(values.copy()) for name, values in read.items()}
        self.plain = original.save(numbers, root / "unet.safetensors")


@pytest.fixture(scope="module", params=["sd1", "sdxl"])
def made(request, tmp_path_factory):
    return Files(request.param, tmp_path_factory.mktemp("unets"))


@pytest.fixture
def files(made, tmp_path, monkeypatch) -> Files:
    tiny.write_tokenizer(tmp_path / "words")
    shutil.copy(clip_vocabulary() / "tokenizer_config.json", tmp_path / "words")
    monkeypatch.setattr(single_file, "clip_vocabulary", lambda: tmp_path / "words")
    monkeypatch.setattr(single_file_config, "family_config", lambda name: made.configs / name)
    return made


def networks(path: Path, components: Path) -> dict[str, nn.Module]:
    compute = choose_compute("cpu")
    return open_checkpoint(str(path), compute, CancelToken(), silent, components).networks


def test_every_weight_is_what_ggml_reads(files: Files) -> None:
    found = networks(files.packed, files.components)["unet"]
    wanted = networks(files.plain, files.components)["unet"].state_dict()
    packed = {n for n, module in found.named_modules() if isinstance(module, BlockLinear)}
    assert any(".attn2.to_k" in name for name in packed)
    assert not any("conv" in name for name in packed)
    for name, tensor in found.state_dict().items():
        module = found.get_submodule(name.rpartition(".")[0])
        is_packed = isinstance(module, BlockLinear) and name.endswith(".weight")
        numbers = unpacked(module.weight) if is_packed else tensor  # type: ignore[arg-type]
        assert torch.equal(numbers, wanted[name]), name


def test_inspect_knows_it(files: Files) -> None:
    facts = inspect_file(files.packed)
    assert (facts["type"], facts["family"]) == ("checkpoint", files.family)
    assert facts["components"] == ["unet"]


def opened(path: Path, components: Path) -> StudioEngine:
    engine = StudioEngine("cpu", components=components, merge_mode="unmerged")
    engine.load_checkpoint(str(path), CancelToken(), silent)
    return engine


def rendered(engine: StudioEngine, *adapters) -> np.ndarray:
    sampling = Sampling(prompt="a red cat", steps=2, width=64, height=64, guidance_scale=2.0)
    request = GenerationRequest(checkpoint=CheckpointRef(""), sampling=sampling, adapters=adapters)
    made = engine.render(request, CancelToken(), lambda step: None)
    assert not engine.verify(CancelToken()).differing
    return np.frombuffer(made.picture.rgb, np.uint8).astype(int)


def test_pictures_are_those_of_the_plain_weights(files: Files, tmp_path: Path) -> None:
    level, block = ("1", "2") if files.family == "sdxl" else ("0", "1")
    module = f"unet.down_blocks.{level}.attentions.0.transformer_blocks.0.attn2.to_k"
    width, inner = {"sd1": (4, 768), "sdxl": (8, 2048)}[files.family]
    torch.manual_seed(int(block))
    style = {
        f"{module}.lora_A.weight": torch.randn(2, inner),
        f"{module}.lora_B.weight": torch.randn(width, 2),
    }
    adapter = applied(original.save(style, tmp_path / "style.safetensors"), 2.0)
    packed, plain = (opened(path, files.components) for path in (files.packed, files.plain))
    for adapters in ((), (adapter,)):
        assert np.abs(rendered(packed, *adapters) - rendered(plain, *adapters)).max() <= 1


def test_what_it_lacks_is_named(files: Files) -> None:
    with pytest.raises(CheckpointError, match=r"unet-Q8_0\.gguf.*needs.*CLIP-L.*Components"):
        open_checkpoint(str(files.packed), choose_compute("cpu"), CancelToken(), silent)

"""Base weights read from checkpoints again: every one, bit for bit as the loader made it."""

import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from loraviewer.adapters.recognition import single_file_config
from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import FileError
from loraviewer.core.resources import DEMO
from loraviewer.engine.checkpoint import Checkpoint
from loraviewer.engine.device import Compute
from loraviewer.engine.opening.base_files import BaseFiles
from loraviewer.engine.opening.checkpoint import open_checkpoint
from tests.engine import original, original_flow, tiny_pipelines
from tests.engine.conftest import silent

pytestmark = pytest.mark.sampled(4)

DTYPES = (torch.float32, torch.float16, torch.bfloat16)
SINGLE = {
    **dict.fromkeys(("sd1", "sd2", "sdxl"), original),
    **dict.fromkeys(("sd3-medium", "sd3.5-medium", "flux1-dev"), original_flow),
}
KEY = ("unet", "conv_in.weight")


def opened(path, dtype=torch.float32, components=None) -> Checkpoint:
    compute = Compute(torch.device("cpu"), dtype, is_asked=True)
    return open_checkpoint(str(path), compute, CancelToken(), silent, components)


def unlike(checkpoint: Checkpoint, components=None) -> set[str]:
    """Names of the parameters that the files do not give bit for bit."""
    source = BaseFiles.of(checkpoint.path, checkpoint.networks, components)
    wrong = set()
    for component, network in checkpoint.networks.items():
        for name, live in network.named_parameters(remove_duplicate=False):
            key = (component, name)
            again = source.read(key, live.dtype) if source.gives(key, live) else None
            if again is None or again.dtype != live.dtype or not torch.equal(again, live):
                wrong.add(".".join(key))
    return wrong


@pytest.fixture(scope="module")
def single_files(tmp_path_factory):
    """A function: configuration → its tiny checkpoint as a single file, made once."""
    root, made = tmp_path_factory.mktemp("single"), {}

    def write(name: str):
        if name not in made:
            kind = SINGLE[name]
            config = kind.write_tiny_config(name, root / name)
            tensors = kind.original_tensors(name, original.random_networks(config))
            made[name] = original.save(tensors, root / f"{name}.safetensors")
        return made[name], root

    return write


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", SINGLE)
def test_every_weight_of_a_single_file(name, dtype, single_files, monkeypatch, tmp_path):
    path, root = single_files(name)
    monkeypatch.setattr(single_file_config, "family_config", lambda family: root / family)
    components = original_flow.write_t5_tokenizer(tmp_path) if name == "flux1-dev" else None
    wrong = unlike(opened(path, dtype, components), components)
    # The identity that SD 3's bundles leave out lies in no file.
    assert wrong <= {"text_encoder.text_projection.weight"}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["sd", "xl", "half"])
def test_every_weight_of_a_folder(name, dtype, tiny_folder):
    assert unlike(opened(tiny_folder / name, dtype)) == set()


@pytest.mark.parametrize("family", tiny_pipelines.BUILDERS)
def test_every_weight_of_other_pipelines(family, tmp_path):
    folder = tiny_pipelines.save(family, tmp_path)
    assert unlike(opened(folder, torch.float16)) == set()


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_weight_of_the_demo(dtype):
    assert unlike(opened(DEMO, dtype)) == set()


def test_the_files_that_were_loaded_are_read_of_several_variants(tiny_folder, tmp_path):
    folder = shutil.copytree(tiny_folder / "sd", tmp_path / "sd") / "unet"
    plain = load_file(folder / "diffusion_pytorch_model.safetensors")
    (folder / "diffusion_pytorch_model.safetensors").unlink()
    for variant, factor in (("bf16", 2.0), ("ema", 3.0), ("fp16", 1.0)):
        tensors = {name: (factor * tensor).half() for name, tensor in plain.items()}
        save_file(tensors, folder / f"diffusion_pytorch_model.{variant}.safetensors")
    assert unlike(opened(folder.parent, torch.float16)) == set()


def test_shards(tiny_folder, tmp_path):
    folder = shutil.copytree(tiny_folder / "sd", tmp_path / "sd") / "unet"
    tensors = load_file(folder / "diffusion_pytorch_model.safetensors")
    (folder / "diffusion_pytorch_model.safetensors").unlink()
    for shard in (1, 2):
        part = {name: tensors[name] for name in sorted(tensors)[shard - 1 :: 2]}
        save_file(part, folder / f"diffusion_pytorch_model-0000{shard}-of-00002.safetensors")
    assert unlike(opened(folder.parent)) == set()


def test_plain_fp8_is_read_again_and_scaled_fp8_is_not_given(tiny_folder, tmp_path):
    folder = shutil.copytree(tiny_folder / "sd", tmp_path / "sd")
    path = folder / "unet" / "diffusion_pytorch_model.safetensors"
    tensors = load_file(path)
    tensors["conv_in.weight"] = tensors["conv_in.weight"].to(torch.float8_e4m3fn)
    tensors["conv_out.weight"] = tensors["conv_out.weight"].to(torch.float8_e4m3fn)
    tensors["conv_out.scale_weight"] = torch.tensor(3.0)
    save_file(tensors, path)
    assert unlike(opened(folder)) == {"unet.conv_out.weight"}


# Files that are not what they were. Whether the bytes are is for who reads to tell.


@pytest.fixture
def copy(tiny_folder, tmp_path):
    """A checkpoint, its source, and the file of its UNet."""
    folder = shutil.copytree(tiny_folder / "sd", tmp_path / "sd")
    checkpoint = opened(folder)
    source = BaseFiles.of(folder, checkpoint.networks)
    return checkpoint, source, folder / "unet" / "diffusion_pytorch_model.safetensors"


def test_a_file_that_vanished_is_named(copy):
    _, source, path = copy
    path.unlink()
    with pytest.raises(FileError, match=r"diffusion_pytorch_model.* no longer there; put it back"):
        source.read(KEY, torch.float32)


def test_a_file_that_was_cut_off_is_named(copy):
    _, source, path = copy
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(FileError, match=r"diffusion_pytorch_model.* changed"):
        source.read(KEY, torch.float32)


def test_a_folder_in_its_place_is_named(copy):
    _, source, path = copy
    path.unlink()
    path.mkdir()
    with pytest.raises(FileError, match=r"diffusion_pytorch_model.* is a folder"):
        source.read(KEY, torch.float32)


def test_what_is_read_is_the_callers_own(copy):
    checkpoint, source, _ = copy
    source.read(KEY, torch.float32).zero_()
    live = checkpoint.networks["unet"].get_parameter("conv_in.weight")
    assert torch.equal(source.read(KEY, torch.float32), live)


def test_weights_of_other_shapes_and_names_are_not_given(copy):
    _, source, _ = copy
    assert not source.gives(KEY, torch.empty(3, 3))
    assert not source.gives(("unet", "nothing.weight"), torch.empty(3, 3))

"""Single files in fp8 and fewer bits, in the layouts of their authors: fused and renamed weights
stay packed, and the base is the one that widening gives."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from loraviewer.adapters.inspection.inspect import inspect_file
from loraviewer.adapters.packed.layers import packed_weights
from loraviewer.adapters.recognition import single_file_config
from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import CheckpointError
from loraviewer.core.placement.packing import AskedPacking
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from loraviewer.engine.opening.checkpoint import open_stored_networks
from loraviewer.engine.studio_engine import StudioEngine
from tests.engine import original, original_flow, packed_files
from tests.engine.conftest import applied, silent

DENOISER = "model.diffusion_model."
FORMATS = {
    "fp8": packed_files.plain_fp8,
    "scales by rows": packed_files.scaled_fp8("weight_scale", by_rows=True),
    "nf4": packed_files.four_bits("nf4", outer=256),
    "int8": packed_files.int8,
}
KINDS = {"flux1-dev": original_flow, "sd3-medium": original_flow, "sdxl": original, "sd1": original}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A function: configuration and format → its file, made once; and the configurations."""
    root = tmp_path_factory.mktemp("packed")
    words = original_flow.write_t5_tokenizer(root / "components")
    made: dict[tuple[str, str], Path] = {}
    tensors: dict[str, dict[str, torch.Tensor]] = {}

    def write(config: str, form: str) -> Path:
        if config not in tensors:
            folder = KINDS[config].write_tiny_config(config, root / config)
            networks = original.random_networks(folder)
            tensors[config] = KINDS[config].original_tensors(config, networks)
        if (config, form) not in made:
            own = {n: t for n, t in tensors[config].items() if n.startswith(DENOISER)}
            rest = {n: t for n, t in tensors[config].items() if n not in own}
            path = root / f"{config}-{form.replace(' ', '-')}.safetensors"
            made[config, form] = original.save(rest | FORMATS[form](own), path)
        return made[config, form]

    return write, root, words


@pytest.fixture
def opened(files, monkeypatch):
    write, root, words = files
    monkeypatch.setattr(single_file_config, "family_config", lambda name: root / name)

    def load(config: str, form: str, packing: AskedPacking):
        engine = StudioEngine("cpu", "float32", components=words, packing=packing)
        path = str(write(config, form))
        return engine, engine.load_checkpoint(path, CancelToken(), silent)

    return load


def denoiser(engine: StudioEngine) -> torch.nn.Module:
    networks = engine.checkpoint.networks
    return networks.get("transformer") or networks["unet"]


def pixels(engine: StudioEngine, *adapters) -> np.ndarray:
    sampling = Sampling(prompt="a red cat", steps=1, width=64, height=64, guidance_scale=3.0)
    request = GenerationRequest(
        checkpoint=CheckpointRef(""), sampling=sampling, adapters=tuple(sorted(adapters))
    )
    made = engine.render_anew(request, CancelToken(), lambda step: None)
    return np.frombuffer(made.picture.rgb, np.uint8).astype(int)


@pytest.mark.parametrize(
    ("config", "form"),
    [
        *(("flux1-dev", form) for form in FORMATS),
        *(("sd3-medium", "fp8"), ("sd1", "int8")),
        *(pytest.param("sdxl", form, marks=pytest.mark.long) for form in ("fp8", "nf4")),
    ],
)
def test_it_is_the_base_that_widening_gives(config, form, opened):
    packed, info = opened(config, form, "packed")
    widened, told = opened(config, form, "widened")
    assert (info.packing, told.packing) == ("packed", "widened")
    assert info.identity == told.identity
    assert info.weight_bytes < told.weight_bytes
    found = packed_weights(denoiser(packed))
    wanted = dict(denoiser(widened).named_parameters())
    assert all(torch.equal(layer.weight_numbers(), wanted[name]) for name, layer in found.items())
    names = [n for n, one in denoiser(widened).named_modules() if isinstance(one, torch.nn.Linear)]
    plain = [name for name in names if f"{name}.weight" not in found]
    swapped = ("norm_out.linear", "norm1_context.linear")  # halves of rows, in their files
    assert all(name.endswith(swapped) for name in plain)


@pytest.mark.parametrize("form", ["scales by rows", "nf4"])
def test_its_pictures_with_a_stack(form, opened, tmp_path):
    packed, widened = (opened("flux1-dev", form, asked)[0] for asked in ("packed", "widened"))
    name = next(n for n in packed_weights(denoiser(packed)) if n.endswith("to_q.weight"))
    rows, columns = denoiser(widened).get_parameter(name).shape
    torch.manual_seed(2)
    module = f"transformer.{name.removesuffix('.weight')}"
    factors = {
        f"{module}.lora_A.weight": torch.randn(4, columns),
        f"{module}.lora_B.weight": torch.randn(rows, 4) * 0.3,
    }
    save_file(factors, tmp_path / "style.safetensors")
    adapter = applied(tmp_path / "style.safetensors", 0.8)
    assert np.array_equal(pixels(packed), pixels(widened))
    with_stack = pixels(packed, adapter)
    assert abs(with_stack - pixels(widened, adapter)).max() <= 2
    assert not np.array_equal(with_stack, pixels(packed))


def test_its_header_tells_what_it_is(files):
    facts = inspect_file(files[0]("flux1-dev", "nf4"))
    assert (facts["type"], facts["family"], facts["dtype"]) == ("checkpoint", "flux1", "NF4")


def test_nothing_is_merged_into_four_bits(files, monkeypatch):
    write, root, _ = files
    monkeypatch.setattr(single_file_config, "family_config", lambda name: root / name)
    with pytest.raises(CheckpointError, match=r"quantised to NF4.*merged into; open a float16"):
        open_stored_networks(str(write("sd1", "nf4")), CancelToken(), silent)

"""What bases of full size weigh, from headers alone: folders, single files, fp8, GGUF."""

import importlib
import json
from pathlib import Path
from typing import Any

import pytest
import torch

from loraviewer.adapters.inspection.assumed_sizes import parameters_of
from loraviewer.adapters.inspection.network_shapes import (
    denoiser_shape,
    latent_px,
    text_shape,
    trained_size,
    vae_shape,
)
from loraviewer.adapters.inspection.stored_base import stored_base
from loraviewer.core.outcome import CheckpointError, FileError
from loraviewer.core.placement.activations import Size, TransformerShape, UnetShape
from loraviewer.core.placement.plan import Base
from loraviewer.core.placement.weights import Component
from loraviewer.core.resources import demo_checkpoint, family_config
from tests.adapters.real_bases import single_file
from tests.adapters.sparse import sparse_file, sparse_listing
from tests.core.placement.bases import BASES, FLUX_BLOCK, FLUX_DEV, FLUX_OUTSIDE, T5
from tests.full_size_files import (
    companions,
    component_shapes,
    sparse_folder,
    sparse_gguf,
    vae_shapes,
)


def part(base: Base, name: str) -> Component:
    return next(one for one in base.components if one.name == name)


def counts(base: Base) -> dict[str, int]:
    return {one.name: one.weights.parameters for one in base.components}


@pytest.mark.parametrize(
    ("config", "published"),
    [("sd1", "sd1"), ("sdxl", "sdxl"), ("sd3.5-large", "sd3.5-large"), ("flux1-dev", "flux")],
)
def test_folders_weigh_what_was_published(tmp_path: Path, config: str, published: str) -> None:
    found, wanted = stored_base(sparse_folder(tmp_path / "base", config)), BASES[published]
    assert counts(found) == counts(wanted)
    assert all(one.stored_bytes == 2 * one.weights.parameters for one in found.components)
    assert all(one.stored_as == "F16" for one in found.components)
    told = ("family", "is_classic", "denoiser", "vae", "size", "steps", "pictures", "missing")
    assert {n: getattr(found, n) for n in told} == {n: getattr(wanted, n) for n in told}
    for same in (one for one in wanted.components if one.kind != "VAE"):
        own = part(found, same.name)
        assert own.outside_blocks.parameters == same.outside_blocks.parameters
        assert own.largest_block.parameters == same.largest_block.parameters


@pytest.mark.parametrize(
    ("family", "unet", "texts", "edge"),
    [
        ("sd1", 859_520_964, (123_060_480,), 512),
        ("sd2", 865_910_724, (340_387_840,), 768),
        ("sdxl", 2_567_463_684, (123_060_480, 694_659_840), 1024),
    ],
)
def test_files_with_their_original_names_weigh_the_same(
    tmp_path: Path, family: str, unet: int, texts: tuple[int, ...], edge: int
) -> None:
    known = {name: shape for name, shape in single_file(family)["keys"].items() if shape}
    found = stored_base(sparse_file(tmp_path / "a.safetensors", known))
    assert part(found, "unet").weights.parameters == unet
    assert tuple(n for name, n in counts(found).items() if name.startswith("text")) == texts
    assert isinstance(found.denoiser, UnetShape)
    assert found.size == Size(edge, edge)


@pytest.fixture(scope="module")
def flux(tmp_path_factory) -> tuple[Path, dict]:
    folder = tmp_path_factory.mktemp("flux")
    return companions(folder / "parts", "flux1-dev"), dict(component_shapes("flux1-dev"))


def test_fp8_is_half_as_large_on_disk_and_computed_in_what_is_asked(flux, tmp_path: Path) -> None:
    parts, shapes = flux
    eight = dict.fromkeys(shapes["transformer"], "F8_E4M3")
    path = sparse_file(tmp_path / "a.safetensors", shapes["transformer"], dtypes=eight)
    denoiser = part(stored_base(path, parts), "transformer")
    assert denoiser.stored_bytes == FLUX_DEV
    assert denoiser.weights.bytes_in("bfloat16") == 2 * FLUX_DEV
    assert denoiser.rereadable == FLUX_DEV


def test_scales_of_fp8_are_no_weights_and_their_weights_cannot_be_read_again(
    flux, tmp_path: Path
) -> None:
    parts, shapes = flux
    own = shapes["transformer"]
    matrices = [n for n, shape in own.items() if n.endswith(".weight") and len(shape) == 2]
    scales = {n.removesuffix("weight") + "scale_weight": (1,) for n in matrices}
    dtypes = dict.fromkeys(matrices, "F8_E4M3") | dict.fromkeys(scales, "F32")
    path = sparse_file(tmp_path / "a.safetensors", {**own, **scales}, dtypes=dtypes)
    denoiser = part(stored_base(path, parts), "transformer")
    assert denoiser.weights.parameters == FLUX_DEV
    plain = sum(own[n][0] for n in own if n not in matrices)
    assert denoiser.rereadable == plain


@pytest.mark.parametrize("scale", [0, 1])
def test_a_denoiser_that_stays_in_fp8_weighs_a_byte_a_number(flux, tmp_path: Path, scale) -> None:
    """And four for each scale; vectors are computed with as they are asked for."""
    parts, shapes = flux
    own = shapes["transformer"]
    matrices = [n for n, shape in own.items() if len(shape) == 2]
    numbers = sum(_product(own[name]) for name in matrices)
    scales = {n.removesuffix("weight") + "scale_weight": (1,) for n in matrices if scale}
    dtypes = dict.fromkeys(own, "F8_E4M3") | dict.fromkeys(scales, "F32")
    path = sparse_file(tmp_path / "a.safetensors", {**own, **scales}, dtypes=dtypes)
    packed, widened = (stored_base(path, parts, packs=packs) for packs in (True, False))
    denoiser = part(packed, "transformer")
    assert denoiser.weights.packed == numbers
    assert denoiser.weights.packed_bytes == numbers + 4 * scale * len(matrices)
    assert denoiser.weights.bytes_in("bfloat16") == (
        denoiser.weights.packed_bytes + 2 * (FLUX_DEV - numbers)
    )
    assert denoiser.largest_packed == max(_product(own[name]) for name in matrices)
    assert (packed.is_packed, packed.can_pack) == (True, False)
    assert (widened.is_packed, widened.can_pack) == (False, True)
    assert part(widened, "transformer").weights.bytes_in("bfloat16") == 2 * FLUX_DEV
    assert part(packed, "text_encoder_2") == part(widened, "text_encoder_2")


def test_a_gguf_denoiser_stays_packed_but_for_what_is_no_matrix(flux, tmp_path: Path) -> None:
    parts, shapes = flux
    own = shapes["transformer"]
    found = stored_base(sparse_gguf(tmp_path / "a.gguf", own, "Q4_K"), parts)
    denoiser = part(found, "transformer")
    matrices = {n: s for n, s in own.items() if len(s) == 2 and s[1] % 256 == 0}
    packed = sum(rows * columns for rows, columns in matrices.values())
    assert denoiser.weights.packed == packed
    assert denoiser.weights.packed_bytes == packed * 144 // 256
    assert denoiser.weights.plain == FLUX_DEV - packed
    assert denoiser.rereadable == FLUX_DEV - packed
    assert denoiser.largest_packed == max(rows * columns for rows, columns in matrices.values())
    assert found.is_packed
    assert not found.missing


def test_what_a_denoiser_lacks_is_counted_by_its_family(flux, tmp_path: Path) -> None:
    parts, shapes = flux
    path = sparse_file(tmp_path / "a.safetensors", shapes["transformer"])
    alone, whole = stored_base(path), stored_base(path, parts)
    assert alone.missing == ("text_encoder", "text_encoder_2", "vae")
    assert counts(alone) == counts(whole)
    assert part(alone, "text_encoder_2").stored_bytes == 0
    assert part(whole, "text_encoder_2").stored_bytes == 2 * T5


def test_sd3_is_loaded_without_t5_where_nothing_gives_it(tmp_path: Path) -> None:
    shapes = component_shapes("sd3.5-large")
    path = sparse_file(tmp_path / "a.safetensors", shapes["transformer"])
    assert "text_encoder_3" not in counts(stored_base(path))
    parts = companions(tmp_path / "parts", "sd3.5-large")
    found = stored_base(path, parts)
    assert counts(found) == counts(BASES["sd3.5-large"])
    (parts / "tokenizer.json").unlink()
    assert "text_encoder_3" not in counts(stored_base(path, parts))


def test_t5_keeps_some_of_its_weights_in_float32_beside_float16(flux, tmp_path: Path) -> None:
    parts, shapes = flux
    path = sparse_file(tmp_path / "a.safetensors", shapes["transformer"])
    t5 = part(stored_base(path, parts), "text_encoder_2").weights
    assert t5.wide == 24 * 4096 * 10240
    assert t5.bytes_in("float16") == 2 * T5 + 2 * t5.wide
    assert t5.bytes_in("bfloat16") == 2 * T5


def test_blocks_of_flux(flux, tmp_path: Path) -> None:
    parts, shapes = flux
    found = stored_base(sparse_file(tmp_path / "a.safetensors", shapes["transformer"]), parts)
    denoiser = part(found, "transformer")
    assert denoiser.outside_blocks.parameters == FLUX_OUTSIDE
    assert denoiser.largest_block.parameters == FLUX_BLOCK
    assert isinstance(found.denoiser, TransformerShape)


def test_the_demo_has_smaller_latent_pixels() -> None:
    found = stored_base(demo_checkpoint())
    config = json.loads((demo_checkpoint() / "unet" / "config.json").read_text())
    assert found.is_classic
    assert isinstance(found.denoiser, UnetShape)
    assert found.size == Size(4 * config["sample_size"], 4 * config["sample_size"])


@pytest.mark.parametrize("config", ["sd1", "sdxl", "sd3.5-large", "flux1-dev"])
def test_configurations_tell_how_large_vaes_and_text_encoders_are(config: str) -> None:
    shapes = component_shapes(config)
    for name in (name for name in shapes if name == "vae" or name.startswith("text")):
        settings = json.loads((family_config(config) / name / "config.json").read_text())
        counted = sum(_product(shape) for shape in shapes[name].values())
        assert parameters_of(settings) == counted, name
    assert parameters_of({"in_channels": 4}) == 0
    assert vae_shapes(config)


@pytest.mark.parametrize("config", ["z-image-turbo", "qwen-image", "lumina2", "chroma1", "kolors"])
def test_what_lies_beside_newer_transformers_is_counted_like_their_networks(config: str) -> None:
    folder = family_config(config)
    index = json.loads((folder / "model_index.json").read_text())
    for name in ("text_encoder", "vae"):
        settings = json.loads((folder / name / "config.json").read_text())
        library, build = index[name]
        network = _without_numbers(library, build, settings)
        assert parameters_of(settings) == sum(one.numel() for one in network.parameters()), name


def _without_numbers(library: str, build: str, settings: dict) -> Any:
    place = f"diffusers.pipelines.{library}" if library == "kolors" else library
    made: Any = getattr(importlib.import_module(place), build)
    with torch.device("meta"):
        if library == "diffusers":
            return made.from_config(settings)
        also = {"device": "meta"} if library == "kolors" else {}  # it takes memory else
        return made(made.config_class.from_dict(settings), **also)


def _product(shape) -> int:
    total = 1
    for size in shape:
        total *= size
    return total


@pytest.mark.parametrize(
    "odd", [[], ["x"], [-1, 4], [10**30], [0] * 10_000, None, "many", {"a": 1}, [True], [[[4]]]]
)
def test_odd_configurations_of_strangers_are_passed_over(odd) -> None:
    config = {"block_out_channels": odd, "num_attention_heads": odd, "attention_head_dim": 64}
    text = {"hidden_size": 64, "intermediate_size": odd, "num_attention_heads": 4}
    assert denoiser_shape(config, "sd1") is None
    assert vae_shape(config, 10, is_classic=True) is None
    assert text_shape(text, "sd1") is None
    assert latent_px(config) == 8
    assert trained_size({"sample_size": odd}) == Size(1024, 1024)


def test_what_is_no_base_is_named(tmp_path: Path) -> None:
    adapter = sparse_listing(tmp_path / "a.safetensors", "flux_lora_diffusers_format")
    with pytest.raises(CheckpointError, match="adapter"):
        stored_base(adapter)
    with pytest.raises(FileError, match="model_index"):
        stored_base(tmp_path)

"""Published adapters on published checkpoints, and what a base is by its headers."""

import pytest

from loraviewer.adapters.inspection.base_index import index_of_base
from loraviewer.adapters.inspection.inspect import inspect_file
from loraviewer.adapters.targets import TargetIndex
from loraviewer.core.outcome import CheckpointError, FileError
from tests.adapters.builders import KOHYA_MODULES, tiny_components
from tests.adapters.sparse import (
    sparse_checkpoint,
    sparse_listing,
    sparse_transformer,
)
from tests.adapters.toys import lora_tensors, write_lora


@pytest.fixture(scope="module")
def bases(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bases")
    return {
        "sd1": sparse_checkpoint(folder / "sd1.safetensors", "sd1"),
        "sd2": sparse_checkpoint(folder / "sd2.safetensors", "sd2"),
        "sdxl": sparse_checkpoint(folder / "sdxl.safetensors", "sdxl"),
        "flux1": sparse_transformer(folder / "flux1.safetensors", "flux1"),
        "qwen-image": sparse_transformer(folder / "qwen.safetensors", "qwen-image"),
    }


@pytest.mark.parametrize(
    ("listing", "base", "kinds", "rank"),
    [
        ("real_sd15_kohya_locon_header", "sd1", {"lora": 278}, 64),
        ("flux_lora_kohya_format", "flux1", {"lora": 304}, 16),
        ("flux_lora_diffusers_format", "flux1", {"lora": 494}, 32),
        ("flux_lora_aitoolkit_format", "flux1", {"lora": 228}, 16),
        ("flux_lora_diffusers_dora_format", "flux1", {"lora": 266, "dora": 266}, 4),
        ("real_flux1_xlabs_header", "flux1", {"lora": 76}, 16),
        ("real_qwen_image_lightning_header", "qwen-image", {"lora": 720}, 64),
    ],
)
def test_real_files_land_on_their_base(tmp_path, bases, listing, base, kinds, rank):
    path = sparse_listing(tmp_path / "a.safetensors", listing)
    facts = inspect_file(path, index_of_base(bases[base]))
    assert facts["kinds"] == kinds
    assert facts["ranks"] == {"min": rank, "max": rank}
    assert len(facts["matched"]) == facts["modules"] == kinds["lora"]
    assert facts["fits"]
    assert facts["verdict"] == f"Fits: all {facts['modules']} modules land."


@pytest.mark.parametrize("wrong", ["sd2", "sdxl", "flux1"])
def test_a_wrong_base_is_said_in_one_sentence(tmp_path, bases, wrong):
    path = sparse_listing(tmp_path / "a.safetensors", "real_sd15_kohya_locon_header")
    facts = inspect_file(path, index_of_base(bases[wrong]))
    assert not facts["fits"]
    assert facts["verdict"].startswith("Made for SD 1.5; the base is ")
    assert "\n" not in facts["verdict"]


@pytest.mark.parametrize(
    ("family", "variant", "components"),
    [
        ("sd1", "base", ["unet", "vae", "text_encoder"]),
        ("sd2", "base", ["unet", "vae", "text_encoder"]),
        ("sdxl", "base", ["unet", "vae", "text_encoder", "text_encoder_2"]),
    ],
)
def test_real_checkpoints(bases, family, variant, components):
    facts = inspect_file(bases[family])
    assert (facts["type"], facts["family"], facts["variant"]) == ("checkpoint", family, variant)
    assert facts["components"] == components
    assert facts["dtype"] == "F16"
    assert "sha256" not in facts


def test_a_base_has_the_same_modules_from_headers_as_loaded(tmp_path):
    components = tiny_components()
    for name, network in components.items():
        network.save_pretrained(tmp_path / name, safe_serialization=True)
    told = {t.key: t.shapes for t in index_of_base(tmp_path).targets}
    assert told == {t.key: t.shapes for t in TargetIndex.of(components).targets}


def test_what_is_no_base(tmp_path):
    adapter = write_lora(tmp_path / "a.safetensors", lora_tensors(KOHYA_MODULES, 1))
    (tmp_path / "empty").mkdir()
    for path in (adapter, tmp_path / "empty"):
        with pytest.raises(CheckpointError, match=path.name):
            index_of_base(path)
    with pytest.raises(FileError, match="gone"):
        index_of_base(tmp_path / "gone")

"""The JSON facts of adapters, checkpoints and folders, and the lines for a person."""

import hashlib
import json
import math
import os

import pytest
import torch
from safetensors.torch import load_file, save_file

from loraviewer.adapters.files.hash_cache import HashCache
from loraviewer.adapters.inspection.base_index import index_of_base
from loraviewer.adapters.inspection.folder import inspect_folder
from loraviewer.adapters.inspection.inspect import inspect_file
from loraviewer.adapters.inspection.text import fact_lines
from loraviewer.adapters.inspection.values import base_reader
from loraviewer.adapters.load import summarise
from loraviewer.adapters.targets import TargetIndex
from loraviewer.core.outcome import AdapterError, CheckpointError, FileError
from tests.adapters.builders import ATTENTION, KOHYA_MODULES, tiny_components
from tests.adapters.kinds.files import modules_for
from tests.adapters.pictures import picture
from tests.adapters.real_bases import index_of
from tests.adapters.sparse import (
    sparse_checkpoint,
    sparse_file,
    sparse_listing,
    sparse_transformer,
)
from tests.adapters.toys import lora_tensors, write_lora


def test_adapter_facts(tmp_path):
    metadata = {
        "ss_tag_frequency": json.dumps({"1_x": {"manga": 9, "ink ": 3}}),
        "ss_base_model_version": "sd_v1",
    }
    tensors = lora_tensors(KOHYA_MODULES, 1, dtype=torch.float16)
    tensors["lora_unet_nowhere.lora_up.weight"] = torch.zeros(4, 2)
    tensors["lora_unet_nowhere.lora_down.weight"] = torch.zeros(2, 4)
    tensors["lora_unet_conv_out.lokr_w1"] = torch.zeros(4, 2)
    path = write_lora(tmp_path / "a.safetensors", tensors, metadata)
    facts = inspect_file(path, TargetIndex.of(tiny_components()), values=True)
    assert facts["type"] == "adapter"
    assert facts["family"] == "unknown"
    assert "“sd_v1”" in facts["evidence"][-1]
    assert facts["naming"] == ["kohya"]
    assert facts["kinds"] == {"lora": len(KOHYA_MODULES) + 1, "lokr": 1}
    assert facts["modules"] == len(KOHYA_MODULES) + 2
    assert facts["ranks"] == {"min": 2, "max": 4}
    assert set(facts["matched"]) == set(KOHYA_MODULES)
    assert facts["unmatched"] == ["lora_unet_nowhere"]
    assert facts["unsupported"] == ["lora_unet_conv_out"]
    assert "lora_unet_conv_out" in facts["reasons"]
    assert facts["shape_mismatch"] == []
    assert facts["fits"]
    assert facts["verdict"] == (
        "Fits in part: 7 of 9 modules land; 1 not in the base, 1 not understood."
    )
    assert facts["dtype"] == "F16"
    assert facts["trigger_words"] == ["manga", "ink"]
    assert facts["metadata"] == metadata
    summary = summarise(path)
    assert facts["sha256"] == summary.sha256
    assert (facts["autov2"], facts["autov3"]) == (summary.autov2, summary.autov3)
    json.dumps(facts)


def test_without_base_there_are_no_matching_fields(tmp_path):
    path = write_lora(tmp_path / "a.safetensors", lora_tensors(KOHYA_MODULES, 1))
    assert not {"matched", "fits", "autov3", "finite"} & set(inspect_file(path))


def test_what_lies_beside_an_adapter(tmp_path):
    path = write_lora(tmp_path / "a.safetensors", lora_tensors(KOHYA_MODULES, 1))
    (tmp_path / "a.json").write_text('{"preferred weight": 0.6, "activation text": "ink"}')
    (tmp_path / "a.civitai.info").write_text("{broken")
    (tmp_path / "a.preview.png").write_bytes(picture("PNG"))
    facts = inspect_file(path)
    assert facts["suggested_strength"] == 0.6
    assert facts["trigger_words"] == ["ink"]
    assert facts["preview"] == str(tmp_path / "a.preview.png")
    assert facts["problems"] == ["“a.civitai.info” beside it is damaged and was not read."]


# Numbers


def one_module(tmp_path, tensors):
    key = "lora_unet_" + ATTENTION + "to_q"
    return write_lora(
        tmp_path / "one.safetensors", {f"{key}.{suffix}": t for suffix, t in tensors.items()}
    )


@pytest.mark.parametrize("index", [None, TargetIndex.of(tiny_components())])
def test_norms_are_those_of_the_change(tmp_path, index):
    torch.manual_seed(0)
    up, down = torch.randn(16, 4), torch.randn(4, 16)
    tensors = {"lora_up.weight": up, "lora_down.weight": down, "alpha": torch.tensor(2.0)}
    facts = inspect_file(one_module(tmp_path, tensors), index, values=True)
    expected = (up.double() @ down.double()).norm().item() * 2 / 4
    assert facts["finite"] is True
    assert list(facts["norms"].values()) == [pytest.approx(expected)]
    assert facts["energy"] == pytest.approx(expected**2)


EVERY_KIND = modules_for((16, 16))


@pytest.mark.parametrize("name", EVERY_KIND)
def test_norms_of_every_kind(tmp_path, name):
    """Without a base, a norm or None, never a wrong one; with a saved base, always the norm."""
    components = tiny_components()
    base = tmp_path / "base"
    components["unet"].save_pretrained(base / "unet", safe_serialization=True)
    module = EVERY_KIND[name]
    path = one_module(tmp_path, module.tensors)
    path_of_weight = "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q.weight"
    weight = components["unet"].get_parameter(path_of_weight).detach().double()
    expected = pytest.approx(module.formula(weight).norm().item(), rel=1e-5)
    alone = inspect_file(path, values=True)
    assert list(alone["norms"].values()) in ([None], [expected])
    index = index_of_base(base)
    unread = inspect_file(path, index, values=True)
    assert list(unread["norms"].values()) in ([None], [expected])
    facts = inspect_file(path, index, values=True, read_base=base_reader(base))
    assert facts["finite"] is True
    assert list(facts["norms"].values()) == [expected]


def test_share_of_the_energy_that_landed(tmp_path):
    """3² + 4² of two changes: the larger one has no place in the base."""
    tensors = {}
    for key, norm in (("lora_unet_" + ATTENTION + "to_q", 3.0), ("lora_unet_nowhere", 4.0)):
        tensors[f"{key}.lora_up.weight"] = torch.eye(16, 1) * norm
        tensors[f"{key}.lora_down.weight"] = torch.eye(1, 16)
    path = write_lora(tmp_path / "a.safetensors", tensors)
    facts = inspect_file(path, TargetIndex.of(tiny_components()), values=True)
    assert facts["energy_share"] == pytest.approx(9 / 25)
    assert facts["energy"] == pytest.approx(9)
    assert inspect_file(path, values=True)["energy"] == pytest.approx(25)


def test_numbers_that_are_not_finite(tmp_path):
    index = TargetIndex.of(tiny_components())
    tensors = lora_tensors(KOHYA_MODULES, 1)
    next(iter(tensors.values()))[0, 0] = math.inf
    path = write_lora(tmp_path / "a.safetensors", tensors)
    for facts in (inspect_file(path, values=True), inspect_file(path, index, values=True)):
        assert facts["finite"] is False
        assert "energy" not in facts
        assert "infinite or undefined" in facts["problems"][-1]
    assert (facts["fits"], facts["verdict"]) == (False, facts["problems"][-1])


# Hashes


def test_large_files_are_not_hashed_unless_asked_or_known(tmp_path):
    shapes = {"lora_unet_x.lora_up.weight": (40_000, 500), "lora_unet_x.lora_down.weight": (500, 8)}
    path = sparse_file(tmp_path / "large.safetensors", shapes)
    os.utime(path, (1_600_000_000, 1_600_000_000))
    cache = HashCache(tmp_path / "hashes.sqlite")
    assert inspect_file(path, cache=cache)["sha256"] is None
    facts = inspect_file(path, values=True, cache=cache)
    assert len(facts["sha256"]) == 64
    assert inspect_file(path, cache=cache)["sha256"] == facts["sha256"]


def test_checkpoints_are_hashed_only_when_asked(tmp_path):
    name = "model.diffusion_model.input_blocks.2.1.transformer_blocks.0.attn2.to_k.weight"
    path = sparse_file(tmp_path / "c.safetensors", {name: (320, 768)})
    assert "sha256" not in inspect_file(path)
    facts = inspect_file(path, values=True)
    assert facts["type"] == "checkpoint"
    assert facts["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert facts["autov2"] == facts["sha256"][:10]


# Real files on real bases


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


# Folders


def write_pipeline(folder):
    index = {"_class_name": "StableDiffusionPipeline", "../escape": ["library", "class"]}
    for name, network in tiny_components().items():
        network.save_pretrained(folder / name, safe_serialization=True)
        index[name] = ["library", "class"]
    (folder / "model_index.json").write_text(json.dumps(index))
    (folder / "scheduler").mkdir()
    config = '{"prediction_type": "v_prediction", "lambda_min_clipped": -Infinity}'
    (folder / "scheduler" / "scheduler_config.json").write_text(config)


def test_diffusers_folder(tmp_path):
    write_pipeline(tmp_path)
    facts = inspect_file(tmp_path)
    assert facts["type"] == "checkpoint"
    assert facts["prediction"] == "v_prediction"
    assert facts["components"] == ["unet", "text_encoder"]
    assert facts["dtype"] == "F32"
    components = tiny_components().values()
    assert facts["parameters"] == sum(
        t.numel() for n in components for t in n.state_dict().values()
    )


def test_broken_folders(tmp_path):
    with pytest.raises(FileError, match=r"model_index\.json"):
        inspect_file(tmp_path)
    for content in ("{broken", "[1]", "[" * 100_000, "{}"):
        (tmp_path / "model_index.json").write_text(content)
        with pytest.raises(FileError, match=tmp_path.name):
            inspect_file(tmp_path)


def test_a_folder_is_a_table_of_everything_below_it(tmp_path):
    write_lora(tmp_path / "z.safetensors", lora_tensors(KOHYA_MODULES, 1, dtype=torch.float16))
    (tmp_path / "deep" / "er").mkdir(parents=True)
    write_lora(tmp_path / "deep" / "er" / "a.safetensors", lora_tensors(KOHYA_MODULES, 2))
    write_lora(tmp_path / "emb.safetensors", {"emb_params": torch.zeros(2, 768)})
    (tmp_path / "deep" / "cut.safetensors").write_bytes(b"\x99" * 50)
    (tmp_path / "old.ckpt").write_bytes(b"\x80\x02}q\x00.")
    (tmp_path / "note.txt").write_text("not listed")
    write_pipeline(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path)
    table = inspect_folder(tmp_path, TargetIndex.of(tiny_components()))
    rows = {row["file"]: row for row in table["files"]}
    assert list(rows) == [
        *("deep/cut.safetensors", "deep/er/a.safetensors", "emb.safetensors", "old.ckpt"),
        *("pipe", "z.safetensors"),
    ]
    assert (table["type"], table["adapters"], table["unreadable"]) == ("folder", 2, 2)
    adapter = rows["z.safetensors"]
    assert (adapter["type"], adapter["naming"], adapter["dtype"]) == ("adapter", ["kohya"], "F16")
    assert adapter["kinds"] == {"lora": 7}
    assert adapter["ranks"] == {"min": 2, "max": 4}
    assert (adapter["fits"], adapter["landed"], adapter["problem"]) == (True, 7, None)
    assert "pickle" in rows["old.ckpt"]["problem"]
    assert "damaged" in rows["deep/cut.safetensors"]["problem"]
    assert rows["emb.safetensors"]["holds"] == "a textual-inversion embedding"
    assert rows["pipe"]["type"] == "checkpoint"
    json.dumps(table)


def test_large_folders_are_the_same_table(tmp_path):
    tensors = lora_tensors(KOHYA_MODULES, 1)
    for i in range(120):
        write_lora(tmp_path / f"{i:03}.safetensors", tensors)
    (tmp_path / "050.safetensors").write_bytes(b"")
    table = inspect_folder(tmp_path)
    assert [row["file"] for row in table["files"]] == [f"{i:03}.safetensors" for i in range(120)]
    assert (table["adapters"], table["unreadable"]) == (119, 1)
    assert "is empty" in table["files"][50]["problem"]


# Other files


def test_other_and_broken_files(tmp_path):
    path = write_lora(tmp_path / "x.safetensors", {"emb_params": torch.zeros(2, 768)})
    facts = inspect_file(path)
    assert (facts["type"], facts["holds"]) == ("unknown", "a textual-inversion embedding")
    with pytest.raises(AdapterError, match=path.name):
        summarise(path)
    with pytest.raises(FileError):
        inspect_file(tmp_path / "absent")


# Lines


def test_lines_for_a_person(tmp_path):
    tensors = lora_tensors(KOHYA_MODULES, 1, dtype=torch.float16)
    for i in range(9):
        tensors[f"lora_unet_nowhere_{i}.lora_up.weight"] = torch.zeros(4, 2)
        tensors[f"lora_unet_nowhere_{i}.lora_down.weight"] = torch.zeros(2, 4)
    path = write_lora(tmp_path / "a.safetensors", tensors, {"modelspec.title": "Ink"})
    lines = list(fact_lines(inspect_file(path, TargetIndex.of(tiny_components()))))
    assert lines[0] == "type: adapter"
    assert "title: Ink" in lines
    assert "kinds: lora 16" in lines
    assert "ranks: 2 to 4" in lines
    assert "numbers: F16" in lines
    assert "matched: 7" in lines
    at = lines.index("unmatched: 9")
    names = [f"    lora_unet_nowhere_{i}" for i in range(6)]
    assert lines[at + 1 : at + 8] == [*names, "    and 3 more"]
    assert "fits: yes" in lines


def test_lines_of_a_folder(tmp_path):
    write_lora(tmp_path / "ink.safetensors", lora_tensors(KOHYA_MODULES, 1))
    (tmp_path / "old.pt").write_bytes(b"\x80\x02}q\x00.")
    head, ink, old, last = fact_lines(inspect_folder(tmp_path))
    assert head.split() == [
        "file",
        "type",
        "family",
        "kinds",
        "naming",
        "rank",
        "modules",
        "numbers",
    ]
    assert ink.split()[:2] == ["ink.safetensors", "adapter"]
    assert "pickle" in old
    assert last == "files: 2, adapters: 1, cannot be read: 1"


def test_lines_hold_nothing_that_moves_a_cursor(tmp_path):
    path = tmp_path / "a\nb\x1b[2J.safetensors"
    tensors = {f"lora_unet_\x1b[31m{i}.lora_up.weight": torch.zeros(4, 2) for i in range(3)}
    save_file(tensors, path, {"modelspec.title": "x\x1b[1m", "modelspec.description": "one\ntwo"})
    facts = inspect_file(path, TargetIndex.of(tiny_components()))
    lines = [*fact_lines(facts), *fact_lines(inspect_folder(tmp_path))]
    assert all(line.isprintable() for line in lines)
    assert lines[lines.index("description: one") + 1] == "    two"


def test_the_file_on_disk_stays_as_it_is(tmp_path):
    path = tmp_path / "a.safetensors"
    save_file(lora_tensors(KOHYA_MODULES, 1), path)
    before = path.read_bytes()
    inspect_file(path, values=True)
    assert path.read_bytes() == before
    assert load_file(path)


@pytest.mark.parametrize(
    ("base", "word"),
    [
        ("flux2-4b", "transformer.transformer_blocks.0.attn.to_q"),
        ("chroma", "transformer.transformer_blocks.0.attn.to_q"),
        ("qwen-image", "transformer.transformer_blocks.0.attn.to_q"),
        ("sd2", "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q"),
    ],
)
@pytest.mark.parametrize("said", ["", "flux1", "sd_v1"])
def test_what_lands_fits_whatever_it_says(tmp_path, base, word, said):
    width = 640 if base == "sd2" else 3072
    keys = {f"{word}.lora_B.weight": (width, 2), f"{word}.lora_A.weight": (2, width)}
    path = sparse_file(tmp_path / "a.safetensors", keys, {"ss_base_model_version": said})
    assert inspect_file(path, index_of(base))["verdict"] == "Fits: its module lands."
    sparse_file(tmp_path / "b.safetensors", {**keys, "unet.gone.diff": (2, 2)})
    rows = inspect_folder(tmp_path, index_of(base))["files"]
    assert [row["verdict"] for row in rows] == [
        "Fits: its module lands.",
        "Fits in part: 1 of 2 modules land; 1 not in the base.",
    ]


def test_links_are_followed_once_and_companions_are_no_files(tmp_path):
    loras, store = tmp_path / "loras", tmp_path / "store"
    (store / "manga").mkdir(parents=True)
    loras.mkdir()
    for path in (store / "a.safetensors", store / "manga" / "adapter_model.safetensors"):
        write_lora(path, lora_tensors(KOHYA_MODULES, 1))
        path.with_name(f"._{path.name}").write_bytes(b"\x00\x05\x16\x07" + bytes(100))
    (loras / "one").symlink_to(store)
    (loras / "two").symlink_to(store)
    (store / "back").symlink_to(loras)
    table = inspect_folder(loras)
    assert [row["file"] for row in table["files"]] == ["one/a.safetensors", "one/manga"]
    assert [row["problem"] for row in table["files"]] == [None, None]


def test_a_companion_that_is_named_says_what_it_is(tmp_path):
    path = tmp_path / "._a.safetensors"
    path.write_bytes(b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        " + bytes(100))
    with pytest.raises(FileError, match=r"\._a\.safetensors.*macOS.*choose the one without"):
        inspect_file(path)

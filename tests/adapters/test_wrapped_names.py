"""Names behind and between words that trainers leave: each lands where the plain name does."""

import random

import pytest

from loraviewer.adapters.matching import match_file
from loraviewer.adapters.naming.base import (
    DENOISERS,
    TEXT_ENCODERS,
    Network,
    Place,
    canonical_path,
)
from loraviewer.adapters.naming.registry import CONVENTIONS, naming_of
from loraviewer.adapters.placement import file_shape
from loraviewer.adapters.targets import TargetIndex
from tests.adapters.real_bases import BASES, header_of, index_of, shapes_of

_WRAPPERS = (
    *("module.", "_orig_mod.", "_fsdp_wrapped_module.", "model.", "pipe.", "base_model.model."),
    *("base_model.model.base_model.model.", "module._orig_mod.", "pipe.model.module."),
)
_DENOISER_WORDS = (
    *("unet.base_model.model.", "transformer.base_model.model.", "unet.", "transformer."),
    *("pipe.dit.", "dit.", "denoiser.", "diffusion_model.diffusion_model.", "model.unet."),
    *("base_model.model.unet._orig_mod.", "pipe.transformer.module.", "net."),
)
_INNER = ("_orig_mod", "module", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "base_layer")


def pair(key, shape):
    rows, columns = shape[0], 1
    for size in shape[1:]:
        columns *= size
    return {f"{key}.lora_up.weight": (rows, 1), f"{key}.lora_down.weight": (1, columns)}


def landed(index, key, shape):
    """Where a group with such a change ends; by its name alone where that is enough."""
    if landings := index.find(key):
        return landings
    matching = match_file(header_of(pair(key, shape)), index)
    return matching.matches[0].landings if matching.matches else ()


def wrapped(name, rng):
    """The name in every way of being wrapped that its form allows; one of each, by chance."""
    if "." not in name:
        yield f"{name}_"
        head, _, path = name.partition("_")
        yield f"{head}__orig_mod_{path}" if head == "lycoris" else f"{name}__"
    yield rng.choice(_WRAPPERS) + name
    parts = name.split(".")
    at = rng.randint(1, len(parts))
    yield ".".join([*parts[:at], rng.choice(_INNER), *parts[at:]])


@pytest.mark.parametrize("base", BASES)
def test_every_spelling_lands_on_the_same_module_however_it_is_wrapped(base):
    index, rng = index_of(base), random.Random(base)
    networks = {name: Network.of(name, shapes) for name, shapes in shapes_of(base).items()}
    for target in index.targets:
        if len(target.shape) < 2:
            continue
        place = Place(networks[target.component], canonical_path(*target.key))
        spellings = {s.name for convention in CONVENTIONS for s in convention.spellings(place)}
        for name in rng.sample(sorted(spellings), min(4, len(spellings))):
            meant = index.find(name)
            shape = file_shape(meant, "weight")
            for key in wrapped(name, rng):
                assert landed(index, key, shape) == meant, (name, key)


@pytest.mark.parametrize("base", BASES)
def test_any_word_for_a_denoiser_means_that_of_the_base(base):
    index, rng = index_of(base), random.Random(base)
    networks = {name: Network.of(name, shapes) for name, shapes in shapes_of(base).items()}
    for target in index.targets:
        if target.component not in DENOISERS:
            continue
        place = Place(networks[target.component], target.path)
        for path in {target.path, place.original.path if place.original else target.path}:
            meant = index.find(f"{target.component}.{path}")
            assert index.find(rng.choice(_DENOISER_WORDS) + path) == meant
            flat = path.replace(".", "_")
            for start in ("lora_unet__orig_mod_", "lora_dit_", "lora_transformer_module_"):
                assert index.find(start + flat) == meant
            assert index.find(f"lora_unet_{flat.replace('_blocks_', '_blocks__orig_mod_')}") in (
                meant,
                (),
            )


# Which text encoder is meant.

_LAYER = "text_model.encoder.layers.7.mlp.fc2"
_FLAT_LAYER = _LAYER.replace(".", "_")
_CLIP_L, _CLIP_G = (768, 3072), (1280, 5120)
_T5 = "encoder.block.11.layer.1.DenseReluDense.wi_1"


@pytest.mark.parametrize(
    ("base", "key", "shape", "component"),
    [
        ("sdxl", f"text_encoders.transformer.{_LAYER}", _CLIP_L, "text_encoder"),
        ("sdxl", f"text_encoders.transformer.{_LAYER}", _CLIP_G, "text_encoder_2"),
        ("sdxl", f"base_model.model.{_LAYER}", _CLIP_L, "text_encoder"),
        ("sdxl", f"base_model.model.{_LAYER}", _CLIP_G, "text_encoder_2"),
        ("sdxl", f"model.{_LAYER}", _CLIP_G, "text_encoder_2"),
        ("sdxl", _LAYER, _CLIP_G, "text_encoder_2"),
        ("sdxl", f"lora_te_{_FLAT_LAYER}", _CLIP_G, "text_encoder_2"),
        ("sdxl", f"lycoris_{_FLAT_LAYER}", _CLIP_G, "text_encoder_2"),
        ("sdxl", f"text_encoder_2.module.{_LAYER}", _CLIP_G, "text_encoder_2"),
        ("sdxl", f"module.te2.{_LAYER}", _CLIP_G, "text_encoder_2"),
        ("sdxl", f"text_encoders.clip_g.{_LAYER}", _CLIP_G, "text_encoder_2"),
        ("sdxl", f"lora_text_encoder_2_{_FLAT_LAYER}", _CLIP_G, "text_encoder_2"),
        ("sd1", f"cond_stage_model.transformer.{_LAYER}", _CLIP_L, "text_encoder"),
        ("flux1", f"text_encoders.transformer.{_T5}", (10240, 4096), "text_encoder_2"),
        ("flux1", f"base_model.model.{_T5}", (10240, 4096), "text_encoder_2"),
        ("flux1", f"text_encoders.t5xxl.{_T5}", (10240, 4096), "text_encoder_2"),
        ("sd3-medium", f"text_encoders.transformer.{_T5}", (10240, 4096), "text_encoder_3"),
        ("anima", "pipe.text_encoder.model.layers.2.mlp.up_proj", (3072, 1024), "text_encoder"),
    ],
)
def test_shapes_tell_the_text_encoder_that_a_name_leaves_open(base, key, shape, component):
    matching = match_file(header_of(pair(key, shape)), index_of(base))
    (match,) = matching.matches
    assert [landing.target.component for landing in match.landings] == [component]


@pytest.mark.parametrize(
    "key",
    [
        f"module.text_encoder_2.{_LAYER}",
        f"text_encoders.clip_g.{_LAYER}",
        f"pipe.te2.{_LAYER}",
        f"lora_te2__orig_mod_{_FLAT_LAYER}",
        f"text_encoders.t5xxl.{_LAYER}",
        f"text_encoders.brand_new.transformer.{_LAYER}",
        f"unet.{_LAYER}",
        f"unet.text_encoder.{_LAYER}",
    ],
)
@pytest.mark.parametrize("base", ["sd1", "sdxl"])
def test_a_name_of_another_network_never_lands_on_the_first_encoder(base, key):
    """Not even where the shape is that of the first."""
    matching = match_file(header_of(pair(key, _CLIP_L)), index_of(base))
    assert matching.matches == []
    assert matching.unmatched or matching.shape_mismatch


def test_two_encoders_that_both_fit_are_not_guessed_between():
    encoder = {"encoder.layers.0.self_attn.q_proj.weight": (8, 8)}
    encoder["encoder.layers.0.self_attn.out_proj.weight"] = (8, 8)
    index = TargetIndex.of_shapes({"text_encoder": encoder, "text_encoder_2": encoder})
    key = "text_encoders.transformer.text_model.encoder.layers.0.self_attn.q_proj"
    report = match_file(header_of(pair(key, (8, 8))), index).report("")
    assert report.unsupported == (key,)
    assert "text_encoder_2" in report.reasons[key]
    assert "fits each" in report.reasons[key]
    assert index.find(key) == ()
    assert len(index.alternatives(key)) == len(TEXT_ENCODERS[:2])


def test_two_names_of_one_module_are_not_added_up():
    """The rule for names as they stand holds for cleaned ones."""
    plain = "transformer_blocks.0.attn.to_q"
    shapes = pair(plain, (3072, 3072)) | pair(f"pipe.dit.{plain}", (3072, 3072))
    report = match_file(header_of(shapes), index_of("flux1")).report("")
    assert len(report.matched) == 1
    (other,) = report.unsupported
    assert "already changes the same weight" in report.reasons[other]


@pytest.mark.parametrize(
    "key",
    ["", ".", "_", "module", "model.model", "lora_", "lora_unet__", "pipe.dit.", "unet.lora_te_x"],
)
def test_words_without_a_path_mean_nothing(key):
    assert index_of("sdxl").find(key) == ()


@pytest.mark.parametrize(
    ("key", "names"),
    [
        ("pipe.dit.blocks.0.self_attn.q", ("original",)),
        ("dit.double_blocks.0.img_attn.qkv", ("bfl",)),
        ("model.down_blocks.0.resnets.0.conv1", ("diffusers",)),
        ("module._orig_mod.lora_unet_double_blocks_0_img_attn_qkv", ("kohya",)),
        ("lora_dit_blocks_0_attn_wq", ("kohya",)),
        ("module.text_encoder_2.text_model.encoder.layers.0.mlp.fc1", ("diffusers",)),
        ("unet.base_model.model.base_model.model.conv_in", ("peft",)),
    ],
)
def test_naming_is_recognised_behind_wrappers(key, names):
    assert naming_of([key]) == names

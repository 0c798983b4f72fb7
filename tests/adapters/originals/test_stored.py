"""Where files keep weights, against listings of published files and diffusers' own converters."""

import pytest
import torch
from diffusers import AutoencoderKL, SD3Transformer2DModel
from diffusers.loaders import single_file_utils as converters

from loraviewer.adapters.originals.stored import stored_weights
from loraviewer.adapters.originals.tensors import as_parameter, as_stored
from loraviewer.adapters.targets import TargetIndex
from tests.adapters.originals.files import flux_original, sd3_original
from tests.adapters.real_bases import (
    components_of,
    header_of,
    index_of,
    listing,
    shapes_of,
    single_file,
)
from tests.engine import original


def shapes_in(header):
    return {
        component: {name: stored.shape for name, stored in weights.items()}
        for component, weights in stored_weights(header).items()
    }


def published(family):
    """The listing of a published file; shapes that it lacks are those of no numbers."""
    keys = single_file(family)["keys"]
    return header_of({name: shape or () for name, shape in keys.items()})


def read(stored, tensors):
    """The weight that a place in a file means; what it says of the file's rows must lead back."""
    weight = as_parameter(tensors[stored.key], stored)
    rows = slice(*stored.rows) if stored.rows else slice(None)
    own = tensors[stored.key][rows] if tensors[stored.key].ndim else tensors[stored.key]
    assert torch.equal(as_stored(weight, stored).reshape(-1), own.reshape(-1))
    return weight


def numbered(shapes):
    """Tensors of these shapes in which every number is another one."""
    tensors, start = {}, 0
    for name, shape in shapes.items():
        count = int(torch.Size(shape).numel())
        tensors[name] = torch.arange(start, start + count).reshape(shape)
        start += count
    return tensors


# Published checkpoints.


@pytest.mark.parametrize("family", ["sd1", "sd2", "sdxl", "sdxl-refiner"])
def test_a_published_file_holds_the_loaded_networks(family):
    found = shapes_in(published(family))
    vae = found.pop("vae")
    assert found == shapes_of(family)
    with torch.device("meta"):
        assert vae.keys() == _published_vae().state_dict().keys()


def _published_vae():
    # diffusers annotates tuples of one element for those of any length
    return AutoencoderKL(
        block_out_channels=(128, 256, 512, 512),  # pyright: ignore[reportArgumentType]
        down_block_types=("DownEncoderBlock2D",) * 4,  # pyright: ignore[reportArgumentType]
        up_block_types=("UpDecoderBlock2D",) * 4,  # pyright: ignore[reportArgumentType]
        layers_per_block=2,
        latent_channels=4,
    )


@pytest.mark.parametrize("family", ["sd1", "sd2", "sdxl"])
def test_the_index_from_a_header_is_that_of_the_networks(family):
    found = shapes_in(published(family))
    del found["vae"]
    own, loaded = TargetIndex.of_shapes(found), index_of(family)
    assert {t.key: t.shapes for t in own.targets} == {t.key: t.shapes for t in loaded.targets}


def bundle(transformer, base, names):
    """Names and shapes of a file with a transformer and text encoders beside it."""
    shapes = {f"model.diffusion_model.{name}": t.shape for name, t in transformer.items()}
    for component, name in names.items():
        for parameter, shape in shapes_of(base)[component].items():
            bare = parameter.removeprefix("text_model.")
            is_tower = name != "t5xxl" and bare != "text_projection.weight"
            path = f"text_model.{bare}" if is_tower else bare
            shapes[f"text_encoders.{name}.transformer.{path}"] = shape
    return header_of(shapes)


@pytest.mark.parametrize(
    ("base", "to_original", "names"),
    [
        ("flux1", flux_original, {"text_encoder": "clip_l", "text_encoder_2": "t5xxl"}),
        *(
            (
                base,
                sd3_original,
                {
                    "text_encoder": "clip_l",
                    "text_encoder_2": "clip_g",
                    "text_encoder_3": "t5xxl",
                },
            )
            for base in ("sd3-medium", "sd35-medium", "sd35-large")
        ),
    ],
)
def test_bundles_hold_the_loaded_networks(base, to_original, names):
    transformer = dict(components_of(base)["transformer"].named_parameters())
    found = shapes_in(bundle(to_original(transformer), base, names))
    assert found == shapes_of(base)


@pytest.mark.parametrize(
    ("names", "component"),
    [
        ((), "text_encoder"),
        (("clip_l",), "text_encoder_2"),
        (("clip_g",), "text_encoder_3"),
        (("clip_l", "clip_g"), "text_encoder_3"),
    ],
)
def test_t5_is_the_last_text_encoder(names, component):
    clip = {f"text_encoders.{name}.transformer.text_model.x.weight": (2, 2) for name in names}
    t5 = {"text_encoders.t5xxl.transformer.encoder.block.0.y.weight": (3, 3)}
    assert shapes_in(header_of(clip | t5))[component] == {"encoder.block.0.y.weight": (3, 3)}


def test_a_bare_transformer_file():
    transformer = dict(components_of("flux1")["transformer"].named_parameters())
    header = header_of({name: t.shape for name, t in flux_original(transformer).items()})
    assert shapes_in(header) == {"transformer": shapes_of("flux1")["transformer"]}


@pytest.mark.parametrize(
    ("base", "component"),
    [("sd1", "unet"), ("sdxl", "unet"), ("qwen-image", "transformer"), ("z-image", "transformer")],
)
def test_files_in_the_words_of_diffusers(base, component):
    shapes = shapes_of(base)[component]
    assert shapes_in(header_of(shapes)) == {component: shapes}


def test_files_of_one_text_encoder():
    clip, t5 = shapes_of("flux1")["text_encoder"], shapes_of("flux1")["text_encoder_2"]
    named = {f"text_model.{name}": shape for name, shape in clip.items()}
    assert shapes_in(header_of(named)) == {"text_encoder": clip}
    untied = {n: s for n, s in t5.items() if n != "encoder.embed_tokens.weight"}
    assert shapes_in(header_of(untied)) == {"text_encoder": t5}


def test_an_unknown_denoiser_keeps_its_names():
    shapes = {"blocks.0.mixer.weight": (4, 4), "head.bias": (4,)}
    for prefix in ("", "model.diffusion_model.", "net."):
        header = header_of({prefix + name: shape for name, shape in shapes.items()})
        assert shapes_in(header) == {"transformer": shapes}


def test_averaged_weights_and_schedules_are_no_weights():
    keys = dict(single_file("sd1")["keys"])
    extra = {"model_ema.decay": (), "model_ema.diffusion_modelout2weight": (4, 320), "betas": (9,)}
    header = header_of({name: shape or () for name, shape in (keys | extra).items()})
    assert shapes_in(header) == shapes_in(published("sd1"))


# Layout: number by number against what diffusers makes of the same file.


def _krea_shapes():
    block = {
        **{f"attn.{name}.weight": (4, 4) for name in ("wq", "wo", "gate")},
        **{f"attn.{name}.weight": (2, 4) for name in ("wk", "wv")},
        **{f"attn.qknorm.{name}.scale": (2,) for name in ("qnorm", "knorm")},
        **{f"mlp.{name}.weight": (6, 4) for name in ("gate", "up")},
        "mlp.down.weight": (4, 6),
        "prenorm.scale": (4,),
        "postnorm.scale": (4,),
    }
    return {
        **{f"blocks.{n}.{name}": shape for n in (0, 1) for name, shape in block.items()},
        **{f"blocks.{n}.mod.lin": (24,) for n in (0, 1)},
        **{
            f"txtfusion.{stack}.0.{name}": shape
            for stack in ("layerwise_blocks", "refiner_blocks")
            for name, shape in block.items()
        },
        "txtfusion.projector.weight": (1, 12),
        **{f"{n}.{role}": (4, 4)[:axes] for n in _KREA_OUTER for role, axes in _ROLE_AXES},
        "txtmlp.0.scale": (4,),
        "last.norm.scale": (4,),
        "last.modulation.lin": (2, 4),
    }


_ROLE_AXES = (("weight", 2), ("bias", 1))
_KREA_OUTER = ("first", "tmlp.0", "tmlp.2", "tproj.1", "txtmlp.1", "txtmlp.3", "last.linear")


def _lumina_shapes():
    stacks = ("layers.0", "noise_refiner.1", "context_refiner.0")
    shapes = {"cap_embedder.0.weight": (3,), "cap_embedder.1.weight": (4, 3)}
    for stack in stacks:
        shapes |= {
            f"{stack}.attention.qkv.weight": (2304 + 768 + 768, 2),
            f"{stack}.attention.out.weight": (2, 2304),
            f"{stack}.attention.q_norm.weight": (4,),
            f"{stack}.attention.k_norm.weight": (4,),
            **{f"{stack}.feed_forward.w{n}.weight": (3, 2) for n in (1, 2, 3)},
            **{f"{stack}.{n}.weight": (2,) for n in ("attention_norm1", "attention_norm2")},
            **{f"{stack}.{n}.weight": (2,) for n in ("ffn_norm1", "ffn_norm2")},
        }
    shapes |= {f"{stack}.adaLN_modulation.1.weight": (8, 2) for stack in stacks[:2]}
    return shapes | {
        "x_embedder.weight": (4, 4),
        "t_embedder.mlp.0.weight": (4, 4),
        "t_embedder.mlp.2.weight": (4, 4),
        "final_layer.adaLN_modulation.1.weight": (4, 4),
        "final_layer.linear.weight": (4, 4),
    }


def _thin(shapes):
    """The same rows, but only two columns."""
    return {name: (*shape[:1], 2)[: len(shape)] for name, shape in shapes.items()}


def _flux_shapes():
    weights = dict(components_of("flux1")["transformer"].named_parameters())
    kept = {n: w for n, w in weights.items() if _block_number(n) < 2}
    return _thin({name: tuple(t.shape) for name, t in flux_original(kept).items()})


def _chroma_shapes():
    flux = {n: s for n, s in _flux_shapes().items() if "_in.in" not in n and "_in.out" not in n}
    guidance = {f"layers.0.{n}_layer.{r}": (4, 4)[:a] for n in ("in", "out") for r, a in _ROLE_AXES}
    guidance |= {f"{n}_proj.{role}": (4, 4)[:a] for n in ("in", "out") for role, a in _ROLE_AXES}
    guidance |= {"norms.0.scale": (4,)}
    return {
        **{n: s for n, s in flux.items() if "mod" not in n},
        **{f"distilled_guidance_layer.{n}": s for n, s in guidance.items()},
    }


def _sd3_shapes():
    with torch.device("meta"):
        tiny = SD3Transformer2DModel(
            num_layers=3,
            num_attention_heads=2,
            caption_projection_dim=128,
            qk_norm="rms_norm",
            dual_attention_layers=(0, 1),
        )
    weights = sd3_original(dict(tiny.named_parameters()))
    return {name: tuple(t.shape) for name, t in weights.items()} | {"pos_embed": (1, 4, 128)}


def _block_number(name):
    parts = name.split(".")
    return int(parts[1]) if parts[1].isdigit() else 0


def _flux2_shapes():
    return _thin(listing("flux2_transformer_bfl_keys")["keys"])


def _z_image_shapes():
    keys = dict(listing("z_image_transformer_comfyui_keys")["keys"])
    del keys["norm_final.weight"]  # diffusers drops it
    return _thin(keys)


def _anima_shapes():
    keys = listing("anima_comfyui_keys")["keys"]
    return _thin({n: s for n, s in keys.items() if "llm_adapter" not in n})


@pytest.mark.parametrize(
    ("shapes", "convert", "prefix"),
    [
        (_flux_shapes, converters.convert_flux_transformer_checkpoint_to_diffusers, ""),
        (_flux2_shapes, converters.convert_flux2_transformer_checkpoint_to_diffusers, ""),
        (_chroma_shapes, converters.convert_chroma_transformer_checkpoint_to_diffusers, ""),
        (_sd3_shapes, converters.convert_sd3_transformer_checkpoint_to_diffusers, ""),
        (_z_image_shapes, converters.convert_z_image_transformer_checkpoint_to_diffusers, ""),
        (_lumina_shapes, converters.convert_lumina2_to_diffusers, ""),
        (_krea_shapes, converters.convert_krea2_transformer_checkpoint_to_diffusers, ""),
        (_anima_shapes, converters.convert_cosmos_transformer_checkpoint_to_diffusers, "net."),
    ],
)
def test_every_number_is_where_diffusers_finds_it(shapes, convert, prefix):
    tensors = numbered(shapes())
    wanted = convert(dict(tensors))
    places = stored_weights(header_of({name: t.shape for name, t in tensors.items()}))
    found = {name: read(stored, tensors) for name, stored in places["transformer"].items()}
    renamed = {"pos_embed": "pos_embed.pos_embed"}  # computed, no parameter
    found = {renamed.get(name, name): tensor for name, tensor in found.items()}
    assert found.keys() == wanted.keys()
    for name, tensor in wanted.items():
        assert torch.equal(found[name].reshape(tensor.shape), tensor), name


@pytest.mark.parametrize("family", ["sd1", "sd2", "sdxl"])
def test_every_number_of_a_stable_diffusion_file(family, tmp_path):
    networks = original.random_networks(original.write_tiny_config(family, tmp_path / "config"))
    tensors = original.original_tensors(family, networks)
    places = stored_weights(header_of({name: t.shape for name, t in tensors.items()}))
    assert places.keys() == networks.keys()
    for component, network in networks.items():
        weights = dict(network.named_parameters())
        found = {name: read(s, tensors) for name, s in places[component].items()}
        assert found.keys() == weights.keys()
        for name, weight in weights.items():
            assert torch.equal(found[name], weight), name

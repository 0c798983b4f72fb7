"""Rewritten checkpoint files hold the live weights in the layout of their source, byte for byte."""

import pytest
import torch
from diffusers import FluxTransformer2DModel
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModel, T5Config, T5EncoderModel

from loraviewer.adapters.files.checkpoint_files import write_folder, write_single_file
from loraviewer.core.outcome import FileError
from tests.adapters.builders import tiny_components
from tests.adapters.originals.files import flux_original
from tests.engine import original


def all_names(networks):
    return [
        f"{name}.{p}" for name, network in networks.items() for p, _ in network.named_parameters()
    ]


def change(networks, names):
    """Other numbers in the weights of these names."""
    generator = torch.Generator().manual_seed(7)
    for name in names:
        component, parameter = name.split(".", 1)
        networks[component].get_parameter(parameter).data.normal_(generator=generator)


def assert_same(found, wanted):
    assert found.keys() == wanted.keys()
    for name, tensor in wanted.items():
        assert torch.equal(found[name], tensor), name


@pytest.mark.parametrize("family", ["sd1", "sd2", "sdxl"])
def test_every_weight_of_a_single_file(family, tmp_path):
    networks = original.random_networks(original.write_tiny_config(family, tmp_path / "config"))
    source = original.save(
        original.original_tensors(family, networks), tmp_path / "base.safetensors"
    )
    names = all_names(networks)
    change(networks, names)
    write_single_file(tmp_path / "out.safetensors", source, networks, names)
    wanted = original.original_tensors(family, networks)
    assert_same(load_file(tmp_path / "out.safetensors"), wanted | _untouched(source, wanted))


def _untouched(source, wanted):
    """Tensors that no network of the pipeline reads, such as OpenCLIP's `logit_scale`."""
    unread = ("logit_scale", "cond_stage_model.model.text_projection")
    return {n: t for n, t in load_file(source).items() if n not in wanted or n.endswith(unread)}


def test_untouched_weights_keep_their_bytes(tmp_path):
    networks = original.random_networks(original.write_tiny_config("sdxl", tmp_path / "config"))
    tensors = original.original_tensors("sdxl", networks)
    tensors = {name: tensor.detach().clone() for name, tensor in tensors.items()}
    source = original.save(tensors, tmp_path / "base.safetensors", {"format": "pt"})
    name = "text_encoder_2.text_model.encoder.layers.1.self_attn.k_proj.bias"
    change(networks, all_names(networks))
    write_single_file(tmp_path / "out.safetensors", source, networks, [name])
    key = "conditioner.embedders.1.model.transformer.resblocks.1.attn.in_proj_bias"
    bias = tensors[key].clone()
    width = len(bias) // 3
    bias[width : 2 * width] = networks["text_encoder_2"].get_parameter(name.split(".", 1)[1]).data
    assert_same(load_file(tmp_path / "out.safetensors"), tensors | {key: bias})


def _tiny_flux():
    torch.manual_seed(3)
    transformer = FluxTransformer2DModel(
        num_layers=2,
        num_single_layers=2,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=24,
        pooled_projection_dim=12,
        axes_dims_rope=(4, 6, 6),
        guidance_embeds=True,
    )
    clip = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=16,
            hidden_size=12,
            intermediate_size=8,
            num_hidden_layers=2,
            num_attention_heads=2,
        )
    )
    return {"transformer": transformer, "text_encoder": clip}


def _flux_file(networks):
    transformer = flux_original(dict(networks["transformer"].named_parameters()))
    clip = dict(networks["text_encoder"].named_parameters())
    tensors = {f"model.diffusion_model.{name}": t for name, t in transformer.items()}
    for name, tensor in clip.items():
        bare = name.removeprefix("text_model.")
        tensors[f"text_encoders.clip_l.transformer.text_model.{bare}"] = tensor
    return {name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()}


def test_every_weight_of_a_flux_bundle(tmp_path):
    networks = _tiny_flux()
    source = tmp_path / "base.safetensors"
    save_file(_flux_file(networks), source)
    change(networks, all_names(networks))
    write_single_file(tmp_path / "out.safetensors", source, networks, all_names(networks))
    assert_same(load_file(tmp_path / "out.safetensors"), _flux_file(networks))


def test_weights_and_biases_of_a_folder(tmp_path):
    networks = tiny_components()
    for name, network in networks.items():
        network.save_pretrained(tmp_path / "base" / name)
    names = ["unet.conv_in.weight", "unet.conv_in.bias", *_first_layer(networks["text_encoder"])]
    change(networks, names)
    write_folder(tmp_path / "out", tmp_path / "base", networks, names)
    for component, network in networks.items():
        (path,) = (tmp_path / "out" / component).glob("*.safetensors")
        stored = {n.removeprefix("text_model."): t for n, t in load_file(path).items()}
        live = {n.removeprefix("text_model."): p for n, p in network.named_parameters()}
        assert_same({name: stored[name] for name in live}, live)


def _first_layer(encoder):
    return [
        f"text_encoder.{name}" for name, _ in encoder.named_parameters() if ".layers.0." in name
    ]


def test_a_weight_without_a_place_is_named(tmp_path):
    networks = tiny_components()
    save_file({"model.diffusion_model.out.2.weight": torch.zeros(2)}, tmp_path / "base.safetensors")
    with pytest.raises(FileError, match=r"unet\.conv_in\.weight"):
        write_single_file(
            tmp_path / "out.safetensors",
            tmp_path / "base.safetensors",
            networks,
            ["unet.conv_in.weight"],
        )
    assert not (tmp_path / "out.safetensors").exists()


TIED = ("shared.weight", "encoder.embed_tokens.weight")


def _t5_folder(folder, stored_names):
    """A tiny T5 whose one table of embeddings is stored under these names."""
    torch.manual_seed(3)
    config = T5Config(vocab_size=8, d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2)
    network = T5EncoderModel(config)
    tensors = {n: t.clone() for n, t in network.state_dict().items() if n not in TIED}
    tensors |= {name: network.shared.weight.detach().clone() for name in stored_names}
    (folder / "text_encoder").mkdir(parents=True)
    save_file(tensors, folder / "text_encoder" / "model.safetensors")
    return network, tensors


@pytest.mark.parametrize("stored_names", [TIED[:1], TIED[1:], TIED])
@pytest.mark.parametrize("touched", [TIED[:1], TIED[1:], TIED])
def test_a_shared_weight_is_written_under_every_name_it_has(stored_names, touched, tmp_path):
    network, tensors = _t5_folder(tmp_path / "base", stored_names)
    networks, names = {"text_encoder": network}, [f"text_encoder.{name}" for name in touched]
    change(networks, names)
    write_folder(tmp_path / "out", tmp_path / "base", networks, names)
    wanted = tensors | dict.fromkeys(stored_names, network.shared.weight)
    assert_same(load_file(tmp_path / "out" / "text_encoder" / "model.safetensors"), wanted)


def test_every_variant_of_the_same_precision_is_rewritten(tmp_path):
    """Whichever of them is loaded later, it holds what was baked."""
    networks = {"unet": tiny_components()["unet"]}
    for variant in (None, "fp16", "ema"):
        networks["unet"].save_pretrained(tmp_path / "base" / "unet", variant=variant)
    change(networks, ["unet.conv_in.weight"])
    write_folder(tmp_path / "out", tmp_path / "base", networks, ["unet.conv_in.weight"])
    files = sorted((tmp_path / "out" / "unet").glob("*.safetensors"))
    assert len(files) == 3
    for file in files:
        assert_same(load_file(file), networks["unet"].state_dict())

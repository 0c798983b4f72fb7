"""Fused names on split weights, swapped halves, biases, norms, more channels."""

import pytest
import torch
from diffusers import FluxTransformer2DModel
from safetensors.torch import save_file
from torch import nn
from transformers import CLIPTextConfig, CLIPTextModelWithProjection

from loraviewer.adapters.load import load_adapter
from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.adapters.targets import TargetIndex
from loraviewer.core.cancel import CancelToken
from loraviewer.core.stack import AppliedAdapter
from tests.adapters.builders import tiny_components, tiny_unet
from tests.adapters.kinds.files import modules_for

HIDDEN = 16
SCALE = 0.6


def flux():
    torch.manual_seed(7)
    transformer = FluxTransformer2DModel(
        in_channels=8,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=8,
        num_attention_heads=2,
        joint_attention_dim=12,
        pooled_projection_dim=12,
        axes_dims_rope=(2, 2, 4),
        guidance_embeds=True,
    )
    return {"transformer": transformer.eval()}


def merge(components, tensors, path, scale=SCALE):
    """Weights before and after, by name, and the report."""
    before = named(components)
    save_file({name: t.contiguous() for name, t in tensors.items()}, path)
    adapter, report = load_adapter(path, TargetIndex.of(components))
    merger = WeightMerger(components)
    applied = [AppliedAdapter(adapter.sha256, scale, scale)]
    merger.apply(applied, {adapter.sha256: adapter}, CancelToken())
    after = named(components)
    assert set(merger.touched_names) == {f"{c}.{n}" for c, n in adapter.weights}
    assert merger.verify() == ()
    merger.restore()
    restored = named(components)
    assert all(torch.equal(before[name], restored[name]) for name in before)
    return before, after, report


def named(components):
    """All parameters in float64, as "transformer.proj_out.weight"."""
    return {
        f"{component}.{name}": parameter.detach().double().clone()
        for component, network in components.items()
        for name, parameter in network.named_parameters()
    }


def assert_changed(before, after, wanted, tolerance=2e-6):
    """Exactly `wanted` (name → ΔW at scale 1, float64) changed."""
    touched = {name for name in before if not torch.equal(before[name], after[name])}
    assert touched == set(wanted)
    for name, delta in wanted.items():
        exact = before[name] + SCALE * delta.reshape(before[name].shape)
        limit = tolerance * (before[name].abs() + delta.abs().max())
        assert ((after[name] - exact).abs() <= limit).all(), name


BLOCK = "transformer.transformer_blocks.0."
SINGLE = "transformer.single_transformer_blocks.0."
FUSED = {
    "double_blocks.0.img_attn.qkv": [BLOCK + f"attn.to_{x}" for x in "qkv"],
    "double_blocks.0.txt_attn.qkv": [BLOCK + f"attn.add_{x}_proj" for x in "qkv"],
    "single_blocks.0.linear1": [
        *(SINGLE + f"attn.to_{x}" for x in "qkv"),
        SINGLE + "proj_mlp",
    ],
}
ROWS = {"double_blocks.0.img_attn.qkv": 48, "double_blocks.0.txt_attn.qkv": 48}
ROWS["single_blocks.0.linear1"] = 112
KINDS = sorted(modules_for((48, HIDDEN)))


@pytest.mark.parametrize("fused", FUSED)
@pytest.mark.parametrize("kind", KINDS)
def test_a_fused_module_of_any_kind_lands_on_its_parts(fused, kind, tmp_path):
    """What depends on W₀ is computed against all rows that the file's module has."""
    module = modules_for((ROWS[fused], HIDDEN))[kind]
    tensors = {f"diffusion_model.{fused}.{s}": t for s, t in module.tensors.items()}
    components = flux()
    before, after, report = merge(components, tensors, tmp_path / "f.safetensors")
    assert report.matched == (f"diffusion_model.{fused}",)
    assert report.is_complete
    parts = [f"{name}.weight" for name in FUSED[fused]]
    whole = module.formula(torch.cat([before[name] for name in parts]))
    deltas = whole.split([len(before[name]) for name in parts])
    wanted = dict(zip(parts, deltas, strict=True))
    if module.bias:
        biases = [f"{name}.bias" for name in FUSED[fused]]
        change = module.bias(torch.cat([before[name] for name in biases]))
        wanted |= dict(zip(biases, change.split([len(before[n]) for n in biases]), strict=True))
    assert_changed(before, after, wanted)


class Fused(nn.Module):
    """A base that keeps the layers of Black Forest Labs' code."""

    def __init__(self) -> None:
        super().__init__()
        block = nn.ModuleDict({"img_attn": nn.ModuleDict({"qkv": nn.Linear(HIDDEN, 48)})})
        self.double_blocks = nn.ModuleList([block])
        self.single_blocks = nn.ModuleList([nn.ModuleDict({"linear1": nn.Linear(HIDDEN, 112)})])


@pytest.mark.parametrize("fused", ["double_blocks.0.img_attn.qkv", "single_blocks.0.linear1"])
def test_rotations_of_sd_scripts_land_on_fused_and_on_split_bases(fused, tmp_path):
    """Each part has blocks and a limit of its own: 1e-2 times 16 or 64 rows."""
    draw = torch.Generator().manual_seed(9)
    rows = [16, 16, 16, 64][: 4 if "linear1" in fused else 3]
    parts = [torch.randn(4, size // 4, size // 4, generator=draw) for size in rows]
    key = "oft_unet_" + fused.replace(".", "_")
    tensors = {f"{key}.oft_blocks.{i}": part for i, part in enumerate(parts)}
    tensors[f"{key}.alpha"] = torch.tensor(1e-2)

    def rotated(weight):
        found = []
        for part, piece in zip(parts, weight.split(rows), strict=True):
            skew = part.double() - part.double().mT
            skew = skew * min(1.0, float(torch.tensor(1e-2)) * len(piece) / skew.norm().item())
            identity = torch.eye(skew.shape[-1], dtype=torch.float64)
            turns = (identity + skew) @ torch.linalg.inv(identity - skew)
            found.append((turns.mT @ piece.reshape(4, len(piece) // 4, -1)).reshape(piece.shape))
        return torch.cat(found) - weight

    before, after, report = merge(flux(), tensors, tmp_path / "split.safetensors")
    assert report.matched == (key,)
    names = [f"{name}.weight" for name in FUSED[fused]]
    changes = rotated(torch.cat([before[name] for name in names])).split(rows)
    assert_changed(before, after, dict(zip(names, changes, strict=True)))
    before, after, report = merge({"transformer": Fused()}, tensors, tmp_path / "fused.safetensors")
    assert report.is_complete
    name = f"transformer.{fused}.weight"
    assert_changed(before, after, {name: rotated(before[name])})


@pytest.mark.parametrize(
    "kind", ["lora with alpha", "oft", "full", "dora lora dora_scale 2-d over columns"]
)
def test_swapped_halves(kind, tmp_path):
    """Flux' last modulation: the file has shift and scale, diffusers scale and shift."""
    name = "final_layer.adaLN_modulation.1"
    module = modules_for((2 * HIDDEN, HIDDEN))[kind]
    tensors = {f"lora_unet_{name.replace('.', '_')}.{s}": t for s, t in module.tensors.items()}
    if kind == "full":
        tensors[f"lora_unet_{name.replace('.', '_')}.diff_b"] = torch.arange(32.0)
    before, after, report = merge(flux(), tensors, tmp_path / "s.safetensors")
    assert report.is_complete
    weight = before["transformer.norm_out.linear.weight"]
    wanted = {"transformer.norm_out.linear.weight": module.formula(weight.roll(16, 0)).roll(16, 0)}
    if kind == "full":
        wanted["transformer.norm_out.linear.bias"] = torch.arange(32.0).double().roll(16)
    assert_changed(before, after, wanted)


def test_flux_control_biases_and_replaced_norms(tmp_path):
    """As Black Forest Labs' control files: biases beside the factors, whole norms."""
    draw = torch.Generator().manual_seed(1)
    up, down = torch.randn(48, 2, generator=draw), torch.randn(2, 16, generator=draw)
    bias, norm = torch.randn(48, generator=draw), torch.randn(8, generator=draw)
    qkv = "double_blocks.0.img_attn.qkv"
    tensors = {
        f"{qkv}.lora_A.weight": down,
        f"{qkv}.lora_B.weight": up,
        f"{qkv}.lora_B.bias": bias,
        "double_blocks.0.img_attn.norm.query_norm.scale": norm,
        "img_in.lora_A.weight": torch.randn(2, 16, generator=draw),
        "img_in.lora_B.weight": torch.randn(16, 2, generator=draw),
    }
    before, after, report = merge(flux(), tensors, tmp_path / "c.safetensors")
    assert report.shape_mismatch == ("img_in",)  # 16 input channels; this base has 8
    parts = [f"{name}.weight" for name in FUSED[qkv]]
    wanted = dict(zip(parts, (up.double() @ down.double()).split(16), strict=True))
    biases = [name.replace("weight", "bias") for name in parts]
    wanted |= dict(zip(biases, bias.double().split(16), strict=True))
    norm_name = BLOCK + "attn.norm_q.weight"
    wanted[norm_name] = norm.double() - before[norm_name]
    assert_changed(before, after, wanted)


def test_text_projection_is_a_linear_here(tmp_path):
    """OpenCLIP stores the transpose, but trainers change the linear that transformers has."""
    torch.manual_seed(2)
    config = CLIPTextConfig(
        vocab_size=16,
        hidden_size=12,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        projection_dim=10,
        bos_token_id=0,
        eos_token_id=1,
    )
    components = {"text_encoder_2": CLIPTextModelWithProjection(config).eval()}
    up, down = torch.randn(10, 3), torch.randn(3, 12)
    key = "lora_te2_text_projection"
    tensors = {f"{key}.lora_up.weight": up, f"{key}.lora_down.weight": down}
    before, after, report = merge(components, tensors, tmp_path / "t.safetensors")
    assert report.is_complete
    delta = up.double() @ down.double()
    assert_changed(before, after, {"text_encoder_2.text_projection.weight": delta})


@pytest.mark.parametrize("kind", ["lora with alpha", "locon tucker", "loha", "lokr whole"])
def test_inpainting_channels_stay_as_they_are(kind, tmp_path):
    """The base reads 9 channels, the adapter knows the first 4."""
    unet = tiny_unet()
    unet.conv_in = nn.Conv2d(9, 8, 3)
    module = modules_for((8, 4, 3, 3))[kind]
    tensors = {f"lora_unet_conv_in.{s}": t for s, t in module.tensors.items()}
    before, after, report = merge({"unet": unet}, tensors, tmp_path / "i.safetensors")
    assert report.is_complete
    weight = before["unet.conv_in.weight"]
    delta = torch.zeros_like(weight)
    delta[:, :4] = module.formula(weight[:, :4])
    assert_changed(before, after, {"unet.conv_in.weight": delta})


def test_fewer_channels_anywhere_else_are_a_mismatch(tmp_path):
    conv = "lora_unet_mid_block_resnets_0_conv1"
    norm = "lora_unet_mid_block_attentions_0_norm"
    lora = modules_for((16, 12, 3, 3))["lora with alpha"].tensors
    tensors = {f"{conv}.{s}": t for s, t in lora.items()} | {f"{norm}.w_norm": torch.ones(16)}
    _, _, report = merge(tiny_components(), tensors, tmp_path / "m.safetensors")
    assert report.matched == (norm,)
    assert report.shape_mismatch == (conv,)
    assert "16×108" in report.reasons[conv]


def test_norms_and_biases(tmp_path):
    components = tiny_components()
    norm = "lora_unet_mid_block_attentions_0_norm"
    conv = "lora_unet_mid_block_resnets_0_conv1"
    time = "lora_unet_time_embedding_linear_1"
    shapes = {name: p.shape for name, p in components["unet"].named_parameters()}
    out = shapes["mid_block.attentions.0.norm.weight"][0]
    tensors = {
        f"{norm}.w_norm": torch.linspace(-1, 1, out),
        f"{norm}.b_norm": torch.linspace(2, 3, out),
        f"{conv}.diff_b": torch.linspace(0, 1, shapes["mid_block.resnets.0.conv1.bias"][0]),
        f"{time}.diff": torch.ones(shapes["time_embedding.linear_1.weight"]),
        f"{time}.diff_b": torch.ones(shapes["time_embedding.linear_1.bias"]),
    }
    before, after, report = merge(components, tensors, tmp_path / "n.safetensors")
    assert report.is_complete
    assert set(report.matched) == {norm, conv, time}
    wanted = {
        "unet.mid_block.attentions.0.norm.weight": tensors[f"{norm}.w_norm"],
        "unet.mid_block.attentions.0.norm.bias": tensors[f"{norm}.b_norm"],
        "unet.mid_block.resnets.0.conv1.bias": tensors[f"{conv}.diff_b"],
        "unet.time_embedding.linear_1.weight": tensors[f"{time}.diff"],
        "unet.time_embedding.linear_1.bias": tensors[f"{time}.diff_b"],
    }
    assert_changed(before, after, {name: delta.double() for name, delta in wanted.items()})


def test_biases_that_the_base_does_not_have_are_told(tmp_path):
    to_q = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn1_to_q"
    conv = "lora_unet_mid_block_resnets_0_conv1"
    lora = modules_for((16, 16))["lora with alpha"].tensors
    tensors = {f"{to_q}.{suffix}": t for suffix, t in lora.items()}
    tensors |= {f"{to_q}.diff_b": torch.ones(16), f"{conv}.diff_b": torch.ones(5)}
    _, _, report = merge(tiny_components(), tensors, tmp_path / "b.safetensors")
    assert report.matched == (to_q,)
    assert report.unmatched == (f"{to_q}.diff_b",)
    assert report.shape_mismatch == (conv,)
    assert report.reasons[f"{to_q}.diff_b"] == "the base has no bias there"

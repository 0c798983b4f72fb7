"""Factors that start as a part of the base, against PEFT's own merge; those that cannot be had."""

import json
from typing import Any

import peft
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from loraviewer.adapters.inspection.inspect import inspect_file
from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.load import NothingMatches, load_adapter, summarise
from loraviewer.adapters.targets import TargetIndex

SHAPES = {"tall": (24, 10), "wide": (12, 20), "square": (16, 16)}


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(5)
        self.layers = nn.ModuleDict()
        for name, (out, inner) in SHAPES.items():
            layer = nn.Linear(inner, out, bias=False)
            # Singular values with gaps, so that principal parts are well defined in float32.
            left = torch.linalg.qr(torch.randn(out, out, generator=generator))[0]
            right = torch.linalg.qr(torch.randn(inner, inner, generator=generator))[0]
            n = min(out, inner)
            layer.weight.data = left[:, :n] @ torch.diag(0.7 ** torch.arange(n)) @ right[:n]
            self.layers[name] = layer

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers["square"](x)


def trained(start: Any, folder, **options):
    """A PEFT model that started so and was trained a little: its file, and W after merging."""
    config = peft.LoraConfig(
        r=3, lora_alpha=6, init_lora_weights=start, target_modules=list(SHAPES), **options
    )
    model = peft.get_peft_model(Net(), config)
    generator = torch.Generator().manual_seed(6)
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            parameter.data += 0.05 * torch.randn(parameter.shape, generator=generator)
    model.save_pretrained(folder)
    merged = {k: v.detach() for k, v in model.merge_and_unload().named_parameters()}
    return folder / "adapter_model.safetensors", merged


def deltas(path):
    base = dict(Net().named_parameters())
    adapter, report = load_adapter(path, TargetIndex.of({"unet": Net()}))
    assert report.is_complete
    found = {}
    for (_, key), delta in adapter.weights.items():
        read = {("unet", key): base[key].detach()}.__getitem__
        if isinstance(delta, LowRankDelta):
            found[key] = delta.scaling * delta.up @ delta.down
        else:
            found[key] = delta.dense(read)
    return base, found


@pytest.mark.parametrize("is_stabilised", [False, True])
@pytest.mark.parametrize("start", ["pissa", "olora", "orthogonal", "gaussian", True, "mica"])
def test_starts_equal_pefts_merge(tmp_path, start, is_stabilised):
    options = {"r": 4} if start == "orthogonal" else {}
    path, merged = (
        trained(start, tmp_path, use_rslora=is_stabilised)
        if not options
        else _orthogonal(tmp_path, is_stabilised)
    )
    base, found = deltas(path)
    assert len(found) == len(SHAPES)
    for key, change in found.items():
        theirs = merged[key] - base[key].detach()
        assert (change - theirs).norm() <= 2e-5 * base[key].norm(), key
    summary = summarise(path)
    assert any("taken out again" in d for d in summary.doubts) == (start in ("pissa", "olora"))


def _orthogonal(folder, is_stabilised):
    """It wants an even rank."""
    config = peft.LoraConfig(
        r=4,
        lora_alpha=6,
        use_rslora=is_stabilised,
        init_lora_weights="orthogonal",
        target_modules=list(SHAPES),
    )
    model = peft.get_peft_model(Net(), config)
    model.save_pretrained(folder)
    merged = {k: v.detach() for k, v in model.merge_and_unload().named_parameters()}
    return folder / "adapter_model.safetensors", merged


def test_pissa_against_float64(tmp_path):
    path, _ = trained("pissa", tmp_path)
    tensors = load_file(path)
    base, found = deltas(path)
    for name in SHAPES:
        weight = base[f"layers.{name}.weight"].detach().double()
        u, s, vh = torch.linalg.svd(weight, full_matrices=False)
        principal = (u[:, :3] * s[:3]) @ vh[:3]
        prefix = f"base_model.model.layers.{name}."
        up, down = (tensors[f"{prefix}lora_{f}.weight"].double() for f in "BA")
        exact = 2.0 * up @ down - principal
        change = found[f"layers.{name}.weight"].double()
        assert (change - exact).norm() <= 1e-6 * exact.norm()


def test_a_converted_file_is_a_plain_lora(tmp_path):
    """PEFT doubles the rank and takes the start out of its configuration."""
    config = peft.LoraConfig(
        r=3, lora_alpha=6, init_lora_weights="pissa", target_modules=list(SHAPES)
    )
    model = peft.get_peft_model(Net(), config)
    model.save_pretrained(tmp_path / "before")
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            parameter.data += 0.05
    model.save_pretrained(
        tmp_path / "after", path_initial_model_for_weight_conversion=str(tmp_path / "before")
    )
    merged = {k: v.detach() for k, v in model.merge_and_unload().named_parameters()}
    path = tmp_path / "after" / "adapter_model.safetensors"
    base, found = deltas(path)
    for key, change in found.items():
        theirs = merged[key] - base[key].detach()
        assert (change - theirs).norm() <= 2e-5 * base[key].norm()
    assert summarise(path).doubts == ()


def with_fields(folder, **fields):
    path, _ = trained(True, folder)
    config = folder / "adapter_config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | fields))
    return path


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"init_lora_weights": "pissa_niter_16"}, "PiSSA by a fast SVD"),
        ({"init_lora_weights": "corda"}, "CorDA"),
        ({"init_lora_weights": "loftq"}, "LoftQ"),
        ({"init_lora_weights": "lora_ga"}, "LoRA-GA"),
        ({"kasa_config": {"beta": 1}}, "KaSA"),
        ({"alora_invocation_tokens": [1, 2]}, "activated LoRA"),
    ],
)
def test_what_cannot_be_computed_is_refused_with_the_way_out(tmp_path, fields, word):
    path = with_fields(tmp_path, **fields)
    index = TargetIndex.of({"unet": Net()})
    with pytest.raises(NothingMatches, match=word) as caught:
        load_adapter(path, index)
    assert len(caught.value.report.unsupported) == len(SHAPES)
    facts = inspect_file(path, index)
    assert facts["matched"] == []
    assert len(facts["unsupported"]) == len(SHAPES)
    assert any(word in doubt for doubt in facts["doubts"])


def test_the_header_says_it_too(tmp_path):
    path, _ = trained(True, tmp_path / "peft")
    tensors = {k.replace("base_model.model.", "unet."): t for k, t in load_file(path).items()}
    out = tmp_path / "x.safetensors"
    save_file(tensors, out, {"unet.init_lora_weights": "corda", "unet.lora_alpha": "6"})
    with pytest.raises(NothingMatches, match="CorDA"):
        load_adapter(out, TargetIndex.of({"unet": Net()}))


def test_unknown_starts_and_trainers_words_are_told(tmp_path):
    path = with_fields(tmp_path, init_lora_weights="brand_new")
    assert "unknown way" in summarise(path).doubts[0]


def test_convolutions_that_start_so_are_refused(tmp_path):
    network = nn.ModuleDict({"conv": nn.Conv2d(4, 6, 3), "linear": nn.Linear(4, 6)})
    tensors = {
        "unet.conv.lora_A.weight": torch.randn(2, 4, 3, 3),
        "unet.conv.lora_B.weight": torch.randn(6, 2, 1, 1),
        "unet.linear.lora_A.weight": torch.randn(2, 4),
        "unet.linear.lora_B.weight": torch.randn(6, 2),
    }
    save_file(tensors, tmp_path / "x.safetensors", {"init_lora_weights": "pissa"})
    _, report = load_adapter(tmp_path / "x.safetensors", TargetIndex.of({"unet": network}))
    assert report.matched == ("unet.linear",)
    assert report.unsupported == ("unet.conv",)

"""A tensor that no kind knows makes its whole module another kind, which is refused by name."""

import pytest
import torch
from safetensors.torch import save_file

from loraviewer.adapters.files.header import Header, TensorInfo
from loraviewer.adapters.groups import split_groups
from loraviewer.adapters.load import load_adapter
from loraviewer.adapters.matching import match_file
from loraviewer.adapters.targets import TargetIndex
from loraviewer.core.outcome import AdapterError

SHAPES = {"weight": (8, 4), "bias": (8,)}
PATHS = ("conv_in", "conv_out", "norm")
INDEX = TargetIndex.of_shapes(
    {"unet": {f"{path}.{role}": shape for path in PATHS for role, shape in SHAPES.items()}}
)


def report_of(names):
    shapes = {"lora_A.weight": (2, 4), "lora_B.weight": (8, 2)}
    infos = {
        name: TensorInfo("F32", shapes.get(".".join(name.split(".")[-2:]), (2, 1)), 0, 0)
        for name in names
    }
    return match_file(Header(infos, {}, 8), INDEX).report("")


STRANGERS = ("lora_M", "mask", "lora_E.other.weight", "_lora.mid.weight", "lora_A.scale")


@pytest.mark.parametrize("stranger", [*STRANGERS, "lora_A.mask.weight", "lora_A.x.weight"])
def test_the_module_is_refused_once_and_names_its_stranger(stranger):
    module, other = "unet.conv_in", "unet.conv_out"
    dot = "" if stranger.startswith("_") else "."
    factors = [f"{m}.lora_{x}.weight" for m in (module, other) for x in "AB"]
    report = report_of([*factors, f"{module}{dot}{stranger}"])
    assert report.matched == (other,)
    assert report.unsupported == (module,)
    assert stranger.lstrip("_.") in report.reasons[module]


def test_the_longest_module_has_the_stranger():
    names = ["out.lora_A.weight", "out.0.lora_A.weight", "out.0.mask", "elsewhere.mask"]
    found = {group.key: group.strangers for group in split_groups(names)}
    assert found == {"out": (), "out.0": ("out.0.mask",), "elsewhere.mask": ()}


def test_flat_names():
    names = ["lora_unet_x.lora_down.weight", "lora_unet_x.mask", "lora_unet_x_y.lora_up.weight"]
    found = {group.key: group.strangers for group in split_groups(names)}
    assert found == {"lora_unet_x": ("lora_unet_x.mask",), "lora_unet_x_y": ()}


def test_a_tensor_inside_a_factor_is_no_second_one():
    names = [f"x.hada_w{i}_{side}" for i in (1, 2) for side in "ab"]
    (group,) = split_groups([*names, "x.hada_w1_a.mask"])
    assert (group.strangers, group.repeated) == (("x.hada_w1_a.mask",), ())
    (group,) = split_groups([f"{name}.style" for name in names])
    assert group.strangers == ()
    assert len(group.roles) == 4


def test_a_file_of_strange_modules_names_one(tmp_path):
    path = tmp_path / "x.safetensors"
    save_file({f"x.{name}": torch.zeros(2, 2) for name in ("lora_A", "lora_B", "lora_M")}, path)
    with pytest.raises(AdapterError, match="“x”: no adapter kind has “lora_M” beside"):
        load_adapter(path, INDEX)


# Whole tensors beside PEFT's modules

PEFT = "base_model.model."
LORA = [f"{PEFT}conv_in.lora_{x}.weight" for x in "AB"]


def test_peft_keeps_trained_modules_under_their_own_names():
    names = [*LORA, f"{PEFT}conv_out.weight", f"{PEFT}conv_out.bias", f"{PEFT}norm.bias"]
    groups = split_groups([*names, f"{PEFT}conv_in.base_layer.bias"])
    assert {group.key.removeprefix(PEFT): sorted(group.roles) for group in groups} == {
        "conv_in": ["bias_value", "down", "up"],
        "conv_out": ["bias_value", "set_weight"],
        "norm": ["bias_value"],
    }


@pytest.mark.parametrize("name", ["conv_in.lora_M.weight", "conv_in.gate.bias"])
def test_a_tensor_inside_a_module_is_no_module_of_its_own(name):
    report = report_of([*LORA, PEFT + name])
    assert report.unsupported == (f"{PEFT}conv_in",)
    assert report.total == 1


@pytest.mark.parametrize(
    "names",
    [
        [f"{PEFT}conv_out.weight"],  # no adapter module beside it
        ["unet.conv_in.lora_A.weight", "unet.conv_in.lora_B.weight", f"{PEFT}conv_out.weight"],
        [*LORA, "unet.conv_out.weight"],  # not PEFT's name
        [*LORA, f"{PEFT}norm.base_layer.weight", f"{PEFT}conv_out.weight"],  # a whole model
    ],
)
def test_other_whole_weights_are_no_modules(names):
    report = report_of(names)
    assert names[-1] in report.unsupported
    assert report.reasons[names[-1]] == "no adapter kind has a tensor of this name"

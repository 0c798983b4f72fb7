"""A tensor that no kind knows makes its whole module another kind, which is refused by name."""

import pytest

from loraviewer.adapters.files.header import Header, TensorInfo
from loraviewer.adapters.groups import split_groups
from loraviewer.adapters.matching import match_file
from loraviewer.adapters.targets import TargetIndex

INDEX = TargetIndex.of_shapes({"unet": {"conv_in.weight": (8, 4), "conv_out.weight": (8, 4)}})


def report_of(names):
    shapes = {"lora_A.weight": (2, 4), "lora_B.weight": (8, 2)}
    infos = {
        name: TensorInfo("F32", shapes.get(".".join(name.split(".")[-2:]), (2, 1)), 0, 0)
        for name in names
    }
    return match_file(Header(infos, {}, 8), INDEX).report("")


@pytest.mark.parametrize("stranger", ["lora_M", "mask", "lora_E.other.weight", "_lora.mid.weight"])
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

"""Which components are merged into, and how packed weights are known."""

import pytest
from torch import nn

from loraviewer.adapters.storage import packing_of, parameter_shapes
from loraviewer.adapters.targets import TargetIndex
from loraviewer.adapters.unmerged.modes import merge_modes
from tests.adapters.toys import Toy, toy_components
from tests.adapters.unmerged.stand_ins import Int8Linear, PackedLinear, WrappedTensor


def components(quantised=None):
    made = toy_components()
    if quantised:
        toy = made["unet"]
        assert isinstance(toy, Toy)
        toy.inner[0] = quantised.of(toy.inner[0])
    return made


def modes(networks, *arguments):
    return {name: choice.mode for name, choice in merge_modes(networks, *arguments).items()}


@pytest.mark.parametrize("asked", ["auto", "merged"])
def test_plain_weights_are_merged_into(asked):
    assert modes(components(), asked) == {"unet": "merged", "text_encoder": "merged"}


def test_asking_is_enough_for_branches_everywhere():
    chosen = merge_modes(components(), "unmerged")
    assert {choice.mode for choice in chosen.values()} == {"unmerged"}
    assert all("asked" in choice.reason for choice in chosen.values())


@pytest.mark.parametrize("asked", ["auto", "merged", "unmerged"])
@pytest.mark.parametrize(("quantised", "word"), [(Int8Linear, "int8"), (PackedLinear, "uint8")])
def test_quantised_weights_are_never_merged_into(quantised, word, asked):
    chosen = merge_modes(components(quantised), asked)
    assert chosen["unet"].mode == "unmerged"
    assert f"quantised ({word})" in chosen["unet"].reason
    assert chosen["text_encoder"].mode == ("unmerged" if asked == "unmerged" else "merged")


def test_a_lack_of_memory_decides_unless_a_person_did():
    assert modes(components(), "auto", ["unet"])["unet"] == "unmerged"
    assert modes(components(), "merged", ["unet"])["unet"] == "merged"
    assert "memory" in merge_modes(components(), "auto", ["unet"])["unet"].reason


def test_tensor_subclasses_are_packed_whatever_dtype_they_show():
    layer = nn.Linear(3, 2)
    wrapped = layer.weight.detach().as_subclass(WrappedTensor)
    del layer.weight
    layer.weight = wrapped  # type: ignore[assignment]
    assert packing_of(layer) == "WrappedTensor"
    assert packing_of(nn.Linear(3, 2).half()) == ""
    assert packing_of(nn.LayerNorm(3, elementwise_affine=False)) == ""


def test_adapters_see_the_shape_that_packed_weights_stand_for():
    packed, plain = components(PackedLinear), components()
    assert packed["unet"].get_parameter("inner.0.weight").shape == (24 * 8, 1)
    assert parameter_shapes(packed["unet"]) == parameter_shapes(plain["unet"])
    targets = [{t.name: t.shapes for t in TargetIndex.of(c).targets} for c in (packed, plain)]
    assert targets[0] == targets[1]

"""alpha from every place in which trainers keep it: known scalings, the order of trust, and what is
said about it."""

import json

import pytest
import torch

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.load import load_adapter, summarise
from loraviewer.adapters.targets import TargetIndex
from loraviewer.core.outcome import AdapterError
from tests.adapters.deltas import placed
from tests.adapters.toys import toy_components, write_lora

RANK = 4
INDEX = TargetIndex.of(toy_components())


def factors(component: str = "unet", module: str = "inner.0", rank: int = RANK):
    generator = torch.Generator().manual_seed(rank)
    return {
        f"{component}.{module}.lora_A.weight": torch.randn(rank, 8, generator=generator),
        f"{component}.{module}.lora_B.weight": torch.randn(24, rank, generator=generator),
    }


def scaling(path, component: str = "unet", index: TargetIndex = INDEX) -> float:
    delta = load_adapter(path, index)[0].weights[component, "inner.0.weight"]
    assert isinstance(delta, LowRankDelta)
    return delta.scaling


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({}, 1.0),
        ({"lora_alpha": "16"}, 4.0),
        ({"alpha": "16"}, 4.0),
        ({"network_alpha": "2.0"}, 0.5),
        ({"unet.lora_alpha": "16", "unet.r": "4"}, 4.0),  # SimpleTuner
        ({"unet.alpha": "16"}, 4.0),
        ({"transformer.lora_alpha": "16"}, 1.0),  # another component’s
        ({"lora_alpha": "16", "use_rslora": "true"}, 8.0),
        ({"lora_alpha": "16", "use_rslora": "False"}, 4.0),
        ({"unet.lora_alpha": "16", "lora_alpha": "2"}, 4.0),
        ({"lora_alpha": "16", "alpha_pattern": json.dumps({"inner.0": 2})}, 0.5),
        ({"adapter_config": json.dumps({"lora_alpha": 16, "r": 4})}, 4.0),
        ({"lora_adapter_metadata": json.dumps({"unet.lora_alpha": 16})}, 4.0),
        ({"lora_adapter_metadata": json.dumps({"unet.lora_alpha": "16"})}, 4.0),
        ({"lora_adapter_metadata": json.dumps({"lora_alpha": 16})}, 4.0),
        ({"ss_network_alpha": "16", "ss_network_dim": "4"}, 1.0),
        ({"lora_alpha": "None"}, 1.0),
        ({"lora_alpha": "0"}, 0.0),
    ],
)
def test_alpha_of_the_header(tmp_path, metadata, expected):
    path = write_lora(tmp_path / "a.safetensors", factors(), metadata)
    assert scaling(path) == pytest.approx(expected)


def test_each_component_has_its_own(tmp_path):
    tensors = factors() | factors("text_encoder")
    metadata = {"unet.lora_alpha": "8", "text_encoder.lora_alpha": "2"}
    path = write_lora(tmp_path / "a.safetensors", tensors, metadata)
    assert scaling(path) == 2.0
    assert scaling(path, "text_encoder") == 0.5
    assert "unet: alpha 8" in summarise(path).scaling


@pytest.mark.parametrize("is_flat", [False, True])
def test_names_of_the_file_and_of_the_base_find_their_component(tmp_path, is_flat):
    """Flat names leave it to the base which component they are of."""
    tensors = {k.replace("unet.inner.0", "lora_unet_inner_0" if is_flat else "inner.0"): t
               for k, t in factors().items()}  # fmt: skip
    path = write_lora(tmp_path / "a.safetensors", tensors, {"unet.lora_alpha": "8"})
    assert scaling(path, index=TargetIndex.of({"unet": toy_components()["unet"]})) == 2.0


def write_config(folder, **fields):
    (folder / "adapter_config.json").write_text(json.dumps(fields))


def test_order_of_trust_and_conflicts_are_told(tmp_path):
    """Tensors, then diffusers’ table, then single keys, then the file beside."""
    metadata = {
        "lora_adapter_metadata": json.dumps({"unet.lora_alpha": 8}),
        "lora_alpha": "16",
    }
    path = write_lora(tmp_path / "adapter_model.safetensors", factors(), metadata)
    write_config(tmp_path, lora_alpha=32, r=4)
    assert scaling(path) == 2.0
    doubts = "\n".join(summarise(path).doubts)
    assert "says alpha 8, which counts; its header says 16" in doubts
    assert "adapter_config.json beside it says 32" in doubts

    path = write_lora(tmp_path / "adapter_model.safetensors", factors(), {"lora_alpha": "16"})
    assert scaling(path) == 4.0
    path = write_lora(tmp_path / "adapter_model.safetensors", factors())
    assert scaling(path) == 8.0
    assert summarise(path).doubts == ()
    assert summarise(path).scaling == "alpha 32 from adapter_config.json beside it"

    write_config(tmp_path, lora_alpha=0, r=4, peft_type="ADALORA")
    told = "alpha 0 (to AdaLoRA: its rank) from adapter_config.json beside it"
    assert summarise(path).scaling == told
    write_config(tmp_path, lora_alpha=32, r=4)

    own = factors() | {"unet.inner.0.alpha": torch.tensor(2.0)}
    path = write_lora(tmp_path / "adapter_model.safetensors", own)
    assert scaling(path) == 0.5
    told = "alpha from its own tensors, not the alpha 32 from adapter_config.json beside it"
    assert summarise(path).scaling == told
    (doubt,) = load_adapter(path, INDEX)[1].doubts
    assert "×0.5, not ×8" in doubt


def test_fields_come_from_where_they_are_said(tmp_path):
    """A header that only knows alpha leaves rank-stabilisation to the configuration beside it."""
    path = write_lora(tmp_path / "adapter_model.safetensors", factors(), {"lora_alpha": "16"})
    write_config(tmp_path, lora_alpha=16, use_rslora=True, r=4)
    assert scaling(path) == 8.0
    assert summarise(path).doubts == ()


def test_a_configuration_that_may_be_another_files_is_told(tmp_path):
    write_config(tmp_path, lora_alpha=32, r=4)
    path = write_lora(tmp_path / "one.safetensors", factors())
    write_lora(tmp_path / "two.safetensors", factors())
    assert scaling(path) == 1.0
    (doubt,) = summarise(path).doubts
    assert "does not count" in doubt


@pytest.mark.parametrize("value", ["much", "[16]", "inf", "nan", "1e999"])
def test_an_alpha_that_is_no_number_is_told(tmp_path, value):
    path = write_lora(tmp_path / "a.safetensors", factors(), {"lora_alpha": value})
    assert scaling(path) == 1.0
    assert "is no number" in summarise(path).doubts[0]


def test_kohyas_alpha_of_training_is_told_where_modules_have_none(tmp_path):
    metadata = {"ss_network_alpha": "16", "ss_network_dim": "32"}
    bare = write_lora(tmp_path / "a.safetensors", factors(), metadata)
    assert "trained with alpha 16 of dim 32" in summarise(bare).doubts[0]
    own = factors() | {"unet.inner.0.alpha": torch.tensor(2.0)}
    assert summarise(write_lora(tmp_path / "b.safetensors", own, metadata)).doubts == ()


def test_ranks_that_differ_from_the_configuration_are_told(tmp_path):
    metadata = {"unet.lora_alpha": "8", "unet.r": "2"}
    path = write_lora(tmp_path / "a.safetensors", factors(), metadata)
    assert scaling(path) == 2.0
    assert "says rank 2, the factors of 1 modules have 4" in summarise(path).doubts[0]


def test_dora_without_magnitudes_is_told(tmp_path):
    path = write_lora(
        tmp_path / "a.safetensors", factors(), {"use_dora": "true", "lora_alpha": "4"}
    )
    assert "no magnitudes" in summarise(path).doubts[0]


def lokr(alpha: float):
    return {
        "unet.inner.0.lokr_w1": torch.randn(4, 4, generator=torch.Generator().manual_seed(1)),
        "unet.inner.0.lokr_w2": torch.randn(6, 2, generator=torch.Generator().manual_seed(2)),
        "unet.inner.0.alpha": torch.tensor(alpha),
    }


@pytest.mark.parametrize("alpha", [1.0, 1e10])
def test_alpha_beside_whole_lokr_factors_does_not_count_and_is_told(tmp_path, alpha):
    tensors = lokr(alpha)
    path = write_lora(tmp_path / "a.safetensors", tensors, {"ss_network_dim": "32"})
    delta = placed(load_adapter(path, INDEX)[0].weights["unet", "inner.0.weight"])
    base = torch.zeros(24, 8)
    exact = torch.kron(
        tensors["unet.inner.0.lokr_w1"].double(), tensors["unet.inner.0.lokr_w2"].double()
    )
    found = delta.dense(lambda key: base)
    assert (found.double() - exact).norm() <= 1e-6 * exact.norm()
    assert "whole LoKr factors" in summarise(path).doubts[0]


def test_lokr_whose_alpha_is_its_dim_needs_no_words(tmp_path):
    metadata = {"ss_network_dim": "32", "ss_network_alpha": "32"}
    path = write_lora(tmp_path / "a.safetensors", lokr(32.0), metadata)
    assert summarise(path).doubts == ()


def test_an_alpha_of_the_header_is_no_limit_of_rotations(tmp_path):
    """OFT’s alpha is a constraint: only its own tensor may set it."""
    blocks = {"lora_unet_inner_0.oft_blocks": torch.randn(6, 4, 4)}
    plain = write_lora(tmp_path / "a.safetensors", blocks)
    said = write_lora(tmp_path / "b.safetensors", blocks, {"alpha": "0.0001"})
    base = toy_components()["unet"].get_parameter("inner.0.weight").detach()
    deltas = [
        placed(load_adapter(path, INDEX)[0].weights["unet", "inner.0.weight"]).dense(
            lambda key: base
        )
        for path in (plain, said)
    ]
    assert torch.equal(*deltas)


def test_a_broken_configuration_is_one_sentence(tmp_path):
    path = write_lora(tmp_path / "a.safetensors", factors(), {"lora_adapter_metadata": "{"})
    for read in (summarise, lambda p: load_adapter(p, INDEX)):
        with pytest.raises(AdapterError, match=r"a\.safetensors.* is not valid JSON"):
            read(path)

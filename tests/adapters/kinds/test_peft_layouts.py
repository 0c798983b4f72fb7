"""What PEFT's kinds leave open or cannot mean: the configuration decides, or they are refused."""

import json

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from loraviewer.adapters.inspection.inspect import inspect_file
from loraviewer.adapters.load import NothingMatches, load_adapter
from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.adapters.targets import TargetIndex
from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import AdapterError
from tests.adapters.builders import tiny_text_encoder
from tests.adapters.deltas import low_rank, placed
from tests.adapters.toys import pool, use


class Square(nn.Module):
    """Layers whose inputs and outputs are equally many."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(8, 8)
        self.conv = nn.Conv2d(8, 8, 3)


ONES = torch.ones(8)
INDEX = TargetIndex.of({"unet": Square()})


def load(folder, tensors, index=INDEX, **configured):
    """The adapter and the report; the configuration as PEFT saves it."""
    path = folder / "adapter_model.safetensors"
    save_file({f"base_model.model.{name}": t for name, t in tensors.items()}, path)
    if configured:
        (folder / "adapter_config.json").write_text(json.dumps(configured))
    return load_adapter(path, index)


def refusal(folder, tensors, **configured):
    """Why the only module of a file is left out."""
    with pytest.raises(NothingMatches) as refused:
        load(folder, tensors, **configured)
    ((_, reason),) = refused.value.report.reasons.items()
    assert reason in str(refused.value)
    return reason


# IA³

VECTOR = {"conv.ia3_l": torch.linspace(0, 2, 8).reshape(1, 8, 1, 1)}


@pytest.mark.parametrize(
    ("said", "on_inputs"),
    [(["conv"], True), ([], False), (["linear"], False), ("co.*", True), ("on.*", False)],
)
def test_a_square_convolution_is_multiplied_where_its_configuration_says(said, on_inputs, tmp_path):
    adapter, _ = load(tmp_path, VECTOR, peft_type="IA3", feedforward_modules=said)
    weights = {"conv.weight"} | (set() if on_inputs else {"conv.bias"})
    assert {key for _, key in adapter.weights} == weights
    base = Square().conv.weight.detach()
    shape = (1, 8, 1, 1) if on_inputs else (8, 1, 1, 1)
    wanted = base * (torch.linspace(0, 2, 8).reshape(shape) - 1)
    found = placed(adapter.weights["unet", "conv.weight"]).dense(lambda key: base.flatten(1))
    assert torch.allclose(found, wanted.flatten(1))


def test_a_square_convolution_without_configuration_is_refused(tmp_path):
    reason = refusal(tmp_path, VECTOR)
    assert "adapter_config.json" in reason
    facts = inspect_file(tmp_path / "adapter_model.safetensors", INDEX)
    assert facts["reasons"] == {"base_model.model.conv": reason}


def test_a_square_linear_tells_by_its_shape(tmp_path):
    rows, _ = load(tmp_path, {"linear.ia3_l": torch.ones(8, 1)})
    columns, _ = load(tmp_path, {"linear.ia3_l": torch.ones(1, 8)})
    assert {key for _, key in rows.weights} == {"linear.weight", "linear.bias"}
    assert {key for _, key in columns.weights} == {"linear.weight"}


def test_an_expression_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(AdapterError, match="feedforward_modules"):
        load(tmp_path, VECTOR, peft_type="IA3", feedforward_modules=r"(a)\1")


@pytest.mark.parametrize("extra", ["alpha", "diff_b", "scale", "dora_scale"])
def test_nothing_may_stand_beside_a_vector(extra, tmp_path):
    tensors = {"linear.ia3_l": torch.ones(8, 1), f"linear.{extra}": torch.ones(1)}
    reason = refusal(tmp_path, tensors)
    assert "beside ia3_vector" in reason or "cannot have magnitude" in reason


def test_two_modules_that_change_one_bias_are_not_both_played(tmp_path):
    tensors = {"linear.ia3_l": torch.ones(8, 1), "unet.linear.diff_b": torch.ones(8)}
    _, report = load(tmp_path, tensors)
    assert len(report.matched) == 1
    assert "already changes the same weight" in next(iter(report.reasons.values()))


# AdaLoRA


def test_a_module_that_was_pruned_away_changes_nothing(tmp_path):
    factors = {"lora_A": (0, 8), "lora_B": (8, 0), "lora_E": (0, 1)}
    tensors = {f"linear.{name}": torch.zeros(shape) for name, shape in factors.items()}
    adapter, report = load(tmp_path, tensors, peft_type="ADALORA", init_r=4, lora_alpha=8)
    assert report.is_complete
    assert low_rank(adapter.weights["unet", "linear.weight"]).up.shape == (8, 0)


# VeRA


def vera(prefix="", name="", rank=3):
    """A module around the projections that lie under another prefix."""
    return {
        f"{prefix}linear.vera_lambda_b{name}": torch.ones(8),
        f"{prefix}linear.vera_lambda_d{name}": torch.ones(rank),
    }


def projections(prefix, name="", rank=3, value=1.0):
    down, up = torch.full((rank, 9), value), torch.ones(11, rank)
    return {f"{prefix}vera_A{name}": down, f"{prefix}vera_B{name}": up}


def load_named(folder, tensors, index=INDEX):
    save_file(tensors, folder / "x.safetensors")
    return load_adapter(folder / "x.safetensors", index)


@pytest.mark.parametrize("name", ["", ".default", ".style"])
@pytest.mark.parametrize(
    ("module", "shared"),
    [
        ("base_model.model.", "base_model."),
        ("unet.base_model.model.", "unet.base_model."),
        ("unet.", "unet."),
    ],
)
def test_shared_projections_are_found_around_the_module(name, module, shared, tmp_path):
    adapter, report = load_named(tmp_path, vera(module, name) | projections(shared, name))
    assert report.matched == (f"{module}linear",)  # as `inspect` counts them: modules
    assert report.is_complete
    delta = low_rank(adapter.weights["unet", "linear.weight"])
    assert torch.equal(delta.up @ delta.down, torch.full((8, 8), 3.0))


def test_each_component_has_its_own_projections(tmp_path):
    index = TargetIndex.of({"unet": Square(), "transformer": Square()})
    tensors = vera("unet.base_model.model.") | vera("transformer.base_model.model.")
    tensors |= projections("unet.base_model.", value=2.0) | projections("transformer.base_model.")
    adapter, report = load_named(tmp_path, tensors, index)
    assert report.is_complete
    for component, value in (("unet", 6.0), ("transformer", 3.0)):
        delta = low_rank(adapter.weights[component, "linear.weight"])
        assert torch.equal(delta.up @ delta.down, torch.full((8, 8), value))


def test_projections_whose_modules_do_not_land_do_not_count_as_landed(tmp_path):
    other = {"unet.linear.diff_b": torch.ones(8)}
    tensors = vera("base_model.model.x.") | projections("base_model.") | other
    _, report = load_named(tmp_path, tensors)
    assert report.matched == ("unet.linear",)
    assert report.unmatched == ("base_model.model.x.linear",)


def test_projections_that_nobody_shares_are_told(tmp_path):
    _, report = load_named(tmp_path, {"unet.linear.diff_b": torch.ones(8)} | projections("unet."))
    assert report.unsupported == ("unet",)


@pytest.mark.parametrize("rank", [2, 4])
def test_projections_of_another_rank_are_refused(rank, tmp_path):
    tensors = vera(rank=rank) | {f"linear.{k}": t for k, t in projections("").items()}
    assert "rank" in refusal(tmp_path, tensors)


# Embeddings


def test_the_words_of_a_text_encoder_are_changed(tmp_path):
    encoder = tiny_text_encoder()
    embedding = encoder.get_input_embeddings()
    assert isinstance(embedding, nn.Embedding)
    words, width = embedding.weight.shape
    down, up = torch.randn(3, words), torch.randn(width, 3)
    key = "text_encoder.text_model.embeddings.token_embedding.lora_embedding_"
    tensors = {f"{key}A": down, f"{key}B": up}
    index = TargetIndex.of({"text_encoder": encoder})
    adapter, report = load_named(tmp_path, tensors, index)
    assert report.is_complete
    before = embedding.weight.detach().clone()
    merger = WeightMerger({"text_encoder": encoder})
    merger.apply(use((adapter, 0.5)), pool(adapter), CancelToken())
    wanted = before.double() + 0.5 * (up.double() @ down.double()).T
    assert torch.allclose(embedding.weight.double(), wanted, atol=1e-5)


def test_dora_on_an_embedding_is_refused(tmp_path):
    tensors = {"linear.lora_embedding_A": torch.ones(2, 8), "linear.lora_magnitude_vector": ONES}
    assert "DoRA" in refusal(tmp_path, tensors | {"linear.lora_embedding_B": torch.ones(8, 2)})


def test_what_replaces_a_part_of_the_base_is_told(tmp_path):
    tensors = {"linear.lora_A.weight": torch.ones(2, 8), "linear.lora_B.weight": torch.ones(8, 2)}
    tensors |= {"linear.base_layer.bias": ONES, "conv.weight": torch.ones(8, 8, 3, 3)}
    _, report = load(tmp_path, tensors)
    assert report.is_complete
    assert any(doubt.startswith("It replaces 2 tensors of the base") for doubt in report.doubts)

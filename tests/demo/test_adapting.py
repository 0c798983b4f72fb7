"""The demo's adapters: what training merges is what their files hold and the studio merges."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from loraviewer.adapters.load import load_adapter
from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.adapters.targets import TargetIndex
from loraviewer.core.cancel import CancelToken
from loraviewer.core.stack import AppliedAdapter
from resources.demo.train.adapting.adapter_files import metadata, tensors
from resources.demo.train.adapting.factors import EVERYTHING, KINDS, Factor, attach
from resources.demo.train.adapting.recipes import RECIPES, Recipe, prompted, recipe
from resources.demo.train.networks.tokenizer import new_tokenizer
from resources.demo.train.networks.unet import Pair

TOLERANCE = 2e-3  # of the largest change: files are float16


@pytest.fixture(scope="module")
def pair() -> Pair:
    torch.manual_seed(0)
    return Pair(new_tokenizer()).requires_grad_(False)


def _trained(pair: Pair, one: Recipe) -> list[Factor]:
    """Factors as training might leave them: nothing zero."""
    torch.manual_seed(1)
    factors = attach(pair, one.kind, one.rank, one.alpha, one.parts, text=one.text)
    with torch.no_grad():
        for factor in factors:
            for part in factor.parts.values():
                part += 0.02 * torch.randn_like(part)
    return factors


def _restore(factors: list[Factor]) -> None:
    with torch.no_grad():
        for factor in factors:
            factor.weight.copy_(factor.pristine)


@pytest.mark.parametrize("name", ["manga", "frogs", "watercolour", "stained-glass", "sunset"])
@pytest.mark.parametrize("strength", [1.0, -0.5])
def test_the_studio_merges_what_was_trained(
    pair: Pair, name: str, strength: float, tmp_path: Path
) -> None:
    one = recipe(name)
    factors = _trained(pair, one)
    for factor in factors:
        factor.merge(strength)
    wanted = {factor.name: factor.weight.clone() for factor in factors}
    _restore(factors)
    file = tmp_path / "adapter.safetensors"
    save_file(tensors(one, factors), file, metadata(one))

    components = {"unet": pair.unet, "text_encoder": pair.text_encoder}
    adapter, report = load_adapter(file, TargetIndex.of(components))
    merger = WeightMerger(components)
    merger.apply([AppliedAdapter(adapter.sha256, strength, strength)], {adapter.sha256: adapter},
                 CancelToken())  # fmt: skip
    assert report.is_complete
    assert len(report.matched) >= len(factors)
    for factor in factors:
        change = (wanted[factor.name] - factor.pristine).abs().max()
        assert (factor.weight - wanted[factor.name]).abs().max() <= TOLERANCE * change + 1e-6
    merger.restore()
    for factor in factors:
        assert torch.equal(factor.weight, factor.pristine)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_starts_without_a_change(pair: Pair, kind: str) -> None:
    for factor in attach(pair, kind, 4, 4.0, EVERYTHING, text=True):
        delta = factor.kind.delta(factor.parts, factor.scale, factor.pristine)
        assert delta.abs().max() <= 1e-5


@pytest.mark.parametrize("kind", KINDS)
def test_the_networks_gradient_reaches_the_factors(kind: str) -> None:
    torch.manual_seed(2)
    weight = torch.nn.Parameter(torch.randn(16, 24))
    factor = Factor.new("unet.x", weight, kind, 2, 1.0)
    with torch.no_grad():
        for part in factor.parts.values():
            part += 0.1 * torch.randn_like(part)
    given, target = torch.randn(5, 24), torch.randn(5, 16)

    def loss(merged: torch.Tensor) -> torch.Tensor:
        return (given @ merged.T - target).square().mean()

    factor.merge(0.7)
    loss(factor.weight).backward()
    factor.pull()
    delta = factor.kind.delta(factor.parts, factor.scale, factor.pristine)
    direct = torch.autograd.grad(loss(factor.pristine + 0.7 * delta), [*factor.parts.values()])
    for part, wanted in zip(factor.parts.values(), direct, strict=True):
        assert part.grad is not None
        assert torch.allclose(part.grad, wanted, atol=1e-5)


def test_the_recipes_cover_the_kinds_and_names() -> None:
    assert len(RECIPES) >= 15
    assert {one.kind for one in RECIPES} == set(KINDS)
    assert {one.names for one in RECIPES} == {"kohya", "peft"}
    assert min(one.rank for one in RECIPES) == 4
    assert max(one.rank for one in RECIPES) == 32
    assert any(one.is_slider for one in RECIPES)


def test_metadata_names_the_trigger() -> None:
    one = replace(recipe("night"), trigger="midnight")
    said = metadata(one)
    assert said["modelspec.trigger_phrase"] == "midnight"
    assert "midnight" in said["ss_tag_frequency"]
    assert prompted(one.trigger, "a cat") == "midnight, a cat"
    assert prompted("", "a cat") == "a cat"

"""Noise in weights: as large as the weights, in each layer or over all of them together."""

import math

import msgspec
import pytest
import torch

from loraviewer.adapters.files.hashing import file_sha256
from loraviewer.core.cancel import CancelToken
from loraviewer.core.experiments.weight_noise import noise_of
from loraviewer.core.outcome import AdapterError
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from loraviewer.core.stack import AppliedAdapter
from loraviewer.engine.studio_engine import StudioEngine
from loraviewer.lab.experiments.stack_noise import stack_noises
from tests.listeners import silent

TOKEN = CancelToken()
DRAWS = 3
RHO = 0.25


@pytest.fixture
def stack(tiny_folder) -> tuple[AppliedAdapter, ...]:
    """Two files that share layers, one of them with a part for the text encoder."""

    def applied(name, scale):
        path = tiny_folder / f"{name}.safetensors"
        return AppliedAdapter(file_sha256(path), scale, scale, name, str(path))

    return applied("words", 0.7), applied("style", -0.4)


@pytest.fixture
def engine(tiny_folder, stack):
    engine = StudioEngine("cpu", stand_ins=stack_noises(stack, DRAWS))
    engine.load_checkpoint(str(tiny_folder / "sd"), TOKEN, silent)
    return engine


def request(*adapters) -> GenerationRequest:
    return GenerationRequest(
        checkpoint=CheckpointRef("sd"),
        adapters=adapters,
        sampling=Sampling(prompt="a cat", steps=2, width=32, height=32),
    )


def weights(engine) -> dict[str, torch.Tensor]:
    return {
        f"{component}.{name}": weight.detach().double().clone().flatten(1)
        for component in ("unet", "text_encoder")
        for name, weight in engine.checkpoint.networks[component].named_parameters()
        if weight.dim() > 1
    }


def changes(engine, *adapters) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    """W₀ and what is added to it, of the weights that are changed."""
    engine.walked(request(), None, TOKEN)
    base = weights(engine)
    engine.walked(request(*adapters), None, TOKEN)
    moved = {key: one - base[key] for key, one in weights(engine).items()}
    touched = {key: one for key, one in moved.items() if one.abs().max() > 0}
    return {key: base[key] for key in touched}, touched


def length(matrices) -> float:
    return math.sqrt(sum(one.square().sum().item() for one in matrices.values()))


def unet_layers(engine, stack):
    _, touched = changes(engine, *sorted(stack))
    return {key for key in touched if key.startswith("unet")}


def test_gaussian_noise_is_a_share_of_each_layer(engine, stack):
    base, moved = changes(engine, noise_of("gaussian", stack, 1, RHO))
    assert moved.keys() == unet_layers(engine, stack)
    for key, change in moved.items():
        assert (change.norm() / base[key].norm()).item() == pytest.approx(RHO, rel=1e-4)
        kurtosis = (change / change.std()).pow(4).mean().item()
        assert 2.5 < kurtosis < 3.5
        assert torch.linalg.matrix_rank(change) == min(change.shape)


def test_a_random_stack_has_the_spectrum_of_the_sum_and_one_length(engine, stack):
    base, moved = changes(engine, noise_of("random", stack, 1, RHO))
    _, real = changes(engine, *sorted(stack))
    assert length(moved) / length(base) == pytest.approx(RHO, rel=1e-4)
    factor = length(moved) / length({key: real[key] for key in moved})
    for key, change in moved.items():
        ours, wanted = (torch.linalg.svdvals(one) for one in (change, factor * real[key]))
        torch.testing.assert_close(ours, wanted, rtol=1e-3, atol=1e-5)
        assert (change * real[key]).sum().abs() < 0.4 * change.norm() * real[key].norm()


@pytest.mark.parametrize("spectrum", ["gaussian", "random"])
def test_draws_differ_and_each_is_the_same_again(engine, stack, spectrum):
    first, again, other = (
        changes(engine, noise_of(spectrum, stack, draw, RHO))[1] for draw in (1, 1, 2)
    )
    for key, change in first.items():
        assert torch.equal(change, again[key])
        assert (change * other[key]).sum().abs() < 0.4 * change.norm() * other[key].norm()


@pytest.mark.parametrize("spectrum", ["gaussian", "random"])
def test_none_of_it_is_the_base_bit_for_bit(engine, stack, spectrum):
    base = engine.render(request(), TOKEN, silent).picture
    silenced = noise_of(spectrum, stack, 1, 0.0)
    assert silenced.is_silent
    engine._pictures.forget()
    moved = engine.render(request(noise_of(spectrum, stack, 1, RHO)), TOKEN, silent).picture
    assert moved != base
    engine._pictures.forget()
    assert engine.render(request(), TOKEN, silent).picture == base


@pytest.mark.parametrize(("spectrum", "is_equal"), [("gaussian", True), ("random", False)])
def test_strengths_decide_a_random_stack_and_not_a_gaussian_one(stack, spectrum, is_equal):
    weaker = tuple(msgspec.structs.replace(one, scale=one.scale / 2) for one in stack)
    names = [noise_of(spectrum, one, 1, RHO).sha256 for one in (stack, weaker)]
    assert (names[0] == names[1]) == is_equal
    assert noise_of(spectrum, stack[::-1], 1, RHO).sha256 == names[0]


def test_a_missing_file_is_said(engine, stack, tmp_path):
    gone = noise_of("random", stack, 1, RHO)
    lost = msgspec.structs.replace(gone, path=str(tmp_path / "gone.safetensors"))
    with pytest.raises(AdapterError, match="no longer there"):
        engine.walked(request(lost), None, TOKEN)

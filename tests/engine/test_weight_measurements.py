"""What the engine says of weights, beside the weights that it really merges."""

import math

import msgspec
import pytest
import torch

from loraviewer.core.blocks import block_of
from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.core.outcome import RequestError
from loraviewer.core.stack import AppliedAdapter
from loraviewer.core.weight_measurements import (
    DetailsWanted,
    LiveAnswer,
    LiveWanted,
    SpectraPart,
    SpectraWanted,
    WeightDetails,
)
from loraviewer.core.weight_numbers import LiveWeights
from loraviewer.core.weight_spectra import WeightSpectra
from loraviewer.engine.studio_engine import StudioEngine
from loraviewer.lab.weights.weight_lab import WeightLab
from tests.engine.asking import render
from tests.listeners import silent


class Clock:
    """Every look at it is a tenth of a second later."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 0.1
        return self.now


@pytest.fixture(params=["merged", "unmerged"])
def studio(request, tiny_folder) -> StudioEngine:
    engine = StudioEngine("cpu", "float32", weight_lab=WeightLab(Clock()), merge_mode=request.param)
    engine.load_checkpoint(str(tiny_folder / "sd"), CancelToken(), silent)
    return engine


@pytest.fixture(scope="module")
def base(tiny_folder) -> dict[tuple[str, str], torch.Tensor]:
    return weights(merged(tiny_folder))


@pytest.fixture
def rows(style, words) -> tuple[AppliedAdapter, ...]:
    return (
        msgspec.structs.replace(words, scale=-0.5, text_scale=0.3, block_scales=(("M00", 2.0),)),
        msgspec.structs.replace(style, scale=0.8, text_scale=0.8),
    )


def merged(tiny_folder) -> StudioEngine:
    engine = StudioEngine("cpu", "float32", merge_mode="merged")
    engine.load_checkpoint(str(tiny_folder / "sd"), CancelToken(), silent)
    return engine


def weights(engine: StudioEngine) -> dict[tuple[str, str], torch.Tensor]:
    loaded = engine._loaded
    assert loaded is not None
    return {
        (component, name): parameter.detach().double().clone()
        for component, network in loaded.checkpoint.networks.items()
        for name, parameter in network.named_parameters()
    }


def live(engine: StudioEngine, rows) -> LiveWeights:
    answer = engine.measure(LiveWanted(rows), CancelToken(), lambda fraction: None)
    assert isinstance(answer, LiveAnswer)
    return answer.live


def parts(engine: StudioEngine, rows) -> list[SpectraPart]:
    found: list[SpectraPart] = []
    while not found or not found[-1].is_last:
        first = sum(len(part.weights) for part in found)
        part = engine.measure(SpectraWanted(rows, first), CancelToken(), lambda fraction: None)
        assert isinstance(part, SpectraPart)
        found.append(part)
    return found


def test_lengths_are_those_of_the_merged_weights(
    studio, rows, tiny_folder, base, request_for
) -> None:
    other = merged(tiny_folder)
    render(other, request_for(*rows))
    changes = {key: weight - base[key] for key, weight in weights(other).items()}
    known = live(studio, rows)
    told = known.energies(rows)
    whole = math.sqrt(sum(change.square().sum().item() for change in changes.values()))
    assert told.norm == pytest.approx(whole, rel=1e-5)
    for block, norm, relative in zip(known.blocks, told.blocks, told.block_relatives, strict=True):
        own = [key for key in known.weights if (key[0], block_of(*key)) == block]
        exact = math.sqrt(sum(changes[key].square().sum().item() for key in own))
        beside = math.sqrt(sum(base[key].square().sum().item() for key in own))
        assert norm == pytest.approx(exact, rel=1e-5)
        assert relative == pytest.approx(exact / beside, rel=1e-5)


def test_whatever_is_live_counts_not_and_stays(studio, rows, request_for) -> None:
    before = live(studio, rows).energies(rows)
    picture = render(studio, request_for(*rows))
    studio._weight_lab = WeightLab()  # which has read no base weights yet
    after = live(studio, rows).energies(rows)
    assert after == before
    assert studio.verify(CancelToken()).differing == ()
    studio._pictures.forget()
    assert render(studio, request_for(*rows)).picture == picture.picture


def test_spectra_come_in_parts_and_are_of_the_same_changes(studio, rows) -> None:
    found = parts(studio, rows)
    assert len(found) > 1
    spectra: dict[tuple[str, str], WeightSpectra] = {
        one.key: one for part in found for one in part.weights
    }
    known = live(studio, rows)
    norms = dict(zip(known.weights, known.weight_norms(rows).stack, strict=True))
    assert len(spectra) == found[0].total
    for key, one in spectra.items():
        assert one.stack is not None
        assert one.stack.norm == pytest.approx(norms[key], rel=1e-5)


def test_details_of_one_weight(studio, rows) -> None:
    known = live(studio, rows)
    weight = next(key for key in known.weights if key[0] == "unet")
    answer = studio.measure(
        DetailsWanted(rows, weight, with_intruders=True), CancelToken(), lambda fraction: None
    )
    assert isinstance(answer, WeightDetails)
    place = known.weights.index(weight)
    assert answer.shape == known.shapes[place]
    norm = known.weight_norms(rows).stack[place]
    assert answer.stack.spectrum.norm == pytest.approx(norm, rel=1e-5)
    assert sum(answer.stack.rows.energies) == pytest.approx(norm**2, rel=1e-5)
    assert sum(answer.stack.columns.energies) == pytest.approx(norm**2, rel=1e-5)
    assert answer.intruders is not None


def test_measuring_can_be_cancelled(studio, rows) -> None:
    token = CancelToken()
    token.cancel()
    studio._weight_lab = WeightLab()
    for wanted in (LiveWanted(rows), SpectraWanted(rows)):
        with pytest.raises(Cancelled):
            studio.measure(wanted, token, lambda fraction: None)


def test_an_engine_without_a_lab_says_so(tiny_folder, rows) -> None:
    with pytest.raises(RequestError, match="nothing to measure"):
        merged(tiny_folder).measure(LiveWanted(rows), CancelToken(), lambda fraction: None)

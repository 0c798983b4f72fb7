"""What pictures show that nobody asked for: counted, with honest intervals."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from loraviewer.core.experiments.numbers import Row
from loraviewer.core.outcome import FileError
from loraviewer.core.picture_measures import SHARE_UNIT, may_be_measured, needs_judge
from loraviewer.lab.experiments.summary import summary
from loraviewer.lab.images.colours import red_share
from loraviewer.lab.images.intervals import share_interval, wilson
from loraviewer.lab.images.measures import SeedPictures, readings
from loraviewer.lab.images.registry import measures
from loraviewer.lab.judge import Judge, JudgeNetwork
from loraviewer.lab.quick_judge import QuickJudge
from loraviewer.lab.verdict import Verdict
from tests.lab.images.fields import plain

ANSWERS = {"subject": ["girl", "cat"], "colour": ["red", "blue"], "face": ["none", "whole"]}


class ByFirstPixel:
    """A judge who says of a picture what its first pixel says: red, or blue."""

    answers = {"subject": ("girl", "cat"), "colour": ("red", "blue")}  # noqa: RUF012

    def ask(self, images):
        red = images[:, 0, 0, 0] / 255
        said = np.stack([red, 1 - red], 1)
        return Verdict(self.answers, {"colour": said, "subject": said})


def pictures(*reds: int) -> np.ndarray:
    return np.stack([plain(red, 0, 0) for red in reds])


def test_the_share_is_of_prompts_that_leave_it_open():
    known = measures(ByFirstPixel())
    red = known["share-red"]
    assert {"share-red", "share-blue", "share-girl", "share-cat"} <= set(known)
    assert red.knows("a girl")
    assert not red.knows("a red girl")
    assert not known["share-cat"].knows("a girl")
    assert "share-red" not in measures()


def test_each_picture_counts_or_does_not():
    red = measures(ByFirstPixel())["share-red"]
    shown = SeedPictures(pictures(255, 200, 10, 0), pictures(255, 255, 255, 0), "a girl")
    assert red.values(shown).tolist() == [1, 1, 0, 0]
    assert red.origins(shown).tolist() == [1, 1, 1, 0]
    band = red.band(shown.base, "a girl")
    assert band.unit == pytest.approx(np.sqrt(4 / 6 * 2 / 6))  # (3 + 1) / (4 + 2)
    moved = [one.in_spreads for one in readings(red, shown, band)]
    assert moved == pytest.approx([0, 0, -1 / band.unit, 0])


def test_a_base_that_always_answers_the_same_has_a_spread_too():
    red = measures(ByFirstPixel())["share-red"]
    few, many = (red.band(pictures(*[255] * n)).unit for n in (2, 60))
    assert 0 < many < few < 0.5


@pytest.mark.parametrize(
    ("seen", "count", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_as_printed_in_tables(seen, count, low, high):
    assert wilson(seen / count, count) == pytest.approx((low, high), abs=6e-4)


def test_agreeing_pictures_are_no_certainty():
    one_prompt = share_interval([[1.0] * 10])
    assert (one_prompt.low, one_prompt.high) == pytest.approx((0.7225, 1.0), abs=1e-3)
    three = share_interval([[1.0] * 10] * 3)
    assert (three.low, three.mean) == (pytest.approx(wilson(1.0, 3)[0]), 1.0)
    mixed = share_interval([[1.0, 0.0], [1.0, 1.0], [0.0, 0.0]])
    assert mixed.mean == pytest.approx(0.5)
    assert mixed.low < 0.5 < mixed.high


def test_the_summary_of_shares_is_a_share_with_its_interval():
    def row(seed, value):
        return Row("cell", "base", "", 0, 0, "", "", "a girl", seed, "share-red", value,
                   SHARE_UNIT, 0.0, "")  # fmt: skip

    (mean,) = summary("seeds", [row(seed, float(seed != 3)) for seed in range(10)])
    assert (mean.mean, mean.n) == (pytest.approx(0.9), 10)
    assert (mean.low, mean.high) == pytest.approx(wilson(0.9, 10))


@pytest.mark.parametrize(
    ("colour", "is_red"),
    [
        ((255, 0, 0), True), ((178, 34, 34), True), ((200, 40, 50), True),
        ((255, 165, 0), False), ((255, 192, 203), False), ((255, 224, 189), False),
        ((255, 0, 255), False), ((0, 0, 255), False), ((90, 80, 80), False), ((0, 0, 0), False),
    ],
)  # fmt: skip
def test_red_is_red(colour, is_red):
    assert red_share(plain(*colour)) == float(is_red)


def test_red_is_a_share_of_the_picture():
    both = np.concatenate([plain(255, 0, 0), *[plain(0, 200, 0)] * 3], axis=1)
    assert red_share(both) == pytest.approx(0.25)


def test_names_that_may_be_asked_for():
    assert may_be_measured("share-red")
    assert may_be_measured("ssim")
    assert not may_be_measured("beauty")
    assert [needs_judge(name) for name in ("share-red", "fidelity", "red")] == [True, True, False]


@pytest.fixture
def file(tmp_path):
    torch.manual_seed(0)
    network = JudgeNetwork([len(names) for names in ANSWERS.values()])
    for module in network.body:
        if isinstance(module, torch.nn.BatchNorm2d):  # as after training
            for name, tensor in module.state_dict().items():
                if tensor.ndim:
                    low, high = (-0.2, 0.2) if name in ("bias", "running_mean") else (0.5, 2.0)
                    tensor.uniform_(low, high)
    path = tmp_path / "judge.safetensors"
    save_file(network.state_dict(), path, {"answers": json.dumps(ANSWERS)})
    return path


def test_without_torch_the_judge_says_the_same(file):
    shown = np.random.default_rng(0).integers(0, 256, (19, 128, 128, 3), dtype=np.uint8)
    with_torch, without = Judge.load(file).ask(shown), QuickJudge.load(file).ask(shown)
    for question in ANSWERS:
        ours = without.probabilities[question]
        assert ours == pytest.approx(with_torch.probabilities[question], abs=1e-5)
        assert without.best(question) == with_torch.best(question)


def test_what_is_no_judge_is_refused_in_one_sentence(file, tmp_path):
    with pytest.raises(FileError, match=r"no\.safetensors"):
        QuickJudge.load(tmp_path / "no.safetensors")
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(FileError, match="is no judge's file"):
        QuickJudge.load(file)
    with pytest.raises(ValueError, match="128 x 128"):
        QuickJudge({}, ANSWERS).ask(np.zeros((1, 64, 64, 3), np.uint8))

"""What is lost by rounding a merge: by hand, and the published sizes of the error."""

import pytest
import torch

from loraviewer.lab.weights.changes import Factors, Whole
from loraviewer.lab.weights.merge_rounding import merge_rounding
from tests.lab.weights.builders import normal, random_factors


def change_of_size(relative, base):
    change = random_factors(512, 512, 16, 2)
    return Factors(change.up * (relative * base.norm() / change.matrix().norm()), change.down)


@pytest.mark.parametrize(
    ("relative", "bf16", "fp16"),
    [(0.10, 0.017, 0.002), (0.05, 0.033, 0.004), (0.02, 0.083, 0.010), (0.01, 0.17, 0.021)],
)
def test_relative_errors_of_a_small_change(relative, bf16, fp16):
    """W ~ N(0, 0.02²), 512², rank 16."""
    base = 0.02 * normal(512, 512, seed=1)
    change = change_of_size(relative, base)
    for dtype, expected in ((torch.bfloat16, bf16), (torch.float16, fp16)):
        found = merge_rounding(base, change, dtype)
        assert found.dtype == dtype
        assert found.error == pytest.approx(expected, rel=0.07)
        assert found.gain == pytest.approx(1, abs=0.02)
    exact = merge_rounding(base, change, torch.float32)
    assert exact.error is not None
    assert exact.error < 1e-4


def test_a_weak_change_is_half_gone_in_bfloat16():
    base = 0.02 * normal(512, 512, seed=1)
    found = merge_rounding(base, change_of_size(0.001, base), torch.bfloat16)
    assert found.error == pytest.approx(0.79, abs=0.04)
    assert found.gain == pytest.approx(0.53, abs=0.06)
    assert found.changed_share < 0.5


def test_one_element_by_hand():
    """Above 1 numbers of bfloat16 are 1/128 apart, below 1/256."""
    base, up = torch.ones(1, 2), torch.tensor([[3 / 1024, -3 / 1024]])
    found = merge_rounding(base, Whole(up.double()), torch.bfloat16)
    assert found.changed_share == 0.5
    # 0 and −1/256 = −4/1024, in place of 3/1024 and −3/1024
    assert found.error == pytest.approx(((3**2 + 1) / (2 * 3**2)) ** 0.5)
    assert found.gain == pytest.approx(12 / 18)


def test_fp8_keeps_on_the_whole_what_it_loses_in_each_place():
    """The merger rounds to fp8 with noise, so that the gain stays near 1."""
    base = 0.02 * normal(512, 512, seed=1)
    found = merge_rounding(
        base, change_of_size(0.05, base), torch.float8_e4m3fn, "unet.layer.weight"
    )
    assert found.gain == pytest.approx(1, abs=0.1)
    assert found.error is not None
    assert found.error > 0.3
    again = merge_rounding(
        base, change_of_size(0.05, base), torch.float8_e4m3fn, "unet.layer.weight"
    )
    assert again == found


def test_nothing_changes_nothing():
    nothing = Whole(torch.zeros(4, 3).double())
    for dtype in (torch.float32, torch.bfloat16):
        found = merge_rounding(normal(4, 3, seed=1), nothing, dtype)
        assert (found.changed_share, found.error, found.gain) == (0.0, None, None)

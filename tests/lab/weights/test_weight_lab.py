"""What the studio asks of weights, answered from a merger: against dense float64 in numpy."""

import math
from typing import Any

import numpy as np
import pytest
import torch
import xxhash

from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.adapters.merging.merger import QuantisedWeight
from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.core.outcome import MergeError
from loraviewer.core.stack import AppliedAdapter
from loraviewer.core.weight_measurements import (
    DetailsWanted,
    LiveAnswer,
    LiveWanted,
    SpectraPart,
    SpectraWanted,
    WeightDetails,
)
from loraviewer.core.weight_numbers import Place
from loraviewer.lab.weights.weight_details import ALIGNED, MOST_KNOWN, weight_details
from loraviewer.lab.weights.weight_lab import WeightLab
from tests.adapters.toys import TOY_KEYS, pool, toy_adapter, toy_components, with_dense
from tests.lab.weights.stacks import dense

KEY = ("unet", "inner.0.weight")  # (24, 8)
BLOCK = "inner.00"
FIRST, SECOND = toy_adapter("a", 1, rank=2), toy_adapter("b", 2)
DENSE = with_dense(toy_adapter("c", 3), 4)
TEXT_ALONE = toy_adapter("d", 5, TOY_KEYS[:2])
POOL = pool(FIRST, SECOND, DENSE, TEXT_ALONE)
ROWS = (
    AppliedAdapter(TEXT_ALONE.sha256, 0.4, 0.4),
    AppliedAdapter(SECOND.sha256, 0.8, 0.0),
    AppliedAdapter(FIRST.sha256, -0.5, 0.3, block_scales=((BLOCK, 0.5),)),
    AppliedAdapter(DENSE.sha256, 0.7, 0.1),
    AppliedAdapter(SECOND.sha256, 0.2, 1.0),
)
"""The first leaves the weight alone; the last is the second once more."""
TOUCHING = (1, 2, 3, 4)
CHANGES = {
    i: scale * dense(adapter, KEY)
    for i, adapter, scale in (
        (1, SECOND, 0.8),
        (2, FIRST, -0.25),
        (3, DENSE, 0.7),
        (4, SECOND, 0.2),
    )
}
STACK = sum(CHANGES.values(), np.zeros((24, 8)))


def merger(dtype: torch.dtype = torch.float32) -> WeightMerger:
    return WeightMerger(toy_components(dtype))


def ask(wanted, by=None, adapters=POOL, lab=None, token=None) -> Any:
    by, token = by or merger(), token or CancelToken()
    return (lab or WeightLab()).measure(wanted, adapters, by, token, lambda share: None)


@pytest.fixture(scope="module")
def details() -> WeightDetails:
    return ask(DetailsWanted(ROWS, KEY))


def base(dtype: torch.dtype = torch.float32) -> np.ndarray:
    weight = toy_components(dtype)[KEY[0]].get_parameter(KEY[1])
    return weight.detach().double().numpy()


def svd(matrix):
    """(left, values, right) of the directions that are more than rounding."""
    left, values, right = np.linalg.svd(matrix, full_matrices=False)
    rank = int((values > values[0] * max(matrix.shape) * 1e-7).sum())
    return left[:, :rank], values[:rank], right[:rank].T


def changes_of(details):
    """Each with its dense twin: the rows, and the stack."""
    rows = [(facts, CHANGES[place]) for place, facts in details.rows]
    return [*rows, (details.stack, STACK)]


def test_the_rows_that_touch_the_weight_by_their_place(details):
    assert details.weight == KEY
    assert details.shape == (24, 8)
    assert tuple(place for place, _ in details.rows) == TOUCHING


def test_spectra_of_rows_and_stack_at_their_strengths(details):
    for facts, exact in changes_of(details):
        values = np.zeros(8)
        values[: len(facts.spectrum.values)] = facts.spectrum.values
        expected = np.linalg.svd(exact, compute_uv=False)
        np.testing.assert_allclose(values, expected, atol=1e-6 * expected[0])


def test_rows_and_columns(details):
    for facts, exact in changes_of(details):
        for side, energies in (
            (facts.rows, np.square(exact).sum(1)),
            (facts.columns, np.square(exact).sum(0)),
        ):
            np.testing.assert_allclose(side.energies, energies, rtol=1e-5)
            share = energies.sum() ** 2 / (len(energies) * np.square(energies).sum())
            assert side.participation.value == pytest.approx(share, rel=1e-5)
            assert 0 < side.participation.null < 1


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_the_strongest_values_of_the_base_in_every_precision(dtype):
    """Products in half precision would lose what lies below the largest."""
    found = ask(DetailsWanted(ROWS, KEY), merger(dtype))
    expected = np.linalg.svd(base(dtype), compute_uv=False)
    np.testing.assert_allclose(found.base_values, expected, rtol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_amplification_and_alignment(dtype):
    by = merger(dtype)
    found = ask(DetailsWanted(ROWS[1:3], KEY), by)
    weight = base(dtype)
    every_left, _, every_right = np.linalg.svd(weight, full_matrices=False)
    top_left, top_right = every_left[:, :ALIGNED], every_right[:ALIGNED].T
    norm = np.linalg.norm(weight)
    for place, facts in found.rows:
        exact = CHANGES[place + 1]
        left, values, right = svd(exact)
        inside = np.linalg.norm(left.T @ weight @ right)
        length = np.linalg.norm(exact)
        assert facts.amplification.value == pytest.approx(length / inside, rel=1e-5)
        null = length * math.sqrt(exact.size) / (len(values) * norm)
        assert facts.amplification.null == pytest.approx(null, rel=1e-5)
        output = np.square(top_left.T @ exact).sum() / length**2
        listening = np.square(exact @ top_right).sum() / length**2
        assert facts.alignment_output.value == pytest.approx(output, rel=1e-5)
        assert facts.alignment_input.value == pytest.approx(listening, rel=1e-5)
        assert facts.alignment_output.null == pytest.approx(8 / 24)
        assert facts.alignment_input.null == pytest.approx(1)


def test_overlaps_of_each_two(details):
    for i, first in enumerate(TOUCHING):
        for j, second in enumerate(TOUCHING):
            one, other = svd(CHANGES[first]), svd(CHANGES[second])
            ranks = len(one[1]), len(other[1])
            output = np.square(one[0].T @ other[0]).sum() / min(ranks)
            listening = np.square(one[2].T @ other[2]).sum() / min(ranks)
            assert details.overlap_output[i][j] == pytest.approx(output, abs=1e-5)
            assert details.overlap_input[i][j] == pytest.approx(listening, abs=1e-5)
            assert details.overlap_output_null[i][j] == pytest.approx(max(ranks) / 24)
            assert details.overlap_input_null[i][j] == pytest.approx(max(ranks) / 8)
    assert details.overlap_output[0][3] == pytest.approx(1)  # one adapter, twice


def test_rounding_is_that_of_the_merge():
    """Rounded to the nearest by torch, which is the merger's way in these precisions."""
    found = ask(DetailsWanted(ROWS, KEY), merger(torch.bfloat16)).rounding
    weight = torch.from_numpy(base(torch.bfloat16))
    merged = (weight + torch.from_numpy(STACK)).to(torch.bfloat16).double().numpy()
    moved = merged - weight.numpy()
    assert found.dtype == "bfloat16"
    assert found.changed_share == pytest.approx(np.mean(moved != 0), abs=0.01)
    assert found.error == pytest.approx(
        np.linalg.norm(moved - STACK) / np.linalg.norm(STACK), rel=0.02
    )
    assert found.gain == pytest.approx((moved * STACK).sum() / np.square(STACK).sum(), abs=0.001)


def test_the_fingerprint_is_of_the_base_whatever_is_merged(details):
    weight = base().astype(np.float32)
    expected = xxhash.xxh3_128(b"unet.inner.0.weight|torch.float32|(24, 8)|" + weight.tobytes())
    assert details.fingerprint == expected.hexdigest()
    by = merger()
    by.apply(ROWS, POOL, CancelToken())
    assert ask(DetailsWanted(ROWS, KEY), by) == details


def test_intruders_on_request(details):
    assert details.intruders is None
    strong = tuple(replace_scale(row, 20.0) for row in ROWS)
    found = ask(DetailsWanted(strong, KEY, with_intruders=True)).intruders
    exact = base() + sum(
        (scale * dense(adapter, KEY))
        for adapter, scale in ((SECOND, 20.0), (FIRST, 10.0), (DENSE, 20.0), (SECOND, 20.0))
    )
    left, values, _ = np.linalg.svd(exact, full_matrices=False)
    known = np.linalg.svd(base(), full_matrices=False)[0]
    for i, one in enumerate(found.directions):
        assert one.value == pytest.approx(values[i], rel=1e-4)
        cosine = np.abs(known.T @ left[:, i]).max()
        assert one.cosine == pytest.approx(cosine, abs=1e-3)
        assert one.is_intruder == (cosine < 0.5)
        assert one.owner in TOUCHING
    assert 0 <= found.random_count <= 10


def replace_scale(row: AppliedAdapter, scale: float) -> AppliedAdapter:
    return AppliedAdapter(row.sha256, scale, scale, block_scales=row.block_scales)


def test_an_intruder_belongs_to_the_row_that_points_there():
    rows = (ROWS[0], replace_scale(ROWS[1], 0.001), replace_scale(ROWS[2], 1000.0))
    found = ask(DetailsWanted(rows, KEY, with_intruders=True)).intruders
    assert [one.owner for one in found.directions[:2]] == [2, 2]


def test_a_row_whose_block_is_silent_is_zero():
    silent = AppliedAdapter(FIRST.sha256, 1.0, 1.0, block_scales=((BLOCK, 0.0),))
    found = ask(DetailsWanted((silent, ROWS[1]), KEY))
    ((_, zero), (_, other)) = found.rows
    assert zero.spectrum.largest == 0
    assert zero.rows.participation is None
    assert zero.amplification is None
    assert zero.alignment_output is None
    assert found.overlap_output[0] == (None, None)
    assert found.stack.spectrum.values[0] == pytest.approx(other.spectrum.values[0])
    assert ask(DetailsWanted((silent,), KEY)).rounding.error is None


class Unreadable(WeightMerger):
    """As where weights are quantised."""

    def base_weight(self, key):
        raise QuantisedWeight(f"{key} is quantised.")


def test_without_base_values_what_needs_none_is_told():
    found = ask(DetailsWanted(ROWS[:3], KEY, with_intruders=True), Unreadable(toy_components()))
    whole = ask(DetailsWanted(ROWS[:3], KEY))
    assert found.rows[0][1].spectrum == whole.rows[0][1].spectrum
    assert found.overlap_output == whole.overlap_output
    assert (found.base_values, found.rounding, found.fingerprint, found.intruders) == (
        (), None, "", None,
    )  # fmt: skip
    assert found.stack.amplification is None
    with pytest.raises(MergeError, match="quantised"):
        ask(DetailsWanted(ROWS, KEY), Unreadable(toy_components()))  # a kind that needs W₀


def test_what_nobody_changes_is_refused():
    with pytest.raises(MergeError, match=r"changes “unet\.inner\.0\.weight”"):
        ask(DetailsWanted(ROWS[:1], KEY))


@pytest.mark.parametrize(
    "wanted", [DetailsWanted(ROWS, KEY), SpectraWanted(ROWS), LiveWanted(ROWS)]
)
def test_everything_can_be_cancelled(wanted):
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        ask(wanted, token=token)


def test_the_directions_of_few_bases_weights_are_kept():
    by, tops, token = merger(), {}, CancelToken()
    first = weight_details(DetailsWanted(ROWS, KEY), POOL, by, token, tops)
    kept = tops[KEY]
    assert weight_details(DetailsWanted(ROWS, KEY), POOL, by, token, tops) == first
    assert tops[KEY] is kept
    tops |= {("unet", str(i)): kept for i in range(MOST_KNOWN + 3)}
    other = ("unet", "inner.1.weight")
    weight_details(DetailsWanted(ROWS, other), POOL, by, token, tops)
    assert len(tops) == MOST_KNOWN
    assert other in tops
    assert KEY not in tops


def test_what_is_known_of_one_base_is_not_said_of_another():
    lab, other = WeightLab(), merger()
    before = ask(DetailsWanted(ROWS, KEY), lab=lab)
    networks = toy_components()
    with torch.no_grad():
        networks["unet"].get_parameter(KEY[1]).mul_(2)
    other = WeightMerger(networks)
    after = ask(DetailsWanted(ROWS, KEY), other, lab=lab)
    np.testing.assert_allclose(after.base_values, 2 * np.array(before.base_values), rtol=1e-9)
    spectra = [ask(SpectraWanted(ROWS), by, lab=lab).weights for by in (merger(), other)]
    at = [next(one for one in part if one.key == KEY) for part in spectra]
    assert at[1].base_largest == pytest.approx(2 * at[0].base_largest)


def test_lengths_and_angles():
    answer = ask(LiveWanted(ROWS))
    assert isinstance(answer, LiveAnswer)
    assert answer.live.adapters == frozenset(POOL)
    energies = answer.live.energies((ROWS[1],))
    exact = sum((np.square(dense(SECOND, key)).sum() for key in TOY_KEYS if key[0] == "unet"), 0.0)
    assert energies.norm == pytest.approx(0.8 * math.sqrt(exact), rel=1e-6)
    angles = answer.live.angles((FIRST.sha256, SECOND.sha256), Place(*KEY[:1], "", KEY[1]))
    one, other = dense(FIRST, KEY), dense(SECOND, KEY)
    cosine = (one * other).sum() / (np.linalg.norm(one) * np.linalg.norm(other))
    assert angles.cosine[0][1] == pytest.approx(cosine, abs=1e-6)


def test_spectra_come_part_by_part():
    """A part ends with the first weight after its time is up."""
    times = iter([0.0, 0.0, 1.0, 1.0, 2.0])
    lab = WeightLab(lambda: next(times))
    first = ask(SpectraWanted(ROWS), lab=lab)
    second = ask(SpectraWanted(ROWS, len(first.weights)), lab=lab)
    whole = ask(SpectraWanted(ROWS), lab=WeightLab(lambda: 0.0))
    assert isinstance(whole, SpectraPart)
    assert (len(first.weights), len(second.weights), whole.total) == (2, 1, len(TOY_KEYS))
    assert whole.is_last
    assert not first.is_last
    assert (*first.weights, *second.weights) == whole.weights[:3]

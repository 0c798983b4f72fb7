"""The unit of all numbers: how much the base's own pictures differ."""

import numpy as np
import pytest

from loraviewer.lab.images.diversity import vendi
from loraviewer.lab.images.seed_band import SeedBand, deviation, pooled


def test_five_numbers_by_hand():
    band = SeedBand.of_pictures([1, 2, 4, 7, 100])
    assert (band.median, band.lower, band.upper, band.count) == (4, 2, 7, 5)
    assert band.origin == 4
    assert band.unit == pytest.approx(3 * 1.4826 * 1.206, rel=1e-4)  # |−3| |−2| 0 3 96


@pytest.mark.parametrize("count", [2, 3, 4, 5, 6, 7, 8, 9, 10, 16, 32])
def test_it_is_a_standard_deviation_in_the_mean_for_any_number_of_seeds(count):
    rng = np.random.default_rng(count)
    found = [deviation(row.tolist()) for row in 3 * rng.standard_normal((4000, count))]
    assert np.mean(found) == pytest.approx(3, rel=0.04)


def test_one_wild_seed_does_not_count():
    calm = [10.0, 11, 12, 13, 14, 15, 16, 17]
    assert deviation([*calm[:-1], 1e6]) == deviation(calm)


def test_spreads_are_counted_from_the_median_or_from_what_is_given():
    band = SeedBand.of_pictures([8.0, 9, 10, 11, 12])
    assert band.in_spreads(10) == 0
    assert band.in_spreads(10 + 2 * band.unit) == pytest.approx(2)
    assert band.in_spreads(10 - band.unit) == pytest.approx(-1)
    assert band.in_spreads(10, than=10 + band.unit) == pytest.approx(-1)


def test_numbers_shifted_and_stretched_keep_their_spreads():
    values = np.array([3.0, 1, 4, 1, 5, 9, 2, 6])
    band, other = (SeedBand.of_pictures(one.tolist()) for one in (values, 7 * values - 100))
    assert other.in_spreads(7 * 8.0 - 100) == pytest.approx(band.in_spreads(8.0))


def test_between_pictures_one_spread_is_as_unlike_as_another_seed():
    band = SeedBand.of_pairs([0.1, 0.2, 0.3, 0.2, 0.25, 0.15], same=1.0)
    assert band.median == pytest.approx(0.2)
    assert band.in_spreads(1.0) == 0
    assert band.in_spreads(0.2) == pytest.approx(-1)
    assert band.in_spreads(0.6) == pytest.approx(-0.5)


def test_signs_of_pairs_do_not_cancel():
    band = SeedBand.of_pairs([-2.0, 2, -2, 2], same=0.0)
    assert (band.median, band.unit) == (0, 2)


def test_the_jackknife_of_a_mean_is_the_standard_deviation_of_the_mean():
    values = np.random.default_rng(0).standard_normal(12)
    without = [np.delete(values, at).mean() for at in range(12)]
    band = SeedBand.of_set(values.mean(), without)
    assert band.unit == pytest.approx(values.std(ddof=1) / np.sqrt(12))
    assert (band.origin, band.median) == (values.mean(), values.mean())
    assert band.upper - band.lower == pytest.approx(2 * 0.67449 * band.unit, rel=1e-4)


def test_the_jackknife_of_vendi_scores_is_about_what_other_seeds_bring():
    rng = np.random.default_rng(1)
    sets = rng.standard_normal((150, 16, 6)) + 1.0
    true = np.std([vendi(rows) for rows in sets])
    units = []
    for rows in sets[:30]:
        without = [vendi(np.delete(rows, at, axis=0)) for at in range(16)]
        units.append(SeedBand.of_set(vendi(rows), without).unit)
    assert np.mean(units) == pytest.approx(true, rel=0.35)


def test_a_base_that_never_varies_has_no_spreads():
    for band in (
        SeedBand.of_pictures([0.3, 0.3, 0.3]),
        SeedBand.of_pictures([0.1 + 0.2, 0.3, 0.3 + 1e-16]),
        SeedBand.of_set(0.3, [0.3, 0.3]),
        SeedBand.of_pictures([0.3]),
    ):
        assert band.unit == 0
        assert band.in_spreads(0.3) == 0
        assert band.in_spreads(0.4) is None


def test_a_spread_below_the_resolution_counts_as_that():
    """A judge who is sure of all the base's pictures is not to count in millionths."""
    sure = SeedBand.of_pictures([1 - 1e-6, 1 - 2e-6, 1 - 3e-6, 1 - 1e-6], 0.02)
    assert sure.unit == 0.02
    assert sure.in_spreads(0.5) == pytest.approx(-25, rel=1e-4)
    assert SeedBand.of_pictures([0.0, 0, 0], 0.02).in_spreads(0.2) == pytest.approx(10)
    assert SeedBand.of_pairs([1.0, 1.0], 1.0, 0.01).unit == 0.01
    assert SeedBand.of_set(3.0, [3.0, 3.0], 0.05).unit == 0.05
    assert SeedBand.of_pictures([0.0, 1, 2, 3], 0.02) == SeedBand.of_pictures([0.0, 1, 2, 3])


def test_several_prompts_share_their_median_unit_and_keep_their_origins():
    bands = [SeedBand.of_pictures([0.0, 1, 2]), SeedBand.of_pictures([10.0, 10, 10]),
             SeedBand.of_pictures([20.0, 22, 24])]  # fmt: skip
    shared = pooled(bands)
    assert [band.unit for band in shared] == [bands[0].unit] * 3
    assert [band.origin for band in shared] == [1, 10, 22]
    assert shared[1].in_spreads(10 + bands[0].unit) == pytest.approx(1)


def test_no_numbers_and_those_that_are_none_are_refused():
    for values in ([], [1.0, np.nan], [np.inf]):
        with pytest.raises(ValueError, match="finite numbers"):
            SeedBand.of_pictures(values)

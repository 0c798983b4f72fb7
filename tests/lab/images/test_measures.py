"""Measures by name: whatever each looks at, it is asked in one way and answers in one language."""

from itertools import combinations

import numpy as np
import pytest

from loraviewer.core.picture_measures import DEFAULT_MEASURES, DETAIL, FIDELITY, MEASURES
from loraviewer.lab.images.diversity import pixel_features, vendi
from loraviewer.lab.images.likeness import difference, ssim
from loraviewer.lab.images.measures import OfPair, SeedPictures, readings
from loraviewer.lab.images.registry import measures
from tests.lab.images.fields import coloured_noise, pattern, plain

BASE = np.stack([pattern(40, 40, shift) for shift in (0, 3, 11, 17, 29)])
NAMES = [one.name for one in MEASURES if one is not FIDELITY]


@pytest.fixture
def shown() -> SeedPictures:
    return SeedPictures(BASE // 2 + 30, BASE, "a cat")


def test_all_that_is_named_is_computed_and_the_other_way_round():
    assert set(measures()) == set(NAMES)
    assert set(DEFAULT_MEASURES) <= set(NAMES)
    for name, measure in measures().items():
        assert measure.facts.name == name
        assert measure.knows("a cat")
        assert measure.knows("")


@pytest.mark.parametrize("name", NAMES)
def test_every_measure_has_a_finite_number_for_each_picture_or_one_for_all(name, shown):
    measure = measures()[name]
    values = measure.values(shown)
    assert values.shape == ((1,) if measure.is_of_set else (5,))
    assert values.dtype == np.float64
    assert np.isfinite(values).all()
    assert np.isfinite(measure.band(BASE).unit)


@pytest.mark.parametrize("name", NAMES)
def test_every_measure_has_a_finite_number_for_collapsed_pictures_too(name):
    black, white = np.stack([plain(0, 0, 0)] * 3), np.stack([plain(255, 255, 255)] * 3)
    grainy = np.stack([coloured_noise(40, 32, seed) for seed in range(3)])
    measure = measures()[name]
    for pictures in (black, white, grainy):
        for base in (black, white, grainy):
            assert np.isfinite(measure.values(SeedPictures(pictures, base))).all()
        assert np.isfinite(measure.band(pictures).unit)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seeds", [1, 2])
def test_one_or_two_seeds_have_numbers_too(name, seeds):
    measure, shown = measures()[name], SeedPictures(BASE[:seeds] // 2, BASE[:seeds])
    assert np.isfinite(measure.values(shown)).all()
    assert np.isfinite(measure.band(BASE[:2]).unit)


@pytest.mark.parametrize("name", NAMES)
def test_the_base_itself_has_moved_nowhere(name):
    """The first control of every experiment: at depth 0 there is nothing to be seen."""
    measure, same = measures()[name], SeedPictures(BASE, BASE.copy())
    band = measure.band(BASE)
    assert measure.values(same) == pytest.approx(measure.origins(same), abs=1e-12)
    assert [one.in_spreads for one in readings(measure, same, band)] == pytest.approx(
        np.zeros(1 if measure.is_of_set else 5), abs=1e-9
    )


def test_of_pictures_the_band_is_the_bases_own_numbers():
    measure = measures()["brightness"]
    values = np.sort(measure.values(SeedPictures(BASE, BASE)))
    band = measure.band(BASE)
    assert (band.lower, band.median, band.upper) == tuple(values[1:4])


def test_of_pairs_the_band_is_what_each_two_seeds_of_the_base_have():
    floor = [ssim(first, second) for first, second in combinations(BASE, 2)]
    band = measures()["ssim"].band(BASE)
    assert (band.count, band.origin) == (10, 1.0)
    assert band.median == pytest.approx(np.median(floor))
    assert band.in_spreads(float(np.median(floor))) == pytest.approx(-1)


def pairs_asked(seeds: int) -> list[tuple[int, int]]:
    asked: list[tuple[int, int]] = []

    def remembered(first: np.ndarray, second: np.ndarray) -> float:
        asked.append((int(first[0, 0, 0]), int(second[0, 0, 0])))
        return 1.0

    numbered = np.arange(seeds, dtype=np.uint8)[:, None, None, None] * np.ones((1, 4, 4, 3), "u1")
    OfPair(DETAIL, remembered, same=0.0).band(numbered)
    return asked


@pytest.mark.parametrize("seeds", [2, 5, 6, 16])
def test_of_few_seeds_each_two_are_compared_once(seeds):
    asked = {frozenset(pair) for pair in pairs_asked(seeds)}
    assert len(asked) == len(pairs_asked(seeds)) == seeds * (seeds - 1) // 2


def test_of_many_seeds_each_has_as_many_pairs_as_the_others():
    asked = pairs_asked(64)
    assert len({frozenset(pair) for pair in asked}) == len(asked) == 128
    assert {sum(seed in pair for pair in asked) for seed in range(64)} == {4}


def test_of_a_set_the_band_leaves_each_seed_out_in_turn():
    measure = measures()["vendi"]
    band = measure.band(BASE)
    rest = [
        measure.values(SeedPictures(x, x))[0] for x in (np.delete(BASE, i, 0) for i in range(5))
    ]
    assert band.unit == pytest.approx(np.sqrt(4 * np.var(rest)))
    assert band.origin == pytest.approx(measure.values(SeedPictures(BASE, BASE))[0])


def test_other_features_bring_measures_of_their_own():
    def corner(pictures: np.ndarray) -> np.ndarray:
        return pictures[:, :2, :2].astype(np.float64)

    known = measures(features={"corner": corner})
    added = set(known) - set(measures())
    assert added == {"drift-corner", "vendi-corner", "pairwise-corner"}
    shown = SeedPictures(BASE // 2, BASE)
    assert known["vendi-corner"].values(shown)[0] == vendi(corner(BASE // 2))
    assert known["drift-corner"].values(shown)[0] < known["drift"].values(shown)[0] + 0.5
    assert known["vendi-corner"].facts.title == f"{known['vendi'].facts.title} (corner)"


@pytest.mark.parametrize("name", NAMES)
def test_no_number_is_without_spreads(name, shown):
    """Not even where all seeds of the base gave the same."""
    measure = measures()[name]
    still = SeedPictures(BASE, np.stack([BASE[0]] * 5))
    band = measure.band(still.base)
    assert band.unit >= measure.facts.resolution > 0
    for one in readings(measure, still, band):
        assert one.in_spreads is not None
        assert abs(one.in_spreads) < 1e4


def test_readings_are_counted_from_the_same_seed_of_the_base(shown):
    for name, origin in (
        ("contrast", measures()["contrast"].values(SeedPictures(BASE, BASE))),
        ("ssim", np.ones(5)),
        ("vendi", [vendi(pixel_features(BASE))]),
    ):
        measure = measures()[name]
        values, band = measure.values(shown), measure.band(BASE)
        found = readings(measure, shown, band)
        assert [one.value for one in found] == values.tolist()
        expected = (values - origin) / band.unit
        assert [one.in_spreads for one in found] == pytest.approx(expected)


def test_pictures_of_other_seeds_are_refused():
    with pytest.raises(ValueError, match="same seeds"):
        SeedPictures(BASE, BASE[:4])
    with pytest.raises(ValueError, match="same seeds"):
        SeedPictures(BASE[0], BASE[0])


def test_what_falls_and_what_rises_with_damage_does_so():
    """As a picture drowns in noise, beside the base's own."""
    spoiled = [
        SeedPictures(np.stack([_noisy(one, sigma, i) for i, one in enumerate(BASE)]), BASE)
        for sigma in (5, 20, 60)
    ]
    for name in ("ssim", "difference", "noise", "drift", "highlights", "shadows"):
        measure = measures()[name]
        means = [measure.values(shown).mean() for shown in spoiled]
        assert means == sorted(means, reverse=measure.facts.damage == "falls"), name


def _noisy(pixels: np.ndarray, sigma: float, seed: int) -> np.ndarray:
    noise = sigma * np.random.default_rng(seed).standard_normal(pixels.shape)
    return np.clip(np.rint(pixels + noise), 0, 255).astype(np.uint8)


def test_pixels_are_never_written_to(shown):
    for pictures in (shown.pictures, shown.base):
        pictures.flags.writeable = False
    try:
        for measure in measures().values():
            measure.values(shown)
            measure.band(shown.base)
    finally:
        BASE.flags.writeable = True


def test_equal_pictures_are_the_only_ones_without_difference(shown):
    assert all(difference(one, one) == 0 for one in BASE)
    assert (measures()["difference"].values(shown) > 0).all()

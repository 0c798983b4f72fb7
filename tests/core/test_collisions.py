"""Who meets whom: on made-up meetings whose shares can be reckoned in one's head."""

import pytest

from loraviewer.core.collisions import Collision, Verdict, collisions
from loraviewer.core.stack import AppliedAdapter
from loraviewer.core.weight_numbers import BlockName, Meeting, WeightName, WeightNorms
from tests.fake_weights import WEIGHTS, FakeWeights

ROWS = tuple(AppliedAdapter(name, 1.0, 1.0, name) for name in ("manga", "birds"))
TEXT, DOWN, MIDDLE, UP = WEIGHTS


class Told(FakeWeights):
    """Meetings and lengths as they are given."""

    def __init__(self, meetings: dict[WeightName, float], norms=((1.0,) * 4, (1.0,) * 4)) -> None:
        super().__init__([row.sha256 for row in ROWS], "d" * 64)
        self._told, self._norms = meetings, norms

    def meetings(self, rows):
        found = [Meeting(0, 1, key, 0.5, 0.01, shared) for key, shared in self._told.items()]
        return tuple(sorted(found, key=lambda one: -abs(one.shared)))

    def weight_norms(self, rows):
        return WeightNorms((1.0,) * 4, self._norms, (10.0,) * 4)


def of(meetings: dict[WeightName, float], **known) -> Collision:
    (found,) = collisions(Told(meetings, **known), ROWS)
    return found


def blocks(shares) -> list[tuple[BlockName, float]]:
    return [(one.block, one.share) for one in shares]


def test_two_that_pull_the_same_way():
    found = of({UP: 0.6, MIDDLE: 0.3, DOWN: 0.1})
    assert found.verdict is Verdict.ALIKE
    assert (found.alike.count, found.common) == (3, 4)
    assert blocks(found.alike.blocks) == [
        (("unet", "OUT03"), pytest.approx(0.6)),
        (("unet", "M00"), pytest.approx(0.3)),
        (("unet", "IN01"), pytest.approx(0.1)),
    ]
    assert found.alike.blocks[0].strongest == UP
    assert found.effect == pytest.approx(1.0 / 8.0), "of ‖ΔW₁‖² + ‖ΔW₂‖² = 4 + 4"
    assert found.cosine == pytest.approx(0.5 / 4.0), "⟨ΔW₁, ΔW₂⟩ = ½, over 2 · 2"


def test_two_that_cancel_each_other():
    found = of({MIDDLE: -2.0})
    assert found.verdict is Verdict.CANCEL
    assert found.effect == pytest.approx(-0.25)
    assert (found.cancel.part, found.alike.part) == (pytest.approx(0.25), 0.0)
    assert blocks(found.cancel.blocks) == [(("unet", "M00"), 1.0)]
    assert found.alike.blocks == ()


@pytest.mark.parametrize(("against", "verdict"), [(-0.4, Verdict.BOTH), (-0.2, Verdict.ALIKE)])
def test_the_lesser_direction_counts_from_a_quarter_on(against, verdict):
    assert of({UP: 1.0, MIDDLE: against}).verdict is verdict


def test_shares_are_of_both_directions_together():
    found = of({UP: 1.0, MIDDLE: -0.6})
    assert blocks(found.alike.blocks) == [(("unet", "OUT03"), pytest.approx(1.0 / 1.6))]
    assert blocks(found.cancel.blocks) == [(("unet", "M00"), pytest.approx(0.6 / 1.6))]


def test_what_is_beyond_chance_and_nothing_that_is_seen():
    assert of({UP: 0.07}).verdict is Verdict.HARDLY, "of an energy of 8"
    assert of({UP: 0.09}).verdict is Verdict.ALIKE


def test_nothing_beyond_chance_in_weights_that_both_change():
    found = of({})
    assert (found.verdict, found.common, found.shared) == (Verdict.UNRELATED, 4, 0.0)


def test_no_weight_that_both_change():
    found = of({}, norms=((1.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 1.0)))
    assert (found.verdict, found.common) == (Verdict.APART, 0)


def test_rows_that_are_zero_have_no_numbers():
    found = of({}, norms=((0.0,) * 4, (0.0,) * 4))
    assert (found.effect, found.cosine) == (None, None)


def test_weights_of_a_block_are_one_place():
    class OneBlock(Told):
        def block_of(self, weight):
            return "unet", "OUT03"

    (found,) = collisions(OneBlock({UP: 0.5, MIDDLE: 0.3}), ROWS)
    (block,) = found.alike.blocks
    assert (block.count, block.share, block.strongest) == (2, pytest.approx(1.0), UP)


def test_pairs_that_share_most_come_first():
    rows = [AppliedAdapter(n, s, s, n) for n, s in (("a", 0.1), ("b", 1.0), ("c", 2.0))]
    found = collisions(FakeWeights(["a", "b", "c"], "d" * 64), rows)
    assert [(one.first, one.second) for one in found] == [(1, 2), (0, 2), (0, 1)]
    assert all(one.verdict is Verdict.ALIKE for one in found)


def test_a_negative_strength_turns_allies_into_enemies():
    rows = [AppliedAdapter("a", 1.0, 1.0, "a"), AppliedAdapter("b", -1.0, -1.0, "b")]
    (found,) = collisions(FakeWeights(["a", "b"], "d" * 64), rows)
    assert found.verdict is Verdict.CANCEL
    assert found.effect == pytest.approx(-0.5), "cosine ½: 2 · ½ of 1 + 1 in each weight"
    assert found.cosine == pytest.approx(-0.5)


def test_two_equal_ones_double_what_they_have_alone():
    rows = [AppliedAdapter("a", 1.0, 1.0, "a"), AppliedAdapter("a", 1.0, 1.0, "a")]
    (found,) = collisions(FakeWeights(["a"], "d" * 64, cosine=1.0), rows)
    assert (found.effect, found.cosine) == (pytest.approx(1.0), pytest.approx(1.0))

"""Ratios of ways to make a picture, with painters whose clocks are known."""

import pytest

from loraviewer.core.outcome import Rendered, Timings
from loraviewer.core.picture import Picture
from loraviewer.core.stack import AppliedAdapter
from loraviewer.lab.claims.timing import timed
from tests.core.experiments.asked import BASE


class ClockedPainter:
    """A picture takes as long as its round says, times 1 + `each` for every adapter."""

    def __init__(self, each):
        self.each, self.asked = each, []

    def render(self, request, token, on_progress):
        raise AssertionError("A cache could answer.")

    def render_disturbed(self, request, disturbance, token, on_progress):
        raise AssertionError("Nobody asked for it.")

    def render_anew(self, request, token, on_progress):
        self.asked.append((len(request.adapters), request.sampling.seed))
        denoise_ms = 100 * request.sampling.seed * (1 + self.each * len(request.adapters))
        timings = Timings(merge_ms=5 * len(request.adapters), denoise_ms=denoise_ms)
        return Rendered(request, Picture(1, 1, b"\0\0\0"), timings, fingerprint="")


def test_ways_are_compared_within_their_rounds():
    merged, beside = ClockedPainter(0.0), ClockedPainter(0.25)
    one, two = (tuple(AppliedAdapter(f"{i}", 1, 1) for i in range(n)) for n in (1, 2))
    found = timed({"merged": merged, "beside": beside}, [(), one, two], BASE, rounds=7)
    told = [(way.way, way.adapters, way.ratio, way.low, way.high) for way in found]
    assert told == [
        ("merged", 0, 1, 1, 1), ("merged", 1, 1, 1, 1), ("merged", 2, 1, 1, 1),
        ("beside", 1, 1.25, 1.25, 1.25), ("beside", 2, 1.5, 1.5, 1.5),
    ]  # fmt: skip
    assert [way.merge_ms for way in found] == [0, 5, 10, 5, 10]
    assert {way.rounds for way in found} == {7}


def test_every_round_has_a_seed_of_its_own_and_the_first_warms_up():
    painter = ClockedPainter(0.0)
    (base,) = timed({"merged": painter}, [()], BASE, rounds=3)
    assert [seed for _, seed in painter.asked] == [1, 2, 3, 4]
    assert base.denoise_ms == pytest.approx(300)

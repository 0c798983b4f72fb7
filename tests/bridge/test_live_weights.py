"""Lengths and angles of the stack follow it by themselves once its adapters are measured."""

from collections.abc import Iterator

import pytest

from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.core.pane_edits import activated
from loraviewer.core.reports import AdapterReport, AdapterSummary
from loraviewer.core.weight_measurements import LiveAnswer, LiveWanted
from tests.bridge.weights import Lab
from tests.fake_weights import FakeWeights
from tests.fakes import PATIENCE_S

BROKEN = Failure(FailureKind.REQUEST, "It cannot be read.")


@pytest.fixture
def lab(qapp) -> Iterator[Lab]:
    lab = Lab()
    yield lab
    lab.close()


@pytest.fixture
def two(lab: Lab) -> Lab:
    lab.measured("manga", "birds")
    return lab


def names(wanted: object) -> set[str]:
    assert isinstance(wanted, LiveWanted)
    return {adapter.name for adapter in wanted.adapters}


def shares(lab: Lab) -> dict[str, float | None]:
    return {i: told.share for i in lab.live.rows if (told := lab.live.row(i)) is not None}


def test_nothing_is_measured_before_it_is_matched(lab: Lab) -> None:
    lab.add("manga")
    assert lab.asked == []
    assert (dict(lab.live.rows), lab.live.energies is not None) == ({}, False)
    lab.match("manga")
    assert [names(wanted) for wanted in lab.asked] == [{"manga"}]
    assert list(lab.live.rows) == ["manga"]
    assert not lab.live.is_known
    assert lab.live.row("manga") is None


def test_an_answer_is_told_once_and_reckoned_at_once(lab: Lab) -> None:
    lab.add("manga", 0.5)
    lab.match("manga")
    heard: list[bool] = []
    lab.live.changed.connect(lambda: heard.append(lab.live.is_known))
    lab.answer()
    assert heard == [True]
    told = lab.live.row("manga")
    assert told is not None
    assert (told.norm, told.share) == (1.0, 1.0)  # half of 1 in each of four weights


def test_a_tick_asks_nothing_and_is_reckoned_once(two: Lab) -> None:
    before = len(two.asked)
    live = two.live.live
    assert isinstance(live, FakeWeights)
    ticks = live.ticks
    two.stack.begin_drag()
    two.stack.set_scale("manga", 0.25)
    assert two.live.energies is two.live.energies
    assert shares(two)["manga"] == pytest.approx((0.0625 + 0.125) / (0.0625 + 1 + 0.25))
    two.stack.end_drag()
    assert live.ticks == ticks + 1
    assert len(two.asked) == before


def test_a_new_row_is_asked_for_with_those_that_are_known(two: Lab) -> None:
    two.add("neon")
    two.match("neon")
    assert names(two.asked[-1]) == {"manga", "birds", "neon"}
    assert two.live.energies is None, "shares of some rows would be wrong"
    known = two.live.row("birds")
    assert known is not None
    assert (known.norm, known.share, known.leave_one_out) == (2.0, None, None)
    assert two.live.row("neon") is None
    two.answer()
    assert set(shares(two)) == {"manga", "birds", "neon"}


@pytest.mark.parametrize("how", ["switch", "solo", "strength", "remove", "undo", "all off"])
def test_rows_that_are_known_come_and_go_without_a_question(two: Lab, how: str) -> None:
    before = len(two.asked)
    if how == "switch":
        two.stack.set_enabled("birds", False)
    elif how == "solo":
        two.stack.set_solo("manga", True)
    elif how == "strength":
        two.stack.set_scale("birds", 0.0)
    elif how == "remove":
        two.stack.remove("birds")
    elif how == "undo":
        two.document.undo_stack.undo()
    else:
        two.stack.all_off()
    assert list(two.live.rows) == ([] if how == "all off" else ["manga"])
    assert shares(two) == ({} if how == "all off" else {"manga": pytest.approx(1.0)})
    assert two.live.row("birds") is None
    two.document.undo_stack.setIndex(2)
    assert set(shares(two)) == {"manga", "birds"}
    assert len(two.asked) == before


def test_a_known_row_that_is_off_is_asked_for_again_with_a_new_one(two: Lab) -> None:
    two.stack.set_enabled("birds", False)
    two.add("neon")
    two.match("neon")
    two.answer()
    before = len(two.asked)
    two.stack.set_enabled("birds", True)
    assert two.live.is_known
    assert len(two.asked) == before


def test_of_two_new_rows_one_question_is_left(lab: Lab) -> None:
    for name in ("manga", "birds"):
        lab.add(name)
        lab.match(name)
    assert names(lab.answer()) == {"manga", "birds"}
    assert lab.take() is None
    assert lab.live.is_known


def test_an_answer_that_came_too_late_is_asked_again(lab: Lab) -> None:
    lab.add("manga")
    lab.match("manga")
    lab.take()
    lab.add("birds")
    lab.match("birds")
    lab.engine.finish(LiveAnswer(FakeWeights(["sha-manga"], lab.adapters.base_identity)))
    assert not lab.live.is_known
    assert lab.live.live is not None
    assert names(lab.answer()) == {"manga", "birds"}
    assert lab.live.is_known


def test_another_base_forgets_all_lengths(two: Lab) -> None:
    two.use_base("other")
    assert two.live.live is None
    assert two.live.energies is None
    two.match("manga")
    two.match("birds")
    two.answer()
    assert two.live.live is not None
    assert two.live.live.base_identity == "identity of other"
    assert set(shares(two)) == {"manga", "birds"}


def test_an_answer_of_another_base_is_dropped(lab: Lab) -> None:
    lab.add("manga")
    lab.match("manga")
    lab.take()
    lab.use_base("other")
    lab.engine.finish(LiveAnswer(FakeWeights(["sha-manga"], "identity of demo")))
    assert lab.live.live is None
    lab.match("manga")
    lab.answer()
    assert lab.live.is_known


def test_a_failure_is_told_and_not_tried_again_at_each_tick(lab: Lab) -> None:
    lab.add("manga")
    lab.match("manga")
    lab.answer(BROKEN)
    assert lab.live.failure == BROKEN
    asked = len(lab.asked)
    lab.stack.set_scale("manga", 0.5)
    assert len(lab.asked) == asked
    assert lab.live.row("manga") is None
    lab.add("birds")
    lab.match("birds")
    lab.answer()
    assert lab.live.failure is None
    assert lab.live.is_known


def test_a_failure_is_forgotten_with_the_base(lab: Lab) -> None:
    lab.add("manga")
    lab.match("manga")
    lab.answer(BROKEN)
    lab.use_base("other")
    lab.match("manga")
    lab.answer()
    assert lab.live.failure is None
    assert lab.live.is_known


def test_misfits_have_no_weight(two: Lab) -> None:
    two.add("xl")
    nothing = AdapterReport(sha256="sha-xl", matched=(), unmatched=("a", "b"))
    two.adapters.learn_report("sha-xl", nothing)
    assert list(two.live.rows) == ["manga", "birds"]
    assert two.live.is_known


def test_what_fits_in_part_is_muted_until_somebody_insists(two: Lab) -> None:
    two.add("xl")
    summary = AdapterSummary(path="xl", name="xl", sha256="sha-xl", family="sdxl")
    two.adapters.learn_summary(summary)
    part = AdapterReport(sha256="sha-xl", matched=("a",), shape_mismatch=("b",))
    two.adapters.learn_report("sha-xl", part)
    assert "xl" not in two.live.rows
    two.stack.set_enabled("xl", False)
    two.stack.set_enabled("xl", True, two.adapters.base_identity)
    assert "xl" in two.live.rows
    assert "xl" in names(two.asked[-1])


def test_master_text_strength_and_blocks_count(two: Lab) -> None:
    two.stack.set_master(0.5)
    two.stack.set_text_scale("birds", 0.0)
    two.stack.set_block_scales("manga", {"M00": 0.0})
    energies = two.live.energies
    assert energies is not None
    manga, birds = energies.rows
    assert manga.blocks == (0.5, 0.5, 0.0, 0.5)
    assert birds.blocks == (0.0, 0.5, 0.5, 0.5)


def test_the_active_panes_rows_count(two: Lab) -> None:
    """The base pane holds none."""
    document = two.document.document
    two.document.install(activated(document, "base"))
    assert dict(two.live.rows) == {}
    two.document.install(activated(two.document.document, "current"))
    assert set(shares(two)) == {"manga", "birds"}


def test_through_the_engine_thread(studio, add, qtbot) -> None:
    """The controller has it measured by itself, and a fader moves it without another question."""
    row = add("manga")
    qtbot.waitUntil(lambda: studio.weights.live.is_known, timeout=int(PATIENCE_S * 1000))
    before = studio.weights.live.row(row).norm
    studio.stack.set_scale(row, 0.5)
    assert studio.weights.live.row(row).norm == pytest.approx(before / 2)

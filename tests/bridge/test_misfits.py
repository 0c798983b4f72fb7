"""Rows that do not fit the base: off and on again with the bases, unless the person decides."""

import pytest

from loraviewer.core.outcome import Failure
from loraviewer.core.reports import AdapterReport
from tests.bridge.conftest import is_settled
from tests.fakes import PATIENCE_S

MISSHAPEN = AdapterReport(sha256="sha-xl", matched=("a",), shape_mismatch=("b", "c"))


def until(qtbot, condition) -> None:
    qtbot.waitUntil(condition, timeout=int(PATIENCE_S * 1000))


@pytest.fixture
def open_base(studio, qtbot):
    """Loads a base and waits until all adapters are matched against it."""

    def open_base(path: str) -> None:
        studio.open_checkpoint(path)
        until(qtbot, lambda: studio.checkpoint().path == path)
        rows = studio.stack.stack.entries
        until(qtbot, lambda: all(studio.facts(e.sha256).report for e in rows))

    return open_base


@pytest.fixture
def stranger(studio, engine, add, qtbot) -> str:
    """The row of an SDXL adapter of which a part would land on the SD 1.5 base."""
    engine.reports["sha-xl"] = MISSHAPEN
    row = add("xl")
    until(qtbot, lambda: studio.facts("sha-xl").report == MISSHAPEN)
    return row


def is_on(studio, row: str) -> bool:
    return studio.stack.stack.entry(row).is_enabled


def test_a_stranger_whose_shapes_disagree_is_switched_off(studio, stranger, qtbot):
    assert not is_on(studio, stranger)
    until(qtbot, lambda: is_settled(studio, "current"))
    assert studio.pane("current").shown.request.adapters == ()
    assert studio.undo_stack.count() == 1, "adding it is the only step"


def test_it_is_applied_again_on_a_base_that_fits(studio, engine, stranger, open_base, qtbot):
    engine.reports.clear()
    open_base("/models/xl")
    assert is_on(studio, stranger)
    until(qtbot, lambda: studio.pane("current").shown.request.adapters != ())
    engine.reports["sha-xl"] = MISSHAPEN
    open_base("/models/old")
    assert not is_on(studio, stranger)


def test_it_stays_off_once_the_person_switched_it_off(studio, engine, stranger, open_base, qtbot):
    studio.stack.set_enabled(stranger, True)
    studio.stack.set_enabled(stranger, False)
    engine.reports.clear()
    open_base("/models/xl")
    assert not is_on(studio, stranger)


def test_all_off_counts_as_the_persons_hand(studio, engine, stranger, add, open_base):
    add("manga")
    studio.stack.all_off()
    engine.reports.clear()
    open_base("/models/xl")
    assert not is_on(studio, stranger)


def test_a_person_may_insist_on_what_lands(studio, stranger, qtbot):
    studio.stack.set_enabled(stranger, True)
    until(qtbot, lambda: studio.pane("current").shown.request.adapters != ())
    assert is_on(studio, stranger)


def test_undo_does_not_bring_a_misfit_back_on(studio, engine, add, open_base, qtbot):
    row = add("xl-style")
    studio.stack.set_scale(row, 0.5)
    engine.reports["sha-xl-style"] = MISSHAPEN
    open_base("/models/other")
    assert not is_on(studio, row)
    studio.undo_stack.undo()
    assert studio.stack.stack.entry(row).scale == 1.0
    assert not is_on(studio, row)


def test_a_family_by_hand_changes_the_judgement_at_once(studio, stranger):
    studio.set_family("sha-xl", "sd1")
    assert studio.facts("sha-xl").family == "sd1"
    assert is_on(studio, stranger)
    studio.set_family("sha-xl", "")
    assert studio.facts("sha-xl").family == "sdxl"
    assert not is_on(studio, stranger)
    assert studio.settings.family_overrides == {}


def test_where_nothing_lands_insisting_is_in_vain(studio, engine, add, qtbot):
    engine.misfits.add("sha-manga")
    row = add("manga")
    until(qtbot, lambda: isinstance(studio.facts("sha-manga").report, Failure))
    assert not is_on(studio, row)
    studio.stack.set_enabled(row, True)
    until(qtbot, lambda: not is_on(studio, row))


def test_a_failure_that_was_mended_is_on_when_switched_on(studio, engine, add, qtbot):
    engine.misfits.add("sha-manga")
    row = add("manga")
    until(qtbot, lambda: isinstance(studio.facts("sha-manga").report, Failure))
    engine.misfits.clear()
    studio.stack.set_enabled(row, True)
    until(qtbot, lambda: studio.pane("current").shown.request.adapters != ())
    assert is_on(studio, row)

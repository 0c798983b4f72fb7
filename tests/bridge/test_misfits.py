"""Rows that do not fit the base: muted as long as that is so, unless the person insists."""

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
        studio.base.open(path)
        until(qtbot, lambda: studio.base.info.source == path)
        rows = studio.stack.stack.entries
        until(qtbot, lambda: all(studio.adapters.facts(e.sha256).report for e in rows))

    return open_base


@pytest.fixture
def stranger(studio, engine, add, qtbot) -> str:
    """The row of an SDXL adapter of which a part would land on the SD 1.5 base."""
    engine.reports["sha-xl"] = MISSHAPEN
    row = add("xl")
    until(qtbot, lambda: studio.adapters.facts("sha-xl").report == MISSHAPEN)
    return row


def is_on(studio, row: str) -> bool:
    return studio.stack.stack.entry(row).is_enabled


def is_muted(studio, row: str) -> bool:
    return row in studio.adapters.muted(studio.stack.stack)


def is_heard(studio) -> bool:
    return is_settled(studio, "current") and bool(shown(studio))


def shown(studio):
    return studio.panes.pane("current").shown.request.adapters


def insist(studio, row: str) -> None:
    studio.stack.set_enabled(row, False)
    studio.stack.set_enabled(row, True, studio.adapters.base_identity)


def test_a_stranger_whose_shapes_disagree_is_muted(studio, stranger, qtbot):
    assert is_muted(studio, stranger)
    assert is_on(studio, stranger), "the switch keeps what the person chose"
    until(qtbot, lambda: is_settled(studio, "current"))
    assert shown(studio) == ()
    assert studio.panes.pane("current").stack.applied() == ()
    assert studio.document.undo_stack.count() == 1, "adding it is the only step"


def test_it_is_heard_again_on_a_base_that_fits(studio, engine, stranger, open_base, qtbot):
    engine.reports.clear()
    open_base("/models/xl")
    assert not is_muted(studio, stranger)
    until(qtbot, lambda: is_heard(studio))
    engine.reports["sha-xl"] = MISSHAPEN
    open_base("/models/old")
    assert is_muted(studio, stranger)
    until(qtbot, lambda: is_settled(studio, "current") and not shown(studio))


@pytest.mark.parametrize("switch_off", ["by its switch", "all off"])
def test_it_stays_off_once_the_person_switched_it_off(
    studio, engine, stranger, open_base, switch_off
):
    if switch_off == "all off":
        studio.stack.all_off()
    else:
        studio.stack.set_enabled(stranger, False)
    engine.reports.clear()
    open_base("/models/xl")
    assert not is_on(studio, stranger)


def test_a_person_may_insist_on_what_lands(studio, stranger, qtbot):
    insist(studio, stranger)
    assert not is_muted(studio, stranger)
    until(qtbot, lambda: is_heard(studio))


def test_insisting_counts_for_one_base(studio, engine, stranger, open_base):
    insist(studio, stranger)
    open_base("/models/other")
    assert is_muted(studio, stranger)
    open_base("demo")
    assert not is_muted(studio, stranger), "on the base where the person insisted, it counts"


def test_undo_changes_no_judgement(studio, engine, add, open_base, qtbot):
    row = add("xl-style")
    studio.stack.set_scale(row, 0.5)
    engine.reports["sha-xl-style"] = MISSHAPEN
    open_base("/models/other")
    assert is_muted(studio, row)
    studio.document.undo_stack.undo()
    assert studio.stack.stack.entry(row).scale == 1.0
    assert is_muted(studio, row)


def test_a_muted_solo_silences_nobody(studio, stranger, add, qtbot):
    studio.stack.set_solo(stranger, True)
    add("manga")
    until(qtbot, lambda: is_heard(studio))
    assert [adapter.name for adapter in shown(studio)] == ["manga"]


def test_a_family_by_hand_changes_the_judgement_at_once(studio, stranger, qtbot):
    studio.adapters.set_family("sha-xl", "sd1")
    assert studio.adapters.facts("sha-xl").family == "sd1"
    assert not is_muted(studio, stranger)
    until(qtbot, lambda: is_heard(studio))
    studio.adapters.set_family("sha-xl", "")
    assert studio.adapters.facts("sha-xl").family == "sdxl"
    assert is_muted(studio, stranger)
    until(qtbot, lambda: is_settled(studio, "current") and not shown(studio))
    assert studio.settings.settings.family_overrides == {}


def test_where_nothing_lands_insisting_is_in_vain(studio, engine, add, qtbot):
    engine.misfits.add("sha-manga")
    row = add("manga")
    until(qtbot, lambda: isinstance(studio.adapters.facts("sha-manga").report, Failure))
    assert is_muted(studio, row)
    insist(studio, row)
    until(qtbot, lambda: engine.reported.count("sha-manga") == 2)
    assert is_muted(studio, row)


def test_a_failure_that_was_mended_is_heard_when_switched_on(studio, engine, add, qtbot):
    engine.misfits.add("sha-manga")
    row = add("manga")
    until(qtbot, lambda: isinstance(studio.adapters.facts("sha-manga").report, Failure))
    engine.misfits.clear()
    insist(studio, row)
    until(qtbot, lambda: is_heard(studio))


def test_ticks_do_not_ask_for_a_failed_adapter_again(studio, engine, add, qtbot):
    engine.misfits.add("sha-manga")
    add("manga")
    other = add("birds")
    until(qtbot, lambda: isinstance(studio.adapters.facts("sha-manga").report, Failure))
    until(qtbot, lambda: is_settled(studio, "current"))
    studio.stack.set_scale(other, 0.5)
    until(qtbot, lambda: is_settled(studio, "current"))
    assert engine.reported.count("sha-manga") == 1

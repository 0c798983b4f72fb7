"""Spectra and details of the stack: only while somebody looks, and never while a fader moves."""

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from loraviewer.bridge.rendering.jobs import Priority, VerifyJob
from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.core.weight_measurements import (
    ChangeDetails,
    DetailsWanted,
    SideEnergies,
    SpectraPart,
    SpectraWanted,
    WeightDetails,
)
from loraviewer.core.weight_spectra import Spectrum, WeightSpectra
from tests.bridge.weights import Lab
from tests.fake_weights import WEIGHTS

BROKEN = Failure(FailureKind.REQUEST, "It cannot be read.")
TOTAL = len(WEIGHTS)


@pytest.fixture
def lab(qapp, qtbot: QtBot) -> Iterator[Lab]:
    """Two rows at rest, whose lengths are known."""
    lab = Lab()
    lab.measured("manga", "birds")
    settle(lab, qtbot)
    yield lab
    lab.close()


def settle(lab: Lab, qtbot: QtBot) -> None:
    """The rows have come to rest."""
    if not lab.desk.rows.are_settled:
        qtbot.waitSignal(lab.desk.rows.settled).wait()


def of(weight: int, value: float = 1.0) -> WeightSpectra:
    return WeightSpectra(WEIGHTS[weight], (8, 8), (), Spectrum((value,), 1), 10.0)


def part(first: int, count: int, value: float = 1.0) -> SpectraPart:
    return SpectraPart(first, tuple(of(i, value) for i in range(first, first + count)), TOTAL)


def details(weight: int) -> WeightDetails:
    side = SideEnergies((1.0,) * 8, None)
    change = ChangeDetails(Spectrum((1.0,), 1), side, side)
    return WeightDetails(WEIGHTS[weight], (8, 8), (), change, (), (), (), (), (), None, "")


def test_nothing_is_measured_while_nobody_looks(lab: Lab) -> None:
    assert lab.spectra_asked() == []
    assert lab.desk.spectra.progress is None
    assert dict(lab.desk.spectra.spectra) == {}


def test_part_by_part_with_its_progress(lab: Lab) -> None:
    spectra = lab.desk.spectra
    seen: list[float | None] = []
    spectra.changed.connect(lambda: seen.append(spectra.progress))
    spectra.watch(True)
    lab.answer(part(0, 1))
    assert spectra.progress == 0.25
    lab.answer(part(1, 2))
    lab.answer(part(3, 1))
    assert spectra.progress is None
    assert lab.spectra_asked() == [0, 1, 3]
    assert set(spectra.spectra) == set(WEIGHTS)
    assert seen == [0.0, 0.25, 0.75, None]
    assert not spectra.is_outdated
    assert [row.name for row in spectra.rows] == ["manga", "birds"]


def test_parts_wait_behind_pictures(lab: Lab) -> None:
    lab.desk.spectra.watch(True)
    job = lab.engine.take()
    assert job is not None
    assert job.priority > Priority.OTHER_PANE


def test_a_part_makes_way_for_a_picture_and_is_asked_for_again(lab: Lab) -> None:
    lab.desk.spectra.watch(True)
    lab.answer(part(0, 1))
    lab.take()
    running = lab.engine.running
    assert running is not None
    lab.engine.submit(VerifyJob())
    assert running.token.is_cancelled
    lab.engine.finish()
    picture = lab.engine.take()
    assert picture is not None
    assert isinstance(picture.work, VerifyJob), "what was more urgent comes first"
    lab.engine.finish()
    assert lab.spectra_asked() == [0, 1, 1]
    lab.answer(part(1, 3))
    assert lab.desk.spectra.progress is None


def test_details_make_way_and_are_asked_for_again(lab: Lab) -> None:
    model = lab.desk.details
    model.watch(True)
    model.select(WEIGHTS[0])
    lab.take()
    running = lab.engine.running
    assert running is not None
    lab.engine.submit(VerifyJob())
    assert running.token.is_cancelled
    lab.engine.finish()
    assert model.is_measuring
    lab.answer(details(0))
    assert model.details == details(0)


def test_lengths_of_adapters_make_way_for_nothing(lab: Lab) -> None:
    lab.add("neon")
    lab.match("neon")
    lab.take()
    running = lab.engine.running
    assert running is not None
    lab.engine.submit(VerifyJob())
    assert not running.token.is_cancelled


def test_nothing_settles_after_the_end(lab: Lab) -> None:
    lab.stack.set_scale("manga", 0.5)
    lab.desk.close()
    assert not lab.desk.rows._timer.isActive()
    lab.stack.set_scale("manga", 0.6)
    assert not lab.desk.rows._timer.isActive()


def test_a_moved_fader_gives_up_what_runs(lab: Lab, qtbot: QtBot) -> None:
    spectra = lab.desk.spectra
    spectra.watch(True)
    lab.answer(part(0, 2))
    lab.take()
    running = lab.engine.running
    assert running is not None
    lab.stack.begin_drag()
    lab.stack.set_scale("manga", 0.5)
    assert running.token.is_cancelled
    assert spectra.progress is None
    assert spectra.is_outdated
    lab.engine.finish(part(2, 1))  # too late to be heard
    assert set(spectra.spectra) == set(WEIGHTS[:2]), "what was measured stays to be seen"
    asked = len(lab.spectra_asked())
    lab.stack.set_scale("manga", 0.6)
    assert len(lab.spectra_asked()) == asked
    assert not lab.desk.rows.are_settled
    lab.stack.end_drag()
    settle(lab, qtbot)
    assert lab.spectra_asked()[asked:] == [0]
    lab.answer(part(0, 4, 2.0))
    assert {one.stack and one.stack.largest for one in spectra.spectra.values()} == {2.0}


def test_a_held_fader_that_rests_is_not_at_rest(lab: Lab, qtbot: QtBot) -> None:
    lab.desk.spectra.watch(True)
    lab.answer(part(0, 4))
    asked = len(lab.spectra_asked())
    lab.stack.begin_drag()
    lab.stack.set_scale("manga", 0.5)
    timer = lab.desk.rows._timer
    qtbot.waitSignal(timer.timeout).wait()
    assert not lab.desk.rows.are_settled
    assert len(lab.spectra_asked()) == asked
    lab.stack.end_drag()
    settle(lab, qtbot)
    assert len(lab.spectra_asked()) == asked + 1


def test_what_was_measured_is_not_measured_again(lab: Lab, qtbot: QtBot) -> None:
    spectra = lab.desk.spectra
    spectra.watch(True)
    lab.answer(part(0, 4))
    spectra.watch(False)
    spectra.watch(True)
    lab.stack.set_scale("manga", 0.5)
    lab.document.undo_stack.undo()
    settle(lab, qtbot)
    assert lab.spectra_asked() == [0]
    assert not spectra.is_outdated


def test_looking_away_gives_up_and_looking_again_begins_anew(lab: Lab) -> None:
    spectra = lab.desk.spectra
    spectra.watch(True)
    lab.take()
    spectra.watch(False)
    lab.engine.finish()
    assert spectra.progress is None
    assert lab.take() is None
    spectra.watch(True)
    assert lab.spectra_asked() == [0, 0]


def test_stopped_by_hand_it_waits_for_other_rows(lab: Lab, qtbot: QtBot) -> None:
    spectra = lab.desk.spectra
    spectra.watch(True)
    lab.take()
    spectra.stop()
    lab.engine.finish()
    assert spectra.progress is None
    assert lab.take() is None
    lab.stack.set_scale("manga", 0.5)
    settle(lab, qtbot)
    assert lab.spectra_asked() == [0, 0]


def test_a_failure_is_told(lab: Lab, qtbot: QtBot) -> None:
    spectra = lab.desk.spectra
    spectra.watch(True)
    lab.answer(BROKEN)
    assert (spectra.failure, spectra.progress) == (BROKEN, None)
    lab.stack.set_scale("manga", 0.5)
    settle(lab, qtbot)
    assert spectra.failure is None


def test_without_rows_there_are_no_spectra(lab: Lab, qtbot: QtBot) -> None:
    spectra = lab.desk.spectra
    spectra.watch(True)
    lab.answer(part(0, 4))
    lab.stack.all_off()
    settle(lab, qtbot)
    assert dict(spectra.spectra) == {}
    assert lab.take() is None


def test_a_selected_weight_is_measured_while_somebody_looks(lab: Lab) -> None:
    model = lab.desk.details
    model.select(WEIGHTS[1])
    assert (model.selected, model.is_measuring) == (WEIGHTS[1], False)
    model.watch(True)
    assert model.is_measuring
    wanted = lab.answer(details(1))
    assert isinstance(wanted, DetailsWanted)
    assert (wanted.weight, wanted.with_intruders) == (WEIGHTS[1], False)
    assert model.details == details(1)
    assert not model.is_measuring


def test_another_selection_drops_the_answer_of_the_first(lab: Lab) -> None:
    model = lab.desk.details
    heard: list[object] = []
    model.selected_changed.connect(lambda: heard.append(model.selected))
    model.watch(True)
    model.select(WEIGHTS[1])
    model.select(WEIGHTS[1])
    lab.take()
    model.select(WEIGHTS[2])
    lab.engine.finish(details(1))
    assert model.details is None
    lab.answer(details(2))
    assert model.details == details(2)
    model.select(None)
    assert (model.selected, model.details) == (None, None)
    assert heard == [WEIGHTS[1], WEIGHTS[2], None]


def test_details_follow_the_rows_once_they_rest(lab: Lab, qtbot: QtBot) -> None:
    model = lab.desk.details
    model.watch(True)
    model.select(WEIGHTS[0])
    lab.answer(details(0))
    lab.stack.begin_drag()
    lab.stack.set_scale("manga", 0.5)
    assert model.details == details(0), "what was known stays to be seen"
    assert lab.take() is None
    lab.stack.end_drag()
    settle(lab, qtbot)
    wanted = lab.answer(details(0))
    assert isinstance(wanted, DetailsWanted)
    assert [row.scale for row in wanted.rows] == [0.5, 1.0]


def test_intruders_are_looked_for_on_request(lab: Lab) -> None:
    model = lab.desk.details
    model.watch(True)
    model.look_for_intruders()
    assert lab.take() is None, "no weight is selected"
    model.select(WEIGHTS[0])
    lab.answer(details(0))
    model.look_for_intruders()
    wanted = lab.answer(details(0))
    assert isinstance(wanted, DetailsWanted)
    assert wanted.with_intruders


def test_a_question_that_was_given_up_is_asked_again(lab: Lab, qtbot: QtBot) -> None:
    model = lab.desk.details
    model.watch(True)
    model.select(WEIGHTS[0])
    lab.take()
    model.watch(False)
    lab.engine.finish()
    assert not model.is_measuring
    model.watch(True)
    assert model.is_measuring
    lab.answer(details(0))
    assert model.details == details(0)


def test_spectra_of_a_fresh_session_begin_with_the_first_rest(lab: Lab, qtbot: QtBot) -> None:
    """Somebody looks before there is anything to see."""
    fresh = Lab()
    fresh.desk.spectra.watch(True)
    assert fresh.spectra_asked() == []
    fresh.measured("manga")
    settle(fresh, qtbot)
    assert fresh.spectra_asked() == [0]
    assert isinstance(fresh.asked[-1], SpectraWanted)
    fresh.close()

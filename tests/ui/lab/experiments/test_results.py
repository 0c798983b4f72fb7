"""Cells as they come, curves over them, and what pointing and choosing does."""

from collections.abc import Sequence

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from loraviewer.core.experiments.axes import Axis
from loraviewer.core.experiments.cells import Cell, groups
from loraviewer.core.experiments.description import Experiment, Kind
from loraviewer.core.experiments.numbers import WORDS, CountedShare, Mean, Row
from loraviewer.core.experiments.progress import Going
from loraviewer.core.experiments.verdicts import Verdict
from loraviewer.core.experiments.wordings import wordings
from loraviewer.ui.lab.experiments.cell_table import PICTURE_ROLE
from loraviewer.ui.lab.experiments.experiment_page import ExperimentPage
from loraviewer.ui.lab.experiments.result_panel import ResultPanel
from loraviewer.ui.lab.experiments.shown_experiment import ShownExperiment
from tests.ui.lab.experiments.fake_experiments import (
    BASE,
    FOLDER,
    FakeExperiments,
    adapters,
    verdict,
)

LEFT = Qt.MouseButton.LeftButton
Key = Qt.Key
RED, GREEN = (200, 10, 10), (10, 200, 10)


def asked(kind: Kind = "ladder", *names: str, **fields) -> Experiment:
    usual = {"prompts": ("a cat", "a dog"), "seeds": (1, 2), "measures": ("detail", "ssim")}
    if kind == "ladder":
        usual |= {"depths": (1, 2), "arms": ("real", "random")}
    own = adapters(*(names or ("manga", "birds")))
    return Experiment(kind=kind, base=BASE, adapters=own, **(usual | fields))


def cell_of(experiment: Experiment, cell_id: str) -> Cell:
    return next(c for group in groups(experiment) for c in group.cells if c.id == cell_id)


def mean(arm: str, depth: int, value: float, measure: str = "detail", **fields) -> Mean:
    usual = {
        "policy": "one" if arm in ("real", "random") else "",
        "adapters": "", "scales": "", "unit": "log2", "low": value - 0.1, "high": value + 0.1,
        "in_seed_spreads": 10 * value, "spreads_low": 10 * value - 1,
        "spreads_high": 10 * value + 1, "level": 0.95, "over": "prompts", "prompts": 2, "n": 4,
        "at": "",
    }  # fmt: skip
    return Mean(arm=arm, depth=depth, measure=measure, mean=value, **(usual | fields))


LADDER = (mean("base", 0, 0.0), mean("real", 1, -0.2), mean("real", 2, -0.6),
          mean("random", 1, 0.1), mean("random", 2, 0.3))  # fmt: skip


@pytest.fixture
def results(page: ExperimentPage) -> ResultPanel:
    return page.results


def colour_at(results: ResultPanel, row: int, column: int) -> tuple[int, int, int] | None:
    """Of the picture there, None while there is none."""
    image = results.table.index(row, column).data(PICTURE_ROLE)
    if image is None:
        return None
    colour = image.pixelColor(0, 0)
    return colour.red(), colour.green(), colour.blue()


def grabbed_at(results: ResultPanel, row: int, column: int) -> tuple[int, int, int]:
    """As it is drawn, in the middle of the cell."""
    QApplication.processEvents()  # what was hidden before is laid out
    view = results.view
    place = view.visualRect(results.table.index(row, column)).center()
    colour = view.viewport().grab().toImage().pixelColor(place)
    return colour.red(), colour.green(), colour.blue()


def move_to(widget, where: QPoint) -> None:
    spot, away = QPointF(where), QPointF(widget.mapToGlobal(where))
    no_button, no_key = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    event = QMouseEvent(QEvent.Type.MouseMove, spot, away, no_button, no_button, no_key)
    QApplication.sendEvent(widget, event)


# -- its place --------------------------------------------------------------------------------


def test_in_a_narrow_place_nothing_is_cut_at_its_side(results, experiments, window) -> None:
    experiments.say_started(asked("seeds", "manga", "birds"))
    window.resize(726, 320)
    QApplication.processEvents()
    assert window.width() == 726
    parts = (results.curves.own_unit, results.curves.frame, results.view)
    ends = [part.mapTo(window, part.rect().bottomRight()).x() for part in parts]
    assert max(ends) < window.width()
    last = results.view.visualRect(results.table.index(0, results.table.columnCount() - 1))
    assert last.right() <= results.view.viewport().width()
    window.resize(1060, 420)
    QApplication.processEvents()
    assert results.curves.y() == results.view.y(), "beside each other again"


# -- the grid ---------------------------------------------------------------------------------


def test_before_the_first_it_says_what_to_do(results: ResultPanel) -> None:
    assert not results.bar.isVisible()
    assert not results.view.isVisible()


def test_a_cell_appears_in_its_place_as_it_comes(results, experiments) -> None:
    one = asked()
    experiments.say_started(one)
    assert results.table.rowCount() == 2
    assert results.table.columnCount() == 3
    experiments.answer(cell_of(one, "random-one-o1-d002-p01-s1"), RED)
    assert colour_at(results, 1, 2) == RED
    assert grabbed_at(results, 1, 2) == RED
    others = [(row, column) for row in range(2) for column in range(3) if (row, column) != (1, 2)]
    assert all(colour_at(results, *place) is None for place in others)


def test_the_base_is_in_every_row(results, experiments) -> None:
    one = asked()
    experiments.say_started(one)
    experiments.answer(cell_of(one, "base-p01-s1"), GREEN)
    assert [colour_at(results, row, 0) for row in range(2)] == [GREEN, GREEN]


def test_a_prompt_and_a_seed_are_chosen(results, experiments) -> None:
    one = asked()
    experiments.say_started(one)
    experiments.answer(cell_of(one, "real-one-o1-d001-p01-s1"), RED)
    experiments.answer(cell_of(one, "real-one-o1-d001-p02-s2"), GREEN)
    assert colour_at(results, 0, 1) == RED
    results.bar.prompt.choose(1)
    results.bar.seed.choose(2)
    results.bar.seed.activated.emit(1)
    assert colour_at(results, 0, 1) == GREEN
    assert grabbed_at(results, 0, 1) == GREEN


def test_a_sweep_shows_all_seeds_and_asks_for_none(results, experiments) -> None:
    one = asked("sweep", "manga", axes=(Axis(points=(0.0, 1.0)),))
    experiments.say_started(one)
    assert not results.bar.seed.isVisible()
    experiments.answer(cell_of(one, "sweep-x002-p01-s2"), RED)
    assert colour_at(results, 1, 2) == RED
    assert colour_at(results, 0, 2) is None


def test_a_picture_that_is_lost_says_why(results, experiments, shown) -> None:
    one = asked()
    experiments.say_started(one)
    lost = cell_of(one, "real-one-o1-d001-p01-s1")
    experiments.cell_answered.emit(lost, None)
    place = results.view.visualRect(results.table.index(0, 1)).center()
    move_to(results.view.viewport(), place)
    assert results.tip.isVisible()
    assert "overflowed" in results.tip.words


def test_a_picture_is_seen_large_beside_the_pointer(results, experiments) -> None:
    one = asked()
    experiments.say_started(one)
    experiments.answer(cell_of(one, "real-one-o1-d002-p01-s1"), RED)
    move_to(results.view.viewport(), results.view.visualRect(results.table.index(0, 2)).center())
    assert results.tip.isVisible()
    assert set(results.tip.words.split("\n")[0].split(" + ")) == {"manga 1", "birds 1"}
    assert results.tip.words.endswith("a cat · seed 1")
    move_to(results.view.viewport(), QPoint(results.view.viewport().width() - 1, 1))
    results.view.leaveEvent(QEvent(QEvent.Type.Leave))
    assert not results.tip.isVisible()


def test_a_click_or_enter_chooses_a_cell(page, results, experiments, qtbot) -> None:
    one = asked()
    experiments.say_started(one)
    view = results.view
    with qtbot.waitSignal(page.cell_chosen) as chosen:
        QTest.mouseClick(
            view.viewport(), LEFT, pos=view.visualRect(view.model().index(1, 1)).center()
        )
    assert chosen.args[0].id == "random-one-o1-d001-p01-s1"
    view.setFocus()
    QTest.keyClick(view, Key.Key_Right)
    with qtbot.waitSignal(page.cell_chosen) as chosen:
        QTest.keyClick(view, Key.Key_Return)
    assert chosen.args[0].id == "random-one-o1-d002-p01-s1"


def test_of_two_thousand_cells_only_those_that_are_seen_are_read_and_drawn(
    results, experiments
) -> None:
    names = [f"adapter {number}" for number in range(40)]
    before = len(results.findChildren(QWidget))
    one = asked("ladder", *names, depths=tuple(range(1, 41)), orders=25, prompts=("a cat",))
    experiments.say_opened(one)
    assert results.table.rowCount() * results.table.columnCount() == 50 * 41
    results.view.viewport().grab()
    assert 0 < len(experiments.read) < 200
    assert len(results.findChildren(QWidget)) == before


def test_pictures_of_an_earlier_one_are_read_as_they_are_seen(results, experiments) -> None:
    one = asked()
    experiments.say_opened(one, LADDER)
    results.view.viewport().grab()
    folder, cell_id = experiments.read[0]
    assert str(folder) == "/experiments/old"
    experiments.read = [(folder, cell_id)]
    experiments.answer_read(GREEN, cell_of(one, cell_id))
    assert colour_at(results, 0, 0) == GREEN


def test_one_that_is_not_there_is_asked_for_once_and_is_not_called_lost(
    results, experiments, shown
) -> None:
    one = asked()
    experiments.say_opened(one, LADDER)
    cell = cell_of(one, "base-p01-s1")
    assert shown.pictures.find(cell) is None
    experiments.answer_read(cell=None)
    assert shown.pictures.find(cell) is None
    assert [cell_id for _, cell_id in experiments.read].count(cell.id) == 1
    assert not shown.pictures.is_lost(cell)


def test_more_pictures_than_are_kept_are_read_again(results, experiments, shown) -> None:
    names = [f"adapter {number}" for number in range(30)]
    one = asked("ladder", *names, depths=tuple(range(1, 31)), orders=25, prompts=("a cat",))
    experiments.say_started(one)
    every = [cell for group in groups(one) for cell in group.cells]
    for cell in every[:1300]:
        experiments.answer(cell)
    experiments.read.clear()
    assert shown.pictures.find(every[1299]) is not None
    assert shown.pictures.find(every[0]) is None
    assert shown.pictures.find(every[1400]) is None, "it is to come"
    assert experiments.read == [(FOLDER, every[0].id)]


# -- the curves -------------------------------------------------------------------------------


def finish(
    experiments: FakeExperiments,
    one: Experiment,
    means: Sequence[Mean] = LADDER,
    told: Sequence[Verdict] = (),
) -> None:
    experiments.say_started(one)
    experiments.say_finished(tuple(means), *told)


def spot(results: ResultPanel, curve: int, point: int) -> QPoint:
    results.curves.plot.grab()
    return results.curves.plot.place_of(curve, point).toPoint()


def test_curves_are_of_each_arm_with_how_sure_they_are(results, experiments) -> None:
    finish(experiments, asked())
    real, random = results.curves.plot.curves
    assert (real.x, real.y) == ((0.0, 1.0, 2.0), (0.0, -2.0, -6.0))
    assert (real.low, real.high) == ((-1.0, -3.0, -7.0), (1.0, -1.0, -5.0))
    assert random.y == (0.0, 1.0, 3.0)
    assert results.curves.frame.title == "Fine detail"


def test_places_close_together_share_a_name(results, experiments) -> None:
    one = asked(depths=(1, 2, 10, 150), arms=("random",))
    means = [mean("base", 0, 0.0, policy=""), *(mean("random", d, -0.1) for d in one.depths)]
    finish(experiments, one, means)
    drawn = results.curves.drawn
    assert drawn is not None
    assert drawn.curves[0].x == (0.0, 1.0, 2.0, 10.0, 150.0)
    assert drawn.x_names == ((0.0, "0"), (10.0, "10"), (150.0, "150"))


def test_their_own_unit_is_there_too(results, experiments) -> None:
    finish(experiments, asked())
    QTest.keyClick(results.curves.own_unit, Key.Key_Return)
    assert results.curves.plot.curves[0].y == (0.0, -0.2, -0.6)
    assert results.curves.plot.curves[0].low == pytest.approx((-0.1, -0.3, -0.7))


def test_another_measure_is_chosen_and_stays(results, experiments) -> None:
    means = (*LADDER, *(mean(m.arm, m.depth, 1.0, "ssim") for m in LADDER))
    finish(experiments, asked(), means)
    results.curves.measure.choose("ssim")
    results.curves.measure.activated.emit(1)
    assert results.curves.frame.title == "Likeness to the base"
    experiments.say_finished(means)
    assert results.curves.measure.value() == "ssim"


def test_a_click_on_a_point_chooses_its_cell(page, results, experiments, qtbot) -> None:
    finish(experiments, asked())
    with qtbot.waitSignal(page.cell_chosen) as chosen:
        QTest.mouseClick(results.curves.plot.viewport(), LEFT, pos=spot(results, 1, 2))
    assert chosen.args[0].id == "random-one-o1-d002-p01-s1"
    assert results.view.currentIndex() == results.table.index(1, 2)


def test_a_point_shows_its_picture_beside_the_pointer(results, experiments) -> None:
    one = asked()
    experiments.say_started(one)
    experiments.answer(cell_of(one, "real-one-o1-d001-p01-s1"), RED)
    experiments.say_finished(LADDER)
    move_to(results.curves.plot.viewport(), spot(results, 0, 1))
    assert results.tip.isVisible()
    first, second, third = results.tip.words.split("\n")
    assert first == "the adapters · depth 1"
    assert second == "−2.00 (−3.00 to −1.00) seed spreads · −0.200 log2"
    assert third == "of 4 pictures, 2 prompts"


def test_points_are_gone_through_by_keys(page, results, experiments, qtbot) -> None:
    finish(experiments, asked())
    plot = results.curves.plot
    plot.setFocus()
    for key in (Key.Key_Right, Key.Key_Right, Key.Key_Right, Key.Key_Down):
        QTest.keyClick(plot, key)
    with qtbot.waitSignal(page.cell_chosen) as chosen:
        QTest.keyClick(plot, Key.Key_Return)
    assert chosen.args[0].id == "random-one-o1-d002-p01-s1"


def test_means_so_far_are_drawn_while_it_runs(results, experiments, qtbot) -> None:
    one = asked()
    experiments.say_started(one)
    rows = [
        Row("x", arm, "one" if depth else "", 1, depth, f"a{seed}", "1", "a cat", seed, "detail",
            value, "log2", 10 * value, "")
        for arm, depth, value in (("base", 0, 0.0), ("real", 1, -0.2), ("real", 1, -0.4))
        for seed in (1, 2)
    ]  # fmt: skip
    experiments.rows_added.emit(tuple(rows))
    qtbot.waitUntil(lambda: bool(results.curves.plot.curves))
    (curve,) = results.curves.plot.curves
    assert curve.y == pytest.approx((0.0, -3.0))
    assert "so far" in results.curves.told


SAID = (
    verdict("Fine detail falls.", "detail", -6.0),
    verdict("Something of another measure.", "ssim", 1.0),
)


def one_number(experiments: FakeExperiments) -> None:
    row = Row("x", "real", "one", 1, 1, "a1", "1", "a cat", 1, "detail", 1.0, "log2", 1.0, "")
    experiments.rows_added.emit((row,))


def test_what_is_said_beside_means_so_far_follows_the_phase(results, experiments, qtbot) -> None:
    experiments.say_started(asked())
    one_number(experiments)
    qtbot.waitUntil(lambda: results.curves.told.startswith("Still running: means so far"))
    experiments.say_phase("paused", "The cluster at 10.0.0.5:6379 cannot be reached.")
    assert results.curves.told.startswith("Paused: means so far")
    experiments.say_phase("running")
    assert results.curves.told.startswith("Still running: means so far")
    experiments.say_phase("idle")
    assert results.curves.told.startswith("It ended early: means up to there")


def test_what_is_said_without_numbers_follows_the_phase(results, experiments) -> None:
    experiments.say_started(asked())
    assert results.curves.frame.sentence == "Curves come with the first numbers."
    experiments.say_phase("paused", "The cluster at 10.0.0.5:6379 cannot be reached.")
    assert results.curves.frame.sentence == "It was paused before the first numbers."
    experiments.say_phase("idle")
    assert results.curves.frame.sentence == "It ended before the first numbers."
    assert results.curves.told == ""


def test_a_measure_without_a_curve_may_still_get_one_until_the_end(results, experiments) -> None:
    curves = results.curves
    only_base = LADDER[:1]
    for phase, words in (("running", "this measure yet."), ("idle", "this measure.")):
        curves.show_means(asked(), only_base, phase=phase)
        assert curves.frame.sentence == f"There is no curve of {words}"


def test_one_of_earlier_that_was_not_finished_does_not_claim_to_run(results, experiments) -> None:
    rows = (Row("x", "real", "one", 1, 1, "a", "1", "a cat", 1, "detail", 1.0, "log2", 1.0, ""),)
    experiments.say_opened(asked(), (), rows)
    assert results.curves.told.startswith("It ended early: means up to there")


def test_what_the_numbers_say_stands_under_the_curve(results, experiments) -> None:
    finish(experiments, asked(), told=SAID)
    assert results.curves.told == "Fine detail falls."
    experiments.say_opened(asked(), LADDER, (), verdict("It rises.", "detail", 3.0))
    assert results.curves.told == "It rises."


def test_what_the_run_said_is_there_again_after_another_was_looked_at(
    results, experiments, shown: ShownExperiment
) -> None:
    experiments.say_started(asked())
    experiments.say_opened(asked("sweep", "manga", axes=(Axis(points=(1.0, 2.0)),)))
    experiments.say_finished(LADDER, *SAID)
    assert "Fine detail" not in results.curves.told
    shown.show_run()
    assert results.curves.told == "Fine detail falls."


def test_where_nothing_may_be_concluded_it_says_so(results, experiments) -> None:
    finish(experiments, asked())
    assert results.curves.told == "These numbers allow no conclusion."


def test_the_bend_of_a_sweep_is_marked(results, experiments) -> None:
    one = asked("sweep", "manga", axes=(Axis(points=(0.5, 1.0, 2.0)),))
    at = [("0.5", -0.1), ("1", -0.2), ("2", -0.9)]
    means = tuple(
        mean("real", 1, value, at=text, policy="", adapters="manga", scales=text)
        for text, value in at
    )
    bend = verdict("It bends.", "detail", 1.2, "all strengths, multiplied by")
    finish(experiments, one, means, (bend,))
    assert results.curves.plot.curves[0].x == (0.5, 1.0, 2.0)
    assert results.curves.plot.marked_x == 1.2


def test_while_it_is_measured_first_its_title_says_so(results, experiments) -> None:
    one = asked("outputs", energies=(0.1,))
    experiments.say_started(one)
    experiments.progressed.emit(Going(1, 7, None, "calibrating"))
    assert "measuring what moves one step by as much" in results.bar.title.toolTip()
    experiments.progressed.emit(Going(0, 14, None))
    assert "running" in results.bar.title.toolTip()


# -- which experiment is shown ----------------------------------------------------------------


def test_what_runs_is_followed_until_another_is_opened(
    results, experiments, shown: ShownExperiment
) -> None:
    one, old = asked(), asked("ablation")
    experiments.say_started(one)
    assert results.bar.title.text().startswith("Ladder · running")
    experiments.say_opened(old, (mean("base", 0, 0.0),))
    assert results.bar.title.text().startswith("Ablation · finished")
    assert results.bar.run.isVisible()
    experiments.answer(cell_of(one, "base-p01-s1"), RED)
    assert colour_at(results, 0, 0) is None, "a picture of the other one is not shown"
    QTest.mouseClick(results.bar.run, LEFT)
    assert results.bar.title.text().startswith("Ladder · running")
    results.view.viewport().grab()
    assert (FOLDER, "base-p01-s1") in experiments.read
    assert shown.is_run


def test_a_run_that_begins_again_forgets_its_numbers(results, experiments, shown) -> None:
    one = asked()
    experiments.say_started(one)
    row = Row("x", "real", "one", 1, 1, "a", "1", "a cat", 1, "detail", 1.0, "log2", 1.0, "")
    experiments.rows_added.emit((row,))
    assert len(shown.means) == 1
    experiments.say_started(one)
    assert shown.means == ()


def test_what_was_asked_stands_beside_what_came(
    page: ExperimentPage, experiments: FakeExperiments
) -> None:
    """The words are counted before there is a picture, pictures and intervals at the end."""
    choices = page.results.curves.choices
    assert not choices.isVisible()
    template, seeds = "a {3::red|blue} cat", tuple(range(1, 41))
    drawn = wordings((template,), seeds)
    red = drawn[0].shares[0].drawn
    experiments.say_started(asked("seeds", prompts=(template,), seeds=seeds, wordings=drawn))
    assert choices.isVisible()
    assert choices.table.rows == (
        ("the words: 40 counted",),
        ("red", 0.75, red / 40, ""),
        ("blue", 0.25, (40 - red) / 40, ""),
    )
    told = (template, 1, "red", 0.75)
    counted = (
        CountedShare(*told, WORDS, "", 30, 40, 0.75, 0.6, 0.86),
        CountedShare(*told, "stack manga", "share-red", 4, 40, 0.1, 0.04, 0.23),
    )
    experiments.say_finished((mean("base", 0, 0.0),), counted=counted)
    assert choices.table.rows == (
        ("the words: 40 counted",),
        ("red", 0.75, 0.75, "60 to 86 ✓"),
        ("pictures of the stack (manga): 40 counted",),
        ("red", 0.75, 0.1, "4 to 23"),
    )
    QApplication.processEvents()
    assert choices.table.horizontalScrollBar().maximum() == 0
    experiments.say_started(asked())
    assert not choices.isVisible()

"""Asking, counting, running: what the page says and what it asks for."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from loraviewer.core.experiments.progress import Going
from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.core.sentences import say
from loraviewer.core.variants.wildcards import Wildcards
from loraviewer.ui.lab.experiments.experiment_page import ExperimentPage
from loraviewer.ui.lab.experiments.ready_prompts import DEMO_PROMPTS
from loraviewer.ui.widgets.elided_lines import ElidedLines
from tests.ui.focus import focused
from tests.ui.lab.experiments.conftest import FakePane
from tests.ui.lab.experiments.fake_experiments import FakeExperiments

LEFT = Qt.MouseButton.LeftButton
Key = Qt.Key


def plain(words: str) -> str:
    return words.replace("\u00a0", " ")


def type_into(field, text: str) -> None:
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)


def choose(page: ExperimentPage, kind: str) -> None:
    page.form.kind.choose(kind)
    page.form.kind.activated.emit(page.form.kind.currentIndex())


def count(page: ExperimentPage, qtbot) -> None:
    """The pause after the last key is over."""
    qtbot.waitUntil(lambda: not page._pause.isActive())


def test_the_form_begins_with_what_is_in_the_window(page: ExperimentPage) -> None:
    asked = page.asked
    assert asked is not None
    assert [adapter.name for adapter in asked.adapters] == ["manga", "birds", "night"]
    assert asked.prompts == ("a cat",)
    assert (asked.kind, asked.seeds, asked.orders, asked.arms) == ("ladder", (1, 2), 1, ("real",))
    assert "manga, birds, night" in page.form.adapters.text()


def test_the_cost_is_said_before_anything_starts(page, experiments) -> None:
    assert page.run.words.startswith("8 cells · counting…")
    experiments.say_counted(missing=7, seconds=80.0)
    assert (
        plain(page.run.words) == "8 cells · 7 pictures to make · about 1 min\nControls: seed floor."
    )
    assert page.run.start.isEnabled()
    assert experiments.begun == []


def test_with_random_twins_the_controls_say_so(page, experiments) -> None:
    QTest.mouseClick(page.form.claim, LEFT)
    experiments.say_counted(missing=1)
    assert page.run.words.endswith("Controls: seed floor, random twins.")
    assert page.form.prompts.prompts() == ("a cat", *DEMO_PROMPTS)[:8]
    assert page.form.prompts_note.text() == "8 prompts: enough for a claim."


def test_an_answer_about_an_earlier_question_counts_for_nothing(page, experiments, qtbot) -> None:
    old = experiments.plans[-1]
    type_into(page.form.seeds, "5")
    count(page, qtbot)
    assert page.run.words.startswith("20 cells")
    experiments.plans.append(old)
    experiments.say_counted(missing=0)
    assert page.run.words.startswith("20 cells · counting…")


def test_pictures_that_are_all_there_are_said(page, experiments) -> None:
    experiments.say_counted(missing=0)
    assert page.run.words.startswith("8 cells · all pictures are there")


@pytest.mark.parametrize(("seeds", "words"), [
    ("1", "at least two seeds"), ("", "at least two seeds"), ("x", "no list of whole numbers"),
])  # fmt: skip
def test_what_is_no_experiment_is_said_and_cannot_start(page, qtbot, seeds, words) -> None:
    page.form.seeds.setFocus()
    page.form.seeds.selectAll()
    QTest.keyClick(page.form.seeds, Key.Key_Delete)
    QTest.keyClicks(page.form.seeds, seeds)
    count(page, qtbot)
    assert words in page.run.words
    assert not page.run.start.isEnabled()
    assert page.asked is None
    type_into(page.form.seeds, "3")
    count(page, qtbot)
    assert page.run.start.isEnabled()


def test_without_adapters_it_says_so(page, experiments, pane) -> None:
    experiments.names = ()
    pane.changed.emit()
    assert page.run.words == "An experiment needs at least one adapter."
    assert page.form.adapters.text() == "Adapters: No row is on."
    pane.reason = "drafts"
    pane.changed.emit()
    assert "Rows for drafts only take no part here" in page.form.adapters.text()
    experiments.names = ("manga",)
    pane.changed.emit()
    assert page.run.start.isEnabled()


def test_what_the_studio_objects_to_is_said(page, experiments, pane) -> None:
    experiments.problem = "Open a base first."
    pane.changed.emit()
    assert page.run.words == "Open a base first."
    assert not page.run.start.isEnabled()


def test_start_starts_what_is_asked(page, experiments) -> None:
    type_into(page.form.seeds, "3")
    QTest.mouseClick(page.run.start, LEFT)
    (begun,) = experiments.begun
    assert begun.seeds == (1, 2, 3), "also what was typed a moment ago"


def test_buttons_follow_the_run(page, experiments) -> None:
    run = page.run
    buttons = {"start": run.start, "pause": run.pause, "go on": run.go_on, "stop": run.stop}

    def seen() -> set[str]:
        return {name for name, button in buttons.items() if button.isVisible()}

    assert seen() == {"start"}
    experiments.say_started(page.asked)
    assert seen() == {"pause", "stop"}
    QTest.mouseClick(run.pause, LEFT)
    experiments.say_phase("paused")
    assert seen() == {"go on", "stop"}
    QTest.mouseClick(run.go_on, LEFT)
    experiments.say_phase("running")
    QTest.mouseClick(run.stop, LEFT)
    experiments.say_phase("idle")
    assert seen() == {"start"}
    assert experiments.asked == ["pause", "go on", "stop"]


def test_how_far_it_is_is_said(page, experiments) -> None:
    experiments.say_started(page.asked)
    experiments.say_going(2, 8, 90.0)
    assert plain(page.run.progress) == "2 of 8 · 2 min left"
    experiments.say_phase("paused", going=Going(2, 8, 90.0))
    assert page.run.progress == "2 of 8 · paused"
    experiments.say_phase("paused", "The disk is full.")
    assert page.run.progress == "The disk is full."
    experiments.say_phase("finished", going=Going(8, 8, 0.0))
    assert page.run.progress == "Finished: 8 of 8"


def test_a_failure_is_said(page, experiments) -> None:
    experiments.failed.emit(Failure(FailureKind.FILE, "It cannot be written."))
    assert page.run.progress == "It cannot be written."


def test_a_failure_with_a_long_path_says_its_reason(page, experiments) -> None:
    path = "/home/somebody/.local/share/loraviewer/experiments/ladder-2/experiment.json"
    told = say("“{path}” cannot be read: {reason}.", path=path, reason="No such file")
    experiments.failed.emit(Failure(FailureKind.FILE, told))
    assert page.run.progress == "“…/ladder-2/experiment.json” cannot be read: No such file."
    (line,) = page.run.findChildren(ElidedLines)
    assert path in line.toolTip()


def test_what_go_on_continues_is_said_where_the_form_asks_for_another(
    page, experiments, qtbot
) -> None:
    experiments.say_started(page.asked)
    experiments.say_phase("paused", "It was paused.")
    assert page.run.progress == "It was paused."
    before = page.run.geometry()
    type_into(page.form.seeds, "1, 2, 3")
    count(page, qtbot)
    told = "Go on continues: Ladder of 8 cells, manga, birds, night"
    assert page.run.progress == f"It was paused. {told}"
    assert page.run.geometry() == before
    type_into(page.form.seeds, "1, 2")
    count(page, qtbot)
    assert page.run.progress == "It was paused."


def test_nothing_jumps_while_the_cost_changes(page, experiments, qtbot) -> None:
    before = page.run.geometry()
    experiments.say_counted(missing=100_000, seconds=1e6)
    type_into(page.form.seeds, "x")
    count(page, qtbot)
    QApplication.processEvents()
    assert page.run.geometry() == before


def test_fields_are_those_of_the_kind(page: ExperimentPage) -> None:
    form = page.form
    choose(page, "sweep")
    assert form.axis.isVisibleTo(form)
    assert not form.depths.isVisibleTo(form)
    assert not form.arms.isVisibleTo(form)
    form.axis.what.choose("block")
    form.axis.what.activated.emit(form.axis.what.currentIndex())
    assert form.axis.block.isVisibleTo(form)
    choose(page, "rules")
    assert form.rules.isVisibleTo(form)
    assert not form.axis.isVisibleTo(form)
    assert form.question.text() == "Which way of merging the same stack keeps most?"


def test_the_prompt_of_the_window_is_added_once(page, pane: FakePane) -> None:
    QTest.mouseClick(page.form.this_prompt, LEFT)
    QTest.mouseClick(page.form.this_prompt, LEFT)
    assert page.form.prompts.prompts() == ("a cat", "a dog")


def test_prompts_of_the_demo_are_offered_on_the_demo_only(page, pane) -> None:
    assert page.form.demo_prompts.isVisible()
    QTest.mouseClick(page.form.demo_prompts, LEFT)
    assert len(page.form.prompts.prompts()) == 9
    pane.shows_demo = False
    pane.changed.emit()
    assert not page.form.demo_prompts.isVisible()


def test_all_of_it_by_keyboard(page: ExperimentPage, experiments: FakeExperiments, window) -> None:
    """Tab goes through the form to Start; Enter starts, and the keyboard stays with the run."""
    window.activateWindow()
    page.form.kind.setFocus()
    seen = set()
    for _ in range(60):
        seen.add(focused())
        if focused() is page.run.start:
            break
        QTest.keyClick(focused(), Key.Key_Tab)
    wanted = {page.form.prompts, page.form.seeds, page.form.depths, page.form.quick,
              page.form.arms.box("random"), page.run.start}  # fmt: skip
    assert wanted <= seen
    QTest.keyClick(page.run.start, Key.Key_Return)
    assert len(experiments.begun) == 1
    experiments.say_started(experiments.begun[0])
    assert focused() is page.run.pause
    QTest.keyClick(focused(), Key.Key_Return)
    experiments.say_phase("paused")
    assert focused() is page.run.go_on


def test_enter_and_space_turn_a_check_box(page: ExperimentPage, experiments) -> None:
    box = page.form.arms.box("random")
    box.setFocus()
    QTest.keyClick(box, Key.Key_Return)
    assert box.isChecked()
    QTest.keyClick(box, Key.Key_Space)
    assert not box.isChecked()


def test_everything_has_a_name(page: ExperimentPage) -> None:
    reached = [
        widget
        for widget in page.findChildren(QWidget)
        if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    assert len(reached) > 10
    nameless = [w for w in reached if not w.accessibleName() and not getattr(w, "text", str)()]
    assert nameless == []


def test_a_ready_experiment_fills_the_form_and_does_not_start(page, experiments) -> None:
    ready = experiments.draft("ablation")
    page.fill(ready)
    assert page.form.kind.value() == "ablation"
    assert page.form.seeds.text() == "7-10"
    assert page.asked == ready
    assert experiments.begun == []


def test_nothing_is_counted_while_nobody_looks(page, experiments, pane, qtbot) -> None:
    page.watch(False)
    before = len(experiments.plans)
    pane.changed.emit()
    assert len(experiments.plans) == before
    page.watch(True)
    assert len(experiments.plans) == before + 1


def test_what_is_finished_is_counted_anew(page: ExperimentPage, experiments: FakeExperiments):
    assert page.asked is not None
    asked = page.asked
    experiments.say_started(asked)
    experiments.plans.clear()
    experiments.say_finished(())
    assert experiments.plans == [asked]
    experiments.say_counted(0)
    assert "all pictures are there" in page.run.words


def test_what_is_measured_before_pictures_is_counted_as_such(page, experiments) -> None:
    experiments.say_started(page.asked)
    experiments.progressed.emit(Going(2, 7, None, "calibrating"))
    assert page.run.progress == "2 of 7 measured"
    experiments.progressed.emit(Going(3, 14, None))
    assert page.run.progress == "3 of 14"


def test_of_a_crowd_only_some_are_named(page: ExperimentPage, experiments, pane) -> None:
    experiments.names = tuple(f"n{number}" for number in range(113))
    pane.changed.emit()
    assert page.form.adapters.text() == "Adapters: 113 of them, n0, n1, n2, n3 … n112"
    assert "n57" in page.form.adapters.toolTip()


def test_random_twins_go_deeper_than_there_are_adapters(page: ExperimentPage, experiments) -> None:
    page.form.depths.setText("1, 400")
    page.form.changed.emit()
    page.form.arms.tick(["real"])
    page._count()
    assert page.asked is None
    assert "takes 400 adapters, and 3 are given" in page.run.words
    for arm in ("random", "copies"):
        page.form.arms.tick(["real", arm])
        page._count()
        assert page.asked is not None
        assert page.asked.depths == (1, 400)


def test_a_seed_wall_takes_what_is_typed_and_its_wildcards(
    page: ExperimentPage, pane: FakePane, qtbot
) -> None:
    pane.template, pane.known = "a __beast__", Wildcards({"beast": ("dog", "cat")})
    page.form.prompts.show_prompts((pane.prompt,))
    choose(page, "seeds")
    assert page.form.prompts.prompts() == ("a __beast__",)
    count(page, qtbot)
    assert page.asked is not None
    assert {*page.asked.wordings[0].words} <= {"a dog", "a cat"}
    choose(page, "ladder")
    assert page.form.prompts.prompts() == ("a dog",), "what its seed made of it"


def test_a_wildcard_that_is_not_there_is_told_until_its_folder_is_chosen(
    page: ExperimentPage, pane: FakePane, qtbot
) -> None:
    page.form.prompts.show_prompts(("a __beast__",))
    choose(page, "seeds")
    count(page, qtbot)
    assert page.asked is None
    assert "“beast”: choose their folder in Edit ▸ Wildcards folder" in page.run.words
    pane.known = Wildcards({"beast": ("dog",)})
    pane.changed.emit()
    assert page.asked is not None
    assert page.asked.words("a __beast__", page.asked.seeds[0]) == "a dog"

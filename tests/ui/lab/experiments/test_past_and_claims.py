"""Experiments of earlier, and what is argued."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from loraviewer.core.experiments.claim_results import Finding, Findings
from loraviewer.core.experiments.claims import CLAIMS, Claim, claim
from loraviewer.core.experiments.past import PastExperiment
from loraviewer.ui.lab.experiments.claims_page import ClaimsPage
from loraviewer.ui.lab.experiments.experiment_page import ExperimentPage
from loraviewer.ui.lab.experiments.past_page import PastPage
from tests.ui.lab.experiments.conftest import FakePane
from tests.ui.lab.experiments.fake_experiments import FakeExperiments

LEFT = Qt.MouseButton.LeftButton
Key = Qt.Key
Put = Callable[[QWidget], QWidget]
NEW, OLD = Path("/experiments/new"), Path("/experiments/old")


@pytest.fixture
def past(put: Put, experiments: FakeExperiments) -> PastPage:
    """One that is unfinished, and one of earlier that is finished."""
    experiments.past = (
        PastExperiment(NEW, experiments.draft("sweep"), False, 2.0),
        PastExperiment(OLD, experiments.draft("ladder"), True, 1.0),
    )
    page = PastPage(experiments)
    put(page)
    page.watch(True)
    return page


def words(page: PastPage, row: int) -> list[str]:
    table = page.table
    return [table.index(row, column).data() for column in range(table.columnCount())]


def test_they_are_looked_up_when_somebody_looks(past, experiments) -> None:
    assert experiments.asked == ["look"]
    assert words(past, 0)[1:] == ["Sweep", "unfinished", "1 × 4", "manga, birds, night"]
    assert words(past, 1)[1:3] == ["Ladder", "finished"]


def test_an_unfinished_one_is_gone_on_with(past, experiments) -> None:
    assert past.go_on.isEnabled()
    QTest.mouseClick(past.go_on, LEFT)
    assert experiments.asked[-1] == f"go on {NEW}"
    past.view.setFocus()
    QTest.keyClick(past.view, Key.Key_Down)
    assert not past.go_on.isEnabled(), "it is finished"


def test_while_one_runs_none_is_gone_on_with(past, experiments) -> None:
    experiments.say_started(experiments.draft("ladder"))
    assert not past.go_on.isEnabled()
    experiments.say_phase("finished")
    assert past.go_on.isEnabled()


def test_enter_opens_one(past, experiments, qtbot) -> None:
    past.view.setFocus()
    QTest.keyClick(past.view, Key.Key_Down)
    with qtbot.waitSignal(past.open_wanted) as wanted:
        QTest.keyClick(past.view, Key.Key_Return)
    assert wanted.args[0].folder == OLD
    assert experiments.asked[-1] == f"open {OLD}"


def test_the_one_with_the_keyboard_stays_it(past, experiments) -> None:
    past.view.setCurrentIndex(past.table.index(1, 0))
    newest = PastExperiment(Path("/experiments/newest"), experiments.draft("rules"), False, 3.0)
    experiments.past = (newest, *experiments.past)
    experiments.known_changed.emit()
    assert past.current is not None
    assert past.current.folder == OLD


def test_without_any_it_says_what_comes_here(put: Put, experiments) -> None:
    page = PastPage(experiments)
    put(page)
    page.watch(True)
    assert not page.view.isVisible()
    assert not page.open.isEnabled()


# -- claims -----------------------------------------------------------------------------------

FOUND = Findings(
    made_by={},
    findings=(
        Finding(name="details", holds="in part", sentences=("Detail falls.", "So do twins."),
                overturned_by="More adapters.", pictures=96, prompts=8, seeds=2),
    ),
)  # fmt: skip


@pytest.fixture
def claims(put: Put, pane: FakePane) -> ClaimsPage:
    page = ClaimsPage(CLAIMS, FOUND, pane)
    put(page)
    page.watch(True)
    return page


def go_to(page: ClaimsPage, name: str) -> None:
    row = [one.name for one in CLAIMS].index(name)
    page.view.setCurrentIndex(page.list.index(row, 0))


def test_a_claim_says_what_was_measured_here(claims: ClaimsPage) -> None:
    assert [claims.list.index(row, 0).data() for row in range(claims.list.rowCount())] == [
        one.title for one in CLAIMS
    ]
    assert claims.verdict == (
        "It holds in part.\nDetail falls.\nSo do twins.\n96 pictures, 8 prompts, 2 seeds of each"
    )
    go_to(claims, "manga")
    assert "Nothing is written down" in claims.verdict


def test_try_it_tells_which_and_starts_nothing(claims: ClaimsPage, qtbot) -> None:
    go_to(claims, "manga")
    with qtbot.waitSignal(claims.try_wanted) as wanted:
        QTest.keyClick(claims.try_it, Key.Key_Return)
    assert wanted.args[0] == claim("manga")
    claims.view.setFocus()
    with qtbot.waitSignal(claims.try_wanted):
        QTest.keyClick(claims.view, Key.Key_Return)


def test_on_another_base_it_says_so(claims: ClaimsPage, pane: FakePane) -> None:
    pane.shows_demo = False
    pane.changed.emit()
    assert not claims.try_it.isEnabled()
    assert "choose the demo" in claims.note
    pane.shows_demo = True
    pane.changed.emit()
    assert claims.try_it.isEnabled()


@pytest.mark.parametrize("name", ["rows", "merged"])
def test_what_no_pictures_answer_is_for_the_command_line(claims: ClaimsPage, name: str) -> None:
    go_to(claims, name)
    assert not claims.try_it.isEnabled()
    assert f"loraviewer lab claims {name} -o FOLDER" in claims.note


@pytest.mark.parametrize("one", [one for one in CLAIMS if one.draft], ids=lambda one: one.name)
def test_every_other_one_can_be_tried(claims: ClaimsPage, one: Claim, qtbot) -> None:
    go_to(claims, one.name)
    with qtbot.waitSignal(claims.try_wanted) as wanted:
        QTest.keyClick(claims.try_it, Key.Key_Return)
    assert wanted.args[0] == one


@pytest.mark.parametrize("one", [one for one in CLAIMS if one.draft], ids=lambda one: one.name)
def test_the_form_asks_what_the_claim_asks(
    page: ExperimentPage, experiments: FakeExperiments, one: Claim
) -> None:
    """But for the adapters and the base, which are those of the pane."""
    assert one.draft is not None
    experiments.names = tuple(adapter.name for adapter in one.draft.adapters)
    page.fill(one.draft)
    asked = page.asked
    assert asked is not None, page.run.words
    for ticked in ("measures", "policies"):
        assert set(getattr(asked, ticked)) == set(getattr(one.draft, ticked))
    own = {name: getattr(one.draft, name) for name in ("base", "adapters", "measures", "policies")}
    assert msgspec.structs.replace(asked, **own) == one.draft


def test_every_claim_that_can_be_tried_is_an_experiment() -> None:
    """Its own description, as soon as its adapters are known."""
    for one in CLAIMS:
        assert one.draft is None or one.draft.problem() is None, one.name

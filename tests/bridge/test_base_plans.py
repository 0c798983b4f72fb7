"""Bases that are planned before they are loaded: what would not fit is asked about."""

import dataclasses

import pytest

from loraviewer.bridge.controller import StudioController
from loraviewer.core.outcome import FileError
from loraviewer.core.placement.asking import DoubtedBase, PlanWish
from loraviewer.core.placement.choosing import plan_for, with_options
from loraviewer.core.placement.plan import LoadPlan, Machine
from loraviewer.core.settings import Settings
from tests.bridge.conftest import both_shown, dispose
from tests.core.placement.bases import BASES, GB
from tests.fakes import PATIENCE_S

SMALL, LARGE, ODD, STREAMED = "/models/small", "/models/large", "/models/odd", "/models/streamed"
FITS = plan_for(BASES["sd1"], Machine(main=64 * GB))
TOO_LARGE = plan_for(BASES["flux"], Machine(main=8 * GB))


class Planner:
    """Says what it is told to, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[PlanWish] = []

    def __call__(self, wish: PlanWish) -> LoadPlan | None:
        self.asked.append(wish)
        if wish.source == ODD:
            raise FileError(f"“{ODD}” is damaged.")
        if wish.source == STREAMED:
            machine, base = Machine(card=24 * GB), BASES["flux"]
            return with_options(plan_for(base, machine, manner=wish.manner), base, machine)
        return {SMALL: FITS, LARGE: TOO_LARGE}.get(wish.source)

    def asked_of(self, source: str) -> list[PlanWish]:
        """That of the demo, which is loaded first, may come at any time."""
        return [wish for wish in self.asked if wish.source == source]


def until(qtbot, condition) -> None:
    qtbot.waitUntil(condition, timeout=int(PATIENCE_S * 1000))


@pytest.fixture
def planner() -> Planner:
    return Planner()


@pytest.fixture
def planning(engine_thread, services, planner, qtbot):
    """A studio that plans, with the demo loaded."""
    services = dataclasses.replace(services, plan_base=planner)
    controller = StudioController(engine_thread, services, Settings(components_folder="/parts"))
    controller.base.open("demo")
    until(qtbot, lambda: both_shown(controller))
    yield controller
    dispose(controller)


def is_loaded(studio, source: str) -> bool:
    info = studio.base.info
    return info is not None and info.source == source and not studio.base.is_loading


def test_a_base_that_fits_is_loaded_and_says_how(planning, planner, qtbot) -> None:
    planning.base.choose(SMALL)
    until(qtbot, lambda: is_loaded(planning, SMALL))
    assert planning.base.plan_sentence == FITS.sentence
    wish = planner.asked_of(SMALL)[-1]
    assert (wish.components, wish.device) == ("/parts", "cpu")


def test_its_sentence_is_told_while_it_is_loaded(planning, engine, qtbot) -> None:
    told = []
    planning.status.changed.connect(lambda status: told.append(status.activity))
    engine.hold()
    planning.base.choose(SMALL)
    until(qtbot, lambda: planning.base.is_loading)
    until(qtbot, lambda: any(FITS.sentence.rstrip(".") in words for words in told))
    engine.release(10_000)
    until(qtbot, lambda: is_loaded(planning, SMALL))


@pytest.mark.parametrize("source", [LARGE, STREAMED])
def test_one_that_would_not_fit_is_doubted_and_can_be_loaded_all_the_same(
    planning, engine, qtbot, source
) -> None:
    with qtbot.waitSignal(planning.base.doubted) as heard:
        planning.base.choose(source)
    doubted: DoubtedBase = heard.args[0]
    assert (doubted.source, doubted.name) == (source, source.rsplit("/", 1)[1])
    assert "fit" in doubted.sentence.lower()
    assert is_loaded(planning, "demo")
    assert source not in engine.loaded
    planning.base.open(doubted.source)
    until(qtbot, lambda: is_loaded(planning, source))


def test_what_cannot_be_read_is_left_to_the_engine(planning, engine, qtbot) -> None:
    planning.base.choose(ODD)
    until(qtbot, lambda: ODD in engine.loaded)
    assert planning.base.plan_sentence == ""


def test_of_two_choices_the_newer_one_counts(planning, engine, qtbot) -> None:
    planning.base.choose(LARGE)
    planning.base.choose(SMALL)
    until(qtbot, lambda: is_loaded(planning, SMALL))
    planning.base.choose(LARGE)
    planning.base.open("demo")
    until(qtbot, lambda: is_loaded(planning, "demo"))
    assert LARGE not in engine.loaded


def test_a_choice_of_packing_is_planned_and_loaded(planning, planner, engine, qtbot) -> None:
    planning.base.choose(SMALL)
    until(qtbot, lambda: is_loaded(planning, SMALL))
    planning.base.set_packing("packed")
    until(qtbot, lambda: is_loaded(planning, SMALL) and engine.packings[-1] == "packed")
    assert [wish.packing for wish in planner.asked_of(SMALL)[-2:]] == ["auto", "packed"]
    planning.base.choose("demo")
    until(qtbot, lambda: is_loaded(planning, "demo"))
    assert engine.packings[-1] == "auto", "it is remembered for the other base alone"
    planning.base.choose(SMALL)
    until(qtbot, lambda: is_loaded(planning, SMALL))
    assert engine.packings[-1] == "packed"
    loaded = len(engine.packings)
    planning.base.set_packing("packed")
    assert not planning.base.is_loading
    assert len(engine.packings) == loaded


def test_without_a_planner_everything_is_loaded_at_once(studio, qtbot) -> None:
    studio.base.choose(LARGE)
    assert studio.base.is_loading
    until(qtbot, lambda: is_loaded(studio, LARGE))
    assert studio.base.plan_sentence == ""


def test_a_manner_that_somebody_chose_is_remembered_for_the_base(planning, planner, engine, qtbot):
    base = planning.base
    with qtbot.waitSignal(base.doubted) as heard:
        base.choose(STREAMED)
    doubted: DoubtedBase = heard.args[0]
    assert [o.manner for o in doubted.options] == ["all_streamed", "streamed", "merged_streamed"]
    assert doubted.options[0].picture_s < doubted.options[1].picture_s
    assert doubted.options[0].tick_s == 0.0
    base.open_as(STREAMED, "all_streamed")
    until(qtbot, lambda: is_loaded(planning, STREAMED))
    assert (engine.loaded[-1], engine.manners[-1]) == (STREAMED, "all_streamed")
    until(qtbot, lambda: planner.asked[-1].manner == "all_streamed")
    until(qtbot, lambda: "text encoders brought" in base.plan_sentence)
    assert base.manner == "all_streamed"
    base.open("demo")
    until(qtbot, lambda: is_loaded(planning, "demo"))
    base.choose(STREAMED)  # nobody is asked again
    until(qtbot, lambda: is_loaded(planning, STREAMED))
    assert engine.manners[-1] == "all_streamed"
    base.open_as(STREAMED, "")
    until(qtbot, lambda: engine.manners[-1] == "")
    assert planning.settings.settings.base_manners == {}

"""A row for drafts only, from its file to the pictures of a drag."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from loraviewer.bridge.adapters.draft_offers import DraftOffer
from loraviewer.bridge.controller import StudioController
from loraviewer.bridge.document.row_edits import RowEdits
from loraviewer.bridge.rendering.jobs import RenderJob
from loraviewer.core.draft_ways import DraftWay
from loraviewer.core.outcome import AdapterError
from loraviewer.core.stack import AdapterStack, StackEntry
from tests.bridge.conftest import is_settled
from tests.bridge.machine import Machine
from tests.fakes import PATIENCE_S
from tests.shown import shown_by

LCM, DMD2 = "lcm-lora-sdv1-5", "dmd2_sd15_4step_lora"


def until(qtbot, condition) -> None:
    qtbot.waitUntil(condition, timeout=int(PATIENCE_S * 1000))


def shown(studio: StudioController):
    return shown_by(studio.panes.pane("current")).request


def settle(studio: StudioController, qtbot) -> None:
    until(qtbot, lambda: is_settled(studio, "current"))


def names(request) -> set[str]:
    return {adapter.name for adapter in request.adapters}


@pytest.fixture
def mark(studio) -> Callable[..., None]:
    edits = RowEdits(studio.stack)

    def mark(row: str, kind: str = "lcm") -> None:
        edits.set_for_drafts({row: DraftWay(kind)})

    return mark


@pytest.fixture
def quick(studio, add, mark, qtbot) -> str:
    """A row for drafts only beside another one, which is settled."""
    add("manga")
    row = add(LCM)
    until(qtbot, lambda: studio.adapters.facts(f"sha-{LCM}").report is not None)
    mark(row)
    settle(studio, qtbot)
    return row


def drag(studio: StudioController, scale: float, qtbot):
    """The draft of a fader that is still held."""
    studio.stack.begin_drag()
    studio.stack.set_scale(studio.stack.stack.entries[0].entry_id, scale)

    def is_there() -> bool:
        return shown(studio).is_draft and scale in [a.scale for a in shown(studio).adapters]

    until(qtbot, is_there)
    return shown(studio)


def test_drafts_are_made_with_it_and_settled_pictures_without(studio, engine, quick, qtbot):
    known = len(engine.rendered)
    draft = drag(studio, 0.95, qtbot)
    assert names(draft) == {"manga", LCM}
    assert (draft.sampling.steps, draft.sampling.sampler) == (4, "LCM")
    assert draft.sampling.guidance_scale == 1.0
    assert draft.resumed is None
    assert (draft.held, draft.draft_adapter) == ("sha-manga", f"sha-{LCM}")
    studio.stack.end_drag()
    settle(studio, qtbot)
    settled = shown(studio)
    assert names(settled) == {"manga"}
    assert (settled.sampling, settled.draft_adapter) == (studio.prompt.sampling, "")
    assert all(names(r) <= {"manga"} for r in engine.rendered[known:] if not r.is_draft)


def test_marking_it_starts_nothing_where_the_picture_was_made_without(studio, engine, quick, qtbot):
    count = len(engine.started)
    studio.document.undo_stack.undo()  # a row like any other again
    settle(studio, qtbot)
    assert names(shown(studio)) == {"manga", LCM}
    studio.document.undo_stack.redo()
    settle(studio, qtbot)
    assert names(shown(studio)) == {"manga"}
    started = len(engine.started)
    studio.stack.set_scale(quick, 0.5)
    studio.stack.set_enabled(quick, False)
    assert len(engine.started) == started > count
    pane = studio.panes.pane("current")
    assert not pane.is_outdated
    assert pane.shown_stack.entry(quick).scale == 0.5


def test_its_own_fader_shows_drafts_and_letting_go_brings_the_picture_back(
    studio, engine, quick, qtbot
):
    before = shown(studio)
    studio.stack.begin_drag()
    studio.stack.set_scale(quick, 0.4)
    until(qtbot, lambda: shown(studio).is_draft)
    draft = shown(studio)
    assert (draft.held, draft.draft_adapter) == (f"sha-{LCM}",) * 2
    assert {a.name: a.scale for a in draft.adapters} == {"manga": 1.0, LCM: 0.4}
    studio.stack.end_drag()
    settle(studio, qtbot)
    assert shown(studio) == before


def test_undoing_a_drag_goes_back_without_it(studio, quick, qtbot):
    before = shown(studio)
    drag(studio, 0.4, qtbot)
    studio.stack.end_drag()
    studio.document.undo_stack.undo()
    settle(studio, qtbot)
    assert shown(studio) == before


def test_where_it_does_not_fit_drafts_are_as_ever(studio, engine, add, mark, qtbot):
    engine.misfits.add(f"sha-{DMD2}")
    add("manga")
    row = add(DMD2)
    until(qtbot, lambda: row in studio.adapters.muted(studio.stack.stack))
    mark(row, "dmd2")
    second = add(LCM)
    mark(second)
    settle(studio, qtbot)
    assert drag(studio, 0.5, qtbot).draft_adapter == f"sha-{LCM}", "the next one counts"
    studio.stack.end_drag()
    studio.stack.remove(second)
    settle(studio, qtbot)
    draft = drag(studio, 0.2, qtbot)
    assert (draft.draft_adapter, names(draft)) == ("", {"manga"})
    studio.stack.end_drag()


def test_one_that_fails_is_muted_and_the_drag_goes_on_without(studio, engine, quick, qtbot):
    engine.raises = AdapterError("It holds numbers that are none.", subject=f"sha-{LCM}")
    draft = drag(studio, 0.3, qtbot)
    assert (draft.draft_adapter, names(draft)) == ("", {"manga"})
    assert quick in studio.adapters.muted(studio.stack.stack)
    studio.stack.end_drag()
    settle(studio, qtbot)
    assert studio.panes.pane("current").failure is None


def test_a_stored_picture_lists_the_rows_that_made_it(studio, quick, qtbot):
    with qtbot.waitSignal(studio.store.pictures.shown) as told:
        studio.stack.set_scale(studio.stack.stack.entries[0].entry_id, 0.6)
    stored, _ = told.args
    assert [row.name for row in stored.stack.entries] == ["manga"]
    settle(studio, qtbot)


def test_saving_a_draft_saves_what_made_it(studio, quick, saved, qtbot):
    draft = drag(studio, 0.5, qtbot)
    with qtbot.waitSignal(studio.notice):
        studio.saver.save(studio.panes.pane("current").shown, "/out/hasty.png")
    assert saved[Path("/out/hasty.png")].request == draft
    hasty = studio.panes.pane("current").shown
    studio.stack.end_drag()
    settle(studio, qtbot)
    studio.saver.save(hasty, "/out/settled.png")
    until(qtbot, lambda: Path("/out/settled.png") in saved)
    assert saved[Path("/out/settled.png")].request == shown(studio)


# With a clock and an engine that the test moves.


@pytest.fixture
def machine(qapp):
    machine = Machine()
    machine.studio.base.open("demo")
    machine.drain()
    for name, way in (("manga", None), ("birds", None), (LCM, DraftWay("lcm"))):
        row = StackEntry(entry_id=name, name=name, path=name, sha256=name, for_drafts=way)
        machine.studio.stack.add(row)
        machine.drain()
    yield machine
    machine.close()


def draft_one(machine: Machine, name: str, scale: float, merging_ms: float) -> None:
    """A drag whose draft is shown, let go."""
    machine.merging_ms = merging_ms
    machine.studio.stack.begin_drag()
    machine.studio.stack.set_scale(name, scale)
    assert machine.engine.take() is not None
    machine.finish()
    assert shown(machine.studio).draft_adapter == LCM
    machine.studio.stack.end_drag()


@pytest.mark.parametrize(("merging_ms", "pause_s"), [(5.0, 0.0), (200.0, 0.4), (3_000.0, 1.0)])
def test_settling_waits_as_long_as_it_might_be_in_vain(machine, merging_ms, pause_s):
    draft_one(machine, "manga", 0.5, merging_ms)
    if pause_s:
        machine.clock.advance(pause_s - 0.01)
        assert machine.engine.take() is None
        machine.clock.advance(0.02)
    assert machine.engine.take() is not None
    machine.finish()
    assert not shown(machine.studio).is_draft


def test_a_drag_that_follows_finds_the_weights_of_drafts(machine):
    """No picture was settled in between: what is merged is drafts alone."""
    draft_one(machine, "manga", 0.5, 400.0)
    machine.clock.advance(0.3)
    draft_one(machine, "birds", 0.2, 400.0)
    asked = [w.request for w in machine.engine.works if isinstance(w, RenderJob)][-2:]
    assert [request.draft_adapter for request in asked] == [LCM, LCM]
    machine.drain()
    assert names(shown(machine.studio)) == {"manga", "birds"}


def test_whoever_asks_for_the_picture_waits_no_longer(machine):
    draft_one(machine, "manga", 0.5, 400.0)
    machine.studio.render()
    assert machine.engine.take() is not None
    machine.finish()
    assert not shown(machine.studio).is_draft


@pytest.fixture
def offers(studio) -> list[DraftOffer]:
    heard: list[DraftOffer] = []
    studio.draft_offers.offered.connect(heard.append)
    return heard


def test_what_is_recognised_is_offered_once_and_taken_in_one_step(studio, add, offers):
    add("turbo car")
    row = add(LCM)
    (offer,) = offers
    assert (offer.entry_id, offer.title, offer.way) == (row, "LCM", DraftWay("lcm"))
    assert LCM in offer.evidence
    steps = studio.document.undo_stack.count()
    studio.draft_offers.accept(offer)
    assert studio.stack.stack.entry(row).for_drafts == DraftWay("lcm")
    assert studio.document.undo_stack.undoText() == f"Use {LCM} for drafts only"
    assert studio.document.undo_stack.count() == steps + 1


@pytest.mark.parametrize("ending", ["remove", "accept"])
def test_an_offer_goes_with_its_row(studio, add, offers, qtbot, ending):
    row = add(LCM)
    (offer,) = offers
    with qtbot.waitSignal(studio.draft_offers.withdrawn) as gone:
        if ending == "remove":
            studio.stack.remove(row)
        else:
            studio.draft_offers.accept(offer)
    assert gone.args == [row]
    studio.draft_offers.accept(offer)  # of a row that is gone nothing is left to do


def test_rows_of_a_session_are_not_offered(studio, offers, add):
    added = add("manga")
    row = studio.stack.stack.entry(added)
    named = replace_name(row, LCM)
    studio.stack.reset(AdapterStack(entries=(named,)))
    assert offers == []


def replace_name(row, name: str):
    return msgspec.structs.replace(row, name=name, sha256=f"sha-{name}")


def test_its_sampling_is_known_on_a_base(studio, add):
    add(LCM)
    add("manga")
    sampling = studio.prompt.sampling
    quick = studio.adapters.quick_sampling(f"sha-{LCM}", sampling)
    assert quick is not None
    assert (quick.sampler, quick.steps, quick.guidance_scale) == ("LCM", 4, 1.0)
    assert studio.adapters.quick_sampling("sha-manga", sampling) is None
    assert studio.adapters.quick_sampling(f"sha-{LCM}", quick) is None


def test_a_strength_that_its_kind_means_is_taken_along(studio, add):
    row = add("Hyper-FLUX.1-dev-8steps-lora")
    edits = RowEdits(studio.stack)
    way = studio.adapters.draft_way(studio.stack.stack.entry(row).sha256)
    edits.set_for_drafts({row: way}, "flux1")
    assert studio.stack.stack.entry(row).scale == 0.125
    edits.set_for_drafts({row: None}, "flux1")
    assert studio.stack.stack.entry(row).for_drafts is None


def test_the_way_is_a_step_of_its_own(studio, quick):
    edits = RowEdits(studio.stack)
    edits.set_draft_way([quick], DraftWay("tcd", 6))
    assert studio.document.undo_stack.undoText() == f"Drafts with {LCM} as with TCD, in 6 steps"
    edits.set_draft_way([quick], DraftWay("tcd"))
    assert studio.document.undo_stack.undoText() == f"Drafts with {LCM} as with TCD"
    studio.document.undo_stack.undo()
    assert studio.stack.stack.entry(quick).for_drafts == DraftWay("tcd", 6)

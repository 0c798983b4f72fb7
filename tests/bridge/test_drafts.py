"""Which drafts a drag asks for, and what is said of those that are saved."""

from pathlib import Path

from tests.bridge.conftest import both_shown, is_settled
from tests.fakes import PATIENCE_S
from tests.shown import shown_by


def until(qtbot, condition) -> None:
    qtbot.waitUntil(condition, timeout=int(PATIENCE_S * 1000))


def scales(request) -> list[float]:
    return [a.scale for a in request.adapters]


def test_drafts_of_one_drag_start_from_the_settled_picture_before_it(studio, add, qtbot):
    entry_id = add("manga")
    until(qtbot, lambda: is_settled(studio, "current"))
    before = studio.panes.pane("current").shown.request
    studio.stack.begin_drag()
    for scale in (0.95, 0.92):
        studio.stack.set_scale(entry_id, scale)
        until(qtbot, lambda s=scale: scales(studio.panes.pane("current").shown.request) == [s])
        draft = studio.panes.pane("current").shown.request
        assert draft.is_draft
        assert draft.origin() == before
    studio.stack.set_scale(entry_id, 1.0)
    until(qtbot, lambda: studio.panes.pane("current").shown.request == before)
    studio.stack.end_drag()


def test_a_drag_that_goes_far_is_drafted_from_the_start(studio, add, qtbot):
    entry_id = add("manga")
    until(qtbot, lambda: is_settled(studio, "current"))
    studio.stack.begin_drag()
    studio.stack.set_scale(entry_id, 0.2)
    until(qtbot, lambda: studio.panes.pane("current").shown.request.is_draft)
    draft = studio.panes.pane("current").shown.request
    assert draft.resumed is None
    assert draft.sampling.steps == 4
    studio.stack.end_drag()
    until(qtbot, lambda: is_settled(studio, "current"))


def test_a_draft_on_another_base_does_not_start_from_the_former_one(studio, add, engine, qtbot):
    entry_id = add("manga")
    until(qtbot, lambda: is_settled(studio, "current"))
    studio.base.open("/models/other")
    until(qtbot, lambda: studio.base.info.source == "/models/other")
    studio.stack.begin_drag()
    studio.stack.set_scale(entry_id, 0.5)
    studio.stack.end_drag()
    until(qtbot, lambda: both_shown(studio))
    for request in engine.started:
        assert request.resumed is None or request.origin() in engine.rendered


def test_saving_a_draft_says_that_it_is_one(studio, add, saved, qtbot):
    entry_id = add("manga")
    until(qtbot, lambda: is_settled(studio, "current"))
    studio.stack.begin_drag()
    studio.stack.set_scale(entry_id, 0.5)
    until(qtbot, lambda: studio.panes.pane("current").shown.request.is_draft)
    with qtbot.waitSignal(studio.notice) as notice:
        studio.saver.save(shown_by(studio.panes.pane("current")), "/out/hasty.png")
    assert "hasty.png is a draft" in notice.args[0].message
    assert saved[Path("/out/hasty.png")].request.is_draft
    studio.stack.end_drag()
    until(qtbot, lambda: is_settled(studio, "current"))
    with qtbot.assertNotEmitted(studio.notice):
        studio.saver.save(shown_by(studio.panes.pane("current")), "/out/settled.png")
        until(qtbot, lambda: Path("/out/settled.png") in saved)
    assert not saved[Path("/out/settled.png")].request.is_draft

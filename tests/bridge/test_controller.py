"""The studio without a window: what is rendered when, and what the panes then say."""

import weakref
from pathlib import Path

import pytest

from loraviewer.bridge.controller import StudioController
from loraviewer.bridge.services import Services
from loraviewer.core.compiling import CompileReport
from loraviewer.core.memory_plan import MemoryPlan
from loraviewer.core.outcome import AdapterError, Failure, MergeError
from loraviewer.core.reports import AdapterReport, WeightCheck
from tests.bridge.conftest import both_shown, dispose, is_settled
from tests.fakes import PATIENCE_S
from tests.shown import shown_by
from tests.still_engine import StillEngine


def until(qtbot, condition) -> None:
    qtbot.waitUntil(condition, timeout=int(PATIENCE_S * 1000))


def scales(request) -> list[float]:
    return [a.scale for a in request.adapters]


def test_loading_a_base_shows_both_panes_with_the_same_noise(studio, engine):
    base, current = (studio.panes.pane(p).shown.request for p in ("base", "current"))
    assert base.adapters == current.adapters == ()
    assert base.sampling.seed == current.sampling.seed
    assert (base.sampling.width, base.sampling.height) == (16, 16)
    assert base.checkpoint.identity == "identity of demo"


def test_an_added_adapter_is_matched_then_rendered_in_the_current_pane_only(
    studio, add, engine, qtbot
):
    add("manga")
    until(qtbot, lambda: studio.panes.pane("current").shown.request.adapters != ())
    assert isinstance(studio.adapters.facts("sha-manga").report, AdapterReport)
    assert sum(r.adapters == () for r in engine.rendered) == 2, "the base is not rendered again"
    assert studio.panes.pane("current").shown_stack == studio.stack.stack


def test_while_a_fader_is_held_drafts_appear_and_release_settles(studio, add, qtbot):
    entry_id = add("manga")
    until(qtbot, lambda: is_settled(studio, "current"))
    studio.stack.begin_drag()
    studio.stack.set_scale(entry_id, 0.5)
    until(qtbot, lambda: studio.panes.pane("current").shown.request.is_draft)
    draft = studio.panes.pane("current").shown.request
    assert (scales(draft), draft.steps_run) == ([0.5], 4)
    studio.stack.end_drag()
    until(qtbot, lambda: not studio.panes.pane("current").shown.request.is_draft)
    settled = studio.panes.pane("current").shown.request
    assert (scales(settled), settled.sampling.steps) == ([0.5], 10)


def test_a_steady_drag_is_not_starved(studio, add, engine, qtbot):
    entry_id = add("manga")
    until(qtbot, lambda: is_settled(studio, "current"))
    engine.generation_ms = 1.0
    studio.stack.begin_drag()
    before = len(engine.rendered)
    for tick in range(200):
        studio.stack.set_scale(entry_id, tick / 200)
        qtbot.wait(1)
    drafts = [r for r in engine.rendered[before:] if r.is_draft]
    assert len(drafts) >= 2, "pictures appear before the release"
    studio.stack.end_drag()
    until(qtbot, lambda: is_settled(studio, "current"))
    assert scales(studio.panes.pane("current").shown.request) == [199 / 200]


def test_all_off_shows_the_base_again(studio, add, qtbot):
    add("manga")
    until(qtbot, lambda: studio.panes.pane("current").shown.request.adapters != ())
    studio.stack.all_off()
    until(qtbot, lambda: studio.panes.pane("current").shown.request.adapters == ())
    assert studio.panes.pane("current").shown.picture == studio.panes.pane("base").shown.picture


def test_undo_brings_the_former_picture_back(studio, add, qtbot):
    entry_id = add("manga")
    until(qtbot, lambda: studio.panes.pane("current").shown.request.adapters != ())
    before = studio.panes.pane("current").shown.picture
    studio.stack.set_scale(entry_id, -2.0)
    until(qtbot, lambda: scales(studio.panes.pane("current").shown.request) == [-2.0])
    studio.document.undo_stack.undo()
    until(qtbot, lambda: scales(studio.panes.pane("current").shown.request) == [1.0])
    assert studio.panes.pane("current").shown.picture == before


def test_a_prompt_change_renders_both_panes(studio, qtbot):
    studio.prompt.change(prompt="a frog", seed=2**40)
    until(qtbot, lambda: both_shown(studio))
    for pane_id in ("base", "current"):
        sampling = studio.panes.pane(pane_id).shown.request.sampling
        assert (sampling.prompt, sampling.seed) == ("a frog", 2**40)


def test_without_live_nothing_renders_until_asked(studio, add, engine, qtbot):
    studio.set_live(False)
    count = len(engine.rendered)
    add("manga")
    until(qtbot, lambda: studio.adapters.facts("sha-manga").report is not None)
    assert studio.panes.pane("current").is_outdated
    assert len(engine.rendered) == count
    studio.render()
    until(qtbot, lambda: is_settled(studio, "current"))
    assert studio.panes.pane("current").shown.request.adapters != ()


def test_render_waits_for_a_report_even_without_live(controller, engine, qtbot):
    controller.set_live(False)
    rows = [("/a/manga.safetensors", 0.8, True), ("/a/neon.safetensors", 1, False)]
    controller.intake.start_with(rows)
    until(qtbot, lambda: len(controller.stack.stack.entries) == 2)
    controller.base.open("demo")
    until(qtbot, lambda: both_shown(controller))
    assert scales(controller.panes.pane("current").shown.request) == [0.8]
    assert not controller.document.undo_stack.canUndo()


def test_a_misfit_is_muted_with_its_sentence_and_the_rest_renders(studio, add, engine, qtbot):
    engine.misfits.add("sha-misfit")
    add("manga")
    row = add("misfit")
    until(qtbot, lambda: isinstance(studio.adapters.facts("sha-misfit").report, Failure))
    assert studio.stack.stack.entry(row).is_enabled, "the switch keeps what the person chose"
    until(qtbot, lambda: is_settled(studio, "current"))
    names = [a.name for a in studio.panes.pane("current").shown.request.adapters]
    assert names == ["manga"]
    assert studio.panes.pane("current").failure is None


def test_a_misfit_that_fits_the_next_base_is_heard_there(studio, add, engine, qtbot):
    engine.misfits.add("sha-manga")
    add("manga")
    until(qtbot, lambda: isinstance(studio.adapters.facts("sha-manga").report, Failure))
    engine.misfits.clear()
    studio.base.open("/models/sdxl")
    until(qtbot, lambda: isinstance(studio.adapters.facts("sha-manga").report, AdapterReport))
    until(qtbot, lambda: studio.panes.pane("current").shown.request.adapters != ())


def test_a_failed_render_keeps_the_last_picture_and_says_why(studio, engine, qtbot):
    picture = studio.panes.pane("current").shown.picture
    engine.raises = MergeError("manga: unet.conv_in holds NaN.")
    studio.prompt.change(seed=1)
    until(qtbot, lambda: studio.panes.pane("current").failure is not None)
    assert studio.panes.pane("current").shown.picture == picture
    assert studio.panes.pane("current").is_outdated
    assert "NaN" in studio.panes.pane("current").failure.message
    studio.render()
    until(qtbot, lambda: both_shown(studio))
    assert studio.panes.pane("current").failure is None


def test_what_fails_at_one_strength_is_said_of_the_picture_not_of_the_adapter(
    studio, add, engine, qtbot
):
    row = add("manga")
    until(qtbot, lambda: is_settled(studio, "current"))
    engine.raises = MergeError("manga: NaN in unet.conv_in.", subject="sha-manga")
    studio.stack.set_scale(row, 1e9)
    until(qtbot, lambda: studio.panes.pane("current").failure is not None)
    assert studio.panes.pane("current").is_outdated
    assert isinstance(studio.adapters.facts("sha-manga").report, AdapterReport)
    studio.stack.set_scale(row, 0.8)
    until(qtbot, lambda: is_settled(studio, "current"))
    assert scales(studio.panes.pane("current").shown.request) == [0.8]


def test_a_file_that_vanished_mutes_its_row_and_the_rest_renders(studio, add, engine, qtbot):
    add("manga")
    add("birds")
    until(qtbot, lambda: is_settled(studio, "current"))
    engine.raises = AdapterError("manga is no longer there.", subject="sha-manga")
    studio.prompt.change(seed=99)
    until(qtbot, lambda: isinstance(studio.adapters.facts("sha-manga").report, Failure))
    until(qtbot, lambda: is_settled(studio, "current"))
    names = [a.name for a in studio.panes.pane("current").shown.request.adapters]
    assert names == ["birds"]


def test_a_base_that_fails_to_load_leaves_the_one_that_was_there(studio, engine, qtbot):
    engine.broken.add("/models/broken")
    with qtbot.waitSignal(studio.base.failed) as failed:
        studio.base.open("/models/broken")
    assert "/models/broken" in failed.args[0].message
    assert studio.base.info.source == "demo"
    studio.prompt.change(seed=3)
    until(qtbot, lambda: both_shown(studio))


def test_a_load_can_be_stopped_and_the_base_that_was_there_stays(studio, engine, qtbot):
    drain(engine)
    engine.hold()
    studio.base.open("/models/large")
    assert engine.reached.acquire(timeout=PATIENCE_S)
    studio.stop()
    with qtbot.waitSignal(studio.base.failed) as failed:
        engine.release(10_000)
    assert "Scripted stays the base" in failed.args[0].message
    assert studio.base.info.source == "demo"


def test_a_newer_load_replaces_an_older_one_silently(studio, engine, qtbot):
    drain(engine)
    engine.hold()
    failures: list = []
    studio.base.failed.connect(failures.append)
    studio.base.open("/models/first")
    assert engine.reached.acquire(timeout=PATIENCE_S)
    studio.base.open("/models/second")
    engine.release(10_000)
    until(qtbot, lambda: studio.base.info.source == "/models/second")
    assert failures == []


def drain(engine) -> None:
    """Forget the steps reached so far."""
    while engine.reached.acquire(blocking=False):
        pass


def test_stop_keeps_pictures_and_frees_the_thread(studio, engine, qtbot):
    engine.hold()
    studio.prompt.change(seed=11)
    assert engine.reached.acquire(timeout=PATIENCE_S)
    studio.stop()
    assert not studio.panes.pane("base").is_busy
    assert studio.panes.pane("base").is_outdated
    assert studio.panes.pane("base").shown is not None
    engine.release(10_000)
    studio.render()
    until(qtbot, lambda: both_shown(studio))


def test_saving_hands_over_the_shown_picture(studio, saved, qtbot):
    studio.saver.save(shown_by(studio.panes.pane("base")), "/out/base.png")
    until(qtbot, lambda: Path("/out/base.png") in saved)
    assert saved[Path("/out/base.png")] == studio.panes.pane("base").shown
    with qtbot.waitSignal(studio.notice) as notice:
        studio.saver.save(shown_by(studio.panes.pane("base")), "/out/full.png")
    assert "no space left" in notice.args[0].message


def test_the_base_is_rendered_once_however_often_the_stack_changes(studio, add, engine, qtbot):
    entry_id = add("manga")
    until(qtbot, lambda: is_settled(studio, "current"))
    count, told = len(engine.started), []
    studio.panes.pane_changed.connect(told.append)
    for edit in range(1, 9):
        studio.stack.begin_drag()
        studio.stack.set_scale(entry_id, edit / 10)
        until(qtbot, lambda s=edit: scales(studio.panes.pane("current").shown.request) == [s / 10])
        studio.stack.end_drag()
        until(qtbot, lambda: is_settled(studio, "current"))
    assert len(engine.started) - count >= 8
    assert all(request.adapters for request in engine.started[count:])
    assert {state.pane_id for state in told} == {"current"}, "the base pane never stirs"


def test_verify_tells_what_differs(studio, engine, qtbot):
    engine.differing = ("unet.conv_in.weight",)
    studio.checks.verify()
    assert studio.checks.is_checking
    until(qtbot, lambda: not studio.checks.is_checking)
    assert studio.checks.result == WeightCheck(126, ("unet.conv_in.weight",))
    studio.prompt.change(seed=5)
    assert studio.checks.result is None, "other weights may be under way"


def test_a_check_that_fails_says_why(studio, engine, qtbot):
    engine.raises = MergeError("“base.safetensors” has changed; open it again.")
    said: list[Failure] = []
    studio.notice.connect(said.append)
    studio.checks.verify()
    until(qtbot, lambda: not studio.checks.is_checking)
    assert studio.checks.result is None
    assert [failure.message for failure in said] == [
        "“base.safetensors” has changed; open it again."
    ]


def test_how_base_weights_are_kept_is_told_before_the_picture(studio, engine, add, qtbot):
    plan = MemoryPlan(
        policy="lean", touched_bytes=8, kept_bytes=0, held_budget=0, sentence="Keeps none."
    )
    assert studio.status.status.memory is None
    engine.plan = plan
    engine.hold()
    add("manga")
    until(qtbot, lambda: studio.status.status.memory == plan)
    assert studio.panes.pane("current").is_busy
    engine.release(1_000)
    until(qtbot, lambda: is_settled(studio, "current"))
    assert studio.status.status.memory == plan
    engine.plan = None
    studio.base.open("another")
    until(qtbot, lambda: studio.status.status.memory is None)


def test_the_status_line_follows(studio):
    assert studio.status.status.merge_ms == 1.0
    assert studio.status.status.denoise_ms == 100.0
    assert studio.status.status.device == "cpu"
    assert studio.status.status.memory_bytes == 123_000_000


def test_closing_while_rendering_is_clean(engine_thread, engine, services, qtbot):
    controller = StudioController(engine_thread, services)
    controller.base.open("demo")
    until(qtbot, lambda: both_shown(controller))
    engine.hold()
    controller.prompt.change(seed=99)
    assert engine.reached.acquire(timeout=PATIENCE_S)
    engine.release(1)
    dispose(controller)
    assert engine.is_closed


@pytest.mark.parametrize("edit_count", [1, 30])
def test_slow_machines_wait_for_a_pause(studio, engine, qtbot, edit_count):
    engine.generation_ms = 4_000.0
    for seed in (1_000, 1_001, 1_002):
        studio.prompt.change(seed=seed)
        until(qtbot, lambda: both_shown(studio))
    count = len(engine.started)
    for seed in range(edit_count):
        studio.prompt.change(seed=seed)
    until(qtbot, lambda: both_shown(studio))
    assert len(engine.started) == count + 2


@pytest.mark.parametrize(("generation_ms", "expects_previews"), [(50.0, False), (5_000.0, True)])
def test_partial_pictures_show_where_one_has_to_wait(
    studio, engine, qtbot, generation_ms, expects_previews
):
    engine.generation_ms = generation_ms
    for seed in range(1_000, 1_008):
        studio.prompt.change(seed=seed)
        until(qtbot, lambda: both_shown(studio))
    previews: list = []
    studio.panes.pane_changed.connect(lambda state: previews.append(state.preview is not None))
    studio.prompt.change(seed=1)
    until(qtbot, lambda: both_shown(studio))
    assert any(previews) is expects_previews


def test_a_file_that_came_back_is_asked_for_again(studio, add, engine, qtbot):
    """What its row says would be untrue."""
    engine.misfits.add("sha-manga")
    row = add("manga")
    until(qtbot, lambda: isinstance(studio.adapters.facts("sha-manga").report, Failure))
    studio.look_again()
    until(qtbot, lambda: engine.reported.count("sha-manga") == 2)
    assert isinstance(studio.adapters.facts("sha-manga").report, Failure)
    engine.misfits.clear()

    def is_matched() -> bool:
        studio.look_again()
        return isinstance(studio.adapters.facts("sha-manga").report, AdapterReport)

    until(qtbot, is_matched)
    assert studio.stack.stack.entry(row) is not None


def test_a_closed_controller_is_not_left_to_the_cycle_collector(qapp, services: Services):
    """That runs on whichever thread allocates, and takes objects of Qt apart in any order."""
    controller = StudioController(StillEngine(), services)
    assert controller.close()
    seen = weakref.ref(controller)
    del controller
    assert seen() is None


def test_panes_ask_for_a_compiled_denoiser_where_the_setting_says_so(controller, engine, qtbot):
    controller.base.open("demo")
    until(qtbot, lambda: both_shown(controller))
    assert not any(request.is_compiled for request in engine.rendered)
    controller.settings.change(compiles="idle")
    controller.prompt.change(seed=11)
    until(qtbot, lambda: engine.rendered[-1].sampling.seed == 11 and both_shown(controller))
    assert engine.rendered[-1].is_compiled


def test_the_status_says_that_a_denoiser_is_being_compiled(controller, engine, qtbot):
    controller.base.open("demo")
    until(qtbot, lambda: both_shown(controller))
    controller.settings.change(compiles="idle")
    controller.compiling.on_ended(CompileReport(waiting=1, is_building=True))
    assert controller.status.status.activity == "idle, compiling meanwhile"
    controller.prompt.change(seed=11)
    assert controller.status.status.activity == "rendering"
    until(qtbot, lambda: both_shown(controller))
    controller.compiling.on_ended(CompileReport(ready=1))
    assert controller.status.status.activity == "idle"

"""What an experiment would take, what follows from the window, and what lies in folders."""

import msgspec
import pytest

from loraviewer.core.experiments.cells import cost, groups
from loraviewer.core.experiments.description import Kind
from loraviewer.core.experiments.progress import Plan
from loraviewer.core.outcome import FailureKind, Rendered
from tests.bridge.experiments.studios import Bench, Heard, PaintingEngine, files, reference, small


def counted(bench: Bench, studio, experiment) -> Plan:
    told: list[Plan] = []
    studio.experiments.planned.connect(told.append)
    studio.experiments.plan(experiment)
    bench.until(lambda: bool(told))
    studio.experiments.planned.disconnect(told.append)
    return told[-1]


_KINDS: tuple[Kind, ...] = (
    "ladder", "sweep", "ablation", "seeds", "outputs", "return", "rules",
)  # fmt: skip


# -- drafts -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", _KINDS)
def test_a_draft_can_be_started_as_it_is(bench, kind: Kind):
    studio = bench.open(PaintingEngine())
    draft = studio.experiments.draft(kind)
    assert draft.problem() is None
    assert studio.experiments.plan(draft).problem == ""
    assert draft.base.checkpoint.identity == "identity of demo"
    assert (draft.base.sampling.prompt, draft.base.sampling.seed) == ("", 0)


def test_a_draft_has_the_rows_in_their_order_and_leaves_out_what_is_not_heard(bench):
    engine = PaintingEngine()
    engine.misfits.add("sha-xlbeast")
    studio = bench.open(engine, rows=("zebra", "xlbeast", "ant", "off"))
    rows = {row.name: row.entry_id for row in studio.stack.stack.entries}
    studio.stack.set_enabled(rows["off"], False)
    studio.stack.set_scale(rows["ant"], 0.25)
    studio.prompt.change(prompt="a girl", seed=11)
    draft = studio.experiments.draft("ablation")
    assert [(a.name, a.scale) for a in draft.adapters] == [("zebra", 1.0), ("ant", 0.25)]
    assert draft.prompts == ("a girl",)
    assert draft.seeds == (11, 12, 13, 14)


def test_only_a_seed_wall_takes_what_the_prompt_leaves_to_the_seed(bench):
    studio = bench.open(PaintingEngine())
    studio.prompt.change(prompt="a {girl|frog}")
    assert studio.experiments.draft("seeds").prompts == ("a {girl|frog}",)
    assert studio.experiments.draft("ladder").prompts == (studio.prompt.sampling.prompt,)
    assert studio.experiments.draft("seeds").base.sampling.template == ""


def test_the_last_seeds_there_are(bench):
    studio = bench.open(PaintingEngine())
    studio.prompt.change(seed=2**63 - 1)
    assert studio.experiments.draft("ladder").problem() is None


# -- plans --------------------------------------------------------------------------------


def test_a_plan_says_at_once_what_needs_no_counting(bench):
    studio = bench.open(PaintingEngine())
    experiment = small(studio.experiments.draft("ladder"))
    price = cost(experiment)
    plan = studio.experiments.plan(experiment)
    assert (plan.cells, plan.stacks, plan.pictures) == (price.cells, price.stacks, None)
    counted_plan = counted(bench, studio, experiment)
    assert (counted_plan.cells, counted_plan.stacks) == (price.cells, price.stacks)
    assert (counted_plan.pictures, counted_plan.missing) == (price.pictures, price.pictures)


@pytest.mark.parametrize("kind", _KINDS)
def test_a_plan_counts_stacks_as_their_cost_does(bench, kind: Kind):
    studio = bench.open(PaintingEngine())
    experiment = small(studio.experiments.draft(kind))
    assert studio.experiments.plan(experiment).stacks == cost(experiment).stacks


def test_seconds_follow_from_the_learnt_pace(bench):
    """A picture of ten rounds takes 106 ms here; of two rounds a fifth of that."""
    studio = bench.open(PaintingEngine())
    experiment = small(studio.experiments.draft("sweep"))
    plan = counted(bench, studio, experiment)
    assert plan.missing is not None
    assert plan.seconds == pytest.approx(plan.missing * 0.2 * 0.106)


def test_stored_pictures_count_as_nothing_and_are_not_made_again(bench, tmp_path):
    engine = PaintingEngine()
    studio = bench.open(engine, stores=True)
    experiment = small(studio.experiments.draft("sweep"))
    studio.experiments.start(experiment)
    bench.until(lambda: studio.experiments.state.phase == "finished")
    bench.until(lambda: counted(bench, studio, experiment).missing == 0)
    assert counted(bench, studio, experiment).seconds == 0
    made = len(engine.started)
    studio.experiments.start(experiment)
    bench.until(lambda: studio.experiments.state.phase == "finished")
    assert len(engine.started) == made
    folder = studio.experiments.state.folder
    assert folder is not None
    assert folder.name.endswith("-2")
    found, wanted = files(folder), reference(experiment, tmp_path / "local", PaintingEngine())
    assert found["results.csv"] == wanted["results.csv"]


def test_a_plan_says_why_it_cannot_be_started(bench):
    studio = bench.open(PaintingEngine(), rows=())
    draft = studio.experiments.draft("ladder")
    assert studio.experiments.plan(draft).problem == "An experiment needs at least one adapter."
    heard = Heard(studio)
    studio.experiments.start(draft)
    assert heard.failures[0].kind is FailureKind.REQUEST
    assert studio.experiments.state.phase == "idle"


def test_what_is_of_another_machine_cannot_be_gone_on_with(bench):
    studio = bench.open(PaintingEngine())
    draft = small(studio.experiments.draft("sweep"))
    base = msgspec.structs.replace(draft.base, device="cuda", dtype="float16")
    plan = studio.experiments.plan(msgspec.structs.replace(draft, base=base))
    assert plan.problem == (
        "The experiment was begun on cuda in float16, and the studio works on cpu in float32 now."
    )


# -- afterwards ---------------------------------------------------------------------------


def test_past_experiments_are_listed_and_opened(bench):
    studio = bench.open(PaintingEngine())
    heard, opened = Heard(studio), []
    studio.experiments.opened.connect(opened.append)
    experiment = small(studio.experiments.draft("ladder"))
    studio.experiments.start(experiment)
    bench.until(lambda: bool(studio.experiments.known()))
    known = studio.experiments.known()[0]
    assert known.is_finished
    assert known.experiment == experiment
    studio.experiments.open_past(known.folder)
    bench.until(lambda: bool(opened))
    assert len(opened[0].rows) == len(heard.rows)
    for row, told in zip(opened[0].rows, heard.rows, strict=True):
        assert (row.cell, row.measure, row.seed) == (told.cell, told.measure, told.seed)
        assert row.value == pytest.approx(told.value, rel=1e-8)
    assert heard.means is not None
    assert [mean.measure for mean in opened[0].means] == [mean.measure for mean in heard.means]
    assert [one.sentence for one in opened[0].verdicts] == [one.sentence for one in heard.verdicts]


def test_a_picture_of_a_past_experiment_is_read(bench):
    studio = bench.open(PaintingEngine())
    heard, read = Heard(studio), []
    studio.experiments.picture_read.connect(lambda *told: read.append(told))
    experiment = small(studio.experiments.draft("ablation"))
    studio.experiments.start(experiment)
    bench.until(lambda: studio.experiments.state.phase == "finished")
    folder, cell = studio.experiments.state.folder, next(groups(experiment)).cells[1]
    for cell_id in (cell.id, "nobody", "../pictures/" + cell.id):
        studio.experiments.read_picture(folder, cell_id)
    bench.until(lambda: len(read) == 3)
    found, told = read[0][2], heard.pictures[heard.cells.index(cell)]
    assert isinstance(found, Rendered)
    assert isinstance(told, Rendered)
    assert found.picture == told.picture
    assert [one[2] for one in read[1:]] == [None, None]


def test_a_folder_without_an_experiment_is_a_failure(bench, tmp_path):
    studio = bench.open(PaintingEngine())
    heard = Heard(studio)
    studio.experiments.open_past(tmp_path / "nothing")
    bench.until(lambda: bool(heard.failures))
    assert "nothing" in heard.failures[0].message
    studio.experiments.go_on(tmp_path / "nothing")
    bench.until(lambda: len(heard.failures) == 2)
    assert studio.experiments.state.phase == "paused"

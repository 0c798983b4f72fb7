"""Seed walls, ways there and back, rules, pairs and grids, from a description to their folders."""

import csv
import io

import msgspec
import pytest
from PIL import Image

from loraviewer.core.experiments.axes import Axis
from loraviewer.core.experiments.cells import cost, groups
from loraviewer.core.outcome import AdapterError
from loraviewer.core.picture import Picture
from loraviewer.lab.experiments.measuring import Measuring
from loraviewer.lab.experiments.result_folder import ResultFolder
from loraviewer.lab.experiments.run import Going, run_experiment
from loraviewer.lab.images.registry import measures
from loraviewer.lab.runners.local import LocalRunner
from loraviewer.lab.runners.processes import ProcessRunner
from loraviewer.lab.runners.stored import StoredRunner
from loraviewer.pictures.store import PictureStore
from tests.core.experiments.asked import BASE, ablation, rules, seed_wall, sweep, way
from tests.lab.experiments.painters import NoisePainter

pytestmark = pytest.mark.sampled(2)

SAMPLING = msgspec.structs.replace(BASE.sampling, prompt="", seed=0, width=32, height=32)
SMALL = msgspec.structs.replace(BASE, sampling=SAMPLING)
FEW = {"base": SMALL, "measures": ("contrast", "difference")}
SHEET_CELL_PX = 384
GREY = {"a": 10, "b": 20, "c": 40}


def run(experiment, path, runner=None):
    known = measures()
    measurer = Measuring([known[name] for name in experiment.measures])
    runner = runner or LocalRunner(NoisePainter())
    return run_experiment(experiment, ResultFolder(path), runner, measurer)


def rows(path, name="results.csv"):
    return list(csv.DictReader(io.StringIO((path / name).read_text())))


def files(path):
    found = [file for file in path.rglob("*") if file.is_file()]
    return {str(file.relative_to(path)): file.read_bytes() for file in found}


class Remembering(NoisePainter):
    """A painter that is no pure function of what it is asked: each stack leaves a trace in the
    weights, and with `in_pictures` in all later pictures, too."""

    def __init__(self, in_pictures=True, fails_after=None):
        super().__init__(fails_after=fails_after)
        self.in_pictures = in_pictures
        self.stacks = set()

    def render_anew(self, request, token, on_progress):
        rendered = super().render_anew(request, token, on_progress)
        self.stacks |= {request.adapters} - {()}
        trace = len(self.stacks)
        picture = rendered.picture
        if self.in_pictures and trace:
            first = bytes([picture.rgb[0] ^ 1])
            picture = Picture(picture.width, picture.height, first + picture.rgb[1:])
        return msgspec.structs.replace(rendered, picture=picture, fingerprint=f"after {trace}")


def ends(path, measure):
    return [(r["arm"], r["value"]) for r in rows(path) if r["measure"] == measure]


def test_a_base_that_comes_back_is_told_so_picture_for_picture(tmp_path):
    experiment = way(orders=2, **FEW)
    run(experiment, tmp_path)
    for measure in ("bytes-equal", "weights-equal"):
        assert ends(tmp_path, measure) == [("after", "1")] * (2 * 2 * 3)
    means = [r for r in rows(tmp_path, "summary.csv") if r["measure"] == "bytes-equal"]
    assert [(r["mean"], r["n"], r["unit"]) for r in means] == [("1", "12", "of pictures")]
    assert 0.2 < float(means[0]["low"]) < 1 == float(means[0]["high"])


@pytest.mark.parametrize(("in_pictures", "same"), [(True, "0"), (False, "1")])
def test_what_a_stack_leaves_behind_is_caught(tmp_path, in_pictures, same):
    run(way(**FEW), tmp_path, LocalRunner(Remembering(in_pictures)))
    assert ends(tmp_path, "bytes-equal") == [("after", same)] * 6
    assert ends(tmp_path, "weights-equal") == [("after", "0")] * 6


def test_every_stop_is_measured_and_means_are_of_all_ways(tmp_path):
    run(way(orders=2, **FEW), tmp_path)
    means = [r for r in rows(tmp_path, "summary.csv") if r["measure"] == "difference"]
    assert [(r["arm"], r["depth"]) for r in means] == [
        ("base", "0"), ("before", "0"), ("on", "1"), ("on", "2"), ("on", "3"), ("off", "2"),
        ("off", "1"), ("after", "0"),
    ]  # fmt: skip
    at = {(r["arm"], r["depth"]): float(r["mean"]) for r in means}
    assert at["before", "0"] == at["after", "0"] == 0 < min(at["on", "1"], at["off", "1"])
    assert {r["n"] for r in means if r["arm"] != "base"} == {"12"}


def test_a_way_is_made_in_its_order_by_one_process(tmp_path):
    experiment = way(orders=3, **FEW)
    made = list[list[tuple[int, int]]]()

    class Listening(LocalRunner):
        def made(self, batches):
            batches = list(batches)
            for batch in batches:
                made.append([(shot.visit, len(shot.request.adapters)) for shot in batch])
            return super().made(batches)

    run(experiment, tmp_path, Listening(NoisePainter()))
    stops = [[0, 1, 2, 3, 2, 1, 0]] * 3
    base, ways = made[:2], made[2:]
    assert [visit for batch in base for visit, _ in batch] == [0] * 6
    for number, batch in enumerate(ways):
        visits = [visit for visit, _ in batch]
        assert visits == sorted(visits)
        first = 7 * number + 1
        assert set(visits) == set(range(first, first + 7))
        assert [depth for _, depth in batch[::6]] == stops[number]


def test_several_processes_make_the_same_ways(tmp_path):
    experiment = way(orders=2, **FEW)
    run(experiment, tmp_path / "one")
    run(experiment, tmp_path / "two", ProcessRunner(NoisePainter, 2))
    assert files(tmp_path / "one") == files(tmp_path / "two")


@pytest.mark.parametrize("made", [6, 7, 30, 47, 48, 60])
def test_a_way_that_was_interrupted_is_made_from_its_start(tmp_path, made):
    """6 of the base, then two ways of 42."""
    experiment = way(orders=2, **FEW)
    run(experiment, tmp_path / "at once")
    with pytest.raises(AdapterError):
        run(experiment, tmp_path / "stopped", LocalRunner(NoisePainter(fails_after=made)))
    painter = NoisePainter()
    outcome = run(experiment, tmp_path / "stopped", LocalRunner(painter))
    whole = max(0, (made - 6) // 42)
    assert outcome.made == len(painter.asked) == 6 + 2 * 42 - 6 - 42 * whole
    assert files(tmp_path / "stopped") == files(tmp_path / "at once")


def test_a_way_that_lost_one_picture_is_made_whole(tmp_path):
    run(way(**FEW), tmp_path)
    before = files(tmp_path)
    (tmp_path / "pictures" / "way-o1-v004-p01-s2.png").unlink()
    assert run(way(**FEW), tmp_path).made == 42
    assert files(tmp_path) == before
    assert run(way(**FEW), tmp_path).made == 0


def test_interactions_of_pairs_are_what_their_own_effects_leave(tmp_path):
    run(ablation(pairs=True, **FEW), tmp_path)
    table = rows(tmp_path)
    paired = [r for r in table if r["arm"] == "interaction" and r["depth"] == "2"]
    assert len(paired) == 3 * 2 * 3 * 2  # pairs, prompts, seeds, measures
    for row in paired:
        own = [
            r for r in table if all(r[name] == row[name] for name in ("prompt", "seed", "measure"))
        ]
        value = {(r["arm"], r["adapters"]): float(r["value"]) for r in own}
        one, other = row["adapters"].split(" + ")
        wanted = (
            value["pair", row["adapters"]]
            - value["alone", one]
            - value["alone", other]
            + value["base", ""]
        )
        assert float(row["value"]) == pytest.approx(wanted, abs=1e-6)
    whole = [r for r in table if r["arm"] == "interaction" and r["depth"] == "3"]
    assert len(whole) == 2 * 3 * 2
    ids = [(r["cell"], r["measure"]) for r in table]
    assert len(set(ids)) == len(ids)


class Adding(NoisePainter):
    """Pictures of one grey, to which each adapter adds its own: effects that add up."""

    def render(self, request, token, on_progress):
        rendered = super().render(request, token, on_progress)
        level = 50 + sum(GREY[adapter.name] for adapter in request.adapters)
        if {adapter.name for adapter in request.adapters} >= {"a", "b"}:
            level += 7
        grey = bytes([level]) * (32 * 32 * 3)
        return msgspec.structs.replace(rendered, picture=Picture(32, 32, grey))


def test_only_the_pair_that_does_something_together_is_named(tmp_path):
    experiment = ablation(pairs=True, base=SMALL, measures=("brightness",))
    run(experiment, tmp_path, LocalRunner(Adding()))
    found = {
        r["adapters"]: float(r["value"]) * 255 for r in rows(tmp_path) if r["arm"] == "interaction"
    }
    assert found == pytest.approx({"a + b + c": 7, "a + b": 7, "a + c": 0, "b + c": 0}, abs=1e-4)


def test_a_seed_wall_counts_different_pictures(tmp_path):
    class Collapsing(NoisePainter):
        """All seeds of a stack give the same picture."""

        def render(self, request, token, on_progress):
            seen = request.with_seed(1) if request.adapters else request
            return msgspec.structs.replace(
                super().render(seen, token, on_progress), request=request
            )

    experiment = seed_wall(base=SMALL, measures=("vendi", "pairwise"), negative="photo")
    run(experiment, tmp_path, LocalRunner(Collapsing()))
    vendi = {
        r["arm"]: float(r["mean"]) for r in rows(tmp_path, "summary.csv") if r["measure"] == "vendi"
    }
    assert vendi["stack"] == vendi["alone"] == pytest.approx(1)
    assert vendi["base"] == pytest.approx(3, abs=0.1)
    assert vendi["negative"] == pytest.approx(vendi["base"])
    wall = Image.open(tmp_path / "sheet.png")
    assert wall.width // SHEET_CELL_PX == 3  # a column for each seed
    assert wall.height > 6 * SHEET_CELL_PX  # base, stack, three alone, negative


@pytest.mark.parametrize(
    ("experiment", "columns", "lines"),
    [
        (way(**FEW), 4, 2),
        (rules(**FEW), 4, 1),
        (ablation(pairs=True, **FEW), 4, 3),
        (sweep(axes=(Axis(points=(0.0, 1.0)), Axis(what="guidance", points=(1.0, 2.0, 3.0))),
               **FEW), 3, 2),
        (sweep(axes=(Axis(what="block", block="M00", points=(0.0, 1.0)),), **FEW), 3, 1),
    ],
)  # fmt: skip
def test_sheets(experiment, columns, lines, tmp_path):
    run(experiment, tmp_path)
    sheet = Image.open(tmp_path / "sheet.png")
    assert sheet.width // SHEET_CELL_PX == columns
    assert sheet.height // (SHEET_CELL_PX + 60) == lines
    shown = {cell.id for group in groups(experiment) for cell in group.cells}
    assert len(shown) == cost(experiment).cells


def test_what_lies_in_the_store_is_neither_made_nor_waited_for(tmp_path):
    experiment = ablation(**FEW)
    store = PictureStore(tmp_path / "store", 1 << 30)
    painter, told = NoisePainter(), list[Going]()
    known = measures()

    def go_on(seconds, folder, some):
        runner = StoredRunner(LocalRunner(painter), store)
        measurer = Measuring([known[name] for name in some.measures])
        place, clock = ResultFolder(tmp_path / folder), iter(seconds)
        return run_experiment(some, place, runner, measurer, told.append, lambda: next(clock))

    few = msgspec.structs.replace(experiment, adapters=experiment.adapters[:1])
    assert go_on(range(100), "few", few).made == len(painter.asked) == 12
    told.clear()
    assert go_on(range(100), "all", experiment).made == len(painter.asked) - 12 == 36
    assert [one.left_s for one in told[:13]] == [None] * 13
    assert told[13:15] == [Going(13, 48, 35.0), Going(14, 48, 34.0)]
    assert go_on(range(100), "again", experiment).made == 0
    assert files(tmp_path / "all") == files(tmp_path / "again")


def test_a_grid_is_summed_up_by_its_places(tmp_path):
    axes = (Axis(points=(0.0, 1.0)), Axis(what="guidance", points=(1.0, 2.0)))
    run(sweep(axes=axes, **FEW), tmp_path)
    means = [r for r in rows(tmp_path, "summary.csv") if r["measure"] == "contrast"]
    assert [r["at"] for r in means] == ["", "0 1", "0 2", "1 1", "1 2"]

"""An experiment's folder: what is in it, and that interruptions leave no trace in it."""

import csv
import io
import math
from pathlib import Path

import msgspec
import pytest
from PIL import Image

from loraviewer.core.atomic import new_file
from loraviewer.core.experiments.cells import cost, groups
from loraviewer.core.experiments.progress import Going
from loraviewer.core.outcome import AdapterError, FileError, NotFinite
from loraviewer.lab.experiments import result_folder
from loraviewer.lab.experiments.measuring import Measuring
from loraviewer.lab.experiments.result_folder import ResultFolder
from loraviewer.lab.experiments.run import run_experiment
from loraviewer.lab.images.registry import measures
from loraviewer.lab.runners.local import LocalRunner
from tests.core.experiments.asked import BASE, ablation, adapter, ladder, sweep
from tests.lab.experiments.painters import NoisePainter, painted

HEADER = (
    "cell,arm,policy,order,depth,adapters,scales,prompt,seed,measure,value,unit,in_seed_spreads,at"
)
SMALL = msgspec.structs.replace(
    BASE, sampling=msgspec.structs.replace(BASE.sampling, prompt="", seed=0, width=32, height=32)
)
WHOLE = ladder(
    base=SMALL,
    depths=(1, 3),
    orders=2,
    arms=("real", "copies"),
    policies=("one", "mean"),
    measures=("difference", "contrast", "vendi"),
)


def run(experiment, path: Path, painter=None, on_progress=lambda going: None, clock=lambda: 0.0):
    known = measures()
    chosen = [known[name] for name in experiment.measures]
    runner = LocalRunner(painter or NoisePainter())
    measurer = Measuring(chosen)
    return run_experiment(experiment, ResultFolder(path), runner, measurer, on_progress, clock)


def files(path: Path) -> dict[str, bytes]:
    found = [file for file in path.rglob("*") if file.is_file()]
    return {str(file.relative_to(path)): file.read_bytes() for file in found}


def rows(path: Path, name: str = "results.csv") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((path / name).read_text())))


def test_the_folder_holds_all(tmp_path):
    outcome = run(WHOLE, tmp_path / "out")
    assert outcome.made == cost(WHOLE).pictures
    found = files(tmp_path / "out")
    ids = {cell.id for group in groups(WHOLE) for cell in group.cells}
    assert found.keys() == {
        "description.json", "results.csv", "summary.csv", "sheet.png",
        *(f"pictures/{name}.png" for name in ids),
    }  # fmt: skip
    table = rows(tmp_path / "out")
    assert (tmp_path / "out" / "results.csv").read_text().splitlines()[0] == HEADER
    assert len(table) == 2 * len(ids) + sum(1 for _ in groups(WHOLE))  # vendi: one for all seeds
    assert {row["cell"] for row in table if row["measure"] != "vendi"} == ids


def test_numbers_are_those_of_the_pictures(tmp_path):
    """`difference` again, by hand."""
    run(WHOLE, tmp_path)
    by_cell = {row["cell"]: row for row in rows(tmp_path) if row["measure"] == "difference"}
    for group in groups(WHOLE):
        for cell in group.cells:
            bare = msgspec.structs.replace(cell.request, adapters=())
            pairs = list(zip(painted(cell.request).rgb, painted(bare).rgb, strict=True))
            wanted = sum(abs(one - other) for one, other in pairs) / len(pairs)
            row = by_cell[cell.id]
            assert float(row["value"]) == pytest.approx(wanted, rel=1e-8)
            assert (row["unit"], row["prompt"]) == ("levels", group.prompt)
            assert int(row["seed"]) == cell.request.sampling.seed


def test_the_base_lies_at_no_spread_at_all(tmp_path):
    run(WHOLE, tmp_path)
    assert {row["in_seed_spreads"] for row in rows(tmp_path) if row["arm"] == "base"} == {"0"}
    deep = [r for r in rows(tmp_path) if r["depth"] == "3" and r["measure"] == "difference"]
    assert all(float(row["in_seed_spreads"]) > 0 for row in deep)


def test_copies_at_one_nth_are_the_one(tmp_path):
    run(WHOLE, tmp_path)
    copies = [r for r in rows(tmp_path) if (r["arm"], r["policy"]) == ("copies", "mean")]
    one, three = ([r for r in copies if r["depth"] == depth] for depth in ("1", "3"))
    place = ("order", "prompt", "seed", "measure", "value", "in_seed_spreads")
    assert [[r[name] for name in place] for r in one] != []
    assert sorted([r[name] for name in place] for r in one) == sorted(
        [r[name] for name in place] for r in three
    )


def test_the_summary_is_the_mean_of_prompts(tmp_path):
    run(WHOLE, tmp_path)
    for mean in rows(tmp_path, "summary.csv"):
        place = ("arm", "policy", "depth", "measure")
        own = [r for r in rows(tmp_path) if all(r[name] == mean[name] for name in place)]
        assert int(mean["n"]) == len(own)
        average = math.fsum(float(row["value"]) for row in own) / len(own)
        assert float(mean["mean"]) == pytest.approx(average, rel=1e-6, abs=1e-9)
        assert float(mean["low"]) <= average + 1e-6
        assert float(mean["high"]) >= average - 1e-6
        assert (mean["over"], mean["prompts"]) == ("prompts", "2")


@pytest.mark.parametrize("made", [0, 1, 5, 6, 20])
def test_going_on_gives_the_same_files(made, tmp_path):
    run(WHOLE, tmp_path / "at once")
    with pytest.raises(AdapterError, match="no longer there"):
        run(WHOLE, tmp_path / "stopped", NoisePainter(fails_after=made))
    painter = NoisePainter()
    assert run(WHOLE, tmp_path / "stopped", painter).made == cost(WHOLE).pictures - made
    assert len(painter.asked) == cost(WHOLE).pictures - made
    assert files(tmp_path / "stopped") == files(tmp_path / "at once")


def test_what_is_done_is_written_before_the_end(tmp_path):
    with pytest.raises(AdapterError):
        run(WHOLE, tmp_path, NoisePainter(fails_after=10))
    assert len(rows(tmp_path)) == 3 * 7  # three groups of three: two of the base, one of depth 1
    assert not (tmp_path / "summary.csv").exists()


def test_a_damaged_or_foreign_picture_is_made_again(tmp_path):
    run(WHOLE, tmp_path)
    before = files(tmp_path)
    first, second, third = sorted((tmp_path / "pictures").iterdir())[:3]
    first.write_bytes(first.read_bytes()[:-20])
    second.write_bytes(third.read_bytes())
    painter = NoisePainter()
    run(WHOLE, tmp_path, painter)
    assert len(painter.asked) == 2
    assert files(tmp_path) == before


def test_a_second_run_makes_nothing(tmp_path):
    run(WHOLE, tmp_path)
    painter = NoisePainter()
    assert run(WHOLE, tmp_path, painter).made == 0
    assert painter.asked == []


def test_another_experiment_is_not_mixed_in(tmp_path):
    run(WHOLE, tmp_path)
    before = files(tmp_path)
    with pytest.raises(FileError, match="another experiment"):
        run(msgspec.structs.replace(WHOLE, seeds=(1, 2, 4)), tmp_path)
    assert files(tmp_path) == before


def test_a_full_disk_stops_in_one_sentence_and_is_gone_on_from(tmp_path, monkeypatch):
    run(WHOLE, tmp_path / "at once")
    room = iter([True] * 8)

    def short(out):
        if out.suffix == ".png" and not next(room, False):
            raise FileError(f"“{out}” cannot be written: No space left on device.")
        return new_file(out)

    with monkeypatch.context() as patch:
        patch.setattr(result_folder, "new_file", short)
        with pytest.raises(FileError, match="No space left"):
            run(WHOLE, tmp_path / "full")
    run(WHOLE, tmp_path / "full")
    assert files(tmp_path / "full") == files(tmp_path / "at once")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is always full")
def test_a_full_disk_stops_the_table_in_one_sentence(tmp_path):
    (tmp_path / "results.csv").symlink_to("/dev/full")
    with pytest.raises(FileError, match=r"results\.csv.*No space left"):
        run(WHOLE, tmp_path)


def test_progress_says_how_long_the_rest_takes(tmp_path):
    told: list[Going] = []
    seconds = iter(range(1000))
    run(
        sweep(base=SMALL, measures=("contrast",)),
        tmp_path,
        None,
        told.append,
        lambda: next(seconds),
    )
    assert told[0] == Going(0, 18, None)
    assert told[1] == Going(1, 18, 17.0)
    assert told[-1] == Going(18, 18, 0.0)


def test_a_sweep_is_summed_up_by_its_strengths(tmp_path):
    experiment = sweep(base=SMALL, measures=("difference",))
    run(experiment, tmp_path)
    told = rows(tmp_path, "summary.csv")
    assert [row["scales"] for row in told] == ["", "0 + 0", "0.4 + -0.25", "1.6 + -1"]
    values = [float(row["mean"]) for row in told]
    assert values[0] == values[1] == 0.0 < values[2] < values[3]


class OverflowingPainter(NoisePainter):
    """Gives no picture of the first seed of stacks that are too strong."""

    def render(self, request, token, on_progress):
        is_strong = sum(adapter.scale for adapter in request.adapters) > 2
        if is_strong and request.sampling.seed == 1:
            raise NotFinite("Numbers overflowed.")
        return super().render(request, token, on_progress)


def test_numbers_that_overflow_are_told_and_nothing_stops(tmp_path):
    outcome = run(WHOLE, tmp_path, OverflowingPainter())
    table = rows(tmp_path)
    lost = [row for row in table if row["measure"] == "finite"]
    assert {(r["seed"], r["depth"], r["policy"], r["value"]) for r in lost} == {
        ("1", "3", "one", "0")
    }
    strong = [r for r in table if (r["depth"], r["policy"]) == ("3", "one")]
    assert {r["seed"] for r in strong if r["measure"] == "contrast"} == {"2", "3"}
    assert not [r for r in strong if r["measure"] == "vendi"]
    assert not (tmp_path / "pictures" / f"{lost[0]['cell']}.png").exists()
    before = files(tmp_path)
    again = run(WHOLE, tmp_path, OverflowingPainter())
    assert again.made < outcome.made
    assert files(tmp_path) == before


def test_a_base_that_overflows_is_no_base(tmp_path):
    class Broken(NoisePainter):
        def render(self, request, token, on_progress):
            raise NotFinite("Numbers overflowed.")

    with pytest.raises(NotFinite, match="overflowed"):
        run(WHOLE, tmp_path, Broken())


def test_what_adapters_do_together_is_what_their_own_effects_leave(tmp_path):
    run(ablation(base=SMALL, measures=("contrast", "difference", "vendi")), tmp_path)
    table = rows(tmp_path)
    together = [row for row in table if row["arm"] == "interaction"]
    assert len(together) == 2 * (3 + 3 + 1)
    for row in together:
        place = ("prompt", "seed", "measure")
        own = [r for r in table if all(r[name] == row[name] for name in place)]
        base, whole = (_numbers(own, arm)[0] for arm in ("base", "all"))
        wanted = whole - base - sum(one - base for one in _numbers(own, "alone"))
        assert float(row["value"]) == pytest.approx(wanted, abs=1e-6)
    assert any(row["value"] != "0" for row in together)
    shown = [r["adapters"] for r in rows(tmp_path, "summary.csv") if r["measure"] == "vendi"]
    assert shown == ["", "a + b + c", "a", "b", "c", "b + c", "a + c", "a + b", "a + b + c"]
    assert Image.open(tmp_path / "sheet.png").width > 4 * 384


def test_one_adapter_has_nothing_to_do_together(tmp_path):
    run(ablation(base=SMALL, adapters=(adapter("a"),), measures=("contrast", "ssim")), tmp_path)
    together = [row for row in rows(tmp_path) if row["arm"] == "interaction"]
    assert {(row["value"], row["in_seed_spreads"]) for row in together} == {("0", "0")}


def _numbers(table, arm: str) -> list[float]:
    return [float(row["value"]) for row in table if row["arm"] == arm]


def test_the_sheet_has_a_row_for_each_arm_and_policy(tmp_path):
    run(WHOLE, tmp_path)
    sheet = Image.open(tmp_path / "sheet.png")
    narrow = ladder(base=SMALL, depths=(1, 3), measures=("contrast",))
    run(narrow, tmp_path / "one row")
    one_row = Image.open(tmp_path / "one row" / "sheet.png")
    assert sheet.width == one_row.width
    assert 3 < sheet.height / one_row.height < 4


def test_one_prompt_and_names_of_any_kind(tmp_path):
    names = ("a + b", 'comma, “quote” "x"', "näme\udcff")
    experiment = ladder(
        base=SMALL,
        adapters=tuple(
            msgspec.structs.replace(adapter(name), sha256=f"{number:064x}")
            for number, name in enumerate(names)
        ),
        depths=(3,),
        prompts=("a\nb",),
        measures=("contrast",),
    )
    run(experiment, tmp_path)
    assert run(experiment, tmp_path).made == 0
    deepest = rows(tmp_path)[-1]
    assert all(name in deepest["adapters"] for name in (*names[:2], "näme�"))
    assert deepest["prompt"] == "a\nb"
    assert rows(tmp_path, "summary.csv")[-1]["over"] == "seeds"

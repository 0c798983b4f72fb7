"""Descriptions are written, read back the same, and refused in one sentence."""

import json

import pytest

from loraviewer.core.experiments.axes import Axis
from loraviewer.core.experiments.description import encoded, read_description
from loraviewer.core.outcome import FileError
from tests.core.experiments.asked import ablation, adapter, ladder, sweep


@pytest.mark.parametrize(
    "experiment", [ladder(), sweep(), ablation(), ladder(arms=("copies",), depths=(300,))]
)
def test_a_file_holds_all_of_it(experiment, tmp_path):
    assert experiment.problem() is None
    path = tmp_path / "description.json"
    path.write_bytes(encoded(experiment))
    assert read_description(path) == experiment
    assert encoded(read_description(path)) == encoded(experiment)


def test_points_are_finite():
    assert "finite" in (sweep(axes=(Axis(points=(1.0, float("nan"))),)).problem() or "")


@pytest.mark.parametrize(
    ("experiment", "said"),
    [
        (ladder(adapters=()), "at least one adapter"),
        (ladder(prompts=()), "at least one prompt"),
        (ladder(prompts=("a", "a")), "given twice"),
        (ladder(seeds=(1,)), "at least two seeds"),
        (ladder(seeds=(1, 2, 2)), "each given once"),
        (ladder(seeds=(-1, 2)), "from 0 on"),
        (ladder(depths=(0, 1)), "depths of 1 and more"),
        (ladder(orders=0), "at least one order"),
        (ladder(depths=(6,)), "only random ones and copies of one go deeper"),
        (ladder(policies=()), "one policy"),
        (sweep(axes=()), "one axis or two"),
        (sweep(axes=(Axis(points=()),)), "at least one point"),
        (sweep(axes=(Axis(what="fader", points=(1.0,)),)), "which adapter"),
        (sweep(axes=(Axis(what="fader", adapter=3, points=(1.0,)),)), "no adapter number 3"),
        (sweep(axes=(Axis(what="block", points=(1.0,)),)), "names the block"),
        (sweep(axes=(Axis(what="guidance", adapter=1, points=(1.0,)),)), "no single adapter"),
    ],
)
def test_what_makes_no_experiment_is_said_in_one_sentence(experiment, said, tmp_path):
    assert said in (experiment.problem() or "")
    path = tmp_path / "description.json"
    path.write_bytes(encoded(experiment))
    with pytest.raises(FileError, match=r"description\.json"):
        read_description(path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"kind": "ladder"}', "[" * 100_000, "\udcff"])
def test_files_of_anything_else_are_refused(text, tmp_path):
    path = tmp_path / "other.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(FileError, match=r"other\.json.*describes no experiment"):
        read_description(path)


def test_a_newer_one_says_so(tmp_path):
    path = tmp_path / "description.json"
    path.write_text(json.dumps(json.loads(encoded(ladder())) | {"version": 2, "more": 1}))
    with pytest.raises(FileError, match="newer loraviewer"):
        read_description(path)


def test_strengths_of_zero_are_kept():
    assert ladder(adapters=(adapter("a", 0.0),), depths=(1,)).problem() is None

"""`loraviewer lab seeds`, `return`, `rules`, axes and pairs, and the picture store, on a tiny
pipeline."""

import json
import os
import subprocess
import sys
from itertools import takewhile

import pytest

from loraviewer.core.experiments.axes import Axis
from loraviewer.core.experiments.description import read_description
from loraviewer.pictures.png import read_record
from tests.lab.test_cli_experiments import FAST, QUICK, SEEDS, files, run, table  # noqa: F401

pytestmark = pytest.mark.sampled(2)


@pytest.fixture
def asked(tiny_folder):
    loras = ("--lora", "style.safetensors:0.9", "--lora", "words.safetensors")
    return ("--base", tiny_folder / "sd", *loras, *SEEDS)


def test_a_seed_wall(run, asked, tmp_path):  # noqa: F811
    more = ("--negative", "blur", "--negative-arm", "a photo")
    status, out, err = run("seeds", *asked, *QUICK, *more, "-o", "out")
    assert status == 0, err
    lines = takewhile(str.strip, out.splitlines()[2:])  # what the numbers say comes after them
    arms = {line.split()[0] for line in lines}
    assert arms == {"base", "stack", "alone", "negative"}
    told = read_record(tmp_path / "out" / "pictures" / "negative-p01-s1.png").record
    assert told.request.sampling.negative_prompt == "blur, a photo"
    usual = run("seeds", *asked, *QUICK[:-3], "--no-store", "--no-alone", "-o", "usual")
    assert usual[0] == 0, usual[2]
    assert {row["measure"] for row in table(tmp_path / "usual")} == {
        "vendi", "pairwise", "drift", "detail", "red"}  # fmt: skip


@pytest.mark.parametrize("workers", ["1", pytest.param("2", marks=pytest.mark.long)])
def test_the_real_engine_comes_back_to_the_same_base(run, asked, tmp_path, workers):  # noqa: F811
    status, out, err = run("return", *asked, *QUICK, "--workers", workers, "-o", "out")
    assert status == 0, err
    ends = [r for r in table(tmp_path / "out") if r["measure"].endswith("-equal")]
    assert [r["value"] for r in ends] == ["1"] * (2 * 2 * 2 * 2)
    assert {r["measure"] for r in ends} == {"bytes-equal", "weights-equal"}
    assert "bytes-equal" in out
    assert "100%" in out
    weights = {
        r["arm"]: read_record(tmp_path / "out" / "pictures" / f"{r['cell']}.png").record.fingerprint
        for r in table(tmp_path / "out")
        if r["seed"]
    }
    assert weights["before"] == weights["after"] != weights["on"]


def test_rules_say_by_which_rule_each_picture_was_asked_for(run, asked, tmp_path):  # noqa: F811
    rules = ("--rule", "switch", "--rule", "sum")
    status, _, err = run("rules", *asked, *QUICK, *rules, "-o", "out")
    if status == 1 and "merge rule" in err:
        pytest.skip("This engine knows the sum only.")
    assert status == 0, err
    experiment = read_description(tmp_path / "out" / "description.json")
    assert [rule.text for rule in experiment.rules] == ["switch:1", "sum"]
    assert {row["arm"] for row in table(tmp_path / "out")} == {"base", "sum", "switch:1"}


def test_a_grid_along_two_axes(run, asked, tmp_path):  # noqa: F811
    axes = ("--axis", "fader:2", "--points", "2", "--axis", "guidance", "--points2", "2")
    ends = ("--from", "0", "--to", "1", "--from2", "2", "--to2", "5")
    status, _, err = run("sweep", *asked, *QUICK, *axes, *ends, "-o", "out")
    assert status == 0, err
    assert read_description(tmp_path / "out" / "description.json").axes == (
        Axis(what="fader", adapter=2, points=(0.0, 1.0)),
        Axis(what="guidance", points=(2.0, 5.0)),
    )
    record = read_record(tmp_path / "out" / "pictures" / "sweep-x003-p01-s1.png").record
    assert record.request.sampling.guidance_scale == 2.0
    assert len(record.request.adapters) == 2


def test_a_block_that_an_adapter_lacks_is_told(run, asked, tmp_path):  # noqa: F811
    axis = ("--axis", "block:NOWHERE:1", "--points", "2")
    status, _, err = run("sweep", *asked, *QUICK, *axis, "-o", "out")
    assert status == 0
    assert "changes nothing in NOWHERE" in err


def test_pairs(run, asked, tmp_path):  # noqa: F811
    status, _, err = run("ablate", *asked, *QUICK, "--lora", "style.safetensors:0.2", "--pairs",
                         "-o", "out")  # fmt: skip
    assert status == 0, err
    rows = table(tmp_path / "out")
    assert {row["arm"] for row in rows} == {
        "base", "all", "alone", "without", "pair", "interaction"}  # fmt: skip


def test_wrong_usage(run, asked):  # noqa: F811
    for bad in (
        ("sweep", "--axis", "strength"),
        ("sweep", "--axis", "fader:3"),
        ("sweep", "--axis", "fader"),
        ("sweep", "--axis", "guidance", "--axis", "guidance"),
        ("sweep", "--axis", "master", "--axis", "text", "--axis", "guidance"),
        ("sweep", "--from2", "1"),
        ("rules", "--rule", "best"),
        ("rules", "--rule", "sum"),
        ("rules", "--rule", "ties:7"),
        ("return", "--orders", "0"),
        ("seeds", "--negative-arm", "<lora:manga:1>"),
    ):
        status, out, err = run(bad[0], *asked, *QUICK, *bad[1:], "-o", "out")
        assert (status, out) == (2, ""), bad
        assert "Traceback" not in err


def test_shares_are_only_known_of_the_demo(run, asked, tmp_path):  # noqa: F811
    status, _, err = run("seeds", *asked, *QUICK, "--measure", "share-red", "-o", "out")
    assert status == 1
    assert "only known of the demo" in err


def test_a_second_run_makes_nothing_and_writes_the_same(run, asked, tmp_path):  # noqa: F811
    ladder = ("ladder", *asked, *FAST, "--orders", "1")
    assert run(*ladder, "-o", "one")[0] == 0
    status, out, err = run(*ladder, "-o", "two", "--json")
    assert status == 0, err
    assert "are made" not in err
    assert json.loads(out)["made"] == 0
    assert json.loads(out)["adapters"]  # what is told of adapters is told again
    assert files(tmp_path / "one") == files(tmp_path / "two")
    assert "are made" in run(*ladder, "--no-store", "-o", "three")[2]
    assert files(tmp_path / "one") == files(tmp_path / "three")


@pytest.mark.long
def test_what_a_ladder_made_another_experiment_takes(run, asked, tmp_path):  # noqa: F811
    assert run("ladder", *asked, *FAST, "--orders", "1", "--arms", "real", "-o", "one")[0] == 0
    _, _, err = run("ablate", *asked, *FAST, "-o", "two")
    assert "loraviewer: 4 pictures are made" in err  # of six stacks, one adapter alone is new


@pytest.mark.long
def test_a_changed_base_is_asked_again(run, asked, tiny_folder, tmp_path):  # noqa: F811
    import shutil

    shutil.copytree(tiny_folder / "sd", tmp_path / "base")
    again = ("ablate", "--base", tmp_path / "base", *asked[2:], *FAST)
    assert run(*again, "-o", "one")[0] == 0
    before = read_description(tmp_path / "one" / "description.json").base.checkpoint.identity
    shutil.rmtree(tmp_path / "base")
    shutil.copytree(tiny_folder / "half", tmp_path / "base")
    status, _, err = run(*again, "-o", "two")
    assert status == 0, err
    after = read_description(tmp_path / "two" / "description.json").base.checkpoint.identity
    assert after != before
    assert "are made" in err


@pytest.mark.long
def test_a_told_experiment_needs_no_torch(run, asked, tmp_path):  # noqa: F811
    ablate = ("ablate", *asked, *FAST)
    assert run(*ablate, "-o", "one")[0] == 0
    code = "import sys; from loraviewer.cli import commands as cli; s = cli.run(sys.argv[1:]); "
    code += "sys.exit(s or 10 * ('torch' in sys.modules))"
    called = [sys.executable, "-c", code, "lab", *map(str, ablate), "-o", "two"]
    told = subprocess.run(called, capture_output=True, env={**os.environ}, check=False)
    assert told.returncode == 0, told.stderr
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_a_seed_wall_draws_words_and_counts_them(run, asked, tmp_path):  # noqa: F811
    template = "a {2::cat|tree} by __who__"
    wild = tmp_path / "wild"
    wild.mkdir()
    (wild / "who.txt").write_text("day\nnight\n", "utf-8")
    options = (*asked[:-6], "--prompt", template, "--variants", "--wildcards", wild)
    more = ("--seeds", "4", "--no-alone", "--no-store")
    status, out, err = run("seeds", *options, *more, *QUICK, "-o", "out", "--json")
    assert status == 0, err
    told = json.loads(out)
    words = [one for one in told["choices"] if one["place"] == "words"]
    assert [one["option"] for one in words] == ["cat", "tree", "day", "night"]
    assert [one["asked"] for one in words] == pytest.approx([2 / 3, 1 / 3, 1 / 2, 1 / 2])
    assert str(tmp_path / "out" / "choices.csv") in {str(tmp_path / f) for f in told["files"]}
    sampling = read_record(tmp_path / "out/pictures/base-p01-s1.png").record.request.sampling
    assert sampling.template == template
    (wild / "who.txt").write_text("nobody\n", "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("loraviewer.engine.device.available_cores", lambda: {0})
        again = run("run", "out/description.json", "-o", "again", "--no-store")
    assert again[0] == 0, again[2]
    assert "by this process" in again[2]  # as many as there are cores
    for name in ("choices.csv", "results.csv", "pictures/base-p01-s1.png"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


@pytest.mark.parametrize(
    ("more", "status", "words"),
    [
        (("--wildcards", "."), 2, "--variants"),
        (("--variants",), 1, "There is no wildcard “who”; give its folder with --wildcards."),
    ],
)
def test_what_cannot_be_drawn_fails_at_once(run, asked, more, status, words):  # noqa: F811
    told = (*asked[:-6], "--prompt", "a __who__", "--seeds", "2")
    code, _, err = run("seeds", *told, *QUICK, *more, "-o", "out")
    assert code == status
    assert words in err

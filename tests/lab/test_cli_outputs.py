"""`loraviewer lab outputs` on a tiny pipeline."""

import csv
import json
import shutil
from collections import defaultdict

import pytest

from loraviewer.cli import commands as cli
from loraviewer.core.experiments.description import read_description
from loraviewer.core.experiments.outputs import OUTPUT_ARMS

LORAS = ("--lora", "style.safetensors:0.9", "--lora", "words.safetensors")
SMALL = (
    "--prompt", "a cat", "--seeds", "2", "--steps", "2", "--size", "32x32", "--draws", "1",
    "--measure", "difference", "--no-store",
)  # fmt: skip


@pytest.fixture
def run(tiny_folder, tmp_path, tmp_path_factory, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    for folder in ("DATA", "CONFIG", "CACHE"):
        profile = tmp_path_factory.mktemp(folder.lower())
        monkeypatch.setenv(f"XDG_{folder}_HOME", str(profile))
    for name in ("style", "words"):
        shutil.copy(tiny_folder / f"{name}.safetensors", tmp_path)

    def call(*arguments):
        status = cli.run([*map(str, arguments)])
        captured = capfd.readouterr()
        return status, captured.out, captured.err

    return call


@pytest.fixture
def asked(tiny_folder):
    return ("lab", "outputs", "--base", tiny_folder / "sd", *LORAS, *SMALL)


def table(folder, name="results.csv"):
    with (folder / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def files(folder):
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_all_arms_move_one_step_by_as_much_and_are_measured(run, asked, tmp_path):
    status, out, err = run(*asked, "--energies", "0.2", "--workers", "1", "-o", "one", "--json")
    assert status == 0, err
    assert json.loads(out)["made"] == (1 + 7) * 2
    steps = {row["arm"]: row for row in table(tmp_path / "one") if row["measure"] == "one-step"}
    assert steps.keys() == set(OUTPUT_ARMS)
    for row in steps.values():
        assert float(row["value"]) == pytest.approx(0.2, rel=0.02)
        assert (row["at"], row["seed"], row["unit"]) == ("0.2", "", "of the output")
    experiment = read_description(tmp_path / "one" / "description.json")
    nominals = {one.arm: one.nominal for one in experiment.nominals}
    assert nominals["guided-frozen"] == pytest.approx(0.2, rel=1e-3)
    differences = defaultdict(list)
    for row in table(tmp_path / "one"):
        if row["measure"] == "difference":
            differences[row["arm"]].append(float(row["value"]))
    assert differences.pop("base") == [0.0, 0.0]
    assert min(map(min, differences.values())) > 0.1

    # What is lost is made again without the rest.
    shutil.copytree(tmp_path / "one", tmp_path / "gone on")
    for lost in ("activations-fresh-n1-e001-p01-s2", "weights-random-n1-e001-p01-s1"):
        (tmp_path / "gone on" / "pictures" / f"{lost}.png").unlink()
    options = ("--energies", "0.2", "--workers", "1", "-o", "gone on", "--resume", "--json")
    status, out, err = run(*asked, *options)
    assert status == 0, err
    assert json.loads(out)["made"] == 2
    assert files(tmp_path / "gone on") == files(tmp_path / "one")

    # So does its description, which holds what was measured.
    options = ("--workers", "1", "--no-store", "-o", "again")
    status, _, err = run("lab", "run", "one/description.json", *options)
    assert status == 0, err
    assert "measuring" not in err
    assert files(tmp_path / "again") == files(tmp_path / "one")

    # And a check says plainly that the record of one picture does not.
    pictures = tmp_path / "one" / "pictures"
    for arm, said in (
        ("guided-frozen", "frozen noise in the guided output, energy 0.2, draw 1"),
        ("weights-gaussian", "“Gaussian noise”, drawn for an experiment and in no file"),
    ):
        status, out, err = run("verify", pictures / f"{arm}-n1-e001-p01-s1.png")
        assert status == 1
        assert "cannot be made again: its record alone" in err
        assert said in err
        assert "lab run" in err


def test_no_energy_is_the_base_bit_for_bit(run, asked, tmp_path):
    options = ("--energies", "0", "--workers", "1", "-o", "none")
    status, _, err = run(*asked, *options)
    assert status == 0, err
    differences = [r for r in table(tmp_path / "none") if r["measure"] == "difference"]
    assert len(differences) == (1 + 7) * 2
    assert {float(row["value"]) for row in differences} == {0.0}


@pytest.mark.parametrize("energies", ["0.1,x", "-0.1", ""])
def test_what_are_no_energies(run, asked, energies):
    status, _, err = run(*asked, f"--energies={energies}", "-o", "out")
    assert status == 2
    assert "list of energies" in err

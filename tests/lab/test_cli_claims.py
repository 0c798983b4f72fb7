"""`loraviewer lab claims`: what it asks for, and the files that come of the numbers."""

import json

import pytest

from loraviewer.cli import commands as cli
from loraviewer.cli.lab import claims as cli_claims
from loraviewer.cli.lab.runs import Carried, Hands
from loraviewer.core.experiments.claim_results import read_findings
from loraviewer.core.experiments.claims import claim
from loraviewer.lab.experiments.run import Outcome
from tests.lab.claims.test_conclusions import sweep

MANGA = claim("manga").draft


@pytest.fixture
def asked(monkeypatch):
    """Every claim has the numbers of a fader at which all colours are gone."""
    found = []

    def carried_out(asked, draft, sampling):
        found.append((asked, draft, sampling))
        return Carried(draft, Outcome(list(sweep(5).means), 0, ()), ())

    monkeypatch.setattr(cli_claims, "carried_out", carried_out)
    return found


def run(*words):
    return cli.run(["lab", "claims", *map(str, words)])


def test_a_claim_becomes_its_experiment_and_its_files(asked, tmp_path, capsys):
    assert run("manga", "-o", tmp_path / "out", "--workers", "2") == 0
    ((order, draft, sampling),) = asked
    assert (draft, sampling) == (MANGA, {"words": "plain"})
    assert [one.file for one in order.lora] == ["manga"]
    assert (order.base, order.output) == ("demo", tmp_path / "out" / "manga")
    assert order.hands == Hands(2)
    (finding,) = read_findings(tmp_path / "out" / "claims.json").findings
    assert (finding.name, finding.holds, finding.prompts) == ("manga", "yes", 8)
    assert "Everything is a manga" in (tmp_path / "out" / "CLAIMS.md").read_text()
    assert "It holds." in capsys.readouterr().out


def test_json_is_what_the_file_holds(asked, tmp_path, capsys):
    assert run("manga", "-o", tmp_path / "out", "--json") == 0
    written = json.loads((tmp_path / "out" / "claims.json").read_text())
    assert json.loads(capsys.readouterr().out) == written


@pytest.mark.parametrize("words", [["everything"], ["manga", "none"]])
def test_a_claim_that_is_none_is_wrong_usage(words, asked, tmp_path, capsys):
    assert run(*words, "-o", tmp_path / "out") == 2
    assert "There is no claim" in capsys.readouterr().err
    assert not asked


def test_nothing_is_written_over(asked, tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("mine")
    assert run("manga", "-o", tmp_path) == 1
    assert "--resume" in capsys.readouterr().err
    assert run("manga", "-o", tmp_path / "mine.txt") == 1
    assert "this is a file" in capsys.readouterr().err
    assert not asked
    assert run("manga", "-o", tmp_path, "--resume") == 0
    assert asked[0][0].is_resumed

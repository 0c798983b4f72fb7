"""The page of claims says what was found, on how much, and how to do it again."""

import msgspec
import pytest

from loraviewer.core.catalogues import read_catalogues
from loraviewer.core.experiments.claim_results import Finding, Findings, encoded, read_findings
from loraviewer.core.experiments.claims import CLAIMS, CROWD, claim
from loraviewer.core.outcome import FileError
from loraviewer.core.resources import demo_findings
from loraviewer.core.sentences import Sentence, say
from loraviewer.lab.claims.page import claims_page
from tests.lab.claims.test_conclusions import mean
from tests.languages.said import in_german

FOUND = Findings(
    made_by={"torch": "2.13.0"},
    findings=(
        Finding(
            name="details",
            holds="in part",
            sentences=("It falls.", "And more."),
            overturned_by="a thing.",
            cells=9,
            pictures=8,
            prompts=2,
            seeds=4,
        ),
        Finding(name="merged", holds="yes", sentences=("Free.",), overturned_by="a cost."),
    ),
)


def test_a_section_for_each_finding_and_no_other():
    page = claims_page(FOUND, {"details": [mean("ssim", 0.5, depth=3)]})
    titles = [line.removeprefix("## ") for line in page.splitlines() if line.startswith("## ")]
    assert titles == [claim("details").title, claim("merged").title]
    assert "**It holds in part.** It falls. And more." in page
    assert "8 pictures, 2 prompts, 4 seeds of each" in page
    assert "| real one depth 3 | 0.5 (0.49 … 0.51) |" in page
    assert "loraviewer lab claims details -o FOLDER" in page
    assert "torch 2.13.0" in page


def test_findings_are_read_back(tmp_path):
    path = tmp_path / "claims.json"
    path.write_bytes(encoded(FOUND))
    assert read_findings(path) == FOUND
    assert FOUND.of("merged") == FOUND.findings[1]
    assert FOUND.of("rows") is None


def test_what_sentences_were_made_of_is_kept(tmp_path):
    said = (say("It is not lost: {share}.", share="9 %"), "Plain.")
    finding = Finding(name="rows", holds="yes", sentences=said, overturned_by=say("a cost."))
    path = tmp_path / "claims.json"
    path.write_bytes(encoded(Findings(made_by={}, findings=(finding,))))
    (read,) = read_findings(path).findings
    assert read == finding
    told = [one.said_by(_turned) if isinstance(one, Sentence) else one for one in read.sentences]
    assert told == ["9 % is left.", "Plain."]
    assert isinstance(read.overturned_by, Sentence)


def _turned(pattern: str) -> str:
    return {"It is not lost: {share}.": "{share} is left."}.get(pattern, "")


@pytest.mark.parametrize(
    "made_of",
    [[{"pattern": "Another text.", "values": {}}], [3, None, "x", {"pattern": "{"}], []],
)
def test_the_text_is_what_was_meant(tmp_path, made_of):
    """What says something else, or cannot be read, is left out."""
    finding = {"name": "rows", "holds": "yes", "sentences": ["One.", "Two."], "overturned_by": "a"}
    path = tmp_path / "claims.json"
    path.write_bytes(
        msgspec.json.encode({"made_by": {}, "findings": [finding | {"made_of": made_of}]})
    )
    (read,) = read_findings(path).findings
    assert (read.sentences, read.overturned_by) == (("One.", "Two."), "a")
    assert not any(isinstance(one, Sentence) for one in read.sentences)


def test_findings_of_the_demo_can_be_said_in_other_languages():
    known = read_catalogues("de")
    for finding in read_findings(demo_findings()).findings:
        for one in (*finding.sentences, finding.overturned_by, finding.headline):
            assert isinstance(one, Sentence)
            assert one.pattern in known
            assert in_german(one) != one


def test_a_damaged_file_is_named(tmp_path):
    path = tmp_path / "claims.json"
    path.write_text("{")
    with pytest.raises(FileError, match=r"claims\.json"):
        read_findings(path)


@pytest.mark.parametrize("one", CLAIMS, ids=lambda one: one.name)
def test_drafts_are_experiments(one):
    if one.draft is None:
        return
    known = {adapter.name: adapter for adapter in one.draft.adapters}

    def found(name):
        return (known[name],) * (2 if name == CROWD else 1)

    made = one.experiment(one.draft.base, found)
    assert made is not None
    assert made.problem() is None
    assert len(made.adapters) == len(one.adapters) + (CROWD in one.adapters)

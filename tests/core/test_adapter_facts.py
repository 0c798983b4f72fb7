import pytest

from loraviewer.core.adapter_facts import AdapterFacts
from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.core.reports import AdapterReport, AdapterSummary

COMPLETE = AdapterReport(sha256="x", matched=("a", "b"))
PARTIAL = AdapterReport(sha256="x", matched=("a",), unmatched=("b",))
MISSHAPEN = AdapterReport(sha256="x", matched=("a",), shape_mismatch=("b",))
NOTHING = AdapterReport(sha256="x", unmatched=("a", "b"))
FAILED = Failure(FailureKind.ADAPTER, "It matches nothing.")


def facts(report, family="sdxl", base="sd1", override="") -> AdapterFacts:
    summary = AdapterSummary(path="/x", name="x", family=family)
    return AdapterFacts(summary=summary, report=report, base_family=base, family_override=override)


@pytest.mark.parametrize(
    ("report", "is_misfit"),
    [
        (None, False),
        (COMPLETE, False),
        (PARTIAL, False),
        (MISSHAPEN, True),
        (NOTHING, True),
        (FAILED, True),
    ],
)
def test_a_stranger_is_a_misfit_where_shapes_disagree_or_nothing_landed(report, is_misfit):
    assert facts(report).is_misfit is is_misfit


@pytest.mark.parametrize("family", ["sd1", "unknown"])
def test_disagreeing_shapes_alone_make_no_misfit(family):
    assert not facts(MISSHAPEN, family=family).is_misfit


def test_a_person_knows_better_than_the_file():
    assert facts(MISSHAPEN, family="unknown", override="sdxl").is_misfit
    corrected = facts(MISSHAPEN, family="sdxl", override="sd1")
    assert (corrected.family, corrected.found_family) == ("sd1", "sdxl")
    assert not corrected.is_misfit


def test_without_summary_or_base_nothing_is_a_stranger():
    assert not AdapterFacts().is_stranger
    assert not facts(None, base="").is_stranger


def test_what_landed_outweighs_what_was_guessed():
    assert not facts(COMPLETE, family="flux1", base="flux2").is_stranger
    assert facts(PARTIAL, family="flux1", base="flux2").is_stranger


def test_a_base_among_the_candidates_is_no_strange_one():
    summary = AdapterSummary(path="/x", name="x", family="sd1", candidates=("sd1", "sd2"))
    for base, is_stranger in (("sd1", False), ("sd2", False), ("sdxl", True), ("unknown", False)):
        found = AdapterFacts(summary=summary, report=MISSHAPEN, base_family=base)
        assert (found.is_stranger, found.is_misfit) == (is_stranger, is_stranger)


def test_what_a_person_says_leaves_one_candidate():
    summary = AdapterSummary(path="/x", name="x", family="sd1", candidates=("sd1", "sd2"))
    found = AdapterFacts(summary=summary, base_family="sd2", family_override="sd1")
    assert found.candidates == ("sd1",)
    assert found.is_stranger

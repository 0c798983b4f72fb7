import pytest

from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.core.reports import AdapterReport, AdapterSummary
from loraviewer.core.standing import AdapterStanding

COMPLETE = AdapterReport(sha256="x", matched=("a", "b"))
PARTIAL = AdapterReport(sha256="x", matched=("a",), unmatched=("b",))
MISSHAPEN = AdapterReport(sha256="x", matched=("a",), shape_mismatch=("b",))
NOTHING = AdapterReport(sha256="x", unmatched=("a", "b"))
FAILED = Failure(FailureKind.ADAPTER, "It matches nothing.")


def standing(report, family="sdxl", base="sd1", override="") -> AdapterStanding:
    summary = AdapterSummary(path="/x", name="x", family=family)
    return AdapterStanding(
        summary=summary, report=report, base_family=base, family_override=override
    )


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
    assert standing(report).is_misfit is is_misfit


@pytest.mark.parametrize("family", ["sd1", "unknown"])
def test_disagreeing_shapes_alone_make_no_misfit(family):
    assert not standing(MISSHAPEN, family=family).is_misfit


def test_a_person_knows_better_than_the_file():
    assert standing(MISSHAPEN, family="unknown", override="sdxl").is_misfit
    corrected = standing(MISSHAPEN, family="sdxl", override="sd1")
    assert (corrected.family, corrected.found_family) == ("sd1", "sdxl")
    assert not corrected.is_misfit


def test_without_summary_or_base_nothing_is_a_stranger():
    assert not AdapterStanding().is_stranger
    assert not standing(None, base="").is_stranger

"""Numbers, families and sentences as the window writes them."""

import pytest

from loraviewer.core.adapter_facts import AdapterFacts
from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.core.reports import AdapterReport, AdapterSummary
from loraviewer.core.sizes import bytes_of_text, bytes_text
from loraviewer.ui.cards.adapter_sentences import key_facts, trouble, trouble_detail
from loraviewer.ui.cards.card_modules import naturally
from loraviewer.ui.widgets.labels import plain_tip
from loraviewer.ui.widgets.quantities import share_text


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (24_000_000, "24 MB"), (1_234_000_000, "1.2 GB")],
)
def test_bytes(count, text):
    assert bytes_text(count) == text


@pytest.mark.parametrize(
    ("done", "total", "text"),
    [
        (1_200_000_000, 3_400_000_000, "1.2 of 3.4 GB"),
        (0, 24_000_000, "0 of 24 MB"),
        (900_000, 6_900_000_000, "0.0 of 6.9 GB"),
    ],
)
def test_both_numbers_are_in_the_unit_of_the_total(done, total, text):
    assert bytes_of_text(done, total) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0 %"),
        (0.0004, "< 0.1 %"),
        (0.004, "0.4 %"),
        (0.25, "25 %"),
        (0.974, "97 %"),
        (0.996, "99.6 %"),
        (0.9996, "> 99.9 %"),
        (1.0, "100 %"),
    ],
)
def test_a_part_is_never_rounded_to_nothing_or_all(share, text):
    assert share_text(share) == text


def test_names_sort_as_people_count_whatever_their_numbers_are():
    long = "block.1" + "0" * 5000
    names = [long, "block.²", "block.10.a", "block.2.b", "block.02.a", "block", "block.٣"]
    assert naturally(names)[:4] == ["block", "block.02.a", "block.2.b", "block.10.a"]
    assert sorted(naturally(names)) == sorted(names)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain\nlines", "plain\nlines"),
        ("<b>x</b>", '<p style="white-space:pre-wrap">&lt;b&gt;x&lt;/b&gt;</p>'),
    ],
)
def test_tooltips_never_read_markup_from_outside(text, expected):
    assert plain_tip(text) == expected


def facts(report, *, family: str = "sdxl", base: str = "sd1") -> AdapterFacts:
    summary = AdapterSummary(
        path="/x", name="x", family=family, kinds={"lora": 3, "norm": 1}, ranks=(8, 8)
    )
    return AdapterFacts(summary=summary, report=report, base_family=base)


LANDED = AdapterReport(sha256="x", matched=("a", "b"), energy_share=1.0)
PARTIAL = AdapterReport(sha256="x", matched=("a", "b"), unmatched=("c",), energy_share=0.5)
MISSHAPEN = AdapterReport(sha256="x", matched=("a",), shape_mismatch=("b",), unsupported=("c",))
NOTHING = AdapterReport(sha256="x", unmatched=("a", "b"))
FAILED = Failure(FailureKind.ADAPTER, "It holds undefined numbers.", "trace")


@pytest.mark.parametrize(
    ("report", "family", "sentence"),
    [
        (None, "sdxl", ""),
        (LANDED, "sdxl", ""),
        (NOTHING, "sdxl", "Made for SDXL; the base is SD 1.5."),
        (MISSHAPEN, "sdxl", "Made for SDXL; the base is SD 1.5."),
        (FAILED, "sdxl", "Made for SDXL; the base is SD 1.5."),
        (FAILED, "sd1", "It holds undefined numbers."),
        (Failure(FailureKind.FILE, "“x” cannot be read."), "sdxl", "“x” cannot be read."),
        (
            PARTIAL,
            "sdxl",
            "2 of 3 modules with 50 % of the energy landed; 1 has no counterpart in this base.",
        ),
        (
            MISSHAPEN,
            "unknown",
            "1 of 3 modules landed; 1 has another shape, 1 is of an unsupported kind.",
        ),
        (
            NOTHING,
            "unknown",
            "None of its 2 modules fit this base: it was made for another one.",
        ),
    ],
)
def test_one_sentence_says_why_a_row_is_amber(report, family, sentence):
    assert trouble(facts(report, family=family)).replace("\u00a0", " ") == sentence


def test_the_details_name_everything_that_did_not_land():
    report = AdapterReport(
        sha256="x",
        matched=("a",),
        unmatched=("b",),
        unsupported=("c",),
        ignored=("d",),
        reasons={"c": "a new kind"},
        energy_share=0.25,
    )
    lines = trouble_detail(facts(report)).splitlines()
    assert lines[:3] == ["sha256 x", "matched 1 of 3", "energy 0.250000"]
    for line in ("  b", "  c  a new kind", "ignored (1):", "  d"):
        assert line in lines


def test_facts_leave_out_what_is_unknown():
    assert dict(key_facts(facts(PARTIAL))) == {
        "Made for": "SDXL",
        "Kind": "LoRA ×3 · norm ×1 · rank 8",
        "Modules": "2 / 3 · 50 % of the energy",
    }
    assert "Made for" not in dict(key_facts(facts(None, family="unknown")))

"""The measured stacks that ship: all of the plan, what today's code measures, and counted right."""

from __future__ import annotations

import json

import pytest

from loraviewer.adapters.inspection.values import base_reader
from loraviewer.lab.weights.gram import measure_stack
from loraviewer.lab.weights.live import stack_numbers, strengths
from resources.demo.train.measuring.painter import Painter
from resources.demo.train.measuring.zones import curves, rows, section
from resources.demo.train.measuring.zones.fits import Falling, rank_correlation
from resources.demo.train.measuring.zones.gauge import Guided, reference
from resources.demo.train.measuring.zones.stacks import trials
from resources.demo.train.measuring.zones.table import AXES, Table
from resources.demo.train.workspace import BASE, DEMO


@pytest.fixture(scope="module")
def measured() -> dict[str, dict]:
    return {row["name"]: row for row in rows.measured()}


@pytest.fixture(scope="module")
def told() -> dict:
    return json.loads(curves.FILE.read_text())


def test_every_stack_of_the_plan_is_measured(measured: dict[str, dict]) -> None:
    for trial in trials():
        row = measured[trial.name]
        assert row["strengths"] == trial.strengths
        assert (row["family"], row["asks"]) == (trial.family, trial.asks)
        asked = rows.Asked.of(trial.asks)
        assert len(row["subject"]) == len(row["ssim"]) == len(asked.prompts)
        assert len(row["face"]) == len(row["judged_face"]) == len(asked.people)


def test_the_base_shows_every_subject(measured: dict[str, dict]) -> None:
    bases = [row for row in measured.values() if row["family"] == "base"]
    assert len(bases) == rows.SETS
    for row in bases:
        assert set(row["subject"]) == {"1"}
        assert row["one_step"] == row["relative"] == 0.0
        assert set(row["ssim"]) == {1.0}


@pytest.mark.long
def test_a_stack_weighs_and_moves_what_was_measured(measured: dict[str, dict]) -> None:
    row, painter = measured["0-24"], Painter.open()
    base, named = reference(painter.sampler), row["strengths"]
    assert base.change(Guided(painter.sampler)) == 0.0
    with painter.stack(named):
        assert base.changes(Guided(painter.sampler)) == pytest.approx(row["changes"], rel=1e-2)
    adapters = [painter.adapter(name) for name in named]
    geometry = measure_stack(adapters, base_reader(BASE), "demo")
    at = strengths(geometry, list(named.values()), list(named.values()))
    numbers = stack_numbers(geometry, at)
    assert numbers.whole.relative[0] == pytest.approx(row["relative"], rel=1e-4)
    assert numbers.in_adapters == pytest.approx(row["in_adapters"], rel=1e-4)


def test_limits_and_ranks_follow_from_the_rows(told: dict) -> None:
    table = Table.of(rows.measured())
    for name in AXES:
        axis, size = told["axes"][name], table.axis(name)
        fitted = Falling.fitted(size, table.subject.sum(1), table.subject.shape[1] + 0 * size)
        for share, key in ((0.9, "90 %"), (0.5, "50 %"), (0.25, "25 %")):
            value, low, high = axis["limits"][key]
            assert value == pytest.approx(fitted.at(share), abs=6e-4)
            assert low <= value <= high
        rank = rank_correlation(size, table.seen("subject"))
        assert axis["ranks"]["subject"][0] == pytest.approx(rank, abs=6e-4)
    assert told["counted"]["stacks"] == len(table) == len(list(trials()))


def test_the_card_tells_it(told: dict) -> None:
    assert section.section() in (DEMO / "README.md").read_text(encoding="utf-8")
    assert f"{told['counted']['pictures']:,} of" in section.section()

"""All of `lab weights --json --modules` on the demo against dense float64 from its files."""

import json

import pytest

from loraviewer.cli import commands as cli
from tests.lab.demo_oracle import Asked, DenseStack

ASKED = (
    Asked("manga", 0.8, 0.3),
    Asked("stained-glass", -0.4, -0.4),
    Asked("sunset", 1.1, 1.1),
    Asked("watercolour", 0.6, 0.0),
    Asked("pixel-art", 0.5, 0.5, {"IN04": 0.25, "M00": 0.0}),
    Asked("snow", 0.7, 1.2, {"TE1.00": -1.5}),
)
"""LoCon, DoRA, LoKr, LoHa, LoCon with strengths of blocks, and one with PEFT's names; three of them
with a text encoder's part or strength."""

TOLERANCE = 1e-5


def assert_as(found, known, where=""):
    """Every value of `known`, lists one by one; `found` may have more fields."""
    if isinstance(known, dict):
        for name, value in known.items():
            assert_as(found[name], value, f"{where} {name}")
    elif isinstance(known, list):
        assert len(found) == len(known), where
        for i, value in enumerate(known):
            assert_as(found[i], value, f"{where} {i}")
    elif isinstance(known, str):
        assert found == known, where
    else:
        assert found == pytest.approx(known, rel=TOLERANCE), where


@pytest.fixture(scope="module")
def facts():
    flags = [part for one in ASKED for part in ("--lora", one.argument)]
    told = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("typer.echo", lambda text, **_: told.append(text))
        assert cli.run(["lab", "weights", "--base", "demo", *flags, "--modules", "--json"]) == 0
    return json.loads(told[-1])


@pytest.fixture(scope="module")
def exact():
    return DenseStack(ASKED)


def test_adapters(facts, exact):
    assert_as(facts["adapters"], [exact.adapter(i) for i in range(len(ASKED))])
    assert sum(one["share"] for one in facts["adapters"]) == pytest.approx(1.0, rel=1e-12)


def test_the_stack(facts, exact):
    assert_as(facts["stack"], exact.stack())


def test_products_and_angles(facts, exact):
    gram = exact.gram()
    norms = [row[i] ** 0.5 for i, row in enumerate(gram)]
    for i, row in enumerate(gram):
        for j, product in enumerate(row):
            size = norms[i] * norms[j]
            assert facts["gram"][i][j] == pytest.approx(product, rel=TOLERANCE, abs=1e-8 * size)
            assert facts["cosine"][i][j] == pytest.approx(product / size, rel=TOLERANCE, abs=1e-8)
    assert_as(facts["cosine_null"], exact.cosine_null())


def test_blocks(facts, exact):
    assert_as(facts["blocks"], exact.blocks())


def test_modules(facts, exact):
    assert_as(facts["modules"], [exact.module(key) for key in exact.touched])


def test_kinds_and_ranks(facts):
    kinds = {tuple(one["kinds"]) for one in facts["modules"]}
    assert ("lora", "dora", "lokr", "loha", "lora", "lora") in kinds
    assert ("lora", None, None, None, None, "lora") in kinds
    convolution = next(one for one in facts["modules"] if len(one["shape"]) == 4)
    assert convolution["ranks"] == [12, 8, 8, 8, 16, 8]


def test_everything_landed(facts):
    assert [one["name"] for one in facts["landings"]] == [one.name for one in ASKED]
    for one in facts["landings"]:
        assert one["matched"] == one["total"] > 0
        assert one["energy_share"] == pytest.approx(1.0)

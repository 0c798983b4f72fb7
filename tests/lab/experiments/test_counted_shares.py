"""Options of a prompt: asked for, drawn, and seen; known answers."""

import csv
from io import StringIO

import msgspec
import pytest

from loraviewer.core.experiments.cells import groups
from loraviewer.core.experiments.description import Experiment, encoded
from loraviewer.core.experiments.numbers import WORDS, Row
from loraviewer.core.experiments.wordings import Wording, wordings
from loraviewer.core.picture_measures import SHARE_UNIT
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from loraviewer.core.stack import AppliedAdapter
from loraviewer.core.variants.draws import words_of
from loraviewer.core.variants.shares import AskedShare
from loraviewer.core.variants.wildcards import Wildcards
from loraviewer.lab.experiments.counted_shares import counted_shares, counted_table
from loraviewer.lab.experiments.known_measures import shares_asked_for
from loraviewer.lab.images.fidelity import asked_for
from loraviewer.lab.reports.counted_shares_table import counted_shares_table

TEMPLATE = "a girl in a {2::red|1::blue} dress"
SEEDS = (1, 2, 3, 4, 5, 6)
EXPERIMENT = Experiment(
    kind="seeds",
    base=GenerationRequest(checkpoint=CheckpointRef("base", "identity")),
    adapters=(AppliedAdapter("a" * 64, 1.0, 1.0, "manga"),),
    prompts=(TEMPLATE, "a cat"),
    seeds=SEEDS,
    wordings=(
        Wording(
            TEMPLATE,
            tuple(words_of(TEMPLATE, seed).text for seed in SEEDS),
            (AskedShare(1, "red", 2 / 3, 3, 6), AskedShare(1, "blue", 1 / 3, 3, 6)),
        ),
    ),
)


def row(arm: str, seed: int, value: float, measure: str = "share-red", **fields) -> Row:
    told = {
        "cell": "c", "arm": arm, "policy": "", "order": 0, "depth": 0, "adapters": "",
        "scales": "", "prompt": TEMPLATE, "seed": seed, "measure": measure, "value": value,
        "unit": SHARE_UNIT, "in_seed_spreads": None, "at": "",
    }  # fmt: skip
    return Row(**told | fields)


ROWS = [
    *(row("base", seed, float(seed < 6)) for seed in SEEDS),
    *(row("stack", seed, 0.0, adapters="manga") for seed in SEEDS),
    *(row("base", seed, 1.0, measure="share-green") for seed in SEEDS),
    *(row("base", seed, 1.0, prompt="a cat") for seed in SEEDS),
]


def test_what_was_asked_drawn_and_seen() -> None:
    shares = counted_shares(EXPERIMENT, ROWS)
    assert [(one.option, one.place, one.count, one.n) for one in shares] == [
        ("red", WORDS, 3, 6),
        ("red", "base", 5, 6),
        ("red", "stack manga", 0, 6),
        ("blue", WORDS, 3, 6),
    ]
    # Wilson's interval of 3 in 6 and of 0 in 6, as tables have it
    assert (shares[0].low, shares[0].high) == pytest.approx((0.1876, 0.8124), abs=1e-4)
    assert (shares[2].low, shares[2].high) == pytest.approx((0.0, 0.3903), abs=1e-4)
    assert [one.is_as_asked for one in shares] == [True, True, False, True]


def test_as_a_table_and_on_the_page() -> None:
    shares = counted_shares(EXPERIMENT, ROWS)
    lines = list(csv.DictReader(StringIO(counted_table(shares).decode())))
    assert [line["place"] for line in lines] == ["words", "base", "stack manga", "words"]
    assert lines[1]["share"] == "0.833333333"
    page = counted_shares_table(shares)
    assert page.count("<tr>") == 5
    assert "pictures of the stack (manga)" in page
    assert "66.7%" in page
    assert counted_shares_table(()) == ""


def test_each_cell_has_the_words_of_its_seed_and_says_what_they_came_of() -> None:
    drawn, plain = [group for group in groups(EXPERIMENT) if group.condition.arm == "base"]
    samplings = [cell.request.sampling for cell in drawn.cells]
    assert [one.prompt for one in samplings] == [words_of(TEMPLATE, s).text for s in SEEDS]
    assert {one.template for one in samplings} == {TEMPLATE}
    assert drawn.prompt == TEMPLATE
    assert {cell.request.sampling.template for cell in plain.cells} == {""}
    assert {cell.request.sampling.prompt for cell in plain.cells} == {"a cat"}


def test_words_are_drawn_of_prompts_that_leave_something_open() -> None:
    wildcards = Wildcards({"colour": ("red", "blue")})
    found = wordings(("a cat", "a __colour__ cat"), SEEDS, wildcards)
    assert [one.template for one in found] == ["a __colour__ cat"]
    assert found[0].words == tuple(
        words_of("a __colour__ cat", seed, wildcards).text for seed in SEEDS
    )
    assert sum(one.drawn for one in found[0].shares) == len(SEEDS)


def test_only_seed_walls_have_them_and_as_many_as_seeds() -> None:
    assert EXPERIMENT.problem() is None
    swept = msgspec.structs.replace(EXPERIMENT, kind="ablation")
    assert "Only a seed wall" in (swept.problem() or "")
    fewer = msgspec.structs.replace(EXPERIMENT, seeds=SEEDS[:4])
    assert "as many as there are seeds" in (fewer.problem() or "")


def test_descriptions_without_them_are_what_they_were() -> None:
    plain = encoded(msgspec.structs.replace(EXPERIMENT, wordings=()))
    assert b"wordings" not in plain
    assert b"template" not in plain
    assert msgspec.json.decode(encoded(EXPERIMENT), type=Experiment) == EXPERIMENT


def test_what_only_some_seeds_name_is_asked_of_none() -> None:
    answers = {"subject": ("girl", "cat"), "place": (), "colour": ("red", "blue")}
    assert asked_for("a girl in {red|} {a|b}", answers) == {"subject": "girl"}
    assert asked_for("a girl in red", answers) == {"subject": "girl", "colour": "red"}


def test_the_demo_counts_what_its_judge_knows() -> None:
    demo = GenerationRequest(checkpoint=CheckpointRef("demo"), sampling=Sampling())
    on_demo = msgspec.structs.replace(EXPERIMENT, base=demo)
    assert shares_asked_for(on_demo) == ("share-red", "share-blue")
    assert shares_asked_for(EXPERIMENT) == ()
    assert shares_asked_for(msgspec.structs.replace(on_demo, wordings=())) == ()

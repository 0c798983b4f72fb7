"""The page of an experiment: whole, harmless, and the same from the same numbers."""

import base64
import io
import itertools
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest
from PIL import Image

from loraviewer.core.experiments.cells import groups
from loraviewer.core.experiments.curves import curves, x_title
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.numbers import Mean
from loraviewer.core.experiments.verdicts import verdicts
from loraviewer.core.picture import Picture
from loraviewer.core.stack import AppliedAdapter
from loraviewer.lab.reports.experiment_controls import controls
from loraviewer.lab.reports.experiment_page import ExperimentReport, experiment_page
from loraviewer.lab.reports.measure_plot import measure_plot
from loraviewer.lab.reports.scales import Scale
from tests.core.experiments.asked import ablation, adapter, ladder, sweep
from tests.core.experiments.means import base, mean

GREY = Picture(8, 8, bytes([128]) * 8 * 8 * 3)
EVIL = '<script>alert("x")</script>'


class Tags(HTMLParser):
    """All that a browser would see."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags = list[tuple[str, dict[str, str | None]]]()
        self.open = list[str]()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def sheet() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(buffer, "PNG")
    return buffer.getvalue()


def report(experiment: Experiment, means: list[Mean]) -> ExperimentReport:
    found = list(groups(experiment))
    cells = [cell for group in found for cell in group.cells]
    told = verdicts(experiment, means)
    pictures = {cell.id: GREY for cell in cells[1:]}
    return ExperimentReport(experiment, means, told, sheet(), found, pictures)


def deep(arm: str, spreads: float, depth: int, **fields: Any) -> Mean:
    return mean(arm, spreads, policy="one", depth=depth, **fields)


LADDER = ladder(arms=("real", "random"), measures=("noise", "share-red"))
MEANS = [
    base(),
    deep("real", 0.5, 1),
    deep("real", 3.0, 5),
    deep("random", 1.0, 5),
    deep("real", 0.0, 5, measure="share-red", unit="of pictures", in_seed_spreads=None, mean=0.66),
]


@pytest.fixture
def page() -> str:
    return experiment_page(report(LADDER, MEANS))


def test_it_says_what_the_numbers_say(page):
    for told in verdicts(LADDER, MEANS):
        assert told.sentence in page
        assert told.overturned_by in page
    assert "<h1>Ladder of a, b, c, d and 1 more</h1>" in page
    assert "loraviewer lab run description.json" in page
    assert all(one.sha256 in page for one in LADDER.adapters)
    assert "a cat<br>a tree" in page
    assert "1 … 3" in page  # its seeds


def test_it_needs_nothing_else(page):
    tags = Tags(page)
    assert not tags.all("link")
    assert [tag.get("src") for tag in tags.all("script")] == [None]
    assert all((tag["src"] or "").startswith("data:image/") for tag in tags.all("img"))
    assert "http" not in page.replace("http-equiv", "")
    policy = next(one["content"] for one in tags.all("meta") if "http-equiv" in one)
    assert policy is not None
    assert policy.startswith("default-src 'none'; img-src data:;")


def test_the_sheet_lies_in_it_whole(page):
    first = Tags(page).all("img")[0]
    data = (first["src"] or "").removeprefix("data:image/png;base64,")
    assert base64.b64decode(data) == sheet()


def test_there_is_a_plot_for_each_measure(page):
    plots = re.findall(r'<svg role="img".*?</svg>', page, re.DOTALL)
    assert [re.findall("<title>(.*?)</title>", plot)[0] for plot in plots] == [
        "Grain", "Share of “red”",
    ]  # fmt: skip
    assert "seed spreads from the base" in plots[0]
    assert "of pictures" in plots[1]  # nothing that varies: in its own unit
    assert "seed spreads from" not in plots[1]


def test_few_pictures_are_in_it_and_a_missing_one_is_told(page):
    cells = sum(len(group.cells) for group in groups(LADDER))
    assert cells == 7 * 2 * 3
    assert page.count("data:image/jpeg") == cells - 1
    assert "no picture: the base, seed 1" in page


def test_many_pictures_are_not():
    many = msgspec.structs.replace(LADDER, seeds=tuple(range(1, 6)))
    page = experiment_page(report(many, MEANS))
    assert "data:image/jpeg" not in page
    assert "70 pictures lie in the folder" in page


def _told_apart(names: Sequence[str]) -> tuple[AppliedAdapter, ...]:
    """Names of files need not be text; what tells contents apart is."""
    return tuple(
        msgspec.structs.replace(adapter(name), sha256=f"{at:064x}") for at, name in enumerate(names)
    )


def test_names_are_only_text():
    names = (EVIL, '"><img src=x onerror=alert(1)>', "näme\udcff\u202e")
    asked = ladder(adapters=_told_apart(names), prompts=(EVIL, "b"), depths=(1,))
    means = [base(adapters=EVIL), deep("real", 3.0, 1, adapters=names[1], unit=EVIL)]
    text = experiment_page(report(asked, means))
    text.encode()
    tags = Tags(text)
    assert len(tags.all("script")) == 1
    assert not [one for one in tags.all("img") if "onerror" in one or one["src"] == "x"]
    assert "\u202e" not in text


@pytest.mark.parametrize(
    ("asked", "means"),
    [
        (ladder(), MEANS),
        (sweep(), [base(), *(mean("real", x, at=f"{x:g}") for x in (0.0, 0.5, 2.0))]),
        (ablation(), [base(), mean("all", 2.0, adapters="a + b + c"), mean("alone", 1.0)]),
        (ladder(kind="rules"), [base(), mean("sum", 2.0), mean("ties:0.2", 1.0)]),
        (ladder(), [base(), deep("real", 1.0, 5, half=None, measure="finite", n=2)]),
    ],
)
def test_every_kind_has_a_page_that_never_changes(asked, means):
    if asked.kind == "rules":
        asked = msgspec.structs.replace(asked, rules=())
    first, second = (experiment_page(report(asked, means)) for _ in range(2))
    assert first == second
    assert "nan" not in re.sub('base64,[^"]*', "", first)


def drawn(asked: Experiment, means: list[Mean]) -> str:
    return measure_plot("Grain", curves(asked, means, "noise"), x_title(asked))


def circles(svg: str) -> list[tuple[float, float]]:
    found = re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', svg)
    return [(float(x), float(y)) for x, y in found]


def test_points_lie_where_their_numbers_are():
    svg = drawn(ladder(), [base(), deep("real", 1.0, 1), deep("real", 4.0, 5)])
    (x0, y0), (x1, y1), (x5, y5) = circles(svg)
    assert (x5 - x0) / (x1 - x0) == pytest.approx(5, rel=0.02)
    assert (y5 - y0) / (y1 - y0) == pytest.approx(4, rel=0.02)
    band = re.search(r'<rect x="[\d.]+" y="([\d.]+)" width="[\d.]+" height="([\d.]+)"', svg)
    assert band is not None
    assert float(band[1]) == pytest.approx(y1, abs=0.2)  # +1 is its upper edge
    assert float(band[2]) == pytest.approx(2 * (y0 - y1), abs=0.2)
    whisker = re.search(r'<path d="M[\d.]+ ([\d.]+)V([\d.]+)', svg.rpartition("<g><title>")[2])
    assert whisker is not None
    assert float(whisker[1]) - float(whisker[2]) == pytest.approx(0.4 * (y0 - y1), abs=0.3)


def test_places_with_names_are_rows():
    means = [base(), mean("all", 2.0, adapters="a + b + c"), mean("alone", -1.0, adapters="b")]
    svg = drawn(ablation(), means)
    (x0, y0), (x2, y2), (x_1, _) = circles(svg)
    assert (x2 - x0) / (x0 - x_1) == pytest.approx(2, rel=0.02)
    assert y2 - y0 == 20
    assert ">b alone</text>" in svg


def test_marks_tell_their_numbers_in_both_units():
    svg = drawn(ladder(), [base(), deep("real", 1.8, 5)])
    assert (
        "the adapters, depth 5: 0.18 levels (0.16 to 0.2); +1.80 seed spreads (1.6 to 2); "
        "8 prompts, 64 numbers" in svg
    )


def test_one_place_alone_can_be_drawn():
    assert len(circles(drawn(ablation(), [base()]))) == 1


@pytest.mark.parametrize("ends", [(0.0, 1.0), (-3.2, 77.0), (0.001, 0.0012), (-5e6, 2e6)])
def test_ticks_are_round_and_within(ends):
    scale = Scale.over(ends, 0, 100)
    ticks = scale.ticks()
    assert 2 <= len(ticks) <= 8
    assert all(scale.least <= at <= scale.most for at in ticks)
    steps = {f"{right - left:.3g}" for left, right in itertools.pairwise(ticks)}
    assert len(steps) == 1
    assert steps.pop().strip("0.e+-")[0] in "125"


def test_controls_say_what_is_missing():
    def told(asked: Experiment, *means: Mean) -> dict[bool, str]:
        found = controls(asked, means)
        return {
            there: " ".join(c.text for c in found if c.is_there is there) for there in (True, False)
        }

    poor = told(ladder(), mean("real", None, measure="finite", n=3))
    for missing in ("2 prompts", "3 seeds", "No random adapters", "One order", "3 pictures could"):
        assert missing in poor[False]
    prompts = tuple(f"prompt {at}" for at in range(8))
    rich = ladder(prompts=prompts, seeds=tuple(range(8)), arms=("real", "random"), orders=40)
    assert told(rich)[False] == ""
    assert "Each adapter is there alone" in told(rich)[True]
    assert "No adapter is there alone" in told(sweep())[False]
    assert "Each adapter is there alone" in told(ablation())[True]

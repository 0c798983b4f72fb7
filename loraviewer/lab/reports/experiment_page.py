"""What an experiment found, as one self-contained HTML page. The same numbers give the same page,
byte for byte."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from loraviewer.core.experiments.cells import Cell, Group
from loraviewer.core.experiments.conclusions.verdict import HINT
from loraviewer.core.experiments.conclusions.words import facts_of, listed, title_of
from loraviewer.core.experiments.curves import BASE_ARM, Curve, curves, x_title
from loraviewer.core.experiments.description import Experiment, Kind
from loraviewer.core.experiments.numbers import CountedShare, Mean
from loraviewer.core.experiments.places import arm_name, place_name, policy_name
from loraviewer.core.experiments.verdicts import Verdict
from loraviewer.core.picture import Picture
from loraviewer.lab.reports.counted_shares_table import counted_shares_table
from loraviewer.lab.reports.embedded_pictures import png_element, thumbnail_element
from loraviewer.lab.reports.experiment_asked import adapters_table, asked_table, versions_table
from loraviewer.lab.reports.experiment_controls import FINITE, controls
from loraviewer.lab.reports.html_text import minus, number, safe, shortened, table
from loraviewer.lab.reports.line_styles import style
from loraviewer.lab.reports.measure_plot import BAND, is_in_spreads, measure_plot
from loraviewer.lab.reports.page import page

MOST_THUMBNAILS = 60

_NAMES, _LETTERS = 4, 40
_KINDS: Mapping[Kind, tuple[str, str]] = {
    "ladder": ("Ladder", "How pictures change as more and more adapters are stacked."),
    "sweep": ("Sweep", "How pictures change as one number moves from point to point."),
    "ablation": ("Ablation", "What each adapter of the stack does alone, and what it adds to it."),
    "seeds": ("Seed wall", "How different the pictures of one prompt are from seed to seed."),
    "outputs": ("Weights and outputs", "What the same energy does in weights and in outputs."),
    "return": ("Way back", "Whether the base comes back once all adapters are taken off again."),
    "rules": ("Merge rules", "What one stack does when it is merged by several rules."),
}
_UNIT = (
    "One seed spread is how much the base’s own pictures of a prompt differ from seed to seed; "
    "the base lies at 0, and the grey band, −1 to 1, is what another seed does. Whiskers and "
    "ranges are intervals at 95 %, by the bootstrap over prompts, or over seeds where there is "
    "one prompt. Point at a mark for its numbers in their own unit."
)


@dataclass(frozen=True)
class ExperimentReport:
    """All that the page shows. `sheet`: the contact sheet, as PNG. `pictures`: by id of their cell,
    of those that could be made."""

    experiment: Experiment
    means: Sequence[Mean]
    verdicts: Sequence[Verdict]
    sheet: bytes
    groups: Iterable[Group]
    pictures: Mapping[str, Picture]
    counted: Sequence[CountedShare] = ()

    @property
    def title(self) -> str:
        names = [shortened(one.name, _LETTERS) for one in self.experiment.adapters[:_NAMES]]
        left = len(self.experiment.adapters) - len(names)
        names += [f"{left} more"] if left else []
        return f"{_KINDS[self.experiment.kind][0]} of {listed(names)}"

    @cached_property
    def plots(self) -> list[tuple[str, tuple[Curve, ...]]]:
        """Measures in the order in which they were asked for, then the others."""
        measured = (mean.measure for mean in self.means)
        names = dict.fromkeys((*self.experiment.measures, *measured))
        names.pop(FINITE, None)  # of pictures that are not there
        found = [(name, curves(self.experiment, self.means, name)) for name in names]
        return [(name, lines) for name, lines in found if any(line.points for line in lines)]


def experiment_page(report: ExperimentReport) -> str:
    """HTML that needs no other file and no network; whatever names and prompts hold, they are only
    text."""
    experiment = report.experiment
    sections = (
        f"<h1>{safe(report.title)}</h1>",
        f'<p class="summary">{safe(_KINDS[experiment.kind][1])}</p>',
        _section("What the numbers say", _verdicts(report.verdicts)),
        _section("Asked and counted", counted_shares_table(report.counted)),
        _section("Controls", _controls(report)),
        _section("Curves", _plots(report)),
        _section("Pictures", _sheet(report)),
        _section("What was asked", asked_table(experiment) + adapters_table(experiment)),
        _section("All means", _means(report)),
        _section("All pictures", _thumbnails(report)),
        _section("How to repeat it", _repeated()),
    )
    return page(report.title, "\n".join(filter(None, sections)), has_pictures=True)


def _section(title: str, body: str) -> str:
    return f"<section><h2>{safe(title)}</h2>{body}</section>" if body else ""


def _verdicts(verdicts: Sequence[Verdict]) -> str:
    told = [one for one in verdicts if one.is_decided]
    left = [one for one in verdicts if not one.is_decided]
    parts = [f"<ul>{''.join(map(_verdict, told))}</ul>" if told else ""]
    if not told:
        parts = ["<p>Nothing that these numbers could carry.</p>"]
    if any(one.is_hint for one in told):
        parts.append(f'<p class="quiet">{safe(HINT)}</p>')
    if left:
        parts.append(f"<h3>What stays open</h3><ul>{''.join(map(_verdict, left))}</ul>")
    return "".join(parts)


def _verdict(one: Verdict) -> str:
    return (
        f"<li>{safe(one.sentence)}<br>"
        f'<span class="quiet">What would overturn it: {safe(one.overturned_by)}</span></li>'
    )


def _controls(report: ExperimentReport) -> str:
    items = [
        f"<li>✓ {safe(one.text)}</li>"
        if one.is_there
        else f'<li class="warn">⚠ {safe(one.text)}</li>'
        for one in controls(report.experiment, report.means)
    ]
    return f"<ul>{''.join(items)}</ul>"


def _plots(report: ExperimentReport) -> str:
    axis = x_title(report.experiment, report.means)
    figures = "".join(_plot(name, lines, axis) for name, lines in report.plots)
    key = _legend(report.plots[0][1], has_names=bool(axis)) if report.plots else ""
    return f'<p class="quiet">{safe(_UNIT)}</p><p>{key}</p><div class="plots">{figures}</div>'


def _plot(name: str, lines: Sequence[Curve], axis: str) -> str:
    facts, title = facts_of(name), title_of(name)
    heading = title if is_in_spreads(lines) else f"{title}, in its own unit"
    explained = ""
    if facts is not None:
        explained = (
            f"<details><summary>what it says</summary>{safe(facts.meaning)} "
            f"{safe(facts.blind)}</details>"
        )
    caption = f"<figcaption><strong>{safe(heading)}</strong>{explained}</figcaption>"
    return f"<figure>{measure_plot(title, lines, axis)}{caption}</figure>"


def _legend(lines: Sequence[Curve], has_names: bool) -> str:
    """Where places have names, they say themselves what they are."""
    keys = [] if has_names is False else [(line.name, style(i)) for i, line in enumerate(lines)]
    drawn = [
        '<span class="key"><svg width="34" height="12" aria-hidden="true">'
        f'<line x1="1" y1="6" x2="33" y2="6" {drawn}/></svg> {safe(shortened(name, 60))}</span> '
        for name, drawn in keys
    ]
    band = (
        '<span class="key"><svg width="34" height="12" aria-hidden="true">'
        f'<rect x="1" y="1" width="32" height="10" {BAND}/></svg> what another seed does</span>'
    )
    return "".join((*drawn, band))


def _sheet(report: ExperimentReport) -> str:
    alternative = f"Contact sheet: {report.title}"
    image = png_element(report.sheet, alternative, 'class="sheet"')
    return f'<figure><div class="wide">{image}</div></figure>'


def _means(report: ExperimentReport) -> str:
    """Sorts by a click."""
    titles = ("measure", "curve", "place", "mean", "unit", "interval", "seed spreads", "interval")
    texts = {0, 1, 2, 4}
    head = "".join(
        f'<th scope="col"{_TEXT if i in texts else ""}><button type="button">{one}</button></th>'
        for i, one in enumerate((*titles, "prompts", "numbers"))
    )
    rows = "".join(f"<tr>{_mean(report, mean)}</tr>" for mean in report.means)
    return (
        '<p class="quiet">Also in summary.csv; every number is in results.csv. Click a heading to '
        'sort.</p><div class="tall" tabindex="0" role="region" aria-label="All means">'
        f'<table class="sorts"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


_TEXT = ' class="text"'


def _mean(report: ExperimentReport, mean: Mean) -> str:
    curve = ", ".join(filter(None, (arm_name(mean.arm), policy_name(mean.policy))))
    place = place_name(report.experiment, mean, report.means)
    texts = (f"<td{_TEXT}>{safe(one)}</td>" for one in (mean.measure, curve, place))
    numbers = (
        _sortable(mean.mean, number(mean.mean)),
        f"<td{_TEXT}>{safe(mean.unit)}</td>",
        _sortable(mean.low, _range(mean.low, mean.high)),
        _sortable(mean.in_seed_spreads, _spreads(mean.in_seed_spreads)),
        _sortable(mean.spreads_low, _range(mean.spreads_low, mean.spreads_high)),
        _sortable(mean.prompts, str(mean.prompts)),
        _sortable(mean.n, str(mean.n)),
    )
    return "".join((*texts, *numbers))


def _sortable(value: float | None, text: str) -> str:
    key = "" if value is None else f"{value:.9g}"
    return f'<td data-n="{key}">{text}</td>'


def _range(low: float | None, high: float | None) -> str:
    return "–" if low is None or high is None else f"{number(low)} to {number(high)}"


def _spreads(value: float | None) -> str:
    return "–" if value is None else minus(f"{value:+.2f}")


def _thumbnails(report: ExperimentReport) -> str:
    """Of an experiment with few; the folder has them all in full."""
    cells = sum(len(group.cells) for group in report.groups)
    if cells > MOST_THUMBNAILS:
        return (
            f'<p class="quiet">{cells} pictures lie in the folder “pictures”, under the names that '
            "results.csv calls cells.</p>"
        )
    rows = [
        f'<th scope="row" class="words">{safe(_words(group))}</th>'
        f'<td class="words">{"".join(_thumbnail(report, cell) for cell in group.cells)}</td>'
        for group in report.groups
    ]
    seeds = ", ".join(map(str, report.experiment.seeds))
    head = (
        f'<th scope="col" class="text">stack and prompt</th><th scope="col" class="text">{_SEEDS}'
    )
    return table(f"{head} {seeds}</th>", rows)


_SEEDS = "seeds"


def _words(group: Group) -> str:
    condition = group.condition
    if condition.arm == BASE_ARM:
        return f"{arm_name(BASE_ARM)}: {group.prompt}"
    parts = [arm_name(condition.arm), policy_name(condition.policy), condition.place]
    stack = condition.names if not condition.place else ""
    told = ", ".join(filter(None, (*parts, shortened(stack, 2 * _LETTERS))))
    return f"{told}: {group.prompt}"


def _thumbnail(report: ExperimentReport, cell: Cell) -> str:
    hint = f"{_words_of(cell)}, seed {cell.request.sampling.seed}"
    picture = report.pictures.get(cell.id)
    if picture is None:
        return f'<span class="warn">no picture: {safe(hint)}</span> '
    return f"{thumbnail_element(picture, hint)} "


def _words_of(cell: Cell) -> str:
    return f"{arm_name(cell.condition.arm)} {cell.condition.names}".strip()


def _repeated() -> str:
    command = "loraviewer lab run description.json -o FOLDER"
    return (
        f"<p><code>{command}</code></p><p>description.json lies beside this page and holds all "
        "that decides the pictures and numbers. The base and the adapters must lie where it says, "
        f"with the same contents.</p>{versions_table()}"
    )

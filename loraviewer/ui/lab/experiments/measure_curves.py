"""Curves of one measure as a plot draws them, and what is said of their points."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, Qt

from loraviewer.bridge.languages import figures, shown
from loraviewer.core.experiments.conclusions.words import title_of
from loraviewer.core.experiments.curves import BASE_ARM, CurvePoint, curves, x_title
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.numbers import Mean
from loraviewer.core.numbers import short_number
from loraviewer.ui.lab.charts.chart_numbers import ChartNumbers
from loraviewer.ui.lab.charts.curve_plot import Curve
from loraviewer.ui.lab.charts.legends import Line
from loraviewer.ui.lab.charts.number_words import number_text, signed_text

translate = QCoreApplication.translate
_CONTEXT = "MeasureCurves"
_DASHES = {"random": Qt.PenStyle.DashLine, "copies": Qt.PenStyle.DotLine}
_LONGEST_NAME = 13
_MOST_TICKS = 8
_TICKS_IN_WIDTH = 16


@dataclass(frozen=True)
class DrawnCurves:
    """`points`: by curve and place, as they are drawn."""

    curves: tuple[Curve, ...]
    points: tuple[tuple[CurvePoint, ...], ...]
    x_words: str
    y_words: str
    x_names: tuple[tuple[float, str], ...]
    numbers: ChartNumbers
    in_spreads: bool

    def words(self, curve: int, point: int) -> str:
        """Where it is, the number with its interval, and how many pictures it is of."""
        told = self.points[curve][point]
        name = self.curves[curve].line.name
        places = dict.fromkeys(part for part in (name, shown(told.place)) if part)
        lines = [" · ".join(places), _value_words(told.mean, self.in_spreads)]
        words = translate(_CONTEXT, "of {} pictures, {} prompts")
        return "\n".join([*lines, words.format(told.mean.n, told.mean.prompts)])


def measures_in(means: Sequence[Mean]) -> tuple[str, ...]:
    """In the order of the means."""
    return tuple(dict.fromkeys(mean.measure for mean in means))


def has_spreads(means: Sequence[Mean], measure: str) -> bool:
    own = (mean for mean in means if mean.measure == measure)
    return any(mean.in_seed_spreads is not None for mean in own)


def drawn_curves(
    experiment: Experiment,
    means: Sequence[Mean],
    measure: str,
    *,
    in_spreads: bool,
    most_names: int = 6,
) -> DrawnCurves:
    """in_spreads: in units of how much the base differs from seed to seed, else in its own.
    most_names: of places below the curve."""
    found = curves(experiment, means, measure)
    x_words = x_title(experiment, means)
    lines = [_line(one.arm, shown(one.name), place) for place, one in enumerate(found)]
    drawn = tuple(
        Curve(
            line,
            tuple(point.x for point in one.points),
            tuple(_y(point.mean, in_spreads) for point in one.points),
            has_line=bool(x_words),
            has_dots=True,
            low=tuple(_low(point.mean, in_spreads) for point in one.points),
            high=tuple(_high(point.mean, in_spreads) for point in one.points),
        )
        for line, one in zip(lines, found, strict=True)
    )
    points = tuple(one.points for one in found)
    return DrawnCurves(
        curves=drawn,
        points=points,
        x_words=x_words,
        y_words=_y_words(means, measure, in_spreads),
        x_names=_ticks(points) if x_words else _names(points, most_names),
        numbers=_numbers(means, measure),
        in_spreads=in_spreads,
    )


def _line(arm: str, name: str, place: int) -> Line:
    """Controls are dashed, the base is in the colour of words."""
    if arm == BASE_ARM:
        return Line(name, None)
    return Line(name, place, _DASHES.get(arm))


def _y(mean: Mean, in_spreads: bool) -> float | None:
    return mean.in_seed_spreads if in_spreads else mean.mean


def _low(mean: Mean, in_spreads: bool) -> float | None:
    return mean.spreads_low if in_spreads else mean.low


def _high(mean: Mean, in_spreads: bool) -> float | None:
    return mean.spreads_high if in_spreads else mean.high


def _y_words(means: Sequence[Mean], measure: str, in_spreads: bool) -> str:
    if in_spreads:
        return translate(_CONTEXT, "seed spreads")
    unit = next((mean.unit for mean in means if mean.measure == measure), "")
    return shown(unit or title_of(measure))


def _value_words(mean: Mean, in_spreads: bool) -> str:
    """Both numbers; the one that is drawn comes first."""
    own = f"{number_text(mean.mean)} {shown(mean.unit)}".strip()
    if mean.in_seed_spreads is None:
        return own
    limits = ""
    if mean.spreads_low is not None and mean.spreads_high is not None:
        span = translate(_CONTEXT, " ({} to {})")
        limits = span.format(signed_text(mean.spreads_low), signed_text(mean.spreads_high))
    number = signed_text(mean.in_seed_spreads)
    spreads = translate(_CONTEXT, "{}{} seed spreads").format(number, limits)
    return f"{spreads} · {own}" if in_spreads else f"{own} · {spreads}"


def _ticks(points: Sequence[Sequence[CurvePoint]]) -> tuple[tuple[float, str], ...]:
    """At the points themselves, where these are few, but for names that would lie over each other;
    else as the axis has them."""
    every = sorted({point.x for line in points for point in line})
    if len(every) > _MOST_TICKS:
        return ()
    apart = (every[-1] - every[0]) / _TICKS_IN_WIDTH if every else 0.0
    named: list[float] = []
    for x in reversed(every):  # the deepest has its name
        if not named or named[-1] - x >= apart:
            named.append(x)
    return tuple((x, figures(short_number(x, 3)).replace("-", "−")) for x in reversed(named))


def _names(points: Sequence[Sequence[CurvePoint]], most: int) -> tuple[tuple[float, str], ...]:
    """Of all places, or of some where they would lie over each other."""
    every = [(point.x, _short(shown(point.place))) for line in points for point in line]
    step = max(1, -(-len(every) // most))
    return tuple(every[::step])


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def _numbers(means: Sequence[Mean], measure: str) -> ChartNumbers:
    """As `summary.csv` has them."""
    header = ("arm", "policy", "depth", "adapters", "scales", "at", "unit", "mean", "low", "high",
              "in seed spreads", "spreads low", "spreads high", "level", "over", "prompts",
              "n")  # fmt: skip
    rows = tuple(
        (one.arm, one.policy, one.depth, one.adapters, one.scales, one.at, one.unit, one.mean,
         one.low, one.high, one.in_seed_spreads, one.spreads_low, one.spreads_high, one.level,
         one.over, one.prompts, one.n)
        for one in means
        if one.measure == measure
    )  # fmt: skip
    return ChartNumbers(header, rows)

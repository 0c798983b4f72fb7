"""Tables of numbers as coloured cells, as SVG. Strength is the opacity of one colour over the
paper, so that it reads on white and on black, in print and with any colour vision."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from loraviewer.lab.reports.html_text import minus, number, percent, safe, shortened

_ROW, _COLUMN, _LABEL, _FOOT, _LETTERS = 22, 74, 150, 48, 20
_FAINTEST, _STRONGEST = 0.06, 0.75
"""Opacities between which ink is read on the colour, on white paper and on black."""

_MOST_DECADES = 3.0
_SWATCHES = 4


@dataclass(frozen=True)
class Cell:
    """`text` is what it says, `opacity` 0 … 1 how strongly it is coloured, `hint` what is shown
    under the pointer."""

    text: str
    opacity: float
    hint: str
    colour: str = "var(--alike)"


def heat_map(
    values: Sequence[Sequence[float]],
    rows: Sequence[str],
    columns: Sequence[str],
    title: str,
    is_share: bool,
) -> str:
    """values[row][column], 0 or more, on a logarithmic scale over at most three decades, with its
    legend. is_share: of W₀, told in percent."""
    scale = _Scale.of([v for row in values for v in row], is_share)
    cells = [
        [scale.cell(v, f"{row}, {column}") for column, v in zip(columns, line, strict=True)]
        for row, line in zip(rows, values, strict=True)
    ]
    return _figure(cells, rows, columns, title, scale.legend)


@dataclass(frozen=True)
class _Scale:
    """Logarithmic, from `lowest` to `highest`; what is below is coloured like `lowest`."""

    lowest: float
    highest: float
    told: Callable[[float], str]

    @classmethod
    def of(cls, values: Sequence[float], is_share: bool) -> "_Scale":
        known = [v for v in values if v > 0.0 and math.isfinite(v)]
        highest = max(known, default=1.0)
        lowest = max(min(known, default=1.0), highest / 10.0**_MOST_DECADES)
        return cls(min(lowest, highest / 10.0), highest, percent if is_share else number)

    def cell(self, value: float, of: str) -> Cell:
        if not value > 0.0:
            return Cell("", 0.0, f"{of}: nothing")
        return Cell(self.told(value), self._opacity(value), f"{of}: {self.told(value)}")

    def _opacity(self, value: float) -> float:
        height = math.log(value / self.lowest) / math.log(self.highest / self.lowest)
        return _FAINTEST + (_STRONGEST - _FAINTEST) * min(1.0, max(0.0, height))

    def legend(self, y: float) -> str:
        parts = [
            f'<text class="quiet" x="{_LABEL - 8}" y="{y + 29}" text-anchor="end">scale</text>'
        ]
        for i in range(_SWATCHES):
            share = i / (_SWATCHES - 1)
            value = self.lowest ** (1.0 - share) * self.highest**share
            parts.append(_cell(self.cell(value, "scale"), _LABEL + _COLUMN * i, y + 14))
        return "".join(parts)


def cosine_matrix(
    cosines: Sequence[Sequence[float]],
    nulls: Sequence[Sequence[float]],
    names: Sequence[str],
    title: str,
    beyond: float,
) -> str:
    """Blue where two point the same way, orange where they point against each other, no colour
    within `beyond` standard deviations (nulls) of independent directions."""
    cells = [
        [
            _cosine_cell(cosines[i][j], nulls[i][j], (first, second), beyond, i == j)
            for j, second in enumerate(names)
        ]
        for i, first in enumerate(names)
    ]
    return _figure(cells, names, names, title)


def _cosine_cell(
    cosine: float, null: float, names: tuple[str, str], beyond: float, is_own: bool
) -> Cell:
    if is_own or not math.isfinite(cosine):
        return Cell("" if is_own else "–", 0.0, " and ".join(names))
    is_real = abs(cosine) > beyond * null
    strength = _FAINTEST + (_STRONGEST - _FAINTEST) * math.sqrt(abs(cosine))
    hint = f"{names[0]} and {names[1]}: {cosine:.5f}; independent directions: ± {null:.2g}"
    colour = "var(--alike)" if cosine > 0.0 else "var(--against)"
    text = minus(f"{cosine:+.3f}")
    return Cell(text, strength if is_real else 0.0, hint, colour)


def _figure(
    cells: Sequence[Sequence[Cell]],
    rows: Sequence[str],
    columns: Sequence[str],
    title: str,
    legend: Callable[[float], str] | None = None,
) -> str:
    """legend: what is drawn below, from its place downwards."""
    head = 16 + 5 * max(len(shortened(name, _LETTERS)) for name in columns)  # they are slanted
    bottom = head + _ROW * len(rows)
    width, height = _LABEL + _COLUMN * len(columns) + head, bottom + (_FOOT if legend else 4)
    parts = [
        f'<svg role="group" aria-label="{safe(title)}" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}">',
    ]
    for i, name in enumerate(columns):
        at = _LABEL + _COLUMN * i + _COLUMN / 2
        parts.append(
            f'<text transform="translate({at:g} {head - 8}) rotate(-40)">'
            f"{safe(shortened(name, _LETTERS))}</text>"
        )
    for i, (name, line) in enumerate(zip(rows, cells, strict=True)):
        y = head + _ROW * i
        label = safe(shortened(name, _LETTERS))
        parts.append(f'<text x="{_LABEL - 8}" y="{y + 15}" text-anchor="end">{label}</text>')
        parts += [_cell(cell, _LABEL + _COLUMN * j, y) for j, cell in enumerate(line)]
    return "".join([*parts, legend(bottom) if legend else "", "</svg>"])


def _cell(cell: Cell, x: float, y: float) -> str:
    return (
        f"<g><title>{safe(cell.hint)}</title>"
        f'<rect x="{x}" y="{y}" width="{_COLUMN - 2}" height="{_ROW - 2}" rx="2" '
        f'fill="{cell.colour}" fill-opacity="{cell.opacity:.3f}" stroke="var(--line)"/>'
        f'<text x="{x + _COLUMN / 2 - 1:g}" y="{y + 15}" text-anchor="middle">'
        f"{safe(cell.text)}</text></g>"
    )

"""A sheet of an experiment: a row for each arm and policy, the base first, then deeper and deeper.

One prompt, one seed and one order of them all; the others lie in the folder of pictures.
"""

import textwrap
from collections.abc import Callable

from PIL import Image, ImageDraw, ImageFont

from loraviewer.core.contact_sheet import ContactSheet, SheetCell, cell_width
from loraviewer.core.experiments.cells import Cell, groups
from loraviewer.core.experiments.conditions import Condition
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.numbers import short_number
from loraviewer.core.outcome import Rendered
from loraviewer.core.picture import Picture

MOST_COLUMNS = 10
"""Of the places of a curve, spread evenly; a sheet is to be looked at."""

_FONT_PX, _LINE_PX = 15, 20
_LINES = 3
_INK, _PAPER = "#222222", "#ffffff"
_POLICIES = {"one": "each at 1", "mean": "each at 1/N", "sqrt": "each at 1/sqrt N", "": ""}

Find = Callable[[Cell], Rendered | None]


def sheet_of(experiment: Experiment, find: Find) -> ContactSheet:
    """find: the picture of a cell; it must have those of the first prompt and seed."""
    cells = _first_cells(experiment)
    base, rows = cells[0], _rows(experiment, cells[1:])
    drawn = [cell for row in rows for cell in (base, *row)]
    shown = [(cell, rendered) for cell in drawn if (rendered := find(cell))]
    width = cell_width(tuple(rendered.picture for _, rendered in shown))
    columns = 1 + max(len(row) for row in rows)
    return ContactSheet(
        tuple(_sheet_cell(experiment, cell, rendered, width) for cell, rendered in shown),
        columns,
        written(_footer(experiment), columns * width),
    )


def written(text: str, width: int, lines: int = _LINES) -> Picture:
    """Dark on white, so many pixels wide, broken into lines; what is too long ends in dots."""
    font = ImageFont.load_default(size=_FONT_PX)
    letters = max(8, int(width / font.getlength("n")))
    parts = textwrap.wrap(text, letters, max_lines=lines, placeholder=" ...") or [""]
    image = Image.new("RGB", (width, _LINE_PX * lines), _PAPER)
    pen = ImageDraw.Draw(image)
    for number, part in enumerate(parts):
        pen.text((0, number * _LINE_PX), part, fill=_INK, font=font)
    return Picture(image.width, image.height, image.tobytes())


def _first_cells(experiment: Experiment) -> list[Cell]:
    prompt = experiment.prompts[0]
    return [group.cells[0] for group in groups(experiment) if group.prompt == prompt]


def _rows(experiment: Experiment, cells: list[Cell]) -> list[list[Cell]]:
    """Of the first order."""
    rows: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        condition = cell.condition
        if condition.order <= 1:
            rows.setdefault((condition.arm, condition.policy), []).append(cell)
    return [_spread(row) for row in rows.values()]


def _spread(row: list[Cell]) -> list[Cell]:
    """At most so many of them, the first and the last among them."""
    count = min(len(row), MOST_COLUMNS)
    last = max(1, count - 1)
    return [row[round(at * (len(row) - 1) / last)] for at in range(count)]


def _sheet_cell(experiment: Experiment, cell: Cell, rendered: Rendered, width: int) -> SheetCell:
    caption = written(_caption(experiment, cell.condition), width)
    return SheetCell(name=cell.id, rendered=rendered, caption=caption)


def _caption(experiment: Experiment, condition: Condition) -> str:
    if condition.arm == "base":
        return "the base alone"
    stack = ", ".join(f"{a.name} {short_number(a.scale, 2)}" for a in condition.adapters)
    if experiment.kind == "sweep":
        return stack
    policy = _POLICIES[condition.policy]
    return f"{condition.arm}, depth {condition.depth}, {policy}: {stack}"


def _footer(experiment: Experiment) -> str:
    base, sampling = experiment.base, experiment.base.sampling
    return (
        f"{base.checkpoint.path}: {experiment.prompts[0]}; seed {experiment.seeds[0]}, "
        f"{sampling.steps} steps, guidance {sampling.guidance_scale:g}, {sampling.sampler}. "
        "Rows of a ladder show the first of its orders."
    )

"""A sheet of an experiment: a row for each arm and policy, the base first, then deeper and deeper
stacks or higher and higher strengths; of an ablation, each adapter alone over all without it.

One prompt, one seed and one order of them all; the others lie in the folder of pictures.
"""

import textwrap
from collections.abc import Callable

from PIL import Image, ImageDraw, ImageFont

from loraviewer.core.contact_sheet import ContactSheet, SheetCell, cell_width
from loraviewer.core.experiments.ablation import ALL
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
    rows = _of_ablation(cells) if experiment.kind == "ablation" else _of_curves(cells)
    shown = [(cell, rendered) for row in rows for cell in row if (rendered := find(cell))]
    width = cell_width(tuple(rendered.picture for _, rendered in shown))
    columns = len(rows[0])
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


def _of_curves(cells: list[Cell]) -> list[list[Cell]]:
    """All as long as each other; of the first order."""
    base, *others = cells
    rows: dict[tuple[str, str], list[Cell]] = {}
    for cell in others:
        condition = cell.condition
        if condition.order <= 1:
            rows.setdefault((condition.arm, condition.policy), []).append(cell)
    return [[base, *_spread(row)] for row in rows.values()]


def _of_ablation(cells: list[Cell]) -> list[list[Cell]]:
    """The base and each adapter alone; all of them, and without each, below it."""
    base, whole, *others = cells
    half = len(others) // 2
    return [[base, *_spread(others[:half])], [whole, *_spread(others[half:])]]


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
    if experiment.kind == "ablation":
        return (
            f"{condition.arm}: {stack}" if condition.arm == ALL else _ablated(experiment, condition)
        )
    policy = _POLICIES[condition.policy]
    return f"{condition.arm}, depth {condition.depth}, {policy}: {stack}"


def _ablated(experiment: Experiment, condition: Condition) -> str:
    """“alone birds”, “without birds”."""
    at = int(condition.name.rpartition("-")[2]) - 1
    return f"{condition.arm} {experiment.adapters[at].name}"


def _footer(experiment: Experiment) -> str:
    base, sampling = experiment.base, experiment.base.sampling
    order = " The first of the orders." if experiment.kind == "ladder" else ""
    return (
        f"{base.checkpoint.path}: {experiment.prompts[0]}; seed {experiment.seeds[0]}, "
        f"{sampling.steps} steps, guidance {sampling.guidance_scale:g}, {sampling.sampler}.{order}"
    )

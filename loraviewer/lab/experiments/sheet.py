"""A sheet of an experiment: its pictures of one prompt, in rows that can be compared, each with a
caption. The others lie in the folder of pictures.
"""

import textwrap
from collections.abc import Callable

from PIL import Image, ImageDraw, ImageFont

from loraviewer.core.contact_sheet import ContactSheet, SheetCell, cell_width
from loraviewer.core.experiments.ablation import ALL, PAIR
from loraviewer.core.experiments.axes import axis_words
from loraviewer.core.experiments.cells import Cell
from loraviewer.core.experiments.conditions import Condition
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.numbers import short_number
from loraviewer.core.outcome import Rendered
from loraviewer.core.picture import Picture
from loraviewer.lab.experiments.sheet_rows import sheet_rows

_FONT_PX, _LINE_PX = 15, 20
_LINES = 3
_INK, _PAPER = "#222222", "#ffffff"
_POLICIES = {"one": "each at 1", "mean": "each at 1/N", "sqrt": "each at 1/sqrt N", "": ""}

Find = Callable[[Cell], Rendered | None]


def sheet_of(experiment: Experiment, find: Find) -> ContactSheet:
    """find: the picture of a cell; it must have those of the first prompt and seed."""
    rows = sheet_rows(experiment)
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


def _sheet_cell(experiment: Experiment, cell: Cell, rendered: Rendered, width: int) -> SheetCell:
    caption = written(_caption(experiment, cell), width)
    return SheetCell(name=cell.id, rendered=rendered, caption=caption)


def _caption(experiment: Experiment, cell: Cell) -> str:
    condition = cell.condition
    stack = ", ".join(f"{a.name} {short_number(a.scale, 2)}" for a in condition.adapters)
    if experiment.kind == "seeds":
        return f"{_arm_of_wall(experiment, condition)}, seed {cell.request.sampling.seed}"
    if condition.arm == "base":
        return "the base alone"
    if experiment.kind == "sweep":
        return _place(experiment, condition) or stack
    if experiment.kind == "ablation" and condition.arm not in (ALL, PAIR):
        return _ablated(experiment, condition)
    if not condition.policy:
        return f"{condition.arm}: {stack}" if stack else condition.arm
    policy = _POLICIES[condition.policy]
    return f"{condition.arm}, depth {condition.depth}, {policy}: {stack}"


def _arm_of_wall(experiment: Experiment, condition: Condition) -> str:
    if condition.arm == "base":
        return "the base alone"
    if condition.adapters:
        return f"{condition.arm}: {condition.names}"
    return f"without “{experiment.negative}”"


def _place(experiment: Experiment, condition: Condition) -> str:
    """“manga 0.5, guidance 4”; "" where all strengths move and the stack says it."""
    if [axis.what for axis in experiment.axes] == ["master"]:
        return ""
    points = zip(experiment.axes, condition.at, strict=True)
    return ", ".join(
        f"{axis_words(axis, experiment.adapters)} {short_number(at, 3)}" for axis, at in points
    )


def _ablated(experiment: Experiment, condition: Condition) -> str:
    """“alone birds”, “without birds”."""
    at = int(condition.name.rpartition("-")[2]) - 1
    return f"{condition.arm} {experiment.adapters[at].name}"


def _footer(experiment: Experiment) -> str:
    base, sampling = experiment.base, experiment.base.sampling
    is_drawn = experiment.kind in ("ladder", "return")
    order = " The first of the orders." if is_drawn else ""
    seed = "" if experiment.kind == "seeds" else f"seed {experiment.seeds[0]}, "
    return (
        f"{base.checkpoint.path}: {experiment.prompts[0]}; {seed}"
        f"{sampling.steps} steps, guidance {sampling.guidance_scale:g}, {sampling.sampler}.{order}"
    )

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
from loraviewer.core.outcome import Rendered, Timings
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
    found = [[(cell, find(cell)) for cell in row] for row in rows]
    shown = [rendered for row in found for _, rendered in row if rendered is not None]
    width, columns = cell_width(tuple(one.picture for one in shown)), max(map(len, rows))
    cells = list[SheetCell]()
    for number, row in enumerate(found):
        cells += [_sheet_cell(experiment, cell, one, width) for cell, one in row if one is not None]
        gap = (number + 1) * columns - len(cells)
        cells += [_blank(shown[0], f"blank-{number}-{at}", width) for at in range(gap)]
    return ContactSheet(tuple(cells), columns, written(_footer(experiment), columns * width))


def _blank(like: Rendered, name: str, width: int) -> SheetCell:
    """Paper, where an arm has no picture as deep as others have."""
    size = like.picture.width, like.picture.height
    paper = Picture(*size, b"\xff" * (size[0] * size[1] * 3))
    return SheetCell(name, Rendered(like.request, paper, Timings(), ""), written("", width))


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
    if experiment.kind == "outputs":
        return f"{condition.arm}: one step moved by {condition.place}"
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

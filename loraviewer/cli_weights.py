"""`loraviewer lab weights`: what a stack does to the weights, as numbers."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from loraviewer.cli_folders import check_folder, result_folder
from loraviewer.cli_shared import (
    Base,
    Force,
    Json,
    Loras,
    Strict,
    applied_in_order,
    failing_in_one_line,
    progress,
    tell_landings,
)
from loraviewer.core.arguments import adapter_path
from loraviewer.core.atomic import new_file
from loraviewer.core.cancel import CancelToken
from loraviewer.core.resources import checkpoint_path
from loraviewer.core.stack import AppliedAdapter

if TYPE_CHECKING:
    from loraviewer.engine.baking import Workbench
    from loraviewer.lab.weights.report import MeasuredStack


def weights(
    base: Base,
    lora: Loras = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FOLDER", help="Write modules.csv and pairs.csv."),
    ] = None,
    modules: Annotated[
        bool, typer.Option("--modules", help="Every module by itself, with its spectrum.")
    ] = False,
    strict: Strict = False,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """How large a stack's changes are, where they lie, and which adapters meet."""
    if not lora:
        raise typer.BadParameter("Give at least one --lora.")
    with failing_in_one_line():
        files = [(argument, adapter_path(argument.file)) for argument in lora]
        if output is not None:
            sources = [checkpoint_path(base), *(path for _, path in files)]
            check_folder(output, _results(output), sources, force)
        applied = applied_in_order(files)
        from loraviewer.engine.baking import open_workbench

        bench = open_workbench(base, applied, CancelToken(), progress())
        tell_landings(bench.landings, strict)
        facts = _facts(bench, applied, output, modules)
        if as_json:
            typer.echo(json.dumps(facts))
        else:
            typer.echo("\n".join(_table(facts)))


def _results(output: Path) -> tuple[Path, Path]:
    return output / "modules.csv", output / "pairs.csv"


def _facts(
    bench: "Workbench",
    applied: tuple[AppliedAdapter, ...],
    output: Path | None,
    with_modules: bool,
) -> dict[str, Any]:
    from loraviewer.lab.weights.report import module_facts, pair_facts, stack_facts

    stack = _measured(bench, applied)
    facts = stack_facts(stack)
    show, found = progress(), list[dict[str, Any]]()
    if with_modules or output is not None:
        found = module_facts(stack, CancelToken(), lambda fraction: show("spectra", fraction))
    if with_modules:
        facts["modules"] = found
    if output is not None:
        tables = (found, _MODULE_COLUMNS), (pair_facts(stack), _PAIR_COLUMNS)
        _write(output, tables)
        facts["output"] = [str(file) for file in _results(output)]
    return facts


def _measured(bench: "Workbench", applied: tuple[AppliedAdapter, ...]) -> "MeasuredStack":
    from loraviewer.adapters.merging.live_weights import live_weights
    from loraviewer.adapters.merging.tied import TiedNames
    from loraviewer.lab.weights.report import MeasuredStack

    live, show = live_weights(bench.networks), progress()
    adapters = TiedNames(live).untied(bench.adapters)
    return MeasuredStack.of(
        applied,
        adapters,
        lambda key: live[key].detach().float().reshape(len(live[key]), -1),
        {key: tuple(weight.shape) for key, weight in live.items()},
        CancelToken(),
        lambda fraction: show("weights", fraction),
    )


_MODULE_COLUMNS = (
    *("component", "module", "shape", "kinds", "ranks", "norm", "base_norm", "relative", "norms"),
    *("singular_values", "stable_rank", "effective_rank", "base_sigma_1"),
    *("row_participation", "column_participation"),
)
_PAIR_COLUMNS = ("first", "second", "component", "block", "product", "cosine", "cosine_null")


def _write(output: Path, tables: Sequence[tuple[list[dict[str, Any]], tuple[str, ...]]]) -> None:
    """Neither file appears before both are written."""
    first, second = _results(output)
    with result_folder(output), new_file(first) as new_first, new_file(second) as new_second:
        for file, (rows, columns) in zip((new_first, new_second), tables, strict=True):
            _write_csv(file, rows, columns)


def _write_csv(file: Path, rows: list[dict[str, Any]], columns: tuple[str, ...]) -> None:
    with file.open("w", newline="", encoding="utf-8") as text:
        writer = csv.writer(text)
        writer.writerow(columns)
        for row in rows:
            writer.writerow([_cell(row[column]) for column in columns])


def _cell(value: Any) -> Any:
    """Lists in one cell, empty where nothing is."""
    if isinstance(value, list):
        return " ".join("-" if each is None else str(each) for each in value)
    return value


def _table(facts: dict[str, Any]) -> list[str]:
    """The adapters, the stack, its strongest blocks and the pairs that meet."""
    lines = [f"{'':28}{'strength':>11}{'modules':>9}{'norm':>11}{'of base':>9}{'share':>8}"]
    lines += [
        f"{one['name'][:27]:28}{_strength(one):>11}{one['modules']:>9}{one['norm']:>11.4g}"
        f"{_percent(one['relative']):>9}{_percent(one['share']):>8}"
        for one in facts["adapters"]
    ]
    whole = facts["stack"]
    lines.append(
        f"{'the stack':28}{'':11}{whole['modules']:>9}{whole['norm']:>11.4g}"
        f"{_percent(whole['relative']):>9}"
    )
    return [*lines, "", *_blocks(facts["blocks"]), *_pairs(facts)]


def _blocks(blocks: list[dict[str, Any]]) -> list[str]:
    name = "{component} {block}".format_map
    return [f"{name(b):28}{b['norm']:>31.4g}{_percent(b['relative']):>9}" for b in blocks]


def _pairs(facts: dict[str, Any]) -> list[str]:
    names, null = [one["name"] for one in facts["adapters"]], facts["cosine_null"]
    if len(names) < 2 or null is None:
        return []
    lines = ["", f"cosines (independent directions: ± {null:.1g})"]
    for i, first in enumerate(names):
        for j in range(i + 1, len(names)):
            cosine = facts["cosine"][i][j]
            if cosine is not None:
                lines.append(f"{first[:27]:28}{names[j][:27]:28}{cosine:>10.4f}")
    return lines


def _strength(one: dict[str, Any]) -> str:
    """Also that of the text encoders where it is another."""
    scale, text = one["scale"], one["text_scale"]
    return f"{scale:g}" if scale == text else f"{scale:g} : {text:g}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"

"""`loraviewer lab …`: experiments from the command line, results in a folder."""

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from loraviewer.cli.folders import new_results
from loraviewer.cli.lab import claims, experiments, outputs, weights
from loraviewer.cli.shared import (
    Base,
    Force,
    Json,
    Loras,
    Strict,
    applied_adapters,
    failing_in_one_line,
    progress,
)
from loraviewer.cli.stacks import check_results, found_files, opened_stack, required
from loraviewer.core.cancel import CancelToken
from loraviewer.core.request import DtypeName
from loraviewer.core.stack import AppliedAdapter

if TYPE_CHECKING:
    from loraviewer.engine.baking import Workbench
    from loraviewer.lab.drift import DriftRow


class _Experiments(TyperGroup):
    """Answers an unknown experiment with those that exist."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if self.get_command(ctx, args[0]) is None:
            ctx.fail(f"“{args[0]}” is no experiment; there is {', '.join(self.commands)}.")
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=_Experiments,
    help="Experiments; each writes its numbers and a picture into a folder.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_DTYPES: tuple[DtypeName, ...] = ("float32", "bfloat16", "float16")


def _dtype(text: str) -> DtypeName:
    """typer takes no lists of literals."""
    for name in _DTYPES:
        if text == name:
            return name
    raise typer.BadParameter(f"“{text}” is none of {', '.join(_DTYPES)}.")


@app.callback()
def _lab() -> None:
    pass


app.command()(weights.weights)
app.command()(experiments.ladder)
app.command()(experiments.sweep)
app.command()(experiments.ablate)
app.command()(experiments.seeds)
app.command("return")(experiments.there_and_back)
app.command()(experiments.rules)
app.command()(outputs.outputs)
app.command()(experiments.run)
app.command()(claims.claims)


@app.command()
def drift(
    base: Base,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FOLDER")],
    lora: Loras = None,
    cycles: Annotated[int, typer.Option("--cycles", min=1, max=100_000)] = 100,
    dtype: Annotated[
        list[Any] | None,
        typer.Option(
            "--dtype",
            parser=_dtype,
            metavar="|".join(_DTYPES),
            help="May be repeated; all three if it is not given.",
        ),
    ] = None,
    strict: Strict = False,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """What merging the stack and taking it out again, many times, leaves in the base weights."""
    asked = required(lora)
    with failing_in_one_line():
        files = found_files(asked)
        check_results(output, _results(output), base, files, force)
        dtypes = tuple(dict.fromkeys(dtype or _DTYPES))
        applied = applied_adapters(files)
        bench = opened_stack(base, applied, strict)
        rows = _measured(bench, applied, cycles, dtypes)
        facts = _written(rows, output)
        facts["adapters"] = [landing.facts for landing in bench.landings]
        if as_json:
            typer.echo(json.dumps(facts))
        else:
            typer.echo("\n".join(_table(rows)))


def _results(output: Path) -> tuple[Path, Path]:
    return output / "drift.csv", output / "drift.png"


def _measured(
    bench: "Workbench",
    applied: tuple[AppliedAdapter, ...],
    cycles: int,
    dtypes: Sequence[DtypeName],
) -> "list[DriftRow]":
    from loraviewer.engine.device import DTYPES
    from loraviewer.lab.drift import Stack, measure_drift

    show, token = progress(), CancelToken()
    rows: list[DriftRow] = []
    for i, name in enumerate(dtypes):
        networks = bench.copies(DTYPES[name])

        def tell(fraction: float, done: int = i, dtype: str = name) -> None:
            show(f"cycles in {dtype}", (done + fraction) / len(dtypes))

        rows += measure_drift(networks, Stack(applied, bench.adapters), cycles, token, tell)
    return rows


def _written(rows: "Sequence[DriftRow]", output: Path) -> dict[str, Any]:
    from loraviewer.lab.drift_plot import plot_drift

    results = _results(output)
    with new_results(output, results) as (table, picture):
        _write_csv(rows, table)
        plot_drift(rows).save(picture, "PNG")
    return {"output": list(map(str, results)), "rows": [asdict(row) for row in rows]}


def _write_csv(rows: "Sequence[DriftRow]", file: Path) -> None:
    with file.open("w", newline="", encoding="utf-8") as text:
        writer = csv.DictWriter(text, list(asdict(rows[0])))
        writer.writeheader()
        writer.writerows(map(asdict, rows))


def _table(rows: "Sequence[DriftRow]") -> list[str]:
    """After the first and after all cycles."""
    last = max(row.cycles for row in rows)
    lines = [f"{'':24}{'after 1 cycle':>16}{f'after {last}':>16}{'weights changed':>18}"]
    for dtype in dict.fromkeys(row.dtype for row in rows):
        for arm in dict.fromkeys(row.arm for row in rows):
            own = {r.cycles: r for r in rows if (r.arm, r.dtype) == (arm, dtype)}
            first, end = own[min(own)], own[last]
            numbers = f"{_number(first.relative):>16}{_number(end.relative):>16}"
            lines.append(f"{dtype:10}{arm:14}{numbers}{end.changed_share:>17.1%}")
    return lines


def _number(value: float) -> str:
    return "0" if value == 0.0 else f"{value:.1e}"

"""The files that `loraviewer lab weights -o FOLDER` writes."""

import csv
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loraviewer.cli.folders import new_results
from loraviewer.core.arguments import AdapterArgument, spelled

if TYPE_CHECKING:
    from loraviewer.lab.reports.provenance import Provenance
    from loraviewer.lab.weights.module_report import MeasuredModule
    from loraviewer.lab.weights.report import MeasuredStack

_NAMES = ("modules.csv", "pairs.csv", "spectra.csv", "report.html")
_MODULE_COLUMNS = (
    *("component", "module", "shape", "kinds", "ranks", "norm", "base_norm", "relative", "norms"),
    *("singular_values", "stable_rank", "effective_rank", "base_sigma_1"),
    *("row_participation", "column_participation"),
)
_PAIR_COLUMNS = (
    *("first", "second", "first_sha256", "second_sha256", "component", "block"),
    *("product", "cosine", "cosine_null", "shared_energy"),
)


def results_of(output: Path) -> tuple[Path, ...]:
    return tuple(output / name for name in _NAMES)


def write_results(
    output: Path,
    stack: "MeasuredStack",
    modules: "Sequence[MeasuredModule]",
    landings: Sequence[dict[str, Any]],
    made_from: "Provenance",
) -> None:
    """All of them or none."""
    from loraviewer.lab.reports.weights_page import WeightsReport, weights_page
    from loraviewer.lab.weights.module_report import SPECTRUM_COLUMNS, spectrum_rows
    from loraviewer.lab.weights.report import pair_facts

    with new_results(output, results_of(output)) as (module_file, pair_file, spectrum_file, page):
        _write_facts(module_file, _MODULE_COLUMNS, [module.facts for module in modules])
        _write_facts(pair_file, _PAIR_COLUMNS, pair_facts(stack))
        _write_csv(spectrum_file, SPECTRUM_COLUMNS, spectrum_rows(stack, modules))
        text = weights_page(WeightsReport(stack, modules, landings, made_from))
        page.write_text(text, encoding="utf-8", errors="replace")


def _write_facts(file: Path, columns: Sequence[str], rows: Iterable[dict[str, Any]]) -> None:
    _write_csv(file, columns, ([_cell(row[column]) for column in columns] for row in rows))


def _write_csv(file: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Names of files need not be text: what is none of a name becomes a question mark."""
    with file.open("w", newline="", encoding="utf-8", errors="replace") as text:
        writer = csv.writer(text)
        writer.writerow(columns)
        writer.writerows(rows)


def _cell(value: Any) -> Any:
    """Lists in one cell, empty where nothing is."""
    if isinstance(value, list):
        return " ".join("-" if each is None else str(each) for each in value)
    return value


def command_of(base: str, loras: Sequence[AdapterArgument], headers: bool) -> str:
    """What measures the same again, for a shell."""
    adapters = [part for lora in loras for part in ("--lora", spelled(lora))]
    flags = ["--headers"] if headers else []
    return shlex.join(["loraviewer", "lab", "weights", "--base", base, *adapters, *flags])

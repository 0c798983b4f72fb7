"""`loraviewer lab weights`: what a stack does to the weights, as numbers."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from loraviewer.cli.lab.weight_files import command_of, results_of, write_results
from loraviewer.cli.lab.weight_tables import stack_lines
from loraviewer.cli.shared import (
    Base,
    Force,
    Json,
    Loras,
    Strict,
    applied_in_order,
    failing_in_one_line,
    progress,
    tell_landings,
    tell_note,
    visible,
)
from loraviewer.cli.stacks import check_results, found_files, opened_stack, required
from loraviewer.core.cancel import CancelToken
from loraviewer.core.stack import AppliedAdapter

if TYPE_CHECKING:
    from loraviewer.engine.measurable import Measurable
    from loraviewer.lab.reports.provenance import Provenance
    from loraviewer.lab.weights.report import MeasuredStack

_Output = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        metavar="FOLDER",
        help="Write modules.csv, pairs.csv, spectra.csv and report.html.",
    ),
]
_Modules = Annotated[
    bool, typer.Option("--modules", help="Every module by itself, with its spectrum.")
]
_Headers = Annotated[
    bool,
    typer.Option(
        "--headers",
        help="Read no value of the base, only the headers of its files: seconds for any base, and "
        "nothing of what is relative to its weights.",
    ),
]


def weights(
    base: Base,
    lora: Loras = None,
    output: _Output = None,
    modules: _Modules = False,
    headers: _Headers = False,
    strict: Strict = False,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """How large a stack's changes are, where they lie, and which adapters meet."""
    asked = required(lora)
    with failing_in_one_line():
        files = found_files(asked)
        if output is not None:
            check_results(output, results_of(output), base, files, force)
        applied = applied_in_order(files)
        bench = _opened(base, applied, headers, strict)
        told = base, command_of(base, asked, headers)
        facts = _facts(bench, _measured(bench, applied), output, modules, told)
        typer.echo(json.dumps(facts) if as_json else "\n".join(map(visible, stack_lines(facts))))


def _opened(
    base: str, applied: tuple[AppliedAdapter, ...], headers: bool, strict: bool
) -> "Measurable":
    from loraviewer.engine.measurable import measurable_headers, measurable_weights

    if not headers:
        return measurable_weights(opened_stack(base, applied, strict))
    bench = measurable_headers(base, applied, CancelToken())
    tell_landings(bench.landings, strict)
    return bench


def _measured(bench: "Measurable", applied: tuple[AppliedAdapter, ...]) -> "MeasuredStack":
    from loraviewer.lab.weights.report import MeasuredStack, needs_base_facts

    show = progress()
    stack = MeasuredStack.of(
        applied,
        bench.adapters,
        bench.read_base,
        bench.shapes,
        CancelToken(),
        lambda fraction: show("weights", fraction),
    )
    for gone in needs_base_facts(stack):
        tell_note(
            f"{gone['name']}: {len(gone['modules'])} modules ({', '.join(gone['kinds'])}) depend "
            "on the values of the base and count nowhere; leave out --headers to have them."
        )
    return stack


def _facts(
    bench: "Measurable",
    stack: "MeasuredStack",
    output: Path | None,
    with_modules: bool,
    asked: tuple[str, str],
) -> dict[str, Any]:
    """asked: the base as it was given, and the command that measures the same again."""
    from loraviewer.lab.weights.module_report import measured_modules
    from loraviewer.lab.weights.report import stack_facts

    facts, show = stack_facts(stack), progress()
    facts["landings"] = [landing.facts for landing in bench.landings]
    if not with_modules and output is None:
        return facts
    found = measured_modules(stack, CancelToken(), lambda fraction: show("spectra", fraction))
    if output is not None:
        write_results(output, stack, found, facts["landings"], _provenance(bench, stack, asked))
        facts["output"] = [str(file) for file in results_of(output)]
    return facts | ({"modules": [one.facts for one in found]} if with_modules else {})


def _provenance(
    bench: "Measurable", stack: "MeasuredStack", asked: tuple[str, str]
) -> "Provenance":
    from loraviewer.lab.reports.provenance import Provenance

    base, command = asked
    adapters = dict.fromkeys((entry.name, entry.path, entry.sha256) for entry in stack.applied)
    return Provenance(command, base, bench.fingerprint(), tuple(adapters))

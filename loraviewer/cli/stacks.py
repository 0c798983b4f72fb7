"""A base and a stack of adapters, as the commands that work on weights ask for and open them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from loraviewer.cli.folders import check_folder
from loraviewer.cli.shared import progress, tell_landings
from loraviewer.core.arguments import AdapterArgument, adapter_path
from loraviewer.core.cancel import CancelToken
from loraviewer.core.resources import checkpoint_path
from loraviewer.core.stack import AppliedAdapter

if TYPE_CHECKING:
    from loraviewer.core.engine_port import LoadProgress
    from loraviewer.engine.baking import Workbench

Files = list[tuple[AdapterArgument, Path]]
"""Each --lora, and where it lies."""


def required(lora: list[AdapterArgument] | None) -> list[AdapterArgument]:
    """A stack of at least one adapter; none is wrong usage."""
    if not lora:
        raise typer.BadParameter("Give at least one --lora.")
    return lora


def found_files(lora: list[AdapterArgument]) -> Files:
    return [(argument, adapter_path(argument.file)) for argument in lora]


def check_results(
    output: Path, results: Sequence[Path], base: str, files: Files, is_forced: bool
) -> None:
    """Before anything is loaded: whether the results of a `lab` command can and may be written."""
    sources = [checkpoint_path(base), *(path for _, path in files)]
    check_folder(output, results, sources, is_forced)


def opened_stack(
    base: str,
    applied: tuple[AppliedAdapter, ...],
    is_strict: bool,
    on_progress: "LoadProgress | None" = None,
) -> "Workbench":
    """The base and the adapters, and told on stderr what of these found no place."""
    from loraviewer.engine.baking import open_workbench

    bench = open_workbench(base, applied, CancelToken(), on_progress or progress())
    tell_landings(bench.landings, is_strict)
    return bench

"""`loraviewer inspect`: what a file is, where an adapter lands, where a base would lie."""

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from loraviewer.cli.plan import (
    MainMemoryGb,
    MemoryGb,
    Plan,
    Quantised,
    check_usage,
    plan_lines,
    planned,
)
from loraviewer.cli.shared import Components, Json, Size, failing_in_one_line, hash_cache
from loraviewer.core.adapter_paths import adapter_file, is_adapter_folder
from loraviewer.core.arguments import adapter_path
from loraviewer.core.resources import (
    DEMO,
    checkpoint_path,
    components_folder,
    demo_checkpoint,
)


def inspect(
    file: Annotated[Path, typer.Argument(help="An adapter, a checkpoint, or a folder of them.")],
    base: Annotated[str | None, typer.Option("--base", help="Match adapters to it.")] = None,
    values: Annotated[bool, typer.Option("--values", help="Also read the weights.")] = False,
    components: Components = None,
    plan: Plan = False,
    memory_gb: MemoryGb = None,
    main_memory_gb: MainMemoryGb = None,
    size: Size = None,
    quantised: Quantised = "auto",
    as_json: Json = False,
) -> None:
    """Say what a file is and, with --base, where each of its modules goes; with --plan, where a
    checkpoint would lie in memory."""
    check_usage(plan, size, quantised, memory_gb, main_memory_gb)
    with failing_in_one_line():
        if plan:
            folder, planned_base = components_folder(components), checkpoint_path(str(file))
            facts = planned(planned_base, folder, memory_gb, main_memory_gb, size, quantised)
            typer.echo(json.dumps(facts) if as_json else "\n".join(plan_lines(facts)))
            return
        path = file if os.path.exists(file) else _bundled(file)
        base_path = checkpoint_path(base) if base is not None else None
        facts = _inspected(path, base_path, components_folder(components), values)
        _tell_inspected(facts, as_json)


def _inspected(
    path: Path, base: Path | None, components: Path | None, values: bool
) -> dict[str, Any]:
    """Torch is only imported where weights are to be read."""
    from loraviewer.adapters.inspection.base_index import index_of_base
    from loraviewer.adapters.inspection.folder import inspect_folder
    from loraviewer.adapters.inspection.inspect import inspect_file
    from loraviewer.adapters.inspection.pipeline import is_pipeline

    index = index_of_base(base, components) if base is not None else None
    if is_adapter_folder(path):
        path = adapter_file(path)
    if os.path.isdir(path) and not is_pipeline(path):
        return inspect_folder(path, index)
    read_base = None
    if values and base is not None:
        from loraviewer.adapters.inspection.values import base_reader

        read_base = base_reader(base, components)
    return inspect_file(path, index, values, cache=hash_cache(), read_base=read_base)


def _tell_inspected(facts: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(facts))
        return
    from loraviewer.adapters.inspection.text import fact_lines

    typer.echo("\n".join(fact_lines(facts)))


def _bundled(file: Path) -> Path:
    """What a name that is no file may mean; `FileError` if it means nothing."""
    return demo_checkpoint() if str(file) == DEMO else adapter_path(str(file))

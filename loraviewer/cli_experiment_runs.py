"""What `loraviewer lab ladder` and its like do between their options and their folder."""

import functools
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import typer

from loraviewer.cli_rendering import landings_of
from loraviewer.cli_shared import (
    applied_in_order,
    printable,
    progress,
    tell_landings,
    tell_note,
)
from loraviewer.cli_stacks import found_files
from loraviewer.core.allocator import keep_freed_memory
from loraviewer.core.arguments import AdapterArgument
from loraviewer.core.cancel import CancelToken
from loraviewer.core.collector import resume_collector
from loraviewer.core.durations import duration_text
from loraviewer.core.experiments.cells import Cost, cost
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.ladder import draws
from loraviewer.core.experiments.usual_measures import usual_measures
from loraviewer.core.landing import Landing
from loraviewer.core.outcome import FileError, LoraviewerError
from loraviewer.core.outputs import check_output
from loraviewer.core.reports import CheckpointInfo
from loraviewer.core.request import CheckpointRef, DtypeName, GenerationRequest
from loraviewer.core.resources import (
    absolute_source,
    checkpoint_path,
    components_folder,
)

if TYPE_CHECKING:
    from loraviewer.core.experiments.numbers import Mean
    from loraviewer.core.experiments.progress import Going
    from loraviewer.engine.studio_engine import StudioEngine
    from loraviewer.lab.experiments.drawn_twins import DrawnTwin
    from loraviewer.lab.experiments.result_folder import ResultFolder
    from loraviewer.lab.experiments.run import Outcome
    from loraviewer.lab.runners.runner import Runner

_PLACES: "Mapping[str, Callable[[Mean], str]]" = {
    "ladder": lambda mean: str(mean.depth),
    "sweep": lambda mean: mean.at or mean.scales,
}
"""What tells the lines of a table apart beside arm and policy."""

_PLACE_WIDTH = 36

_SHARE_OF_MEMORY = 0.5
"""Of what is free, for the processes beside this one."""
_PER_WEIGHT_BYTE = 2
"""Bytes of a process for each of the base: merged weights beside their originals."""


@dataclass(frozen=True)
class Asked:
    """What all experiments take, as options said it."""

    base: str
    lora: list[AdapterArgument]
    output: Path
    device: str | None
    dtype: DtypeName | None
    workers: int | None
    is_resumed: bool
    is_strict: bool
    as_json: bool


@dataclass(frozen=True)
class Setup:
    """All that a process needs for making pictures of an experiment; it crosses to others."""

    base: str
    device: str | None
    dtype: DtypeName | None
    twins: "Mapping[str, DrawnTwin]"


def carry_out(asked: Asked, draft: Experiment, sampling: Mapping[str, Any]) -> None:
    """draft: without what only files can tell. sampling: the fields of `Sampling` that are not left
    to the checkpoint."""
    files = found_files(asked.lora)
    _check_folder(asked, [checkpoint_path(asked.base), *(path for _, path in files)])
    adapters = applied_in_order(files)
    given = msgspec.structs.replace(draft, adapters=adapters)
    _carry_out(
        asked,
        given,
        lambda engine, info: _settled(given, info, _sampled(engine, sampling)),
    )


def carry_out_again(asked: Asked, experiment: Experiment) -> None:
    """As its description says, whole."""
    sources = [Path(adapter.path) for adapter in experiment.adapters]
    _check_folder(asked, [checkpoint_path(asked.base), *sources])
    _carry_out(asked, experiment, lambda engine, info: experiment)


def _carry_out(
    asked: Asked,
    given: Experiment,
    settle: "Callable[[StudioEngine, CheckpointInfo], Experiment]",
) -> None:
    from loraviewer.lab.experiments.drawn_twins import drawn_twins
    from loraviewer.lab.one_thread import one_thread

    twins = drawn_twins(given.adapters, draws(given)) if "random" in given.arms else {}
    setup = Setup(absolute_source(asked.base), asked.device, asked.dtype, twins)
    with one_thread():
        engine, info = _opened(setup)
        landings = landings_of(engine, given.adapters)
        tell_landings(landings, asked.is_strict)
        experiment = settle(engine, info)
        outcome = _run(asked, experiment, engine, info, setup)
    _tell(asked, experiment, outcome, landings)


def _check_folder(asked: Asked, sources: Sequence[Path]) -> None:
    """Before anything is loaded. Numbers that took hours are never written over."""
    output = asked.output
    if os.path.exists(output) and not os.path.isdir(output):
        raise FileError(f"{output}: this is a file; give a folder.")
    if not os.path.exists(output):
        check_output(output, sources, is_forced=False)
        return
    check_output(output / "results.csv", sources, is_forced=True)
    if any(output.iterdir()) and not asked.is_resumed:
        raise FileError(
            f"“{output}” is not empty; give --resume to go on with the experiment in it, or "
            "choose another folder."
        )
    if any(output.iterdir()) and not (output / "description.json").exists():
        raise FileError(f"“{output}” holds no experiment; choose an empty folder.")


def _opened(setup: Setup) -> "tuple[StudioEngine, CheckpointInfo]":
    engine = _engine(setup)
    info = engine.load_checkpoint(setup.base, CancelToken(), progress())
    resume_collector()
    for problem in info.problems:
        tell_note(problem)
    return engine, info


def start_painter(setup: Setup) -> "StudioEngine":
    """In a process of its own: on one thread, so that how many there are decides nothing."""
    import torch

    keep_freed_memory()
    torch.set_num_threads(1)
    engine = _engine(setup)
    engine.load_checkpoint(setup.base, CancelToken(), _silently)
    return engine


def _silently(what: str, fraction: float, done_bytes: int = 0, total_bytes: int = 0) -> None:
    pass


def _engine(setup: Setup) -> "StudioEngine":
    from loraviewer.engine.studio_engine import StudioEngine

    return StudioEngine(
        setup.device,
        setup.dtype,
        image_cache_bytes=0,
        components=components_folder(None),
        stand_ins=setup.twins,
    )


def _sampled(engine: "StudioEngine", values: Mapping[str, Any]) -> GenerationRequest:
    sampling = msgspec.structs.replace(engine.checkpoint.family.sampling(), **values)
    return GenerationRequest(checkpoint=CheckpointRef(""), sampling=sampling)


def _settled(
    given: Experiment,
    info: CheckpointInfo,
    request: GenerationRequest,
) -> Experiment:
    """With all that decides a picture, so that the folder says it."""
    from loraviewer.engine.answerable import answerable

    base = answerable(request, info, holds_faders=False)
    sampling = msgspec.structs.replace(base.sampling, prompt="", seed=0)
    base = msgspec.structs.replace(base, sampling=sampling)
    measures = given.measures or usual_measures(base)
    return msgspec.structs.replace(given, base=base, measures=measures)


def _run(
    asked: Asked,
    experiment: Experiment,
    engine: "StudioEngine",
    info: CheckpointInfo,
    setup: Setup,
) -> "Outcome":
    from loraviewer.lab.experiments.known_measures import measures_of
    from loraviewer.lab.experiments.measuring import Measuring
    from loraviewer.lab.experiments.result_folder import ResultFolder
    from loraviewer.lab.experiments.run import run_experiment

    measures, price = measures_of(experiment), cost(experiment)
    workers = min(asked.workers or _usual_workers(info), price.pictures)
    _tell_cost(price, workers)
    folder, runner = ResultFolder(asked.output), _runner(engine, setup, workers)
    try:
        return run_experiment(experiment, folder, runner, Measuring(measures), _progress())
    except LoraviewerError as error:
        if not folder.is_begun:
            raise
        told = f"{error} What is done is kept: --resume goes on from there."
        raise LoraviewerError(told, subject=error.subject) from error


def _runner(engine: "StudioEngine", setup: Setup, workers: int) -> "Runner":
    from loraviewer.lab.runners.local import LocalRunner
    from loraviewer.lab.runners.processes import ProcessRunner

    if workers == 1:
        return LocalRunner(engine)
    engine.close()
    return ProcessRunner(functools.partial(start_painter, setup), workers)


def _usual_workers(info: CheckpointInfo) -> int:
    """As many as there are cores, and as memory takes; an accelerator is busy with one."""
    import psutil

    from loraviewer.engine.device import available_cores

    if info.device != "cpu":
        return 1
    room = psutil.virtual_memory().available * _SHARE_OF_MEMORY
    return max(1, min(len(available_cores()), int(room / (_PER_WEIGHT_BYTE * info.weight_bytes))))


def _tell_cost(price: Cost, workers: int) -> None:
    hands = f"{workers} processes" if workers > 1 else "this process"
    typer.echo(
        f"loraviewer: {price.cells} cells, {price.pictures} pictures of {price.stacks} stacks, "
        f"by {hands}.",
        err=True,
    )


def _progress() -> "Callable[[Going], None]":
    show = progress()

    def tell(going: "Going") -> None:
        left = f", {duration_text(going.left_s)} left" if going.left_s else ""
        show(f"{going.done} of {going.total} pictures{left}", going.done / going.total)

    return tell


def _tell(
    asked: Asked, experiment: Experiment, outcome: "Outcome", landings: Sequence[Landing]
) -> None:
    if not asked.as_json:
        typer.echo("\n".join(_table(experiment, outcome)))
        return
    price = cost(experiment)
    told = {
        "output": str(asked.output),
        "files": [str(path) for path in _folder(asked).results],
        "cells": price.cells,
        "pictures": price.pictures,
        "made": outcome.made,
        "summary": [asdict(mean) for mean in outcome.means],
        "adapters": [landing.facts for landing in landings],
    }
    typer.echo(json.dumps(told))


def _folder(asked: Asked) -> "ResultFolder":
    from loraviewer.lab.experiments.result_folder import ResultFolder

    return ResultFolder(asked.output)


def _table(experiment: Experiment, outcome: "Outcome") -> list[str]:
    """How far each measure moved, in seed-to-seed spreads of the base."""
    places: dict[tuple[str, ...], dict[str, float | None]] = {}
    for mean in outcome.means:
        at = _PLACES.get(experiment.kind, _names)(mean)
        places.setdefault((mean.arm, mean.policy, at), {})[mean.measure] = mean.in_seed_spreads
    names = list(experiment.measures)
    lines = ["In spreads between seeds of the base:"]
    lines.append(" " * _PLACE_WIDTH + "".join(f"{name[:13]:>15}" for name in names))
    for (arm, policy, at), found in places.items():
        numbers = "".join(f"{_number(found.get(name)):>15}" for name in names)
        place = printable(" ".join((arm, policy, at)))
        lines.append(f"{place[: _PLACE_WIDTH - 1]:{_PLACE_WIDTH}}{numbers}")
    return lines


def _names(mean: "Mean") -> str:
    return mean.adapters


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:+.2f}"

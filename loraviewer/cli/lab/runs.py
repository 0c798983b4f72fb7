"""What `loraviewer lab ladder` and its like do between their options and their folder."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import typer

from loraviewer.cli.lab.choices import choice_lines
from loraviewer.cli.lab.pictures import (
    LateRunner,
    Setup,
    Source,
    tell_complaints,
    usual_store,
)
from loraviewer.cli.lab.settled import Settled, settled_once
from loraviewer.cli.lab.settling import settled_with
from loraviewer.cli.lab.sights import opened_sights
from loraviewer.cli.shared import (
    applied_in_order,
    printable,
    progress,
    tell_landings,
    tell_note,
)
from loraviewer.cli.stacks import found_files
from loraviewer.core.arguments import AdapterArgument
from loraviewer.core.durations import duration_text
from loraviewer.core.experiments.cells import Cost, cost
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.hands import LOCAL
from loraviewer.core.experiments.remarks import remarks
from loraviewer.core.landing import Landing
from loraviewer.core.outcome import FileError, LoraviewerError
from loraviewer.core.outputs import check_output
from loraviewer.core.picture_measures import SHARE_UNIT
from loraviewer.core.request import DtypeName
from loraviewer.core.resources import absolute_source, checkpoint_path
from loraviewer.lab.runners.runner import Runner
from loraviewer.lab.runners.stored import StoredRunner

if TYPE_CHECKING:
    from loraviewer.core.experiments.numbers import Mean
    from loraviewer.core.experiments.progress import Going
    from loraviewer.lab.experiments.result_folder import ResultFolder
    from loraviewer.lab.experiments.run import Outcome

_PLACES: "Mapping[str, Callable[[Mean], str]]" = {
    "ladder": lambda mean: str(mean.depth),
    "sweep": lambda mean: mean.at or mean.scales,
    "outputs": lambda mean: mean.at,
    "return": lambda mean: str(mean.depth),
    "rules": lambda mean: "",
}
"""What tells the lines of a table apart beside arm and policy."""

_PLACE_WIDTH = 36
_NUMPY_ON_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "1")
"""Read at its import: its threads wait for each other longer than such small pictures take."""


@dataclass(frozen=True)
class Hands:
    """Who makes the pictures. `workers`: at most, None for as many as suit. `cluster`: where it
    listens, “local” for one of its own, "" for none; its workers have so many `cores` each."""

    workers: int | None = None
    cluster: str = ""
    cores: int = 1


@dataclass(frozen=True)
class Asked:
    """What all experiments take, as options said it."""

    base: str
    lora: list[AdapterArgument]
    output: Path
    device: str | None
    dtype: DtypeName | None
    hands: Hands
    is_resumed: bool
    is_strict: bool
    as_json: bool
    uses_store: bool


@dataclass(frozen=True)
class Carried:
    """An experiment as it was settled, and what came of it."""

    experiment: Experiment
    outcome: "Outcome"
    landings: tuple[Landing, ...]


def carry_out(asked: Asked, draft: Experiment, sampling: Mapping[str, Any]) -> None:
    """As `carried_out`, and told."""
    carried = carried_out(asked, draft, sampling)
    _tell(asked, carried.experiment, carried.outcome, carried.landings)


def carried_out(asked: Asked, draft: Experiment, sampling: Mapping[str, Any]) -> Carried:
    """draft: without what only files can tell. sampling: the fields of `Sampling` that are not left
    to the checkpoint."""
    files = found_files(asked.lora)
    _check_folder(asked, [checkpoint_path(asked.base), *(path for _, path in files)])
    given = msgspec.structs.replace(draft, adapters=applied_in_order(files))

    return _carried_out(asked, given, sampling)


def carry_out_again(asked: Asked, experiment: Experiment) -> None:
    """As its description says, whole."""
    sources = [Path(adapter.path) for adapter in experiment.adapters]
    _check_folder(asked, [checkpoint_path(asked.base), *sources])
    carried = _carried_out(asked, experiment, None)
    _tell(asked, carried.experiment, carried.outcome, carried.landings)


def _carried_out(
    asked: Asked,
    given: Experiment,
    sampling: Mapping[str, Any] | None,
) -> Carried:
    """sampling: None where the experiment leaves nothing open."""
    os.environ.setdefault(*_NUMPY_ON_ONE_THREAD)
    if asked.hands.cluster:
        from loraviewer.cluster_pictures import check_ray

        check_ray()  # before a base is opened
    setup = Setup(absolute_source(asked.base), asked.device, asked.dtype, given)
    with Source(setup) as source:

        def ask_base() -> Settled:
            address = asked.hands.cluster
            if address in ("", LOCAL):
                return settled_with(*source.opened(), given, sampling)
            from loraviewer.cli.lab.cluster import settled_there

            return settled_there(given, setup.base, address, chosen, sampling)

        chosen = (asked.device, asked.dtype)
        where = (*chosen, asked.hands.cluster) if asked.hands.cluster not in ("", LOCAL) else chosen
        settled = settled_once(given, setup.base, where, sampling, ask_base)
        for problem in (*settled.notes, *remarks(settled.experiment)):
            tell_note(problem)
        tell_landings(settled.landings, asked.is_strict)
        outcome = _run(asked, settled.experiment, source)
    return Carried(settled.experiment, outcome, settled.landings)


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


def _run(asked: Asked, experiment: Experiment, source: Source) -> "Outcome":
    from loraviewer.lab.experiments.known_measures import measures_of
    from loraviewer.lab.experiments.measuring import Measuring
    from loraviewer.lab.experiments.result_folder import ResultFolder
    from loraviewer.lab.experiments.run import run_experiment

    measures = measures_of(experiment, opened_sights(experiment, source.setup))
    _tell_cost(cost(experiment))
    folder = ResultFolder(asked.output)
    store = usual_store() if asked.uses_store else None
    made_by = _runner(asked.hands, experiment, source)
    is_far = bool(asked.hands.cluster)
    runner = StoredRunner(made_by, store, takes_foreign=is_far) if store else made_by
    try:
        return run_experiment(experiment, folder, runner, Measuring(measures), _progress())
    except LoraviewerError as error:
        if not folder.is_begun:
            raise
        told = f"{error} What is done is kept: --resume goes on from there."
        raise LoraviewerError(told, subject=error.subject) from error
    except KeyboardInterrupt:
        if folder.is_begun:
            tell_note("what is done is kept; --resume goes on from there")
        raise
    finally:
        if store:
            tell_complaints(store)


def _runner(hands: Hands, experiment: Experiment, source: Source) -> Runner:
    if not hands.cluster:
        return LateRunner(source, experiment.base, hands.workers)
    from loraviewer.cli.lab.cluster import cluster_runner

    return cluster_runner(experiment, hands.cluster, hands.workers or 0, hands.cores)


def _tell_cost(price: Cost) -> None:
    typer.echo(
        f"loraviewer: {price.cells} cells, {price.pictures} pictures of {price.stacks} stacks.",
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
        lines = (*_table(experiment, outcome), *choice_lines(outcome.counted))
        typer.echo("\n".join((*lines, *_verdict_lines(outcome))))
        return
    price = cost(experiment)
    told = {
        "output": str(asked.output),
        "files": [str(path) for path in _folder(asked).results],
        "cells": price.cells,
        "pictures": price.pictures,
        "made": outcome.made,
        "summary": [asdict(mean) for mean in outcome.means],
        "verdicts": [asdict(verdict) for verdict in outcome.verdicts],
        "adapters": [landing.facts for landing in landings],
    }
    if experiment.wordings:
        told["choices"] = [asdict(one) for one in outcome.counted]
    typer.echo(json.dumps(told))


def _folder(asked: Asked) -> "ResultFolder":
    from loraviewer.lab.experiments.result_folder import ResultFolder

    return ResultFolder(asked.output)


def _table(experiment: Experiment, outcome: "Outcome") -> list[str]:
    """How far each measure moved, in seed-to-seed spreads of the base; then shares as they are."""
    places: dict[str, dict[str, Mean]] = {}
    for mean in outcome.means:
        at = _PLACES.get(experiment.kind, _names)(mean)
        place = printable(" ".join((mean.arm, mean.policy, at)))
        places.setdefault(place, {})[mean.measure] = mean
    names = list(experiment.measures)
    lines = ["In spreads between seeds of the base:", _line("", [name[:13] for name in names])]
    for place, found in places.items():
        lines.append(_line(place, [_spreads(found.get(name)) for name in names]))
    return lines + _share_lines(places)


def _verdict_lines(outcome: "Outcome") -> list[str]:
    """After an empty line: what is decided, then what stays open."""
    from loraviewer.core.experiments.conclusions.verdict import HINT

    told = [printable(verdict.sentence) for verdict in outcome.verdicts]
    has_hints = any(verdict.is_hint for verdict in outcome.verdicts)
    return ["", *told, *([HINT] if has_hints else [])] if told else []


def _share_lines(places: "Mapping[str, Mapping[str, Mean]]") -> list[str]:
    """Each with its interval and the number of pictures."""
    shares = [
        (place, mean)
        for place, found in places.items()
        for mean in found.values()
        if mean.unit == SHARE_UNIT
    ]
    if not shares:
        return []
    lines = [
        f"{place[: _PLACE_WIDTH - 1]:{_PLACE_WIDTH}}{mean.measure:>16}{mean.mean:>8.0%}"
        f"{_interval(mean):>16}{mean.n:>6}"
        for place, mean in shares
    ]
    return ["Shares of pictures, with their intervals:", *lines]


def _line(place: str, numbers: Sequence[str]) -> str:
    columns = "".join(f"{number:>15}" for number in numbers)
    return f"{place[: _PLACE_WIDTH - 1]:{_PLACE_WIDTH}}{columns}"


def _names(mean: "Mean") -> str:
    return mean.adapters


def _spreads(mean: "Mean | None") -> str:
    if mean is None or mean.in_seed_spreads is None:
        return "-"
    return f"{mean.in_seed_spreads:+.2f}"


def _interval(mean: "Mean") -> str:
    if mean.low is None or mean.high is None:
        return "-"
    return f"{mean.low:.0%} … {mean.high:.0%}"

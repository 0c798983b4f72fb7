"""The functions that the bridge calls for experiments; none of them needs torch."""

import os
import time
from collections.abc import Mapping
from functools import partial
from itertools import count
from pathlib import Path

import msgspec

from loraviewer.app.hands import cluster_problem, elsewhere
from loraviewer.bridge.experiments.experiment_services import ExperimentHands, ExperimentServices
from loraviewer.core.experiments.cells import Group
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.numbers import Row
from loraviewer.core.experiments.past import Concluded, OpenedExperiment, PastExperiment
from loraviewer.core.experiments.progress import Going
from loraviewer.core.outcome import FileError, Rendered
from loraviewer.core.picture import Picture
from loraviewer.core.sentences import say
from loraviewer.core.system_reasons import reason_of


def experiment_services(
    results: Path | None, hashes: Path = Path(os.devnull)
) -> ExperimentServices:
    """results: the folder of all of them, made with the first; None where each is given its own.
    hashes: the file that remembers hashes of files."""
    return ExperimentServices(
        results=results,
        new_folder=new_folder,
        describe=_describe,
        run=partial(run_in_studio, hashes=hashes),
        cluster_problem=cluster_problem,
        past=_past,
        open=_open,
        picture=_picture,
    )


def new_folder(results: Path, experiment: Experiment) -> Path:
    """Raises `FileError`."""
    day = time.strftime("%Y-%m-%d")
    for number in count(1):
        folder = results / f"{day}-{experiment.kind}-{number}"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise FileError(
                say(
                    "“{folder}” cannot be made: {why}.",
                    folder=str(folder),
                    why=reason_of(error),
                )
            ) from error
        return folder
    raise AssertionError


def run_in_studio(
    experiment: Experiment, folder: Path, hands: ExperimentHands, hashes: Path = Path(os.devnull)
) -> Concluded:
    """hashes: as of `elsewhere`. Raises `LoraviewerError` and `Cancelled`."""
    from loraviewer.lab.experiments.asking_measurer import AskingMeasurer
    from loraviewer.lab.experiments.read_folder import read_table
    from loraviewer.lab.experiments.result_folder import RESULTS, ResultFolder
    from loraviewer.lab.experiments.run import run_experiment
    from loraviewer.lab.runners.asking import AskingRunner

    experiment = _with_asked_shares(_comparable(experiment, hands), folder, hands)
    told = 0

    def tell(group: Group, pictures: Mapping[int, Picture], rows: tuple[Row, ...]) -> None:
        nonlocal told
        told += len(rows)
        hands.measure(group, pictures, rows)

    measurer = AskingMeasurer(hands.run, experiment, hands.measured, tell)
    is_here = hands.runs_on.who == "studio"
    runner = AskingRunner(hands.picture) if is_here else elsewhere(experiment, hands, hashes)
    outcome = run_experiment(experiment, ResultFolder(folder), runner, measurer, hands.go)
    hands.add(read_table(folder / RESULTS, Row)[told:])  # those that take more than one group
    return Concluded(tuple(outcome.means), outcome.verdicts, outcome.counted)


def _comparable(experiment: Experiment, hands: ExperimentHands) -> Experiment:
    """As on the command line: arms that are to be compared move one step by as much."""
    if experiment.kind != "outputs" or experiment.nominals:
        return experiment
    from loraviewer.lab.experiments.asking_gauge import AskingGauge
    from loraviewer.lab.experiments.calibrating import calibrated, fits

    total = fits(experiment)

    def tell(share: float) -> None:
        hands.go(Going(round(share * total), total, None, "calibrating"))

    found = calibrated(experiment, AskingGauge(hands.run, experiment, hands.measured), tell)
    hands.begin(found)
    return found


def _with_asked_shares(experiment: Experiment, folder: Path, hands: ExperimentHands) -> Experiment:
    """As on the command line: what prompts leave to the seed is counted in the pictures, too, where
    a judge sees it. What was begun without goes on without."""
    if not experiment.wordings:
        return experiment
    from loraviewer.lab.experiments.known_measures import shares_asked_for
    from loraviewer.lab.experiments.result_folder import DESCRIPTION

    if (folder / DESCRIPTION).exists():
        return experiment
    measures = tuple(dict.fromkeys((*experiment.measures, *shares_asked_for(experiment))))
    if measures == experiment.measures:
        return experiment
    found = msgspec.structs.replace(experiment, measures=measures)
    hands.begin(found)
    return found


def _describe(folder: Path) -> Experiment:
    from loraviewer.core.experiments.description import read_description
    from loraviewer.lab.experiments.result_folder import DESCRIPTION

    return read_description(folder / DESCRIPTION)


def _past(results: Path) -> tuple[PastExperiment, ...]:
    from loraviewer.lab.experiments.read_folder import past_experiments

    return past_experiments(results)


def _open(folder: Path) -> OpenedExperiment:
    from loraviewer.lab.experiments.read_folder import opened_experiment

    return opened_experiment(folder)


def _picture(folder: Path, cell_id: str) -> Rendered | None:
    from loraviewer.lab.experiments.read_folder import cell_picture

    return cell_picture(folder, cell_id)


def crowd_files(crowd: Path, cache: Path) -> tuple[str, ...]:
    """One file for each adapter of a crowd, in its order, under the digest of the crowd: those that
    are there already are not written again. Raises `FileError` and `OSError`."""
    from loraviewer.adapters.files.hashing import file_sha256
    from loraviewer.lab.crowd import Crowd

    found, folder = Crowd.open(crowd), cache / file_sha256(crowd)[:16]
    paths = {member.name: folder / f"{member.name}.safetensors" for member in found.members}
    if missing := [name for name, path in paths.items() if not path.exists()]:
        found.unfold(folder, missing)
    return tuple(map(str, paths.values()))

"""Experiments that lie in folders, as values for whoever shows them."""

from dataclasses import dataclass
from pathlib import Path

from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.numbers import CountedShare, Mean, Row
from loraviewer.core.experiments.verdicts import Verdict


@dataclass(frozen=True)
class PastExperiment:
    """What a list says of one. `made_at`: when it was last begun, seconds since 1970. An unfinished
    one can be gone on with."""

    folder: Path
    experiment: Experiment
    is_finished: bool
    made_at: float


@dataclass(frozen=True)
class OpenedExperiment:
    """All numbers of one, and what they say; without `means`, `verdicts` and `counted` where it is
    not finished."""

    folder: Path
    experiment: Experiment
    rows: tuple[Row, ...]
    means: tuple[Mean, ...]
    is_finished: bool
    verdicts: tuple[Verdict, ...] = ()
    counted: tuple[CountedShare, ...] = ()


@dataclass(frozen=True)
class Concluded:
    """What a run came to. `verdicts`: with all that its rows tell, decided ones first. `counted`:
    options of prompts that leave something to the seed."""

    means: tuple[Mean, ...]
    verdicts: tuple[Verdict, ...] = ()
    counted: tuple[CountedShare, ...] = ()

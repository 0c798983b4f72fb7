"""What the studio asks about the pictures of an experiment, answered on the engine thread."""

import time
from collections.abc import Callable, Mapping

import numpy as np

from loraviewer.core.cancel import CancelToken
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.outcome import RequestError
from loraviewer.core.picture import Picture
from loraviewer.core.picture_measurements import (
    BandsWanted,
    Done,
    ExperimentBegins,
    ExperimentEnds,
    PictureMeasurement,
    PicturesMeasured,
    RowsPart,
    RowsWanted,
    StepMoved,
    StepWanted,
)
from loraviewer.core.sentences import say
from loraviewer.lab.experiments.drawn_twins import DrawnTwin
from loraviewer.lab.experiments.known_measures import measures_of
from loraviewer.lab.experiments.measuring import Measuring, pixels
from loraviewer.lab.experiments.stack_noise import StackNoise
from loraviewer.lab.experiments.stand_ins_of import stand_ins_of
from loraviewer.lab.experiments.step_gauge import StepGauge, Walker

PART_S = 0.1
"""So long at most, if no single measure takes longer, pictures wait for a part of the rows."""

_Base = tuple[tuple[str, tuple[Picture, ...]], ...]


class PictureLab:
    """Implements `engine.picture_lab.PictureLab`: one experiment at a time, each measure on its
    own. One thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._run = ""
        self._measuring: list[Measuring] = []
        self._names: tuple[str, ...] = ()
        self._experiment: Experiment | None = None
        self._gauge: StepGauge | None = None
        self._told: _Base = ()
        self._base: dict[str, np.ndarray] = {}
        """The pictures of `told`, once for all measures."""

    def stand_ins(self, experiment: Experiment) -> Mapping[str, DrawnTwin | StackNoise]:
        return stand_ins_of(experiment)

    def measure(self, wanted: PictureMeasurement, token: CancelToken) -> PicturesMeasured:
        if isinstance(wanted, ExperimentEnds):
            self._forget()
            return Done()
        if isinstance(wanted, ExperimentBegins):
            self._begin(wanted)
            return Done()
        self._check(wanted.run)
        if isinstance(wanted, StepWanted):
            raise RequestError(say("One step is measured with an engine only."))
        if isinstance(wanted, RowsWanted):
            return self._rows(wanted, token)
        self._measuring[wanted.measure].begin(self._pixels(wanted))
        return Done()

    def one_step(self, wanted: StepWanted, walker: Walker, token: CancelToken) -> StepMoved:
        """The base is walked once for all that a run wants."""
        self._check(wanted.run)
        assert self._experiment is not None
        if self._gauge is None:
            self._gauge = StepGauge(walker, self._experiment)
        return StepMoved(self._gauge.change(wanted.condition, wanted.prompt, token))

    def _check(self, run: str) -> None:
        if run != self._run:
            raise RequestError(
                say("The engine was started anew and knows nothing of this experiment.")
            )

    def _begin(self, wanted: ExperimentBegins) -> None:
        self._forget()
        self._measuring = [Measuring([measure]) for measure in measures_of(wanted.experiment)]
        self._names, self._run = wanted.experiment.measures, wanted.run
        self._experiment = wanted.experiment

    def _forget(self) -> None:
        self._run, self._measuring, self._names = "", [], ()
        self._experiment = self._gauge = None
        self._told, self._base = (), {}

    def _pixels(self, wanted: BandsWanted) -> Mapping[str, np.ndarray]:
        if wanted.base is not self._told:
            self._told = wanted.base
            self._base = {prompt: pixels(pictures) for prompt, pictures in wanted.base}
        return self._base

    def _rows(self, wanted: RowsWanted, token: CancelToken) -> RowsPart:
        ends_at, rows = self._clock() + PART_S, []
        pictures, place = dict(wanted.pictures), wanted.first
        while place < len(self._measuring):
            token.raise_if_cancelled()
            found = self._measuring[place].rows(wanted.group, pictures)
            # Which pictures are lost each of them says; the first one's word is enough.
            rows += [row for row in found if not place or row.measure == self._names[place]]
            place += 1
            if self._clock() >= ends_at:
                break
        return RowsPart(tuple(rows), place if place < len(self._measuring) else None)

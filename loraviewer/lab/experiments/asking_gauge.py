"""How far conditions move one step, where another thread has the network."""

from collections.abc import Callable

from loraviewer.core.experiments.conditions import Condition
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.picture_measurements import (
    ExperimentBegins,
    PictureMeasurement,
    PicturesMeasured,
    StepMoved,
    StepWanted,
)

Ask = Callable[[PictureMeasurement], PicturesMeasured]
"""Waits for the answer. Raises `LoraviewerError` and `Cancelled`."""


class AskingGauge:
    """Implements `calibrating.Gauge`, without torch. One prompt at a time: pictures that a person
    waits for come in between."""

    def __init__(self, run: str, experiment: Experiment, ask: Ask) -> None:
        """run: a word for this run that no other has. Asks at once."""
        self._run, self._experiment, self._ask = run, experiment, ask
        ask(ExperimentBegins(run, experiment))

    def changes(self, condition: Condition) -> tuple[float, ...]:
        return tuple(self._change(condition, prompt) for prompt in self._experiment.prompts)

    def _change(self, condition: Condition, prompt: str) -> float:
        wanted = StepWanted(self._run, self._experiment.base, condition, prompt)
        moved = self._ask(wanted)
        assert isinstance(moved, StepMoved)
        return moved.change

"""Numbers of pictures that another thread reckons."""

from collections.abc import Callable, Mapping

import numpy as np

from loraviewer.core.experiments.cells import Group
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.numbers import Row
from loraviewer.core.picture import Picture
from loraviewer.core.picture_measurements import (
    BandsWanted,
    ExperimentBegins,
    PictureMeasurement,
    PicturesMeasured,
    RowsPart,
    RowsWanted,
)

Ask = Callable[[PictureMeasurement], PicturesMeasured]
"""Waits for the answer. Raises `LoraviewerError` and `Cancelled`."""


class AskingMeasurer:
    """Implements `measuring.Measurer`, without torch. `tell` hears the rows of each group, with its
    pictures by their place."""

    def __init__(
        self,
        run: str,
        experiment: Experiment,
        ask: Ask,
        tell: Callable[[Group, Mapping[int, Picture], tuple[Row, ...]], None],
    ) -> None:
        """run: a word for this run that no other has. Asks at once, so that what cannot be measured
        is known before any picture is made."""
        self._run, self._ask, self._tell = run, ask, tell
        self._measures = len(experiment.measures)
        ask(ExperimentBegins(run, experiment))

    def begin(self, base: Mapping[str, np.ndarray]) -> None:
        shown = tuple((prompt, tuple(map(_picture, stack))) for prompt, stack in base.items())
        for measure in range(self._measures):
            self._ask(BandsWanted(self._run, measure, shown))

    def rows(self, group: Group, pictures: Mapping[int, Picture]) -> list[Row]:
        rows, first = list[Row](), 0
        while first is not None:
            part = self._ask(RowsWanted(self._run, group, _places(pictures), first))
            assert isinstance(part, RowsPart)
            rows += part.rows
            first = part.following
        self._tell(group, pictures, tuple(rows))
        return rows


def _places(pictures: Mapping[int, Picture]) -> tuple[tuple[int, Picture], ...]:
    return tuple((place, pictures[place]) for place in sorted(pictures))


def _picture(pixels: np.ndarray) -> Picture:
    height, width, _ = pixels.shape
    return Picture(width, height, pixels.tobytes())

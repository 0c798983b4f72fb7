"""What the engine needs of a lab that measures pictures of experiments: the seam between them."""

from collections.abc import Sequence
from typing import Protocol

from loraviewer.core.cancel import CancelToken
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.shots import Disturbance
from loraviewer.core.picture_measurements import (
    PictureMeasurement,
    PicturesMeasured,
    StepMoved,
    StepWanted,
)
from loraviewer.core.request import GenerationRequest
from loraviewer.engine.rendering.walk import WalkedStep
from loraviewer.engine.stand_ins import StandIns


class Walker(Protocol):
    """The part of an engine that asks its network without making a picture."""

    def walked(
        self,
        request: GenerationRequest,
        disturbance: Disturbance | None,
        token: CancelToken,
        led: Sequence[WalkedStep] = (),
    ) -> Sequence[WalkedStep]: ...


class PictureLab(Protocol):
    """Used on the engine thread only."""

    def stand_ins(self, experiment: Experiment) -> StandIns:
        """All adapters that it may name and no file holds."""
        ...

    def measure(self, wanted: PictureMeasurement, token: CancelToken) -> PicturesMeasured:
        """Raises `RequestError` for measures that are not known here, and of a run that has not
        begun here; and `Cancelled`."""
        ...

    def one_step(self, wanted: StepWanted, walker: Walker, token: CancelToken) -> StepMoved:
        """walker: the engine itself. Raises as `measure`, and what the engine raises."""
        ...

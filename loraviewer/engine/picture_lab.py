"""What the engine needs of a lab that measures pictures of experiments: the seam between them."""

from typing import Protocol

from loraviewer.core.cancel import CancelToken
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.picture_measurements import PictureMeasurement, PicturesMeasured
from loraviewer.engine.stand_ins import StandIns


class PictureLab(Protocol):
    """Used on the engine thread only."""

    def stand_ins(self, experiment: Experiment) -> StandIns:
        """All adapters that it may name and no file holds."""
        ...

    def measure(self, wanted: PictureMeasurement, token: CancelToken) -> PicturesMeasured:
        """Raises `RequestError` for measures that are not known here, and of a run that has not
        begun here; and `Cancelled`."""
        ...

"""What a denoiser predicts, which decides how a sampler reads it; files do not always tell."""

from typing import Literal

import msgspec

from loraviewer.core.sentences import say

PredictionType = Literal["epsilon", "v_prediction"]
EPSILON: PredictionType = "epsilon"
V_PREDICTION: PredictionType = "v_prediction"
ZERO_SNR_ADVICE = say("Zero terminal SNR only goes with v_prediction; choose that, too.")


class Prediction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`type`: the noise (epsilon) or the velocity (Salimans and Ho 2022); "" as the checkpoint
    says. `zero_snr`: trained so that the last step is noise alone (zero terminal signal-to-noise
    ratio, Lin et al. 2023), which only goes with v_prediction; None as the checkpoint says."""

    type: Literal["", "epsilon", "v_prediction"] = ""
    zero_snr: bool | None = None

    @property
    def contradicts_itself(self) -> bool:
        """Whether it can be met by no checkpoint."""
        return bool(self.zero_snr) and self.type == EPSILON

    def over(self, other: "Prediction") -> "Prediction":
        """With what `other` says where this one says nothing."""
        zero_snr = other.zero_snr if self.zero_snr is None else self.zero_snr
        return Prediction(self.type or other.type, zero_snr)

    def without_twins(self, other: "Prediction") -> "Prediction":
        """What this one says otherwise than `other`."""
        return Prediction(
            "" if self.type == other.type else self.type,
            None if self.zero_snr == other.zero_snr else self.zero_snr,
        )


AS_FOUND = Prediction()
"""As the checkpoint says, and a file beside it."""


class FoundPrediction(msgspec.Struct, frozen=True):
    """What is known of a checkpoint: `own`, complete, by its own files; `beside`, over that, by a
    file beside it, whose name is `source`."""

    own: Prediction
    beside: Prediction = AS_FOUND
    source: str = ""

    @property
    def unasked(self) -> Prediction:
        """What a picture is made with, complete, where nobody asks for another one."""
        return self.settled(AS_FOUND).over(self.own)

    def settled(self, asked: Prediction) -> Prediction:
        """What a picture is made with, as far as the checkpoint's own files do not say it: the same
        where the file beside it is missing, and asked for again, the same here."""
        told = asked.over(self.beside)
        if told.over(self.own).type == EPSILON and not asked.zero_snr:
            told = Prediction(told.type, zero_snr=False)
        short = told.without_twins(self.own)
        is_enough = short.over(self.beside).over(self.own) == told.over(self.own)
        return short if is_enough else told

    def problem(self, asked: Prediction) -> str:
        """One sentence about a wish that contradicts itself; "" where it can be met."""
        if asked.over(self.unasked).contradicts_itself and asked.zero_snr:
            return ZERO_SNR_ADVICE
        return ""

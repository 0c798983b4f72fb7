"""What is said in place of the selected weight's numbers while there are none."""

from PySide6.QtCore import QCoreApplication

from loraviewer.bridge.languages import shown
from loraviewer.bridge.weights.live_weights_model import LiveWeightsModel
from loraviewer.bridge.weights.weight_details_model import WeightDetailsModel
from loraviewer.core.nothing_applied import reason_words

translate = QCoreApplication.translate
_CONTEXT = "DetailState"


def why_no_details(live: LiveWeightsModel, details: WeightDetailsModel) -> str:
    """One sentence; "" where there is something to show."""
    if live.why_empty == "off":
        return translate(_CONTEXT, "Turn on an adapter to see what it does to the weights.")
    if live.why_empty is not None:
        return shown(reason_words(live.why_empty))
    if details.selected is None:
        return translate(_CONTEXT, "Select a weight: click one in any table or chart of the lab.")
    if details.failure is not None:
        return shown(details.failure.message)
    if details.details is None:
        return translate(_CONTEXT, "Measuring this weight…")
    return ""


def weight_text(details: WeightDetailsModel) -> str:
    """The selected weight by its whole name, which may break after each point; "" for none."""
    return ".\u200b".join(".".join(details.selected).split(".")) if details.selected else ""

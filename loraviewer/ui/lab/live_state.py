"""What is said in place of numbers of the stack while there are none."""

from PySide6.QtCore import QCoreApplication

from loraviewer.bridge.languages import shown
from loraviewer.bridge.weights.live_weights_model import LiveWeightsModel
from loraviewer.core.nothing_applied import reason_words

translate = QCoreApplication.translate
_CONTEXT = "LiveState"


def why_nothing(live: LiveWeightsModel) -> str:
    """One sentence; "" where everything is measured and there is something to show."""
    if live.why_empty == "off":
        return translate(
            _CONTEXT,
            "No adapter changes the weights now. Switch one on, and what it does to them is here.",
        )
    if live.why_empty is not None:
        return shown(reason_words(live.why_empty))
    if live.is_known:
        return ""
    if live.failure is not None:
        return shown(live.failure.message)
    return translate(_CONTEXT, "The adapters are being measured…")

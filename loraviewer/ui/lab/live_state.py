"""What is said in place of numbers of the stack while there are none."""

from PySide6.QtCore import QCoreApplication

from loraviewer.bridge.languages import shown
from loraviewer.bridge.weights.live_weights_model import LiveWeightsModel

translate = QCoreApplication.translate
_CONTEXT = "LiveState"


def why_nothing(live: LiveWeightsModel) -> str:
    """One sentence; "" where everything is measured and there is something to show."""
    if not live.rows and live.are_on:
        return translate(
            _CONTEXT,
            "Of the adapters that are on none changes this base: they do not fit, or are being "
            "read.",
        )
    if not live.rows:
        return translate(
            _CONTEXT,
            "No adapter changes the weights now. Switch one on, and what it does to them is here.",
        )
    if live.is_known:
        return ""
    if live.failure is not None:
        return shown(live.failure.message)
    return translate(_CONTEXT, "The adapters are being measured…")

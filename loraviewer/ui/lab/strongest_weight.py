"""A way in for who has not selected a weight: the one that the stack changes most."""

from collections.abc import Sequence

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from loraviewer.bridge.weights.weights_desk import WeightsDesk
from loraviewer.core.stack import AppliedAdapter
from loraviewer.core.weight_numbers import LiveWeights, WeightName
from loraviewer.ui.widgets.buttons import IconButton


class StrongestButton(IconButton):
    """Seen while the rows are measured and no weight is selected."""

    def __init__(self, desk: WeightsDesk, parent: QWidget | None = None) -> None:
        super().__init__("search", "", parent=parent)
        self._live = desk.live
        self._details = desk.details
        words = self.tr("Select the weight that changes most")
        self.with_words(words)
        self.setAccessibleName(words)
        self.setToolTip(self.tr("The largest change beside its base weight."))
        self.clicked.connect(self._on_clicked)

    def refresh(self) -> None:
        is_known = self._live.is_known and bool(self._live.rows)
        self.setVisible(is_known and self._details.selected is None)

    @Slot()
    def _on_clicked(self) -> None:
        live = self._live.live
        if live is not None and self._live.is_known:
            self._details.select(strongest(live, tuple(self._live.rows.values())))


def strongest(live: LiveWeights, rows: Sequence[AppliedAdapter]) -> WeightName | None:
    """By ‖S‖ / ‖W₀‖; by ‖S‖ where no W₀ is known; None where nothing changes."""
    norms = live.weight_norms(rows)
    bases = norms.base if any(norms.base) else (1.0,) * len(norms.stack)
    ratios = [s / b if b else 0.0 for s, b in zip(norms.stack, bases, strict=True)]
    place = max(range(len(ratios)), key=ratios.__getitem__, default=None)
    return live.weights[place] if place is not None and ratios[place] > 0.0 else None

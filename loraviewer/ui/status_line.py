"""The last lines: a quiet note on the left, what the machine did and does on the right."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from loraviewer.bridge.languages import shown
from loraviewer.bridge.status_model import StatusModel, StudioStatus
from loraviewer.core.memory_plan import MemoryPlan
from loraviewer.ui.cards.adapter_sentences import base_weights_text
from loraviewer.ui.widgets.labels import ElidedLabel
from loraviewer.ui.widgets.quantities import duration_text
from loraviewer.ui.widgets.theme import GAP


class StatusLine(QWidget):
    def __init__(
        self, status: StatusModel, note: ElidedLabel, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._times = ElidedLabel().set_look(quiet=True)
        self._times.set_tip(
            self.tr("Merging adds the adapters to the weights; denoising draws the picture.")
        )
        self._memory = ElidedLabel().set_look(quiet=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * GAP)
        row.addWidget(note, 1)
        for label in (self._memory, self._times):
            # No wider than its words, and cut where there is less room than that.
            label.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
            row.addWidget(label, 0, Qt.AlignmentFlag.AlignTop)
        status.changed.connect(self._on_status_changed)
        self._on_status_changed(status.status)

    @property
    def times(self) -> str:
        return self._times.text()

    @property
    def memory(self) -> str:
        return self._memory.text()

    @Slot(object)
    def _on_status_changed(self, status: StudioStatus) -> None:
        self._show_memory(status.memory)
        parts = []
        if status.merge_ms is not None:
            parts.append(self.tr("merge {}").format(duration_text(status.merge_ms)))
        if status.denoise_ms is not None:
            parts.append(self.tr("denoise {}").format(duration_text(status.denoise_ms)))
        if status.is_compiled:
            parts.append(self.tr("compiled"))
        if status.is_from_store:
            parts.append(self.tr("from the store"))
        elif status.is_from_cache:
            parts.append(self.tr("made before"))
        if status.activity:
            parts.append(shown(status.activity))
        self._times.set_text(" · ".join(parts))

    def _show_memory(self, plan: MemoryPlan | None) -> None:
        self._memory.set_text(base_weights_text(plan) if plan else "")
        self._memory.set_tip(plan.sentence if plan else "")
        self._memory.setVisible(bool(self._memory.text()))

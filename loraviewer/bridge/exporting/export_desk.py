"""What an export is of: the active pane's stack as it is applied to the loaded base."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.exporting.exporter import Exporter
from loraviewer.bridge.rendering.pane_model import PaneModel
from loraviewer.core.atomic import new_file
from loraviewer.core.comfy_export import comfy_doubts, comfy_text
from loraviewer.core.exports import ExportSource
from loraviewer.core.nothing_applied import nothing_applied
from loraviewer.core.outcome import Rendered


class ExportDesk(QObject):
    """GUI thread only."""

    source_changed = Signal()
    """Comes with every edit; whether it is another source is seen by comparing."""

    def __init__(
        self,
        document: DocumentModel,
        adapters: AdapterModel,
        base: BaseModel,
        panes: PaneModel,
        program: Sequence[str],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._adapters = adapters
        self._base = base
        self._panes = panes
        self.exporter = Exporter(program, self)
        document.changed.connect(self._on_changed)
        adapters.adapter_changed.connect(self._on_changed)
        base.changed.connect(self._on_changed)

    @property
    def source(self) -> ExportSource | None:
        """None while there is no base."""
        info = self._base.info
        if info is None:
            return None
        stack = self._document.document.stack
        heard = stack.without_muted(self._adapters.muted(stack))
        adapters = tuple(row for _, row in heard.applied_rows())
        return ExportSource(
            base=info.source,
            adapters=adapters,
            rule=heard.rule_in_force,
            why_none=nothing_applied(stack, heard),
        )

    @property
    def shown(self) -> Rendered | None:
        """The finished picture of the active pane."""
        return self._panes.pane(self._document.document.active).shown

    def save_comfy(self, rendered: Rendered, path: str) -> tuple[str, ...]:
        """Write its request as a graph for ComfyUI; what that cannot hold, a sentence each. Raises
        `FileError`."""
        with new_file(Path(path)) as file:
            file.write_text(comfy_text(rendered.request), "utf-8")
        return comfy_doubts(rendered.request, self._base.info.family if self._base.info else "")

    @property
    def base_name(self) -> str:
        return self._base.info.name if self._base.info is not None else ""

    @property
    def prompt(self) -> str:
        return self._document.document.active_sampling.prompt

    def close(self) -> None:
        self.exporter.close()

    @Slot()
    def _on_changed(self, *_: object) -> None:
        self.source_changed.emit()

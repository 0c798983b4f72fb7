"""The picture of the active pane as text for other programs, on the clipboard."""

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QGuiApplication

from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.document.document_panes import DocumentPanes
from loraviewer.bridge.rendering.pane_model import PaneModel
from loraviewer.bridge.status_model import StatusModel
from loraviewer.core import resources
from loraviewer.core.diffusers_code import code_of
from loraviewer.core.families import UNKNOWN
from loraviewer.core.infotext import record_of, to_a1111
from loraviewer.core.outcome import Rendered


class PictureTexts(QObject):
    """Of the finished picture that is shown; nothing where there is none."""

    def __init__(
        self,
        places: DocumentPanes,
        panes: PaneModel,
        base: BaseModel,
        status: StatusModel,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._places = places
        self._panes = panes
        self._base = base
        self._status = status

    @Slot()
    def copy_prompt(self) -> None:
        """As A1111 reads it back, without the hashes that only saving takes the time for."""
        if (shown := self._shown()) is not None:
            QGuiApplication.clipboard().setText(to_a1111(record_of(shown)))
            self._status.change(activity=self.tr("prompt copied"))

    @Slot()
    def copy_code(self) -> None:
        """A script for diffusers."""
        if (shown := self._shown()) is not None:
            request, info = shown.request, self._base.info
            source = str(resources.checkpoint_path(request.checkpoint.path))
            code = code_of(
                request, source, info.family if info else UNKNOWN, info.prompts if info else None
            )
            QGuiApplication.clipboard().setText(code)
            self._status.change(activity=self.tr("code copied"))

    def _shown(self) -> Rendered | None:
        return self._panes.pane(self._places.document.active).shown

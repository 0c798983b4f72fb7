"""The menu of panes that the stack of the active one can be copied to."""

from functools import partial

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QMenu, QWidget

from loraviewer.bridge.document.document_panes import DocumentPanes
from loraviewer.bridge.languages import shown
from loraviewer.core.captions import stack_caption
from loraviewer.core.document import Document
from loraviewer.core.pane_names import pane_name
from loraviewer.ui.widgets.added_action import added


class CopyStackMenu(QMenu):
    """Says what each of them holds now. Off where there is nothing to copy, or nowhere to."""

    def __init__(self, places: DocumentPanes, parent: QWidget) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("Copy stack to"))
        self._places = places
        places.changed.connect(self._on_panes_changed)
        self.aboutToShow.connect(self._fill)
        self._on_panes_changed(places.document)

    @Slot(object)
    def _on_panes_changed(self, document: Document) -> None:
        is_base = document.pane(document.active).is_base
        self.menuAction().setEnabled(not is_base and len(document.panes) > 2)

    @Slot()
    def _fill(self) -> None:
        """Just in time: faders move what panes hold."""
        self.clear()
        document = self._places.document
        for pane in document.panes:
            if not pane.is_base and pane.pane_id != document.active:
                name = shown(pane_name(document, pane.pane_id))
                words = f"{name}   {shown(stack_caption(pane.stack))}"
                action = added(self, words.replace("&", "&&"))
                action.triggered.connect(partial(self._places.copy_to, pane.pane_id))

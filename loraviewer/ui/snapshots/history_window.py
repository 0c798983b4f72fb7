"""All steps of the history in a window of its own: whoever chooses one goes there."""

from PySide6.QtCore import QModelIndex, QSize, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QListView, QVBoxLayout, QWidget

from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.document.history_model import UNDONE_ROLE, HistoryModel
from loraviewer.ui.widgets.labels import QuietLabel
from loraviewer.ui.widgets.marked_rows import Index, MarkedRows
from loraviewer.ui.widgets.theme import GAP

_SIZE = QSize(380, 460)


class HistoryWindow(QDialog):
    """Not modal: the studio goes on beside it, and it follows."""

    def __init__(self, document: DocumentModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("History"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.steps = HistoryList(HistoryModel(document, self))
        hint = QuietLabel(
            self.tr("A click or an arrow key goes to a step. Later ones stay until the next edit.")
        )
        hint.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP, GAP, GAP, GAP)
        column.setSpacing(GAP)
        column.addWidget(self.steps, 1)
        column.addWidget(hint)
        self.resize(_SIZE.boundedTo(self.screen().availableSize() - QSize(32, 64)))
        self.steps.setFocus()


class HistoryList(QListView):
    """The newest step comes last; the present one is marked, those taken back are quiet."""

    def __init__(self, model: HistoryModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setModel(model)
        self._look = _Rows(self, model)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setAccessibleName(self.tr("Steps"))
        self.pressed.connect(self._go_to)
        model.dataChanged.connect(self._show_present)
        model.rowsInserted.connect(self._show_present)
        self._show_present()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, Home, End and pages go through the steps, and take the document along."""
        if event.text().isprintable() and event.text():
            event.ignore()  # letters and Space are for the windows
            return
        super().keyPressEvent(event)
        self._go_to(self.currentIndex())

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self.scrollTo(self.currentIndex())

    @Slot(QModelIndex)
    def _go_to(self, index: QModelIndex) -> None:
        if index.isValid() and index.row() != self._model.present:
            self._model.go_to(index.row())

    @Slot()
    def _show_present(self) -> None:
        index = self._model.index(self._model.present)
        if index.isValid():  # not yet where a new step is about to be added
            self.setCurrentIndex(index)
            self.scrollTo(index)


class _Rows(MarkedRows):
    def __init__(self, view: QListView, model: HistoryModel) -> None:
        super().__init__(view)
        self._model = model

    def marks(self, index: Index) -> bool:
        return index.row() == self._model.present

    def fades(self, index: Index) -> bool:
        return bool(index.data(UNDONE_ROLE))

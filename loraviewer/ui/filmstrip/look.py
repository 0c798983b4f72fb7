"""A picture of the filmstrip, large over the active pane: a look, which edits nothing."""

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.core.document import Document
from loraviewer.core.outcome import Rendered
from loraviewer.core.pane import PaneState
from loraviewer.core.stored_picture import StoredPicture
from loraviewer.ui.panes.compare_view import CompareView
from loraviewer.ui.panes.image_pane import ImagePane
from loraviewer.ui.widgets.tab_order import put_in_place

_ID = "look"
_MOVED = (QEvent.Type.Move, QEvent.Type.Resize)


class Look(QWidget):
    """Lies where the active pane is; gone with a click on it, and with any edit."""

    ended = Signal()
    save_wanted = Signal(object)  # Rendered

    def __init__(self, document: DocumentModel, compare: CompareView) -> None:
        super().__init__(compare)
        self._compare = compare
        self._rendered: Rendered | None = None
        self._under: QWidget | None = None
        self._press: QPointF | None = None
        self._pane: ImagePane | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self.setAutoFillBackground(True)
        self.hide()
        document.changed.connect(self._on_document_changed)

    @property
    def is_on(self) -> bool:
        return self._rendered is not None

    @property
    def pane(self) -> ImagePane:
        """Built by that, where nobody has looked at a picture yet."""
        if self._pane is None:
            self._pane = self._new_pane()
        return self._pane

    def show_picture(self, picture: StoredPicture, rendered: Rendered, title: str) -> None:
        self._rendered = rendered
        state = PaneState(pane_id=_ID, shown=rendered, shown_stack=picture.rows())
        self.pane.show_state(state, title)
        self.pane.view.set_framed(True)
        self._lie_over(self._compare.active)
        self.show()
        self.raise_()

    @Slot()
    def end(self) -> None:
        if self._rendered is None:
            return
        self._rendered = None
        self._lie_over(None)
        self.hide()
        self.pane.show_state(PaneState(pane_id=_ID))
        self.ended.emit()

    @Slot(bool)
    def step_aside(self, on: bool) -> None:
        """While on, what lies under it is seen."""
        self.setVisible(self.is_on and not on)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._under and event.type() in _MOVED:
            self.setGeometry(self._compare.active.geometry())
        elif (
            self._pane is not None and watched is self._pane.view and isinstance(event, QMouseEvent)
        ):
            self._notice_click(event)
        return False

    def _new_pane(self) -> ImagePane:
        pane = ImagePane(PaneState(pane_id=_ID), self._compare.viewport, self)
        pane.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        pane.view.installEventFilter(self)
        pane.save_requested.connect(self._on_save)
        pane.copied.connect(self._compare.copied)
        self._column.addWidget(pane)
        put_in_place(self, pane)
        return pane

    def _notice_click(self, event: QMouseEvent) -> None:
        """Dragging pans, as in any pane."""
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        if event.type() == QEvent.Type.MouseButtonPress:
            self._press = event.globalPosition()
        elif event.type() == QEvent.Type.MouseButtonRelease and self._press is not None:
            way, self._press = event.globalPosition() - self._press, None
            if way.manhattanLength() < QApplication.startDragDistance():
                self.end()

    def _lie_over(self, pane: QWidget | None) -> None:
        if self._under is not None and self._under is not pane:
            self._under.removeEventFilter(self)
        self._under = pane
        if pane is not None:
            pane.installEventFilter(self)
            self.setGeometry(pane.geometry())

    @Slot(object, object)
    def _on_document_changed(self, *_: Document) -> None:
        """Who edits wants to see what comes of it."""
        self.end()

    @Slot()
    def _on_save(self) -> None:
        if self._rendered is not None:
            self.save_wanted.emit(self._rendered)

"""Base and current side by side, looking at the same spot."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QBoxLayout, QWidget

from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.jobs import LoadStep
from loraviewer.bridge.pane_model import PaneModel
from loraviewer.core.outcome import Failure
from loraviewer.core.pane import PaneState
from loraviewer.core.reports import CheckpointInfo
from loraviewer.ui.base.base_picker import loading_text
from loraviewer.ui.panes.image_pane import ImagePane
from loraviewer.ui.panes.viewport import Viewport
from loraviewer.ui.widgets.buttons import HoldButton
from loraviewer.ui.widgets.theme import GAP

_ZOOM_STEP = 1.25


class CompareView(QWidget):
    """Two panes with linked zoom and pan; above each other where the room is upright."""

    save_requested = Signal(str)
    copied = Signal(bool)
    """A picture lies on the clipboard; whether it is an unfinished one."""

    def __init__(self, panes: PaneModel, base: BaseModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._panes = panes
        self._loaded = base
        self._is_base_held = False
        self.viewport = Viewport(self)
        self.base = ImagePane(self.tr("Base"), panes.pane("base"), self.viewport)
        self.current = ImagePane(self.tr("Current"), panes.pane("current"), self.viewport)
        self.peek = HoldButton(
            "eye",
            self.tr("Show the base"),
            self.tr("Hold to see the base here, as with the key B."),
        )
        self.peek.held.connect(self.hold_base)
        self.current.add_tool(self.peek)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(GAP)
        for pane in (self.base, self.current):
            self._row.addWidget(pane, 1)
            pane.save_requested.connect(self.save_requested)
            pane.copied.connect(self.copied)
        panes.pane_changed.connect(self._on_pane_changed)
        base.loading.connect(self._on_loading)
        base.stopping.connect(self._on_stopping)
        base.failed.connect(self._on_failed)
        base.changed.connect(self._on_checkpoint_changed)
        words = self.tr("Loading the checkpoint…")
        if base.info is not None:
            words = self._how_to_start()
        self._say(words)

    @Slot()
    def take_focus(self) -> None:
        """The keyboard to the picture of the stack, where B is no letter."""
        self.current.view.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(bool)
    def hold_base(self, on: bool) -> None:
        """While on, the current pane shows the base's picture in place of its own."""
        if on != self._is_base_held:
            self._is_base_held = on
            self._show_current()

    def set_smooth(self, is_smooth: bool) -> None:
        for pane in (self.base, self.current):
            pane.view.set_smooth(is_smooth)

    @Slot()
    def zoom_in(self) -> None:
        self.viewport.zoom_about(self.viewport.centre, _ZOOM_STEP)

    @Slot()
    def zoom_out(self) -> None:
        self.viewport.zoom_about(self.viewport.centre, 1 / _ZOOM_STEP)

    @Slot()
    def show_actual_size(self) -> None:
        self.current.view.show_actual_size()

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        direction = QBoxLayout.Direction
        is_wide = self.width() >= self.height()
        self._row.setDirection(direction.LeftToRight if is_wide else direction.TopToBottom)

    def _show_current(self) -> None:
        if self._is_base_held:
            self.current.show_state(self._panes.pane("base"), self.tr("Base (held)"))
        else:
            self.current.show_state(self._panes.pane("current"))

    def _say(self, words: str) -> None:
        for pane in (self.base, self.current):
            pane.show_waiting(words)

    def _how_to_start(self) -> str:
        return self.tr("No picture yet. Press Space to render.")

    @Slot(object)
    def _on_pane_changed(self, state: PaneState) -> None:
        if state.pane_id == "base":
            self.base.show_state(state)
        if state.pane_id == "current" or self._is_base_held:
            self._show_current()

    @Slot(object)
    def _on_loading(self, step: LoadStep) -> None:
        self._say(loading_text(step))

    @Slot()
    def _on_stopping(self) -> None:
        self._say(self.tr("Stopping…"))

    @Slot(object)
    def _on_failed(self, _: Failure) -> None:
        if self._loaded.info is None:
            self._say(self.tr("No checkpoint is loaded. Choose another one under Base."))

    @Slot(object)
    def _on_checkpoint_changed(self, _: CheckpointInfo) -> None:
        self._say(self._how_to_start())

"""The stage: pictures and faders over a whole screen, and its keys."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPainter, QUndoStack
from PySide6.QtWidgets import QWidget

from loraviewer.bridge.presenter.midi_faders import MidiFaders
from loraviewer.bridge.presenter.presenter_model import PresenterModel
from loraviewer.bridge.presenter.stage_pictures import StagePictures
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.bridge.weights.live_weights_model import LiveWeightsModel
from loraviewer.core.stage import stage_plan
from loraviewer.ui.presenter.fader_strip import FaderStrip
from loraviewer.ui.presenter.pointer_rest import PointerRest
from loraviewer.ui.presenter.stage_keys import HOLDS_BASE, Deed, RowKey, deed_of
from loraviewer.ui.presenter.stage_view import StageView
from loraviewer.ui.widgets.theme import backdrop, studio_palette

_PLAIN = Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier
"""Some keyboards have digits on a pad, or with Shift only."""
_UNDO = Qt.KeyboardModifier.ControlModifier
_REDO = _UNDO | Qt.KeyboardModifier.ShiftModifier


class PresenterWindow(QWidget):
    """Dark whatever the studio is, as rooms are. Every key is its own while it is shown."""

    leave_requested = Signal()
    render_requested = Signal()

    def __init__(
        self,
        model: PresenterModel,
        pictures: StagePictures,
        weights: LiveWeightsModel,
        midi: MidiFaders,
        settings: SettingsModel,
        history: QUndoStack,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self._model = model
        self._pictures = pictures
        self._midi = midi
        self._history = history
        self._is_pointed = True
        self._has_room = False
        self.setPalette(studio_palette(is_dark=True))
        self.setWindowTitle(self.tr("On stage"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.view = StageView(model, pictures, settings, self)
        self.strip = FaderStrip(model, weights, self)
        self.pointer = PointerRest(self)
        self.pointer.changed.connect(self._on_pointed)
        midi.changed.connect(self._show_hint)
        self._deeds: dict[Deed, Callable[[], object]] = {
            Deed.LEAVE: self.leave_requested.emit,
            Deed.NEXT_SNAPSHOT: self._walk_on,
            Deed.PREVIOUS_SNAPSHOT: self._walk_back,
            Deed.NEXT_CUE: model.next_cue,
            Deed.PREVIOUS_CUE: model.previous_cue,
            Deed.NEXT_CUE_OR_RENDER: self._next_or_render,
            Deed.BASE_NOW: model.base_now,
            Deed.SWAP_COUNT: model.swap_count,
            Deed.LEARN: midi.learn,
        }
        model.changed.connect(self._follow)
        pictures.changed.connect(self._lay_out)

    def set_room(self, has_room: bool) -> None:
        """Whether another screen shows the pictures: then what comes next is told here."""
        self._has_room = has_room
        self._follow()

    def begin(self) -> None:
        """It has been shown over its screen."""
        self.strip.show_rows()
        self._follow()
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.strip.take_focus()
        self.pointer.begin()

    def minimumSizeHint(self) -> QSize:
        return QSize(640, 480)

    # -- keys -----------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Shortcuts of the studio would open windows over the stage."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab goes from row to row, also to those of other pages."""
        self._model.step_row(1 if forward else -1)
        self.strip.take_focus()
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if event.isAutoRepeat():
            return
        if key == Qt.Key.Key_Z and event.modifiers() in (_UNDO, _REDO):
            self._history.undo() if event.modifiers() == _UNDO else self._history.redo()
        elif not event.modifiers() & ~_PLAIN:
            self._do(key)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == HOLDS_BASE and not event.isAutoRepeat():
            self._model.hold_base(False)

    def _do(self, key: Qt.Key) -> None:
        deed = deed_of(key)
        if deed is not None:
            self._midi.hush()
            self.strip.end_gestures()  # a key that was just let go holds its fader for a moment
        if isinstance(deed, RowKey):
            self._model.toggle_row(deed.number)
        elif deed is not None:
            self._deeds[deed]()
        elif key == HOLDS_BASE:
            self._model.hold_base(True)

    def _walk_on(self) -> None:
        self._model.walk(1)

    def _walk_back(self) -> None:
        self._model.walk(-1)

    def _next_or_render(self) -> None:
        if self._model.has_cues:
            self._model.next_cue()
        else:
            self.render_requested.emit()

    # -- coming and going -----------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow():
            self._model.hold_base(False)

    def closeEvent(self, event) -> None:
        """By the desktop: as Esc."""
        self.leave_requested.emit()
        super().closeEvent(event)

    def hideEvent(self, event) -> None:
        self.pointer.end()
        super().hideEvent(event)

    # -- its parts ------------------------------------------------------------------------

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def paintEvent(self, event) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), backdrop(self.palette()))
        painter.end()

    @Slot()
    def _follow(self) -> None:
        self.strip.tell_coming(self._model.coming_words if self._has_room else "")
        self._lay_out()

    @Slot()
    def _lay_out(self) -> None:
        width, height = self.width(), self.height()
        least = self.strip.least(width)
        needs = (least.width(), least.height())
        count, aspect = self.view.picture_count, self._pictures.aspect
        plan = stage_plan(width, height, count, aspect, needs)
        if plan.faders == "right":
            pictures = QRect(0, 0, width - plan.strip, height)
            faders = QRect(pictures.width(), 0, plan.strip, height)
        else:
            pictures = QRect(0, 0, width, height - plan.strip)
            faders = QRect(0, pictures.height(), width, plan.strip)
        self.strip.set_columns(self.strip.columns_in(faders.width()))
        self.view.setGeometry(pictures)
        self.strip.setGeometry(faders)

    @Slot(bool)
    def _on_pointed(self, is_moved: bool) -> None:
        self._is_pointed = is_moved
        self._show_hint()

    @Slot()
    def _show_hint(self) -> None:
        """Room is kept for it, so that nothing moves."""
        words = self.tr("Esc leaves · 1–9 rows · 0 base · ← → snapshots · Space cue · V one or two")
        self.strip.hint.set_text(self._midi.note or (words if self._is_pointed else ""))

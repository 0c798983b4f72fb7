"""The bar under the menus: base, machine, integrity, and the three buttons of rendering."""

from PySide6.QtCore import Slot
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from loraviewer.bridge.base_choices import BaseChoices
from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.languages import figures, shown
from loraviewer.bridge.status_model import StatusModel, StudioStatus
from loraviewer.core.document import LAYOUTS
from loraviewer.core.sizes import bytes_text
from loraviewer.ui.actions import Actions
from loraviewer.ui.base.base_picker import BasePicker
from loraviewer.ui.integrity_lamp import IntegrityLamp
from loraviewer.ui.widgets.action_button import ActionButton
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.labels import ElidedLabel
from loraviewer.ui.widgets.theme import GAP, mix

_WIDEST_PICKER = 360
_NARROW_PX = 860
_WIDE_PX = 1200
_LOOKS = {"wipe": "look_wipe", "difference": "look_difference", "loupe": "loupe"}
"""Icons of actions about how panes are looked at."""


class TopBar(QWidget):
    """Buttons press the window's actions, so both always agree."""

    def __init__(
        self,
        base: BaseModel,
        bases: BaseChoices,
        status: StatusModel,
        lamp: IntegrityLamp,
        actions: Actions,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.picker = BasePicker(base, bases)
        self.picker.folder_requested.connect(actions["open_folder"].trigger)
        self.picker.file_requested.connect(actions["open_file"].trigger)
        self.picker.card_requested.connect(actions["base_card"].trigger)
        self.picker.loading_changed.connect(self._on_loading_changed)
        self.cancel = IconButton(
            "close",
            self.tr("Cancel loading"),
            self.tr("Stop loading; the base that is there stays (Esc)"),
        ).with_words(self.tr("Cancel"))
        self.cancel.hide()
        self.cancel.clicked.connect(base.cancel)
        base.stopping.connect(self._on_stopping)
        self.lamp = lamp
        self._machine = ElidedLabel().set_look(quiet=True)
        self._machine.set_tip(self.tr("Where the pictures are computed, in which precision."))
        self._buttons = (
            ActionButton("live", actions["live"]),
            PrimaryButton("render", actions["render"]),
            ActionButton("stop", actions["stop"]),
        )
        self._layouts = tuple(
            ActionButton(f"panes_{n}", actions[f"layout_{n}"], has_words=False) for n in LAYOUTS
        )
        self._looks = tuple(
            ActionButton(icon, actions[name], has_words=False) for icon, name in _LOOKS.items()
        )
        self._lay_out()
        status.changed.connect(self._on_status_changed)
        self._on_status_changed(status.status)

    @property
    def machine(self) -> str:
        return self._machine.text()

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        for button in self._buttons:
            button.show_words(self.width() >= _NARROW_PX)
        for button in (*self._layouts, *self._looks):
            button.setVisible(self.width() >= _WIDE_PX)
        # Not cut to a part of the word.
        self.cancel.with_words(self.tr("Cancel") if self.width() >= _NARROW_PX else "")

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        label = QLabel(self.tr("Base"))
        label.setBuddy(self.picker)
        row.addWidget(label)
        row.addWidget(self._base_place(), 2)
        row.addWidget(self._machine, 1)
        row.addWidget(self.lamp)
        row.addSpacing(GAP)
        row.addLayout(self._layout_buttons())
        for button in self._buttons:
            row.addWidget(button)

    def _layout_buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(0)
        for button in (*self._layouts, *self._looks):
            if button is self._looks[0]:
                row.addSpacing(GAP)
            row.addWidget(button)
            button.hide()
        return row

    def _base_place(self) -> QWidget:
        """The picker gives way to Cancel within its own place, so that nothing else moves."""
        place = QWidget()
        place.setMaximumWidth(_WIDEST_PICKER)
        row = QHBoxLayout(place)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP // 2)
        row.addWidget(self.picker, 1)
        row.addWidget(self.cancel)
        return place

    @Slot(bool)
    def _on_loading_changed(self, is_loading: bool) -> None:
        self.cancel.setVisible(is_loading)
        self.cancel.setEnabled(True)

    @Slot()
    def _on_stopping(self) -> None:
        self.cancel.setEnabled(False)

    @Slot(object)
    def _on_status_changed(self, status: StudioStatus) -> None:
        memory = figures(bytes_text(status.memory_bytes)) if status.memory_bytes else ""
        parts = (status.device, status.dtype, memory)
        self._machine.set_text(" · ".join(shown(part) for part in parts if part))


class PrimaryButton(ActionButton):
    """The one button that stands out, filled with the accent."""

    def _draw_icon(self) -> None:
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.ButtonText, self._text_colour())
        self._set_icon_in(palette)

    def _ground(self) -> QColor:
        palette = self.palette()
        colour = palette.color(QPalette.ColorRole.Accent)
        if self.isDown():
            return mix(colour, palette.color(QPalette.ColorRole.Shadow), 0.2)
        light = palette.color(QPalette.ColorRole.HighlightedText)
        return mix(colour, light, 0.12) if self.underMouse() else colour

    def _text_colour(self) -> QColor:
        return self.palette().color(QPalette.ColorRole.HighlightedText)

    def _ring_palette(self) -> QPalette:
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Accent, self._text_colour())
        return palette

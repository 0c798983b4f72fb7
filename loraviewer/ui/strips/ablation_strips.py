"""The pictures without each adapter on their strips, their line below, and the large pair."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QApplication

from loraviewer.bridge.cells.ablation_model import AblationModel, RowPicture
from loraviewer.bridge.languages import shown
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.picture import Picture
from loraviewer.ui.actions import Actions, spec_of, tip_of
from loraviewer.ui.strips.ablation_line import AblationLine, cost_text
from loraviewer.ui.strips.ablation_popup import AblationPopup, Side
from loraviewer.ui.strips.ablation_thumb import ThumbLook
from loraviewer.ui.strips.channel_strip import ChannelStrip
from loraviewer.ui.strips.stack_panel import StackPanel

_LEFT = (QEvent.Type.WindowDeactivate, QEvent.Type.ApplicationDeactivate)


class AblationStrips(QObject):
    """Between the model, the strips and the action that switches it on. While somebody looks at one
    of the pictures, holding Shift shows every adapter alone."""

    def __init__(
        self,
        panel: StackPanel,
        model: AblationModel,
        settings: SettingsModel,
        actions: Actions,
    ) -> None:
        super().__init__(panel)
        self._panel = panel
        self._model = model
        self._settings = settings
        self._action = actions["ablation"]
        self._popup: AblationPopup | None = None
        self._looked_at: ChannelStrip | None = None
        self.line = AblationLine(model, settings)
        panel.add_below_rows(self.line, self.line.tab_chain())
        self.line.once_wanted.connect(model.make_once)
        panel.strips.strip_added.connect(self._on_strip_added)
        panel.strips.rows_changed.connect(self._show)
        model.changed.connect(self._show)
        settings.changed.connect(self._show_choice)
        self._action.hovered.connect(self._tell_cost)
        self._show_choice()

    def slots(self) -> dict[str, Callable[..., object]]:
        return {"ablation": self.set_on}

    @property
    def popup(self) -> AblationPopup | None:
        """None before it is first shown."""
        return self._popup

    @Slot(bool)
    def set_on(self, on: bool) -> None:
        self._settings.change(shows_ablation=on)

    @Slot()
    def _show_choice(self) -> None:
        self._action.setChecked(self._model.is_on)
        self._show()

    @Slot()
    def _tell_cost(self) -> None:
        """What is to be made, where the menu shows the tip."""
        spec, cost = spec_of("ablation"), self._model.cost()
        words = shown(spec.tip)
        if cost.pictures:
            words = f"{words} {cost_text(cost.pictures, cost.seconds)}."
        self._action.setToolTip(tip_of(words, spec))

    @Slot()
    def _show(self) -> None:
        for strip in self._panel.strips.strips():
            self._show_strip(strip)
        self._show_large()

    def _show_strip(self, strip: ChannelStrip) -> None:
        row, model = self._model.row(strip.entry_id), self._model
        is_coming = not (model.is_too_dear or model.is_stopped)
        strip.show_ablation(None if row is None else ThumbLook(row, model.is_alone, is_coming))

    @Slot(object)
    def _on_strip_added(self, strip: ChannelStrip) -> None:
        strip.ablation_looked.connect(self._on_looked)
        self._show_strip(strip)

    # -- the large pair -------------------------------------------------------------------

    @Slot(bool)
    def _on_looked(self, on: bool) -> None:
        strip = self.sender()
        if not isinstance(strip, ChannelStrip):
            return
        if on:
            self._look_at(strip)
        elif strip is self._looked_at:
            self._look_at(None)

    def _look_at(self, strip: ChannelStrip | None) -> None:
        application = QApplication.instance()
        assert application is not None
        if (strip is None) != (self._looked_at is None):
            watch = (
                application.removeEventFilter if strip is None else application.installEventFilter
            )
            watch(self)
        self._looked_at = strip
        shift = Qt.KeyboardModifier.ShiftModifier
        self._set_alone(strip is not None and bool(QGuiApplication.keyboardModifiers() & shift))
        self._show_large()

    def _set_alone(self, on: bool) -> None:
        self._model.set_alone(on)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _LEFT:
            self._set_alone(False)
        elif isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Shift:
            if event.type() == QEvent.Type.KeyPress:
                self._set_alone(True)
            elif event.type() == QEvent.Type.KeyRelease:
                self._set_alone(False)
        return False

    def _show_large(self) -> None:
        strip = self._looked_at
        row = self._model.row(strip.entry_id) if strip is not None else None
        if strip is None or row is None or strip.ablation_thumb is None:
            if self._popup is not None:
                self._popup.hide()
            return
        if self._popup is None:
            self._popup = AblationPopup(self._panel.window())
        sides = self._sides(strip.name, row)
        self._popup.show_beside(self._panel, strip.ablation_thumb, sides)

    def _sides(self, name: str, row: RowPicture) -> tuple[Side, ...]:
        whole = self._model.whole
        full = Side(self.tr("as it is"), whole.picture if whole else None)
        words = self.tr("{} alone") if self._model.is_alone else self.tr("without {}")
        return Side(words.format(name), self._picture(row), row.is_outdated, self._why(row)), full

    def _picture(self, row: RowPicture) -> Picture | None:
        whole = self._model.whole
        if row.is_same:
            return whole.picture if whole else None
        return row.picture.picture if row.picture else None

    def _why(self, row: RowPicture) -> str:
        if row.failure is not None:
            return shown(row.failure.message)
        if self._model.is_too_dear:
            return self.tr("Not made: all of them take longer than they may.")
        return self.tr("To come, as soon as the machine is idle.")

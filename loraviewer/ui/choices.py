"""What stays as it is chosen: live rendering, smooth pixels, colours."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot

from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.settings import Settings
from loraviewer.ui.actions import Actions
from loraviewer.ui.panes.compare_view import CompareView
from loraviewer.ui.widgets.theme import Scheme, Theme


class Choices(QObject):
    """The actions show what the settings say, and what is chosen with them goes there."""

    def __init__(
        self, settings: SettingsModel, actions: Actions, theme: Theme, compare: CompareView
    ) -> None:
        super().__init__(actions)
        self._settings = settings
        self._actions = actions
        self._theme = theme
        self._compare = compare
        settings.changed.connect(self._show)
        self._show(settings.settings)

    def slots(self) -> dict[str, Callable[..., object]]:
        """For the rows of the table that only choose; what `live` does is more than that."""
        themes = {f"theme_{scheme}": self.take_theme for scheme in Scheme}
        return {"smooth": self.set_smooth, **themes}

    @Slot(bool)
    def set_smooth(self, on: bool) -> None:
        self._settings.change(smooth_pixels=on)

    @Slot()
    def take_theme(self) -> None:
        """The one whose action is checked."""
        chosen = next(s for s in Scheme if self._actions[f"theme_{s}"].isChecked())
        self._settings.change(theme=str(chosen))

    @Slot(object)
    def _show(self, settings: Settings) -> None:
        self._actions["live"].setChecked(settings.is_live)
        self._actions["smooth"].setChecked(settings.smooth_pixels)
        self._actions[f"theme_{settings.theme}"].setChecked(True)
        self._compare.set_smooth(settings.smooth_pixels)
        if self._theme.scheme != settings.theme:
            self._theme.choose(Scheme(settings.theme))

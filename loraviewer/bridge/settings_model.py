"""The settings while the studio runs: whoever changes them tells everyone, and `app` saves them."""

import msgspec
from PySide6.QtCore import QObject, Signal

from loraviewer.core.settings import Settings


class SettingsModel(QObject):
    """Holds one frozen `Settings`. Changes count at once."""

    changed = Signal(object)  # Settings

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings

    @property
    def settings(self) -> Settings:
        return self._settings

    def change(self, **fields: object) -> None:
        self.install(msgspec.structs.replace(self._settings, **fields))

    def install(self, settings: Settings) -> None:
        if settings != self._settings:
            self._settings = settings
            self.changed.emit(settings)

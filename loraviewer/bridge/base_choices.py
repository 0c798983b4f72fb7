"""The bases a person can choose from: the demo, favourites, recent ones."""

import os
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.outcome import Failure
from loraviewer.core.reports import CheckpointInfo
from loraviewer.core.settings import BaseFacts

BaseGroup = Literal["demo", "favourite", "recent"]


@dataclass(frozen=True)
class BaseRow:
    """One choice. `weight_bytes` is 0 and `family` "" while the base was never loaded here."""

    path: str
    group: BaseGroup
    family: str = ""
    weight_bytes: int = 0
    is_current: bool = False
    is_missing: bool = False

    @property
    def is_favourite(self) -> bool:
        return self.group == "favourite"


class BaseChoices(QObject):
    """Remembers in the settings. Whether files are still there is looked up in the background:
    a sleeping network drive must not stop the window."""

    changed = Signal()

    def __init__(
        self,
        settings: SettingsModel,
        tasks: BackgroundTasks,
        demo: str,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self._tasks = tasks
        self._demo = demo
        self._demo_facts = BaseFacts()
        self._current = ""
        self._missing: frozenset[str] = frozenset()
        settings.changed.connect(self._on_settings_changed)

    @property
    def demo(self) -> str:
        """What opens the bundled checkpoint."""
        return self._demo

    def rows(self) -> tuple[BaseRow, ...]:
        """The demo, then favourites, then recent ones that are no favourites."""
        settings = self._settings.settings
        favourites = settings.favourite_checkpoints
        recent = [p for p in settings.recent_checkpoints if p not in favourites]
        return (
            self._row(self._demo, "demo"),
            *(self._row(path, "favourite") for path in favourites),
            *(self._row(path, "recent") for path in recent),
        )

    def remember(self, info: CheckpointInfo) -> None:
        """A base was loaded: it is the current one and the newest of the recent ones."""
        self._current = info.source
        self._missing -= {info.source}
        facts = BaseFacts(info.family, info.weight_bytes)
        if info.source == self._demo:
            self._demo_facts = facts
        else:
            self._settings.install(self._settings.settings.with_recent(info.source, facts))
        self.changed.emit()

    def set_favourite(self, path: str, on: bool) -> None:
        if path != self._demo:
            self._settings.install(self._settings.settings.with_favourite(path, on))

    def forget(self, path: str) -> None:
        """Take a base off the lists; nothing happens to its files."""
        self._settings.install(self._settings.settings.without_base(path))

    def look(self) -> None:
        """Find out which of the listed bases are no longer there; `changed` tells."""
        paths = [row.path for row in self.rows() if row.group != "demo"]
        self._tasks.run(lambda: _missing(paths), self._on_looked)

    def _row(self, path: str, group: BaseGroup) -> BaseRow:
        known = self._settings.settings.base_facts
        facts = self._demo_facts if group == "demo" else known.get(path, BaseFacts())
        return BaseRow(
            path,
            group,
            facts.family,
            facts.weight_bytes,
            is_current=path == self._current,
            is_missing=path in self._missing,
        )

    def _on_looked(self, missing: frozenset[str] | Failure) -> None:
        if not isinstance(missing, Failure) and missing != self._missing:
            self._missing = missing
            self.changed.emit()

    @Slot(object)
    def _on_settings_changed(self, _: object) -> None:
        self.changed.emit()


def _missing(paths: list[str]) -> frozenset[str]:
    return frozenset(path for path in paths if not os.path.exists(path))

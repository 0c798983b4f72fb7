"""Pictures that come in and go out as files: opened, checked, saved as sheets and animations."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.pictures.animation_maker import AnimationMaker
from loraviewer.bridge.pictures.picture_checks import PictureChecks
from loraviewer.bridge.pictures.picture_opening import SUFFIXES, PictureOpening
from loraviewer.bridge.rendering.engine_thread import Engine
from loraviewer.bridge.services import Services
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.contact_sheet import ContactSheet
from loraviewer.core.document import PaneId
from loraviewer.core.outcome import Failure, FailureKind


class PictureDesk(QObject):
    """Builds what handles such files. GUI thread only."""

    sheet_saved = Signal(str)  # path
    notice = Signal(object)  # Failure

    def __init__(
        self,
        engine: Engine,
        document: DocumentModel,
        adapters: AdapterModel,
        base: BaseModel,
        settings: SettingsModel,
        tasks: BackgroundTasks,
        saving: BackgroundTasks,
        services: Services,
        parent: QObject | None = None,
    ) -> None:
        """tasks: for what is read; saving: for what must be written before the window is gone."""
        super().__init__(parent)
        pictures = services.pictures
        self._services = pictures
        self._saving = saving
        demo = [adapter.path for adapter in services.demo_adapters]
        self.opening = PictureOpening(
            document, adapters, base, settings, tasks, pictures, demo, self
        )
        self.checks = PictureChecks(engine, base, tasks, pictures, self)
        self.animation = AnimationMaker(engine, document, adapters, base, saving, pictures, self)
        for source in (self.opening, self.checks, self.animation):
            source.notice.connect(self.notice)

    def take_dropped(self, paths: Sequence[str], pane_id: PaneId = "") -> bool:
        """Open a picture that was dropped alone; among adapters, pictures are their previews.
        Whether that was all there was."""
        pictures = [path for path in paths if is_picture(path)]
        if not pictures or len(pictures) < len(paths):
            return False
        self.opening.open(pictures[0], pane_id)
        if len(pictures) > 1:
            words = self.tr("One picture at a time: of {} only “{}” was opened.")
            name = Path(pictures[0]).name
            self.notice.emit(Failure(FailureKind.FILE, words.format(len(pictures), name)))
        return True

    def take_named(self, paths: Sequence[str]) -> list[str]:
        """Open the last picture that was named at the start; what is left to be opened."""
        for path in [path for path in paths if is_picture(path)][-1:]:
            self.opening.open(path)
        return [path for path in paths if not is_picture(path)]

    def base_of(self, paths: Sequence[str]) -> str:
        """The base that the last picture among them was made on, if it is there; reads files."""
        pictures = [Path(path) for path in paths if is_picture(path)]
        return self._services.base_of(pictures[-1]) if pictures else ""

    def check(self, path: str) -> None:
        self.checks.check(path, self.opening.places(path))

    def save_sheet(self, path: str, sheet: ContactSheet) -> None:
        write = partial(self._services.save_sheet, Path(path), sheet)
        self._saving.run(write, partial(self._on_sheet_written, path))

    @Slot()
    def stop(self) -> bool:
        """Give up what runs. Whether there was anything."""
        stopped = [self.opening.stop(), self.checks.stop(), self.animation.stop()]
        return any(stopped)

    def _on_sheet_written(self, path: str, failure: Failure | None) -> None:
        if failure is None:
            self.sheet_saved.emit(path)
        else:
            self.notice.emit(failure)


def is_picture(path: str) -> bool:
    """By its name."""
    return path.lower().endswith(SUFFIXES)

"""Files that are dropped on the window, on their way to whatever opens them."""

from pathlib import Path

from PySide6.QtCore import QObject, Slot

from loraviewer.bridge.adapters.adapter_intake import AdapterIntake
from loraviewer.bridge.drops import Dropped
from loraviewer.bridge.openings import Openings
from loraviewer.ui.drop_place import DropPlace
from loraviewer.ui.notices import Notices
from loraviewer.ui.pictures.picture_actions import PictureActions


class DroppedFiles(QObject):
    """Between the place of drops, the openings and the notices. pictures: know which pane one is
    dropped on."""

    def __init__(
        self,
        place: DropPlace,
        openings: Openings,
        intake: AdapterIntake,
        pictures: PictureActions,
        notices: Notices,
    ) -> None:
        super().__init__(place)
        self._place = place
        self._openings = openings
        self._intake = intake
        self._pictures = pictures
        self._notices = notices
        place.dropped.connect(self._on_dropped)
        openings.many_dropped.connect(self._on_many_dropped)

    @Slot(object, bool)
    def _on_dropped(self, paths: list[str], is_on_base: bool) -> None:
        pane_id = self._pictures.pane_under(self._place.where)
        self._openings.open_dropped(paths, is_on_base=is_on_base, pane_id=pane_id)

    @Slot(object)
    def _on_many_dropped(self, dropped: Dropped) -> None:
        words = self.tr("“{folder}” holds {count} adapters. Add them all, switched off?")
        question = words.format(folder=Path(dropped.collection).name, count=len(dropped.adapters))
        answer = self.tr("Add all {}").format(len(dropped.adapters))
        self._notices.ask(question, answer, "add", lambda: self._intake.add(dropped.adapters))

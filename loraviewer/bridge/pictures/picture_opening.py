"""Opening pictures: what one says of how it was made becomes the document, as one undo step."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.pictures.picture_services import PictureServices
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.cancel import CancelToken
from loraviewer.core.document import Document, PaneId
from loraviewer.core.foreign.found import AdapterPlaces, KnownAdapter
from loraviewer.core.foreign.restoring import (
    OpenedPicture,
    base_words,
    restored_sampling,
    restored_stack,
)
from loraviewer.core.outcome import Failure
from loraviewer.core.pane_edits import activated, editable

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")


class PictureReport(msgspec.Struct, frozen=True, kw_only=True):
    """What came of opening a picture. `missing`, `by_name`, `changed`: names of adapters that were
    not found, were found by nothing but their names, and have another content than then.
    `ambiguous`: name and files of those that several are called. `kept`: what could not be taken
    from the picture. `refused`: one sentence each. `base`: that it was made on, where another one
    is loaded."""

    name: str
    source: str
    missing: tuple[str, ...] = ()
    ambiguous: tuple[tuple[str, tuple[str, ...]], ...] = ()
    by_name: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    not_understood: tuple[str, ...] = ()
    base: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether there is nothing to be told."""
        lists = (self.missing, self.ambiguous, self.by_name, self.changed)
        return not any((*lists, self.kept, self.refused, self.not_understood, self.base))


class PictureOpening(QObject):
    """GUI thread only; pictures are read, and adapters looked for, in the pool."""

    opened = Signal(object)  # PictureReport
    notice = Signal(object)  # Failure
    reading = Signal(str)  # the name of a picture that is being read; "" once it is

    def __init__(
        self,
        document: DocumentModel,
        adapters: AdapterModel,
        base: BaseModel,
        settings: SettingsModel,
        tasks: BackgroundTasks,
        services: PictureServices,
        demo_adapters: Sequence[str],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._adapters = adapters
        self._base = base
        self._settings = settings
        self._tasks = tasks
        self._services = services
        self._demo = tuple(demo_adapters)
        self._newest = 0
        self._is_reading = False
        self._token = CancelToken()
        self._waiting: tuple[OpenedPicture, PaneId] | None = None
        base.failed.connect(self._on_base_ready)

    def open(self, path: str, pane_id: PaneId = "") -> None:
        """Into a pane, "" for the active one. Of two that are opened at once, the newer counts."""
        self.stop()
        read = partial(self._services.open, Path(path), self.places(path), self._token)
        self._is_reading = True
        self.reading.emit(Path(path).name)
        self._tasks.run(read, partial(self._receive, self._newest, pane_id))

    def places(self, path: str = "") -> AdapterPlaces:
        """Where the adapters of a picture are looked for: the stacks, the demo, and the folders of
        the rows, of the picture, and where adapters were chosen last. path: "" where they are not
        a picture's."""
        rows = self._document.document.all_rows().entries
        beside = dict.fromkeys([str(Path(row.path).parent) for row in rows])
        own = (str(Path(path).parent),) if path else ()
        chosen = self._settings.settings.folders.get("adapters", "")
        return AdapterPlaces(
            rows=tuple(KnownAdapter(row.path, row.sha256) for row in rows),
            files=self._demo,
            folders=(*beside, *own),
            trees=(chosen,) if chosen else (),
        )

    def stop(self) -> bool:
        """Forget what is being read. Whether there was anything."""
        was_busy = self._is_reading or self._waiting is not None
        self._token.cancel()
        self._token = CancelToken()
        self._newest += 1
        self._is_reading, self._waiting = False, None
        if was_busy:
            self.reading.emit("")
        return was_busy

    def _receive(self, number: int, pane_id: PaneId, opened: OpenedPicture | Failure) -> None:
        if number != self._newest:
            return
        self._is_reading = False
        self.reading.emit("")
        if isinstance(opened, Failure):
            self.notice.emit(opened)
            return
        self._waiting = (opened, pane_id)
        if not self._base.is_loading and self._base.info is not None:
            self._apply()

    @Slot()
    def on_base_shown(self) -> None:
        """What a new base asks for is in the document by now, and the picture goes over it."""
        if self._waiting is not None and not self._base.is_loading:
            self._apply()

    @Slot(object)
    def _on_base_ready(self, _: object) -> None:
        self.on_base_shown()

    def _apply(self) -> None:
        assert self._waiting is not None
        (opened, pane_id), self._waiting = self._waiting, None
        for summary in opened.summaries:
            self._adapters.learn_summary(summary)
        document = self._placed(pane_id)
        restored = restored_sampling(opened.read, document.active_sampling, self._base.info)
        stack = restored_stack(opened, str(Path(opened.path).parent))
        shown = document.with_stack(stack).with_sampling(restored.sampling)
        name = Path(opened.path).name
        self._document.edit(self.tr("Open picture {}").format(name), shown)
        report = self._report(opened, name)
        self.opened.emit(
            msgspec.structs.replace(report, kept=restored.kept, refused=restored.refused)
        )

    def _placed(self, pane_id: PaneId) -> Document:
        """With the pane active that takes it; the base takes none."""
        document = self._document.document
        if any(pane.pane_id == pane_id for pane in document.panes):
            document = activated(document, pane_id)
        return editable(document)

    def _report(self, opened: OpenedPicture, name: str) -> PictureReport:
        found = opened.found
        has_hash = {one.adapter.name for one in found if one.adapter.hashes}
        by_name = [one.adapter.name for one in found if one.by == "name"]
        return PictureReport(
            name=name,
            source=opened.read.source,
            missing=tuple(one.adapter.name for one in found if not one.by and not one.others),
            ambiguous=tuple((one.adapter.name, one.others) for one in found if one.others),
            by_name=tuple(known for known in by_name if known not in has_hash),
            changed=tuple(one.adapter.name for one in found if one.is_changed),
            not_understood=opened.read.not_understood,
            base=base_words(opened.read, self._base.info),
        )

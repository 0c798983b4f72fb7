"""From the document to what each pane is to show: edits, held faders and facts of adapters."""

from collections.abc import Collection

import msgspec
from PySide6.QtCore import QObject, Slot

from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.bridge.rendering.pane_model import PaneModel
from loraviewer.bridge.rendering.render_scheduler import RenderScheduler
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.document import Document, PaneSpec
from loraviewer.core.pane import PaneId
from loraviewer.core.stack import AdapterStack


class Wishes(QObject):
    """Hears every change that decides a picture, and tells the scheduler. GUI thread only."""

    def __init__(
        self,
        document: DocumentModel,
        stack: StackModel,
        adapters: AdapterModel,
        settings: SettingsModel,
        panes: PaneModel,
        scheduler: RenderScheduler,
        base: BaseModel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._stack = stack
        self._adapters = adapters
        self._settings = settings
        self._panes = panes
        self._scheduler = scheduler
        self._base = base
        self._asked: set[PaneId] = set()
        """Panes to be rendered by request as soon as their adapters are matched."""
        self._looked_at: frozenset[PaneId] = frozenset()
        self._is_stopped = False
        """Until something is edited or asked for: facts that come late start nothing."""
        document.changed.connect(self._on_document_changed)
        document.drag_changed.connect(self._on_drag_changed)
        adapters.adapter_changed.connect(self._on_adapter_changed)
        base.prediction_changed.connect(self._on_prediction_changed)

    @property
    def is_stopped(self) -> bool:
        """Whether nothing was edited or asked for since `stop`."""
        return self._is_stopped

    @property
    def is_live(self) -> bool:
        """Whether what panes lack is made without anybody's doing."""
        return self._settings.settings.is_live and not self._is_stopped

    def wanted(self) -> tuple[PaneSpec, ...]:
        """Panes whose pictures are wanted now."""
        return self._wanted_of(self._document.document)

    def look_at(self, pane_ids: Collection[PaneId]) -> None:
        """Panes whose pictures are wanted, whether the document shows them or not. As going to
        another pane, it starts nothing that was stopped."""
        before, self._looked_at = self.wanted(), frozenset(pane_ids)
        now = self.wanted()
        for pane in before:
            if pane not in now:
                self._give_up_on(pane.pane_id)
        for pane in now:
            if pane not in before:
                if self._adapters.base_identity:
                    self._adapters.request_missing(pane.stack)
                self.update(pane.pane_id)

    def render(self) -> None:
        """Settled pictures of all panes that are seen, now, whether edits are rendered as they are
        made or not; what is shown already stays."""
        self._is_stopped = False
        for pane in self.wanted():
            self._asked.add(pane.pane_id)
            self.update(pane.pane_id)
        self._scheduler.flush()

    def stop(self) -> None:
        """Cancel everything that runs, waits or was asked for; panes keep their last pictures."""
        self._asked.clear()
        self._is_stopped = True
        self._scheduler.stop()

    def update(self, pane_id: PaneId) -> None:
        """Tell the scheduler what the pane is to show, once that is known."""
        stack = self._document.document.pane(pane_id).stack
        if self._adapters.is_waiting(stack):
            self._panes.change(pane_id, stack=stack)
            self._scheduler.hold(pane_id)
        else:
            self._want(pane_id, stack)

    def _want(self, pane_id: PaneId, stack: AdapterStack) -> None:
        """A draft while a fader of the pane is held."""
        document = self._document.document
        applied = stack.without_muted(self._adapters.muted(stack))
        self._panes.change(pane_id, stack=applied)
        is_active = pane_id == document.active
        self._scheduler.want(
            pane_id,
            applied,
            document.sampling_of(pane_id),
            self._base.prediction,
            is_draft=is_active and self._stack.is_dragging,
            held=self._stack.held_adapter if is_active else "",
            is_active=is_active,
            starts=self.is_live or pane_id in self._asked,
            rows=stack,
            draft_row=self._adapters.draft_row(stack),
        )
        self._asked.discard(pane_id)

    @Slot(object, object)
    def _on_document_changed(self, document: Document, before: Document) -> None:
        # Looking at another pane changes no picture, nor do snapshots and cues: what was stopped
        # stays so.
        elsewhere = msgspec.structs.replace(
            before,
            active=document.active,
            last_seen=document.last_seen,
            snapshots=document.snapshots,
            cues=document.cues,
        )
        self._is_stopped = self._is_stopped and document == elsewhere
        self._request_reports(document, before)
        self._give_up(document, before)
        known = {pane.pane_id: self._asks(before, pane) for pane in self._wanted_of(before)}
        for pane in self.wanted():
            if self._asks(document, pane) != known.get(pane.pane_id):
                self.update(pane.pane_id)

    def _request_reports(self, document: Document, before: Document) -> None:
        former = {pane.pane_id: pane.stack for pane in before.panes}
        for pane in self.wanted() if self._adapters.base_identity else ():
            known = former.get(pane.pane_id, AdapterStack())
            if pane.stack != known:
                self._adapters.request_missing(pane.stack)
                self._adapters.request_failed(_switched_on(pane.stack, known))

    def _give_up(self, document: Document, before: Document) -> None:
        """Of panes that are seen no more nothing is under way, of those that are gone nothing is
        known; whoever brings one back has its picture made again."""
        left = {pane.pane_id for pane in document.panes}
        wanted = {pane.pane_id for pane in self.wanted()}
        for pane in before.panes:
            if pane.pane_id not in left:
                self._asked.discard(pane.pane_id)
                self._scheduler.forget(pane.pane_id)
            elif pane in self._wanted_of(before) and pane.pane_id not in wanted:
                self._give_up_on(pane.pane_id)

    def _give_up_on(self, pane_id: PaneId) -> None:
        self._asked.discard(pane_id)
        self._scheduler.hold(pane_id)

    def _wanted_of(self, document: Document) -> tuple[PaneSpec, ...]:
        return document.wanted(self._looked_at)

    def _asks(self, document: Document, pane: PaneSpec) -> tuple[object, ...]:
        """All in a document that decides what a pane shows, and how soon."""
        sampling = document.sampling_of(pane.pane_id)
        return pane.stack, sampling, pane.pane_id == document.active

    @Slot(bool)
    def _on_drag_changed(self, is_dragging: bool) -> None:
        if not is_dragging:
            self.update(self._document.document.active)

    @Slot(object)
    def _on_prediction_changed(self, _: object) -> None:
        self._is_stopped = False
        for pane in self.wanted():
            self.update(pane.pane_id)

    @Slot(str)
    def _on_adapter_changed(self, sha256: str) -> None:
        for pane in self.wanted():
            if any(entry.sha256 == sha256 for entry in pane.stack.entries):
                self.update(pane.pane_id)


def _switched_on(stack: AdapterStack, before: AdapterStack) -> AdapterStack:
    """The rows that were there and off, and are on now."""
    off = {entry.entry_id for entry in before.entries if not entry.is_enabled}
    rows = tuple(e for e in stack.entries if e.is_enabled and e.entry_id in off)
    return AdapterStack(entries=rows)

"""What experiments are asked of: the pane that the strips edit, and the base."""

from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.words.wildcard_model import WildcardModel
from loraviewer.core.nothing_applied import Reason, nothing_applied
from loraviewer.core.pane_edits import editable
from loraviewer.core.variants.wildcards import Wildcards
from loraviewer.ui.lab.ticks import Ticks

_TICK_MS = 150


class PaneFacts(QObject):
    """What pages ask of it; `ActivePane` is the studio's."""

    changed = Signal()

    @property
    def prompt(self) -> str:
        """What its seed makes of what is typed."""
        raise NotImplementedError

    @property
    def typed(self) -> str:
        """With what is left to the seed."""
        raise NotImplementedError

    @property
    def wildcards(self) -> Wildcards:
        raise NotImplementedError

    @property
    def is_demo(self) -> bool:
        """Whether the bundled base is loaded."""
        raise NotImplementedError

    @property
    def why_no_rows(self) -> Reason | None:
        """Why an experiment would be of no adapter; None where it is of some."""
        raise NotImplementedError


class ActivePane(PaneFacts):
    """`changed` comes a moment after any edit, however fast they are. GUI thread only."""

    def __init__(
        self,
        document: DocumentModel,
        adapters: AdapterModel,
        base: BaseModel,
        wildcards: WildcardModel,
        demo: str,
        parent: QObject | None = None,
    ) -> None:
        """demo: where the bundled base lies."""
        super().__init__(parent)
        self._document = document
        self._adapters = adapters
        self._base = base
        self._wildcards = wildcards
        self._demo = demo
        self._ticks = Ticks(_TICK_MS, self)
        self._ticks.due.connect(self.changed)
        document.changed.connect(self._on_changed)
        adapters.adapter_changed.connect(self._on_changed)
        base.changed.connect(self._on_changed)
        wildcards.changed.connect(self._on_changed)

    @property
    def prompt(self) -> str:
        return self._document.document.active_sampling.prompt

    @property
    def typed(self) -> str:
        return self._document.document.active_sampling.typed

    @property
    def wildcards(self) -> Wildcards:
        return self._wildcards.wildcards

    @property
    def is_demo(self) -> bool:
        return self._base.info is not None and self._base.info.source == self._demo

    @property
    def why_no_rows(self) -> Reason | None:
        stack = editable(self._document.document).stack
        return nothing_applied(stack, stack.without_muted(self._adapters.muted(stack)))

    @Slot()
    def _on_changed(self, *_: object) -> None:
        self._ticks.ask()

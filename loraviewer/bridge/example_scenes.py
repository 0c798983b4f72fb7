"""Opening a ready scene: the demo base, and prompt, seed and stack as one undo step."""

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.adapters.adapter_intake import AdapterIntake
from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.services import Services
from loraviewer.core.examples import Example
from loraviewer.core.experiments.claims import CROWD
from loraviewer.core.outcome import Failure
from loraviewer.core.pane_edits import editable
from loraviewer.core.stack import AdapterStack, StackEntry


class ExampleScenes(QObject):
    """GUI thread only."""

    opened = Signal(object)  # Example, once it is the document
    notice = Signal(object)  # Failure: its adapters are not to be had

    def __init__(
        self,
        document: DocumentModel,
        base: BaseModel,
        intake: AdapterIntake,
        services: Services,
        tasks: BackgroundTasks,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._base = base
        self._intake = intake
        self._tasks = tasks
        self._unfold = services.unfold_crowd
        self._wanted: Example | None = None
        self._demo = services.demo_checkpoint
        self._paths = {adapter.name: adapter.path for adapter in services.demo_adapters}

    @Slot(object)
    def open(self, example: Example) -> None:
        """Read its adapters, then show it; another base gives way to the demo. The row `CROWD`
        stands for all of the demo's crowd."""
        info = self._base.info
        if info is None or info.source != self._demo:
            self._base.open(self._demo)
        self._wanted = example
        if example.names(CROWD):
            self._tasks.run(self._unfold, partial(self._on_unfolded, example))
        else:
            self._read(example, self._paths)

    def _on_unfolded(self, example: Example, found: tuple[str, ...] | Failure) -> None:
        if isinstance(found, Failure):
            self.notice.emit(found)
        elif example is self._wanted:  # the last one that was asked for
            members = {f"{CROWD}/{number}": path for number, path in enumerate(found, 1)}
            self._read(example.unfolded(CROWD, tuple(members)), {**self._paths, **members})

    def _read(self, example: Example, paths: Mapping[str, str]) -> None:
        self._intake.read(example.with_paths(paths), partial(self._show, example))

    def _show(self, example: Example, entries: Sequence[StackEntry]) -> None:
        document = editable(self._document.document)
        stack = AdapterStack(entries=tuple(entries))
        shown = document.with_stack(stack).with_sampling(example.sampling)
        self._document.edit(self.tr("Open the example “{}”").format(example.name), shown)
        self.opened.emit(example)

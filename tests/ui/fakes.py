"""A controller without an engine: real models, and panes the test fills by hand."""

from collections.abc import Sequence
from typing import Any

import msgspec
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoStack

from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.base_choices import BaseChoices
from loraviewer.bridge.preview_images import PreviewImages
from loraviewer.bridge.prompt_model import PromptModel
from loraviewer.bridge.services import DemoAdapter
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.bridge.stack_model import StackModel
from loraviewer.bridge.status import StudioStatus
from loraviewer.core.adapter_facts import AdapterFacts
from loraviewer.core.outcome import Failure, Rendered, Timings
from loraviewer.core.pane import PaneState
from loraviewer.core.picture import Picture
from loraviewer.core.reports import AdapterReport, AdapterSummary, CheckpointInfo
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from loraviewer.core.settings import Settings
from loraviewer.core.stack import AdapterStack, StackEntry

DEMO_PATH = "/demo"
DEMO = CheckpointInfo(
    path=DEMO_PATH,
    name="Demo",
    identity="d" * 64,
    family="demo",
    device="cpu",
    dtype="float32",
    parameters=6_000_000,
    weight_bytes=24_000_000,
    default_width=128,
    default_height=128,
    known_words=frozenset(
        ["a", "the", "in", "on", "girl", "cat", "green", "red", "meadow", "beach"]
    ),
)


class FakeController(QObject):
    """The surface of `StudioController` that the window uses; `calls` records its commands."""

    pane_changed = Signal(object)
    checkpoint_changed = Signal(object)
    checkpoint_loading = Signal(object)
    checkpoint_failed = Signal(object)
    adapter_changed = Signal(str)
    many_dropped = Signal(object)
    notice = Signal(object)
    status_changed = Signal(object)
    live_changed = Signal(bool)
    settings_changed = Signal(object)
    verified = Signal(object)
    verify_failed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.undo_stack = QUndoStack(self)
        self.stack = StackModel(self.undo_stack, self)
        self.prompt = PromptModel(self.undo_stack, self)
        self.settings_model = SettingsModel(Settings(), self)
        self.settings_model.changed.connect(self.settings_changed)
        self.settings_model.changed.connect(self._on_settings_changed)
        self.tasks = BackgroundTasks(self)
        self.bases = BaseChoices(self.settings_model, self.tasks, DEMO_PATH, self)
        self.previews = PreviewImages(self.tasks, self)
        self.status = StudioStatus()
        self.calls: list[tuple[Any, ...]] = []
        self.demos: tuple[DemoAdapter, ...] = ()
        self._info: CheckpointInfo | None = None
        self._panes = {
            "base": PaneState(pane_id="base"),
            "current": PaneState(pane_id="current"),
        }
        self._summaries: dict[str, AdapterSummary] = {}
        self._reports: dict[str, AdapterReport | Failure] = {}

    # What a test makes happen.

    def show(self, pane_id: str, **fields: Any) -> PaneState:
        """Change a pane's state and announce it."""
        state = msgspec.structs.replace(self._panes[pane_id], **fields)
        self._panes[pane_id] = state
        self.pane_changed.emit(state)
        return state

    def use_checkpoint(self, info: CheckpointInfo = DEMO) -> None:
        self._info = info
        self.bases.remember(info)
        self.checkpoint_changed.emit(info)

    def learn(self, sha256: str, report: AdapterReport | Failure) -> None:
        self._reports[sha256] = report
        self.adapter_changed.emit(sha256)

    def learn_summary(self, summary: AdapterSummary) -> None:
        self._summaries[summary.sha256] = summary
        self.adapter_changed.emit(summary.sha256)

    def set_status(self, status: StudioStatus) -> None:
        self.status = status
        self.status_changed.emit(status)

    # What the window reads.

    @property
    def settings(self) -> Settings:
        return self.settings_model.settings

    @property
    def is_live(self) -> bool:
        return self.settings.is_live

    def pane(self, pane_id: str) -> PaneState:
        return self._panes[pane_id]

    def checkpoint(self) -> CheckpointInfo | None:
        return self._info

    def facts(self, sha256: str) -> AdapterFacts:
        return AdapterFacts(
            summary=self._summaries.get(sha256),
            report=self._reports.get(sha256),
            family_override=self.settings.family_overrides.get(sha256, ""),
            base_family=self._info.family if self._info else "",
        )

    def demo_checkpoint(self) -> str:
        return DEMO_PATH

    def demo_adapters(self) -> tuple[DemoAdapter, ...]:
        return self.demos

    # What the window commands.

    def open_checkpoint(self, path: str) -> None:
        self.calls.append(("open_checkpoint", path))

    def add_adapters(self, paths: Sequence[str]) -> None:
        self.calls.append(("add_adapters", tuple(paths)))

    def open_dropped(self, paths: Sequence[str], *, is_on_base: bool = False) -> None:
        self.calls.append(("open_dropped", tuple(paths), is_on_base))

    def set_family(self, sha256: str, family: str) -> None:
        self.settings_model.install(self.settings.with_family(sha256, family))

    def cancel_loading(self) -> None:
        self.calls.append(("cancel_loading",))

    def render(self) -> None:
        self.calls.append(("render", self.prompt.sampling.seed))

    def stop(self) -> None:
        self.calls.append(("stop",))

    @Slot(bool)
    def set_live(self, on: bool) -> None:
        self.change_settings(is_live=on)
        self.live_changed.emit(on)

    def change_settings(self, **fields: Any) -> None:
        self.settings_model.change(**fields)

    def save_picture(self, pane_id: str, path: str) -> None:
        self.calls.append(("save_picture", pane_id, path))

    def look_again(self) -> None:
        """What files came back is the real controller's to find out."""

    def verify(self) -> None:
        self.calls.append(("verify",))

    @Slot(object)
    def _on_settings_changed(self, _: Settings) -> None:
        for sha256 in {*self._summaries, *self._reports}:
            self.adapter_changed.emit(sha256)

    def close(self) -> None:
        self.tasks.close()
        self.calls.append(("close",))


def entry(name: str, scale: float = 1.0, **fields: Any) -> StackEntry:
    """A row whose id and content hash are its name."""
    return StackEntry(
        entry_id=name, name=name, path=f"/adapters/{name}.safetensors", sha256=name, scale=scale,
        **fields,
    )  # fmt: skip


def plain_picture(colour: tuple[int, int, int], width: int = 8, height: int = 8) -> Picture:
    return Picture(width, height, bytes(colour) * (width * height))


def rendered(
    picture: Picture,
    stack: AdapterStack | None = None,
    *,
    sampling: Sampling | None = None,
    is_draft: bool = False,
) -> Rendered:
    """A finished image of a stack on the demo checkpoint."""
    request = GenerationRequest(
        checkpoint=CheckpointRef(DEMO_PATH, DEMO.identity),
        adapters=(stack or AdapterStack()).applied(),
        sampling=sampling or Sampling(),
        is_draft=is_draft,
    )
    return Rendered(request, picture, Timings(4.0, 2.0, 610.0, 12.0), "f" * 64)

"""A desk for the window's tests: the real models over an engine that stands still."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import shiboken6

from loraviewer.bridge.controller import StudioController
from loraviewer.bridge.pictures.picture_services import PictureServices
from loraviewer.bridge.rendering.jobs import LoadJob, Work
from loraviewer.bridge.services import DemoAdapter, Services
from loraviewer.core.library.port import LibraryPort
from loraviewer.core.midi import OpenMidi
from loraviewer.core.outcome import Failure, Rendered, Timings
from loraviewer.core.pane import PaneState
from loraviewer.core.picture import Picture
from loraviewer.core.picture_port import PicturePort
from loraviewer.core.placement.asking import PlanBase
from loraviewer.core.reports import AdapterReport, AdapterSummary, CheckpointInfo
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from loraviewer.core.stack import AdapterStack, StackEntry
from tests.bridge.conftest import summarise
from tests.still_engine import StillEngine

DEMO_PATH = "/demo"
DEMO = CheckpointInfo(
    source=DEMO_PATH,
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


class Desk(StudioController):
    """The real controller; nothing is rendered, loaded or matched but by the test. `saved` is what
    was "written"."""

    def __init__(
        self,
        demos: tuple[DemoAdapter, ...] = (),
        open_pictures: Callable[[], PicturePort] | None = None,
        pictures: PictureServices | None = None,
        unfold_crowd: Callable[[], tuple[str, ...]] = tuple,
        open_library: Callable[[], LibraryPort] | None = None,
        open_midi: OpenMidi | None = None,
        thumbnails_folder: Path | None = None,
        plan_base: PlanBase | None = None,
    ) -> None:
        self.engine = StillEngine()
        self.saved: dict[Path, Rendered] = {}
        services = Services(
            summarise=summarise,
            is_checkpoint=lambda path: False,
            save_png=self.saved.__setitem__,
            demo_checkpoint=DEMO_PATH,
            demo_adapters=demos,
            open_pictures=open_pictures,
            pictures=pictures or PictureServices(),
            unfold_crowd=unfold_crowd,
            open_library=open_library,
            open_midi=open_midi,
            thumbnails_folder=thumbnails_folder,
            plan_base=plan_base,
        )
        super().__init__(self.engine, services)

    @property
    def works(self) -> list[Work]:
        """What the engine was asked for since the base was loaded."""
        return self.engine.works

    def show(self, pane_id: str, **fields: Any) -> PaneState:
        """Change what a pane shows, as if the engine had answered."""
        self.panes.change(pane_id, **{"is_outdated": False, "is_busy": False, **fields})
        return self.panes.pane(pane_id)

    def use_checkpoint(self, info: CheckpointInfo = DEMO) -> None:
        """Load a base and let everything come to rest, with no picture yet."""
        self.base.open(info.source)
        job = self.engine.take()
        assert job is not None
        assert isinstance(job.work, LoadJob)
        self.engine.finish(info)
        self.stop()
        for pane_id in ("base", "current"):
            self.panes.change(pane_id, is_outdated=False)
        self.engine.works.clear()

    def learn(self, sha256: str, report: AdapterReport | Failure) -> None:
        self.adapters.learn_report(sha256, report)

    def learn_summary(self, summary: AdapterSummary) -> None:
        self.adapters.learn_summary(summary)

    def dispose(self) -> None:
        """Here and now, not whenever the cycle collector comes by."""
        # Deleting a pool whose threads still run would wait for them with Python's lock in hand.
        assert self.close()
        shiboken6.delete(self)
        shiboken6.delete(self.engine)


def entry(name: str, scale: float = 1.0, **fields: Any) -> StackEntry:
    """A row whose id and content hash are its name."""
    usual: dict[str, Any] = {
        "entry_id": name,
        "path": f"/adapters/{name}.safetensors",
        "sha256": name,
    }
    return StackEntry(name=name, scale=scale, **(usual | fields))


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

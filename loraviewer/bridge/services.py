"""What the bridge needs from below without importing it: functions that `app` hands down."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from loraviewer.bridge.experiments.experiment_services import ExperimentServices
from loraviewer.bridge.pictures.picture_services import PictureServices
from loraviewer.core.cancel import CancelToken
from loraviewer.core.library.port import LibraryPort
from loraviewer.core.midi import OpenMidi
from loraviewer.core.outcome import Rendered
from loraviewer.core.picture_port import PicturePort
from loraviewer.core.placement.asking import PlanBase
from loraviewer.core.reports import AdapterSummary


@dataclass(frozen=True)
class DemoAdapter:
    """A bundled adapter to offer in menus; `preview_path` is "" where there is none."""

    name: str
    path: str
    preview_path: str = ""


@dataclass(frozen=True)
class Services:
    """Functions free of torch, safe to call in the thread pool."""

    summarise: Callable[[Path, CancelToken], AdapterSummary]
    """May hash the file, seconds per gigabyte; raises `Cancelled` when the token says so."""
    is_checkpoint: Callable[[Path], bool]
    """Whether a weight file is a checkpoint, from its header; False where it cannot be read."""
    save_png: Callable[[Path, Rendered], None]
    """May hash the checkpoint's file first, seconds per gigabyte, until `give_up`."""
    demo_checkpoint: str
    demo_adapters: tuple[DemoAdapter, ...]
    pictures: PictureServices = field(default_factory=PictureServices)
    plan_base: PlanBase | None = None
    """How a base fits into memory, from its headers; None where nothing is planned."""
    find_preview: Callable[[Path], str] = lambda path: ""
    """The picture beside an adapter's file that may be shown; "" where there is none."""
    sessions_folder: Path | None = None
    """Where what is open is kept for the next start; None to keep nothing."""
    prompts_file: Path | None = None
    """Where prompts that pictures were made of are kept; None to keep none beyond this run."""
    open_pictures: Callable[[], PicturePort] | None = None
    """Opens the store of finished pictures, once; None where there is to be none."""
    open_midi: OpenMidi | None = None
    """Listens to MIDI controllers; None where faders of hardware are none of this studio's."""
    experiments: ExperimentServices = field(default_factory=ExperimentServices)
    open_library: Callable[[], LibraryPort] | None = None
    """Opens the index of files, once; None where there is to be none."""
    thumbnails_folder: Path | None = None
    """Where pictures of the studio are kept as thumbnails of adapters; None to keep none."""
    unfold_crowd: Callable[[], tuple[str, ...]] = tuple
    """Paths of the demo's many small adapters, in their order; written first where they are not
    there. Raises `FileError` and `OSError`."""
    speed_file: Path | None = None
    """Where it is kept how fast this machine is in which precision; None to measure it only where a
    person asks, and keep nothing."""
    program: tuple[str, ...] = (sys.executable, "-m", "loraviewer")
    """What starts loraviewer in a process of its own."""
    give_up: Callable[[], None] = lambda: None
    """The window closes: what takes long without being needed is left out from now on."""

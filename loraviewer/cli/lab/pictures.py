"""Where `loraviewer lab ladder` and its like get their pictures from: the studio's picture store,
and an engine that is opened once something is not there."""

import contextlib
import functools
import time
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING

import platformdirs
import typer

from loraviewer.cli.shared import progress, tell_note
from loraviewer.core.allocator import keep_freed_memory
from loraviewer.core.cancel import CancelToken
from loraviewer.core.collector import keep_for_good, resume_collector
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.outcome import LoraviewerError
from loraviewer.core.picture_port import PicturePort
from loraviewer.core.reports import CheckpointInfo
from loraviewer.core.request import DtypeName, GenerationRequest
from loraviewer.core.resources import components_folder
from loraviewer.core.settings_file import SettingsFile
from loraviewer.lab.runners.runner import Batch, Made, Runner
from loraviewer.lab.runners.sharing import HelpIsWorthIt, shared_out

if TYPE_CHECKING:
    from loraviewer.engine.studio_engine import StudioEngine

_SHARE_OF_MEMORY = 0.5
"""Of what is free, for the processes beside this one."""
_PER_WEIGHT_BYTE = 2
"""Bytes of a process for each of the base: merged weights beside their originals."""


@dataclass(frozen=True)
class Setup:
    """All that a process needs for making pictures of an experiment; it crosses to others.
    `given`: the experiment, whose adapters need not all lie in files."""

    base: str
    device: str | None
    dtype: DtypeName | None
    given: Experiment


class Source:
    """The base of an experiment, opened by whoever needs it first, on one of torch's threads until
    the block ends."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.opening_s = 0.0
        """What opening took, with all that was imported for it; 0 before."""
        self._opened: tuple[StudioEngine, CheckpointInfo] | None = None
        self._block = contextlib.ExitStack()

    def __enter__(self) -> "Source":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._block.close()

    @property
    def is_open(self) -> bool:
        return self._opened is not None

    def opened(self) -> "tuple[StudioEngine, CheckpointInfo]":
        if self._opened is None:
            began = time.perf_counter()
            self._opened = self._open()
            self.opening_s = time.perf_counter() - began
        return self._opened

    def _open(self) -> "tuple[StudioEngine, CheckpointInfo]":
        from loraviewer.lab.one_thread import one_thread

        self._block.enter_context(one_thread())
        engine = _engine(self.setup)
        info = engine.load_checkpoint(self.setup.base, CancelToken(), progress())
        keep_for_good()
        resume_collector()
        return engine, info


class LateRunner:
    """Implements `Runner`: by this process or several, which open the base once there is something
    to be made. Raises `LoraviewerError` where the base is no longer the one of `base`."""

    def __init__(self, source: Source, base: GenerationRequest, workers: int | None) -> None:
        """base: what the experiment's pictures share. workers: None for as many as suit."""
        self._source = source
        self._base = base
        self._workers = workers

    def made(self, batches: Iterable[Batch]) -> Generator[Made]:
        waiting = list(batches)
        if not waiting:
            return
        engine, info = self._source.opened()
        _check_same(self._base, info)
        pictures = sum(map(len, waiting))
        workers = min(self._workers or _usual_workers(info), pictures)
        pieces = list(shared_out(waiting, workers))
        workers = min(workers, len(pieces))
        _tell_hands(pictures, workers, is_asked=self._workers is not None)
        is_worth_it = _always if self._workers else HelpIsWorthIt(pictures, self._source.opening_s)
        runner = _runner(engine, self._source.setup, workers, is_worth_it)
        with contextlib.closing(runner.made(pieces)) as made:
            yield from made


def usual_store() -> PicturePort | None:
    """That of the studio; None where its settings have none."""
    config = platformdirs.user_config_path("loraviewer", appauthor=False)
    most_bytes = SettingsFile(config / "settings.json").load().settings.picture_store_bytes
    if not most_bytes:
        return None
    from loraviewer.pictures.store import PictureStore

    folder = platformdirs.user_data_path("loraviewer", appauthor=False)
    return PictureStore(folder / "pictures", most_bytes)


def tell_complaints(store: PicturePort) -> None:
    """What went wrong with it costs no experiment."""
    while sentence := store.complaint():
        tell_note(sentence)


def start_painter(setup: Setup) -> "StudioEngine":
    """In a process of its own: on one thread, so that how many there are decides nothing."""
    import torch

    keep_freed_memory()
    torch.set_num_threads(1)
    engine = _engine(setup)
    engine.load_checkpoint(setup.base, CancelToken(), _silently)
    return engine


def _silently(what: str, fraction: float, done_bytes: int = 0, total_bytes: int = 0) -> None:
    pass


def _engine(setup: Setup) -> "StudioEngine":
    from loraviewer.engine.studio_engine import StudioEngine
    from loraviewer.lab.experiments.stand_ins_of import stand_ins_of

    return StudioEngine(
        setup.device,
        setup.dtype,
        image_cache_bytes=0,
        components=components_folder(None),
        stand_ins=stand_ins_of(setup.given),
        previews=False,
    )


def _check_same(base: GenerationRequest, info: CheckpointInfo) -> None:
    from loraviewer.engine.answerable import answerable

    if answerable(base, info, holds_faders=False) != base:
        raise LoraviewerError(
            f"“{base.checkpoint.path}” is answered otherwise now than when this experiment was "
            f"described (device {info.device}, {info.dtype}); describe it anew in another folder."
        )


def _runner(
    engine: "StudioEngine", setup: Setup, workers: int, is_worth_it: Callable[[int], bool]
) -> Runner:
    from loraviewer.lab.runners.local import LocalRunner
    from loraviewer.lab.runners.processes import ProcessRunner

    if workers == 1:
        return LocalRunner(engine)
    start = functools.partial(start_painter, setup)
    return ProcessRunner(start, workers, own=engine, is_worth_it=is_worth_it)


def _always(made: int) -> bool:
    return True


def _usual_workers(info: CheckpointInfo) -> int:
    """As many as there are cores, and as memory takes; an accelerator is busy with one."""
    import psutil

    from loraviewer.engine.device import available_cores

    if info.device != "cpu":
        return 1
    room = psutil.virtual_memory().available * _SHARE_OF_MEMORY
    return max(1, min(len(available_cores()), int(room / (_PER_WEIGHT_BYTE * info.weight_bytes))))


def _tell_hands(pictures: int, workers: int, *, is_asked: bool) -> None:
    most = "" if is_asked else "up to "
    hands = f"{most}{workers} processes" if workers > 1 else "this process"
    typer.echo(f"loraviewer: {pictures} pictures are made, by {hands}.", err=True)

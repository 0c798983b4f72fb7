"""`loraviewer verify`: a saved picture, made again from its record."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from loraviewer.cli.compiling import compile_before
from loraviewer.cli.rendering import start_engine
from loraviewer.cli.shared import failing_in_one_line, progress, tell
from loraviewer.core.base_weights_policy import MemoryWishes
from loraviewer.core.cancel import CancelToken
from loraviewer.core.encodable import plain
from loraviewer.core.foreign.found import AdapterPlaces
from loraviewer.core.outcome import FileError, LoraviewerError, RequestError
from loraviewer.core.placement.packing import AskedPacking
from loraviewer.core.request import AskedMergeMode, GenerationRequest
from loraviewer.core.resources import checkpoint_path, components_folder, demo_adapters
from loraviewer.core.verification import RecordedPicture, Verification, impossible

if TYPE_CHECKING:
    from loraviewer.adapters.files.hash_cache import HashCache
    from loraviewer.engine.studio_engine import StudioEngine


def verify(path: Path, cache: "HashCache", *, as_json: bool) -> None:
    """Tell what became of it. Status 1, and a line on stderr, unless it is the same or as good."""
    with failing_in_one_line():
        answer = _verified(path, cache)
        if as_json:
            tell(plain(answer), as_json)
        elif answer.holds:
            typer.echo(f"{path}: {answer.sentence()}")
        if not answer.holds:
            raise FileError(f"{path}: {answer.sentence()}")


def _verified(path: Path, cache: "HashCache") -> Verification:
    from loraviewer.engine.verification import made_again, recorded_picture

    recorded = recorded_picture(path, _places(path), cache, CancelToken())
    if not isinstance(recorded, RecordedPicture):
        return recorded
    base = recorded.request.checkpoint.path
    is_there = os.path.exists(checkpoint_path(base))
    missing = (*recorded.missing, *(() if is_there else (f"the base “{base}” is not there",)))
    if missing:
        return impossible(*missing)
    try:
        engine = _engine_for(recorded.request)
        if recorded.request.is_compiled:
            compile_before(engine, recorded.request)
        return made_again(engine, recorded, CancelToken(), progress())
    except RequestError as error:  # its record asks for what cannot be
        return impossible(str(error).rstrip("."))


def _places(path: Path) -> AdapterPlaces:
    """Besides where each adapter was: beside the picture, and in the demo."""
    return AdapterPlaces(files=tuple(map(str, demo_adapters())), folders=(str(path.parent),))


def _engine_for(request: GenerationRequest) -> "StudioEngine":
    """As then; on what suits this machine where it lacks the device."""
    base, compiles = request.checkpoint.path, request.is_compiled
    wishes = (request.dtype, None, MemoryWishes(), *_ways_of_merging(request))
    try:
        return start_engine(base, request.device, *wishes, compiles=compiles)
    except RequestError:
        return start_engine(base, None, *wishes, compiles=compiles)


def _ways_of_merging(request: GenerationRequest) -> tuple[AskedMergeMode, AskedPacking]:
    """Where adapters were beside a denoiser that can be packed, it was: its text encoders had them
    in their weights."""
    if request.merge_mode != "unmerged":
        return "auto", "auto"
    return ("auto", "packed") if _is_packable(request.checkpoint.path) else ("unmerged", "auto")


def _is_packable(base: str) -> bool:
    from loraviewer.adapters.inspection.stored_base import stored_base

    try:
        found = stored_base(checkpoint_path(base), components_folder(None))
    except LoraviewerError:  # told by who opens it
        return False
    return found.can_pack or found.is_packed

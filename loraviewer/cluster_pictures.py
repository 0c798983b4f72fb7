"""An experiment on a Ray cluster, for the command line and the studio: what it needs of files, and
the engine that each worker makes pictures with."""

import dataclasses
import importlib.util
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from loraviewer.core.cancel import CancelToken
from loraviewer.core.encodable import encodable
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.outcome import FileError, LoraviewerError
from loraviewer.core.request import DtypeName, GenerationRequest
from loraviewer.core.resources import checkpoint_path, components_folder
from loraviewer.core.sentences import say
from loraviewer.lab.runners.cluster.messages import (
    NamedFile,
    Needs,
    Places,
    Tree,
    Wishes,
    Workplace,
    decoded,
    encoded,
)
from loraviewer.lab.runners.cluster.runner import ClusterWish

if TYPE_CHECKING:
    from loraviewer.core.reports import CheckpointInfo
    from loraviewer.engine.studio_engine import StudioEngine

MAKER = "loraviewer.cluster_pictures:make_painter"

_WEIGHTS_AND_SETTINGS = frozenset({".safetensors", ".json", ".txt", ".model", ".jinja", ".gguf"})
_PER_WEIGHT_BYTE = 2
"""As of the processes of this computer: merged weights beside their originals."""


class _Settings(msgspec.Struct, frozen=True):
    """`experiment`: with contents in place of paths. `is_settled`: whether the base must be
    answered as it says. `dtype`: None for what suits the device."""

    experiment: Experiment
    is_settled: bool = True
    dtype: DtypeName | None = None


def is_ray_there() -> bool:
    """Without importing it."""
    return importlib.util.find_spec("ray") is not None


def check_ray() -> None:
    """Raises `LoraviewerError` where it is not installed."""
    if not is_ray_there():
        raise LoraviewerError(
            say("Ray is not installed; add it with “pip install 'loraviewer[cluster]'”.")
        )


def cluster_wish(
    experiment: Experiment,
    address: str,
    sha256_of: Callable[[Path], str],
    workers: int = 0,
    cores: int = 1,
) -> ClusterWish:
    """experiment: settled, but for who asks a worker to do that. sha256_of: of a whole file;
    seconds per gigabyte that nobody has read yet. workers: 0 for as many as there is room for.
    Raises `LoraviewerError`."""
    check_ray()
    files = {one.path: _file_sha256(one.sha256, one.path) for one in experiment.adapters}
    base = _tree(checkpoint_path(experiment.base.checkpoint.path), sha256_of)
    settings = _Settings(_without_paths(experiment), dtype=experiment.base.dtype)
    wishes = Wishes(
        maker=MAKER,
        settings=encoded(settings),
        device=experiment.base.device,
        cores=cores,
        workers=workers,
        memory_bytes=_PER_WEIGHT_BYTE * sum(one.size for one in base.files),
    )
    needs = Needs(base, tuple(_adapters(files)), _components(base, sha256_of))
    return ClusterWish(address, needs, files, wishes, lambda: _here(experiment.base.device))


def workplace_here(experiment: Experiment) -> Workplace:
    """Of a process of this computer, where everything lies where the experiment says."""
    adapters = {one.sha256: one.path for one in experiment.adapters}
    places = Places(base=str(experiment.base.checkpoint.path), adapters=adapters)
    settings = encoded(_Settings(_without_paths(experiment), dtype=experiment.base.dtype))
    return Workplace(places, settings, experiment.base.device, cores=1)


def unsettled_wish(
    wish: ClusterWish, given: Experiment, device: str, dtype: DtypeName | None
) -> ClusterWish:
    """The same for a worker that is asked what a base makes of what is left open. device: "" for
    what the cluster has."""
    settings = _Settings(_without_paths(given), is_settled=False, dtype=dtype)
    wishes = msgspec.structs.replace(
        wish.wishes,
        maker="loraviewer.cluster_pictures:make_opened",
        settings=encoded(settings),
        device=device,
    )
    return dataclasses.replace(wish, wishes=wishes)


def make_painter(workplace: Workplace) -> "StudioEngine":
    """In a worker: with the base loaded, on as many of torch's threads as it has cores. Raises
    `LoraviewerError` where the base is answered otherwise there."""
    return make_opened(workplace).engine


@dataclasses.dataclass(frozen=True)
class OpenedBase:
    """`places`: of adapters, by content."""

    engine: "StudioEngine"
    info: "CheckpointInfo"
    places: dict[str, str]


def make_opened(workplace: Workplace) -> OpenedBase:
    """As `make_painter`, with what its base is."""
    import torch

    from loraviewer.core.allocator import keep_freed_memory
    from loraviewer.engine.studio_engine import StudioEngine
    from loraviewer.lab.experiments.stand_ins_of import stand_ins_of

    settings: _Settings = decoded(workplace.settings, _Settings)
    places = workplace.places
    experiment = _with_paths(settings.experiment, places.adapters)
    keep_freed_memory()
    torch.set_num_threads(workplace.cores)
    engine = StudioEngine(
        workplace.device,
        settings.dtype,
        image_cache_bytes=0,
        components=Path(places.components) if places.components else components_folder(None),
        stand_ins=stand_ins_of(experiment),
        previews=False,
    )
    info = engine.load_checkpoint(places.base, CancelToken(), _silently)
    torch.set_num_threads(workplace.cores)
    if settings.is_settled:
        _check_same(experiment.base, info)
    return OpenedBase(engine, info, places.adapters)


def _silently(what: str, fraction: float, done_bytes: int = 0, total_bytes: int = 0) -> None:
    pass


def _check_same(base: GenerationRequest, info: "CheckpointInfo") -> None:
    from loraviewer.engine.answerable import answerable

    there = answerable(base, info, holds_faders=False)
    if msgspec.structs.replace(there, checkpoint=base.checkpoint) != base:
        raise LoraviewerError(
            say(
                "Workers of the cluster answer the base otherwise (device {device}, {dtype}) than "
                "the experiment says; choose another device or describe it anew.",
                device=info.device,
                dtype=info.dtype,
            )
        )


def _here(device: str) -> str:
    """What this computer's own pictures are made on; "" where it has no such device."""
    import torch  # noqa: F401 - it is what knows them

    from loraviewer.lab.runners.cluster.device_kinds import device_kind

    return device_kind(device)


# -- contents ----------------------------------------------------------------------------


def _file_sha256(sha256: str, path: str) -> str:
    if encodable(path) != path:
        raise FileError(
            say("“{path}”: a cluster needs names of files that are text.", path=encodable(path))
        )
    return sha256


def _adapters(files: dict[str, str]) -> Iterator[NamedFile]:
    for path, sha256 in files.items():
        yield NamedFile(sha256, os.stat(path).st_size, path)


def _components(base: Tree, sha256_of: Callable[[Path], str]) -> Tree | None:
    """Only single files lack something."""
    folder = components_folder(None)
    is_single = len(base.files) == 1 and not base.files[0].name
    return _tree(folder, sha256_of) if folder is not None and is_single else None


def _tree(path: Path, sha256_of: Callable[[Path], str]) -> Tree:
    if not os.path.isdir(path):
        return Tree(str(path), (_named(path, "", sha256_of),))
    inner = sorted(one for one in path.rglob("*") if _is_read(one, path))
    names = [one.relative_to(path).as_posix() for one in inner]
    named = (_named(one, name, sha256_of) for one, name in zip(inner, names, strict=True))
    return Tree(str(path), tuple(named))


def _is_read(path: Path, folder: Path) -> bool:
    is_hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return path.suffix in _WEIGHTS_AND_SETTINGS and not is_hidden and path.is_file()


def _named(path: Path, name: str, sha256_of: Callable[[Path], str]) -> NamedFile:
    sha256 = _file_sha256(sha256_of(path), str(path))
    return NamedFile(sha256, path.stat().st_size, str(path), name)


def _without_paths(experiment: Experiment) -> Experiment:
    adapters = tuple(
        msgspec.structs.replace(one, path=one.sha256, name=encodable(one.name))
        for one in experiment.adapters
    )
    return msgspec.structs.replace(experiment, adapters=adapters, encoder="")


def _with_paths(experiment: Experiment, places: dict[str, str]) -> Experiment:
    adapters = tuple(
        msgspec.structs.replace(one, path=places[one.path]) for one in experiment.adapters
    )
    return msgspec.structs.replace(experiment, adapters=adapters)

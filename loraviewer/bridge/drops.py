"""What files and folders mean that are dropped on the window or named at its start.

Touches the disk: not for the GUI thread.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from loraviewer.core.adapter_paths import PIPELINE_INDEX, is_adapter_folder
from loraviewer.core.folders import is_weight_file
from loraviewer.core.session import SUFFIX
from loraviewer.core.weight_search import is_component_file, weights_below


@dataclass(frozen=True)
class Dropped:
    """`checkpoint` is "" where nothing dropped is one. `collection` is the folder that holds many
    of the adapters, "" where they were dropped one by one. `strangers`: files that are neither, by
    their names. `bare`: folders with no weights at all.
    """

    checkpoint: str = ""
    adapters: tuple[str, ...] = ()
    collection: str = ""
    strangers: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.checkpoint or self.adapters)


def split_session(paths: Sequence[str]) -> tuple[str, list[str]]:
    """The last session file among them, "" for none, and all that are no sessions."""
    sessions = [path for path in paths if path.lower().endswith(SUFFIX)]
    return (sessions or [""])[-1], [path for path in paths if path not in sessions]


def read_drop(
    paths: Iterable[str],
    is_on_base: bool = False,
    is_checkpoint: Callable[[Path], bool] = lambda _: False,
) -> Dropped:
    """Sort dropped paths: a weight file is the base where it was dropped on the base's place or
    its header says that it is a checkpoint; else it is an adapter.

    The folder of one adapter is that adapter. Any other folder is a checkpoint unless adapters lie
    in it, at any depth, files or folders; then it is a collection. One with no weights is bare,
    unless it was dropped on the base's place, which says what it lacks.
    """
    checkpoint, collection = "", ""
    adapters: list[str] = []
    strangers: list[str] = []
    bare: list[str] = []
    for path in map(Path, paths):
        if is_adapter_folder(path):
            adapters.append(str(path))
        elif os.path.isdir(path):
            found = None if is_on_base else _weights_in(path)
            loose = _adapters_among(found or [], is_checkpoint)
            adapters += loose
            if loose:
                collection = str(path)
            elif found == []:
                bare.append(str(path))
            else:
                checkpoint = str(path)
        elif not is_weight_file(path.name):
            strangers.append(str(path))
        elif is_on_base or is_checkpoint(path):
            checkpoint = str(path)
        else:
            adapters.append(str(path))
    unique = tuple(dict.fromkeys(adapters))
    return Dropped(checkpoint, unique, collection, tuple(strangers), tuple(bare))


def _weights_in(folder: Path) -> list[Path] | None:
    """At any depth; None where it is a pipeline."""
    is_pipeline = os.path.exists(folder / PIPELINE_INDEX)
    return None if is_pipeline else list(weights_below(folder))


def _adapters_among(weights: list[Path], is_checkpoint: Callable[[Path], bool]) -> list[str]:
    """None where all are checkpoints or networks of one; else all loose weight files too, since one
    that is no adapter is better told than passed over."""
    found = [path for path in weights if _may_be_adapter(path)]
    if all(not os.path.isdir(path) and is_checkpoint(path) for path in found):
        return []
    return sorted(map(str, found))


def _may_be_adapter(path: Path) -> bool:
    if os.path.isdir(path):
        return is_adapter_folder(path)
    return is_weight_file(path.name) and not is_component_file(path)

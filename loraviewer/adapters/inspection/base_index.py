"""What adapters can change in a base that nobody loaded, from the headers of its files alone."""

from pathlib import Path

from loraviewer.adapters.files.header import read_header
from loraviewer.adapters.originals.folder import folder_weights
from loraviewer.adapters.originals.stored import stored_weights
from loraviewer.adapters.recognition.checkpoint_header import WHAT_IT_IS, FileKind, checkpoint_facts
from loraviewer.adapters.targets import TargetIndex
from loraviewer.core.adapter_paths import is_adapter_folder
from loraviewer.core.outcome import CheckpointError

_MAY_BE_BASE: frozenset[FileKind] = frozenset({"checkpoint", "video", "unknown"})
"""What adapters are made for. Of a kind that is not known, at least the names can be compared."""


def index_of_base(path: Path) -> TargetIndex:
    """All target modules of a diffusers folder or a single file, in tenths of a second.

    Raises `FileError` for a damaged file, `CheckpointError` for one that holds no base.
    """
    if is_adapter_folder(path):
        raise CheckpointError(f"“{path}” is an adapter and no base; choose a checkpoint.")
    index = TargetIndex.of_shapes(_shapes(path))
    if not index.targets:
        raise CheckpointError(f"“{path}” holds no weights of a base; choose a checkpoint.")
    return index


def _shapes(path: Path) -> dict[str, dict[str, tuple[int, ...]]]:
    if path.is_dir():
        return {name: dict(weights) for name, weights in folder_weights(path).items()}
    header = read_header(path)
    kind = checkpoint_facts(header).kind
    if kind not in _MAY_BE_BASE:
        raise CheckpointError(f"“{path}” is {WHAT_IT_IS[kind]} and no base; choose a checkpoint.")
    return {
        component: {name: weight.shape for name, weight in weights.items()}
        for component, weights in stored_weights(header).items()
    }

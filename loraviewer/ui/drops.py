"""What files and folders dropped on the window mean."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

WEIGHTS_SUFFIX = ".safetensors"
_FOLDER_MARK = "model_index.json"


@dataclass(frozen=True)
class Dropped:
    """`checkpoint` is "" where nothing dropped is one."""

    checkpoint: str = ""
    adapters: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.checkpoint or self.adapters)


def read_drop(paths: Iterable[str], is_on_base: bool = False) -> Dropped:
    """Sort dropped paths: weight files are adapters, or the base where dropped on its picker.

    A folder is a checkpoint unless it only holds weight files side by side; then it is a
    collection of adapters.
    """
    checkpoint, adapters = "", []
    for path in map(Path, paths):
        loose = _loose_weights(path)
        if path.suffix == WEIGHTS_SUFFIX and not path.is_dir():
            if is_on_base:
                checkpoint = str(path)
            else:
                adapters.append(str(path))
        elif loose and not is_on_base:
            adapters += loose
        elif path.is_dir():
            checkpoint = str(path)
    return Dropped(checkpoint, tuple(adapters))


def _loose_weights(folder: Path) -> list[str]:
    if not folder.is_dir() or (folder / _FOLDER_MARK).exists():
        return []
    return sorted(map(str, folder.glob(f"*{WEIGHTS_SUFFIX}")))

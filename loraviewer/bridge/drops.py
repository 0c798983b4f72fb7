"""What files and folders dropped on the window mean. Touches the disk: not for the GUI thread."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from loraviewer.core.adapter_paths import is_adapter_folder

WEIGHTS_SUFFIX = ".safetensors"
_FOLDER_MARK = "model_index.json"


@dataclass(frozen=True)
class Dropped:
    """`checkpoint` is "" where nothing dropped is one. `collection` is the folder that holds many
    of the adapters, "" where they were dropped one by one.
    """

    checkpoint: str = ""
    adapters: tuple[str, ...] = ()
    collection: str = ""

    def __bool__(self) -> bool:
        return bool(self.checkpoint or self.adapters)


def read_drop(
    paths: Iterable[str],
    is_on_base: bool = False,
    is_checkpoint: Callable[[Path], bool] = lambda _: False,
) -> Dropped:
    """Sort dropped paths: a weight file is the base where it was dropped on the base's place or
    its header says that it is a checkpoint; else it is an adapter.

    The folder of one adapter is that adapter. Any other folder is a checkpoint unless it only
    holds adapters side by side, files or folders; then it is a collection.
    """
    checkpoint, collection = "", ""
    adapters: list[str] = []
    for path in map(Path, paths):
        if is_adapter_folder(path):
            adapters.append(str(path))
            continue
        loose = _loose_adapters(path)
        if _is_weights(path):
            if is_on_base or is_checkpoint(path):
                checkpoint = str(path)
            else:
                adapters.append(str(path))
        elif loose and not is_on_base:
            collection = str(path)
            adapters += loose
        elif path.is_dir():
            checkpoint = str(path)
    return Dropped(checkpoint, tuple(dict.fromkeys(adapters)), collection)


def _is_weights(path: Path) -> bool:
    return path.suffix.lower() == WEIGHTS_SUFFIX and not path.is_dir()


def _loose_adapters(folder: Path) -> list[str]:
    if not folder.is_dir() or (folder / _FOLDER_MARK).exists():
        return []
    return sorted(str(path) for path in folder.iterdir() if _is_adapter(path))


def _is_adapter(path: Path) -> bool:
    return _is_weights(path) or is_adapter_folder(path)

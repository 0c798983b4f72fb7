"""What files and folders dropped on the window mean. Touches the disk: not for the GUI thread."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from loraviewer.core.adapter_files import adapter_in_folder
from loraviewer.core.outcome import FileError

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

    A folder is a checkpoint unless it is one adapter (as PEFT saves it) or holds adapters side by
    side; then it is a collection of them.
    """
    checkpoint, collection = "", ""
    adapters: list[str] = []
    for path in map(Path, paths):
        inner = _adapter_inside(path)
        loose = _loose_weights(path)
        if inner and not is_on_base:
            adapters.append(inner)
        elif _is_weights(path):
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


def _loose_weights(folder: Path) -> list[str]:
    if not folder.is_dir() or (folder / _FOLDER_MARK).exists():
        return []
    found = (str(p) if _is_weights(p) else _adapter_inside(p) for p in folder.iterdir())
    return sorted(filter(None, found))


def _adapter_inside(folder: Path) -> str:
    """Of a folder that is one adapter, its file; of one whose weights are a pickle, these, which
    loading refuses with the reason."""
    try:
        return str(adapter_in_folder(folder) or "")
    except FileError:
        return str(next(folder.glob("*.bin")))

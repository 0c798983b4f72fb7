"""Nothing is overwritten without asking: what a command may write over, told before its work."""

import os
import stat
from collections.abc import Callable, Iterable
from pathlib import Path

from loraviewer.core.atomic import check_place
from loraviewer.core.outcome import FileError
from loraviewer.core.pipeline_parts import files_of_base


def check_output(
    out: Path,
    sources: Iterable[Path],
    *,
    is_forced: bool,
    needed_bytes: int = 0,
    is_ours: Callable[[Path], bool] = lambda out: False,
) -> None:
    """Raise `FileError` where `out` must not, or cannot, be written.

    sources: files and folders that the result is made from, which are never written over. Other
    files need `is_forced`, but for those of which `is_ours` says that they can be made again.
    """
    if os.path.isdir(out):
        raise FileError(f"“{out}” is a folder; give the name of a file.")
    check_place(out, needed_bytes)
    for source in sources:
        if _is_part_of(out, source):
            raise FileError(
                f"“{out}” is what the result is made from, or lies in it; choose another name."
            )
    if not os.path.lexists(out):
        return
    if os.path.exists(out) and not stat.S_ISREG(out.stat().st_mode):
        raise FileError(f"“{out}” is no ordinary file; choose another name.")
    if os.path.exists(out) and not is_forced and not is_ours(out):
        raise FileError(
            f"“{out}” already exists; choose another name, or give --force to replace it."
        )


def check_layout(out: Path, source: Path) -> None:
    """A changed checkpoint has the layout of its source: a folder or a single file."""
    is_single_out = out.suffix == ".safetensors"
    if os.path.exists(source) and os.path.isdir(source) == is_single_out:
        wanted = "a folder name" if os.path.isdir(source) else "a name ending in .safetensors"
        raise FileError(
            f"“{source}” can only be baked to its own layout; give {wanted}, not “{out}”."
        )


def check_output_folder(out: Path, source: Path, needed_bytes: int | None = None) -> None:
    """As `check_output`, for a folder made from `source`: only an empty folder is taken over.
    needed_bytes: None for those of a copy of the folder `source`."""
    if Path(os.path.realpath(out)).is_relative_to(os.path.realpath(source)):
        raise FileError(f"“{out}” lies inside the base “{source}”; choose another place.")
    if os.path.lexists(out) and (not os.path.isdir(out) or any(out.iterdir())):
        raise FileError(f"“{out}” already exists; choose another name or remove it.")
    if needed_bytes is None:
        files = files_of_base(source)
        needed_bytes = sum(file.stat().st_size for file in files if file.is_file())
    check_place(out, needed_bytes)


def _is_part_of(out: Path, source: Path) -> bool:
    """Whether a file is a source or lies in one, whatever links lead to it."""
    real, root = Path(os.path.realpath(out)), Path(os.path.realpath(source))
    if os.path.isdir(root):
        return real.is_relative_to(root) or _is_same_as_any(out, root)
    return os.path.exists(out) and os.path.exists(source) and os.path.samefile(out, source)


def _is_same_as_any(out: Path, folder: Path) -> bool:
    """Files of a checkpoint may be links into a store, as in Hugging Face's cache."""
    if not os.path.exists(out):
        return False
    files = files_of_base(folder)
    return any(os.path.exists(file) and os.path.samefile(out, file) for file in files)

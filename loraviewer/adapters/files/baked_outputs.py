"""Whether what is baked can be written where it is asked for, before anything is loaded."""

import os
from pathlib import Path
from typing import Literal

from loraviewer.adapters.files.recast_size import recast_bytes
from loraviewer.core.adapter_paths import has_other_adapter, is_named_by_folder
from loraviewer.core.exports import Precision
from loraviewer.core.outcome import FileError
from loraviewer.core.outputs import check_output, check_output_folder
from loraviewer.core.sentences import say


def check_baked(
    output: Path,
    kind: Literal["checkpoint", "adapter"],
    base: Path,
    adapters: list[Path],
    *,
    is_forced: bool,
    dtype: Precision = "base",
) -> None:
    """What can be written, and where. dtype: of a checkpoint's weights. Raises `FileError`."""
    is_file = output.suffix == ".safetensors"
    if kind == "adapter" and not is_file:
        raise FileError(
            say("{path}: the name of one adapter must end in .safetensors.", path=str(output))
        )
    needed = recast_bytes(base, dtype) if kind == "checkpoint" and os.path.exists(base) else 0
    if kind == "checkpoint" and not is_file:
        is_copy = dtype == "base" and os.path.isdir(base)
        check_output_folder(output, base, None if is_copy else needed)
        _check_base(base)
        return
    if is_named_by_folder(output) and has_other_adapter(output):
        raise FileError(
            say("{path}: its folder is another adapter’s; choose another folder.", path=str(output))
        )
    check_output(output, [base, *adapters], is_forced=is_forced, needed_bytes=needed)
    if kind == "checkpoint":
        _check_base(base)


def _check_base(base: Path) -> None:
    """After the place that was asked for, as every command that writes tells of that first."""
    if not os.path.exists(base):
        raise FileError(say("{path}: there is no such file or folder.", path=str(base)))

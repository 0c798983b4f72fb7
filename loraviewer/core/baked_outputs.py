"""Whether what is baked can be written where it is asked for, before anything is loaded."""

import os
from pathlib import Path
from typing import Literal

from loraviewer.core.adapter_paths import has_other_adapter, is_named_by_folder
from loraviewer.core.outcome import FileError
from loraviewer.core.outputs import check_layout, check_output, check_output_folder
from loraviewer.core.sentences import say


def check_baked(
    output: Path,
    kind: Literal["checkpoint", "adapter"],
    base: Path,
    adapters: list[Path],
    *,
    is_forced: bool,
) -> None:
    """What can be written, and where. Raises `FileError`."""
    if kind == "checkpoint":
        check_layout(output, base)
    if kind == "checkpoint" and os.path.isdir(base):
        check_output_folder(output, base)
        return
    if output.suffix != ".safetensors" and kind == "checkpoint":  # of no layout: it is not there
        raise FileError(say("{path}: there is no such file or folder.", path=str(base)))
    if output.suffix != ".safetensors":
        raise FileError(
            say("{path}: the name of one adapter must end in .safetensors.", path=str(output))
        )
    if is_named_by_folder(output) and has_other_adapter(output):
        raise FileError(
            say("{path}: its folder is another adapter’s; choose another folder.", path=str(output))
        )
    needed = base.stat().st_size if kind == "checkpoint" and os.path.isfile(base) else 0
    check_output(output, [base, *adapters], is_forced=is_forced, needed_bytes=needed)

"""How large checkpoint files become in another precision, from their headers alone."""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path

from loraviewer.adapters.files.header import read_header
from loraviewer.adapters.originals.folder import weight_files
from loraviewer.core.exports import Precision
from loraviewer.core.pipeline_parts import files_of_base, pipeline_parts

_BYTES: Mapping[Precision, int] = {"float32": 4, "bfloat16": 2, "float16": 2}
_FLOATS = ("F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2")


def recast_bytes(base: Path, precision: Precision) -> int:
    """Of a single file, or of a diffusers folder with everything in it that is copied. Raises
    `FileError` for damaged files."""
    if base.is_file():
        return _of_files([base], precision)
    weights = [file for part in _parts(base) for file in weight_files(part)]
    others = (file for file in files_of_base(base) if file.suffix != ".safetensors")
    small = sum(file.stat().st_size for file in others if file.is_file())
    return small + _of_files(weights, precision)


def _parts(folder: Path) -> Iterable[Path]:
    return (part for name in sorted(pipeline_parts(folder)) if (part := folder / name).is_dir())


def _of_files(paths: Iterable[Path], precision: Precision) -> int:
    wide = _BYTES.get(precision)
    total = 0
    for path in paths:
        for info in read_header(path).tensors.values():
            is_changed = wide is not None and info.dtype in _FLOATS
            stored = info.end - info.begin
            total += math.prod(info.shape) * (wide or 0) if is_changed else stored
    return total

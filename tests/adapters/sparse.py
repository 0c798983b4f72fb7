"""Files of real size without real data: a header, and a hole where the numbers would be."""

import json
import os
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.adapters.real_bases import header_of, listing, shapes_of, single_file

_TEXT_PREFIXES = {
    "text_encoder": "text_encoders.clip_l.transformer.",
    "text_encoder_2": "text_encoders.t5xxl.transformer.",
}


def sparse_file(
    path: Path,
    shapes: Mapping[str, Sequence[int]],
    metadata: Mapping[str, str] | None = None,
    dtypes: Mapping[str, str] | None = None,
) -> Path:
    """All numbers are zero and take no room on the disk."""
    document: dict[str, Any] = {"__metadata__": dict(metadata)} if metadata else {}
    at = 0
    for name, info in header_of(shapes, None, dtypes).tensors.items():
        offsets, at = [info.begin, info.end], info.end
        document[name] = {"dtype": info.dtype, "shape": info.shape, "data_offsets": offsets}
    text = json.dumps(document).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text)
    os.truncate(path, 8 + len(text) + at)
    return path


def sparse_checkpoint(path: Path, family: str) -> Path:
    """A published single file in its original names; unknown shapes (of the VAE) are one number."""
    shapes = single_file(family)["keys"]
    return sparse_file(path, {name: shape or [1] for name, shape in shapes.items()})


def sparse_transformer(path: Path, base: str) -> Path:
    """A single file with diffusers' names; Flux with its text encoders."""
    components = shapes_of(base)
    shapes: dict[str, Sequence[int]] = dict(components["transformer"])
    for component, prefix in _TEXT_PREFIXES.items() if base == "flux1" else ():
        shapes |= {prefix + name: shape for name, shape in components[component].items()}
    return sparse_file(path, shapes)


def sparse_listing(path: Path, name: str) -> Path:
    """A listed adapter; all shapes must be known."""
    listed = listing(name)
    return sparse_file(path, listed["keys"], listed.get("metadata"), listed.get("dtypes"))

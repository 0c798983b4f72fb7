"""Names for pictures that are saved: what they show, so that a folder of them can be read."""

import os
import re
from pathlib import Path

from loraviewer.core.numbers import short_number
from loraviewer.core.request import GenerationRequest

SUFFIX = ".png"
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]+')
"""In names of files on Windows, and therefore on shared drives."""
_MOST_BYTES = 90
"""Of each part that may be any length; file systems take 255 for a name."""


def picture_name(request: GenerationRequest) -> str:
    """Prompt, strengths, merge rule and seed of the picture itself, as “a cat - manga 0.8 -
    seed 7.png”; fits every file system whatever is in them."""
    strengths = (f"{a.name} {short_number(a.scale, digits=2)}" for a in request.adapters)
    parts = [
        _shortened(request.sampling.prompt),
        _shortened(" + ".join(strengths)) or "base",
        "" if request.merge_rule.is_sum else _shortened(request.merge_rule.text),
        f"seed {request.sampling.seed}",
        "draft" if request.is_draft else "",
    ]
    return " - ".join(part for part in parts if part) + SUFFIX


def file_name(text: str) -> str:
    """Of a picture that is called so, as every file system takes it."""
    return (_shortened(text) or "picture") + SUFFIX


def unused_name(folder: Path, name: str) -> str:
    """The name, or the same with the first number that is free in the folder."""
    stem, suffix = Path(name).stem, Path(name).suffix
    count = 1
    while os.path.exists(folder / name):
        count += 1
        name = f"{stem} ({count}){suffix}"
    return name


def _shortened(text: str) -> str:
    plain = " ".join(_FORBIDDEN.sub(" ", text).split())
    cut = plain.encode("utf-8", "ignore")[:_MOST_BYTES].decode("utf-8", "ignore")
    return cut.strip(" .")

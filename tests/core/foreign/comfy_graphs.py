"""ComfyUI's graphs as they are read in tests, and the adapters that the usual one names."""

import json

from loraviewer.core.foreign.picture import ForeignAdapter
from loraviewer.core.foreign.read import read_picture

MANGA = ForeignAdapter(name="manga", scale=0.8)
OTHER = ForeignAdapter(name="ünïcode name: x", scale=-0.5, text_scale=0.25)


def read(graph: dict, **texts: str):
    found = read_picture({"prompt": json.dumps(graph), **texts})
    assert found is not None
    return found


def told(picture, *words: str) -> bool:
    return any(all(word in phrase for word in words) for phrase in picture.not_understood)

"""From the texts in a picture to what they say of how it was made."""

from collections.abc import Mapping

import msgspec

from loraviewer.core.foreign.a1111 import read_a1111
from loraviewer.core.foreign.comfyui import read_comfyui
from loraviewer.core.foreign.fooocus import read_fooocus
from loraviewer.core.foreign.own import OWN, read_own
from loraviewer.core.foreign.picture import LOOKED_AT_CHARS, ReadPicture, listed
from loraviewer.core.infotext import A1111_CHUNK
from loraviewer.core.outcome import FileError
from loraviewer.core.sentences import going_on, say

_GRAPH, _DRAWING = "prompt", "workflow"
_TEXTS = (A1111_CHUNK, "UserComment", "ImageDescription", "Comment", "Description", "xmp")
"""Where programs put their texts, by the keywords of PNG and the names of EXIF; the likeliest
first."""


def read_picture(texts: Mapping[str, str]) -> ReadPicture | None:
    """texts: keyword → text. None where none of them says how the picture was made.

    Text before a graph: savers of ComfyUI that write both put hashes and what was really used into
    the text.
    """
    short = {key: text for key, text in texts.items() if len(text) <= LOOKED_AT_CHARS}
    odd: list[str] = [
        say("“{key}”, a text of {count:,} letters", key=key, count=len(texts[key]))
        for key in texts.keys() - short.keys()
    ]
    if OWN in short:
        try:
            return _with_odd(read_own(short[OWN]), odd)
        except FileError as error:
            odd.append(going_on(error.message))
    found = next(filter(None, map(_of_text, (short.get(key, "") for key in _TEXTS))), None)
    found = found or read_comfyui(short.get(_GRAPH, ""), short.get(_DRAWING, ""))
    return _with_odd(found, odd) if found is not None else None


def _of_text(text: str) -> ReadPicture | None:
    return (read_fooocus(text) or read_a1111(text)) if text.strip() else None


def _with_odd(read: ReadPicture, odd: list[str]) -> ReadPicture:
    return msgspec.structs.replace(read, not_understood=listed([*odd, *read.not_understood]))

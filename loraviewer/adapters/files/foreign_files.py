"""What a file is that is no safetensors file, told by how it starts, whatever its suffix says."""

import re
from collections.abc import Mapping

from loraviewer.core.sentences import say

PEEKED_BYTES = 512
"""How much of a file's beginning is enough to tell."""

_PICKLE = say(
    "is a pickle, which can run code when opened; convert it to safetensors and open that"
)
_PAGE = say(
    "is a web page that was saved instead of the file; download it again, from a link that needs "
    "no login"
)

_STARTS: Mapping[bytes, str] = {
    rb"\x80[\x00-\x05]|\(dp?\d*\n|\(lp\d*\n|c[A-Za-z_][\w.]*\n[A-Za-z_]\w*\n": _PICKLE,
    rb"PK\x03\x04|PK\x05\x06|.{257}ustar": _PICKLE,  # the archives that torch.save writes
    rb"GGUF": say("is a GGUF file, which cannot be used; download the safetensors version"),
    rb"version https://git-lfs\.github\.com/": say(
        "is only a Git LFS pointer to the file; run “git lfs pull” or download the file itself"
    ),
    rb"\s*<(?i:!doctype|html|head|body|\?xml|!--)": _PAGE,
    rb'\s*\{\s*"|\s*\[\s*[\{"]': say(
        "is a JSON text and no weights; if it was downloaded, it is the server's error message: "
        "download it again"
    ),
    rb"\x89PNG|\xff\xd8\xff|GIF8|RIFF....WEBP": say("is a picture; choose a safetensors file"),
    rb"\x1f\x8b|7z\xbc\xaf|Rar!|BZh|\xfd7zXZ": say("is a packed archive; unpack it first"),
    rb"\x93NUMPY|\x89HDF": say("holds NumPy or HDF5 data; convert it to safetensors and open that"),
    rb"\x00\x05\x16[\x00\x07]": say(
        "only holds what macOS notes on a file; choose the one without “._” before its name"
    ),
    rb"\x00{64}": say("starts with zeros: its download did not finish; download it again"),
}  # fmt: skip
_PATTERNS = tuple((re.compile(start, re.DOTALL), told) for start, told in _STARTS.items())


def told_by_start(start: bytes) -> str | None:
    """The second half of a sentence that begins with the file's name; None if nothing is known.

    A safetensors file may start with the same bytes, since its first eight are a number: ask only
    about what is none.
    """
    if not start:
        return say("is empty; download or export it again")
    return next((told for pattern, told in _PATTERNS if pattern.match(start)), None)

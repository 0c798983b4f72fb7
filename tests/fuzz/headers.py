"""Valid safetensors files in memory, broken versions of them, and what a right answer is."""

import io
import json
import random
import struct
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, deserialize

from loraviewer.adapters.files.header import BITS_OF_DTYPE, Header, read_header_from
from loraviewer.core.outcome import FileError

PATH = Path("fuzzed.safetensors")

_TOKENS = (
    *(b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b" ", b"\n", b"\x00", b"null", b"true"),
    *(b"0", b"1", b"-1", b"1.0", b"1e9", b"18446744073709551616", b"9223372036854775807"),
    *(b'"F32"', b'"F4"', b'"dtype"', b'"shape"', b'"data_offsets"', b'"__metadata__"', b'"a"'),
    *(b"\\ud800", b"\\u0041", b"\xff", b"\xc3\xa9", b"[[[[", b'{"a":{"a":', b"PK\x03\x04"),
)
_VALUES = (
    *(None, True, 0, 1, -1, 2.0, 2**31, 2**63, 2**64, "", "F16", "F12", "__metadata__"),
    *([], {}, [0], [1, 1], [0, 0], [2**62, 4], [[]], {"a": "b"}, {"a": {}}),
)


def file_of(header: bytes, data_bytes: int, length: int | None = None) -> bytes:
    size = len(header) if length is None else length
    return struct.pack("<Q", size) + header + bytes(data_bytes)


def document_of(tensors: list[tuple[str, str, list[int]]], metadata: dict[str, str]) -> Any:
    """(document, bytes of data) with offsets in the order of the tensors."""
    document: dict[str, Any] = {"__metadata__": metadata} if metadata else {}
    at = 0
    for name, dtype, shape in tensors:
        size = BITS_OF_DTYPE[dtype]
        for axis in shape:
            size *= axis
        end = at + size // 8
        document[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, end]}
        at = end
    return document, at


def mutant(document: Any, data_bytes: int, chance: random.Random) -> bytes:
    """A file that is broken in its JSON values, in its header's bytes, or in its frame."""
    kind = chance.randrange(4)
    if kind == 0:
        document = _with_odd_value(document, chance)
    header = json.dumps(document, separators=chance.choice(((",", ":"), (", ", ": ")))).encode()
    if kind == 1:
        header = _with_odd_bytes(header, chance)
    header += b" " * chance.choice((0, 0, 0, 1, 8))
    if kind == 2:
        return file_of(header, data_bytes, chance.choice((0, 1, len(header) - 1, 2**63, 2**64 - 1)))
    if kind == 3:
        whole = file_of(header, data_bytes)
        return _with_odd_bytes(whole, chance)
    return file_of(header, data_bytes)


def _with_odd_value(document: Any, chance: random.Random) -> Any:
    """One value or key somewhere in a copy of the document is replaced, removed or added."""
    copy = json.loads(json.dumps(document))
    node, target = copy, copy
    while isinstance(node, dict | list) and node:
        target = node
        key = chance.choice(list(node) if isinstance(node, dict) else range(len(node)))
        node = node[key]
        if chance.random() < 0.4:
            break
    value = json.loads(json.dumps(chance.choice(_VALUES)))
    if isinstance(target, dict):
        target[chance.choice((*target, "new", "__metadata__"))] = value
    elif target:
        target[chance.randrange(len(target))] = value
    return copy


def _with_odd_bytes(raw: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        start = chance.randrange(len(raw) + 1)
        stop = min(len(raw), start + chance.choice((0, 1, 1, 8, 40)))
        piece = chance.choice(
            (chance.choice(_TOKENS), raw[start:stop], chance.randbytes(1), b"", raw[start:stop] * 2)
        )
        raw = raw[:start] + piece + raw[stop:]
    return raw


def check(raw: bytes) -> Header | None:
    """Only `FileError` or a header may come out, and the reference reader must agree.

    Returns the header, or None where the file was refused.
    """
    try:
        header = read_header_from(io.BytesIO(raw), PATH)
    except FileError as error:
        message = str(error)
        assert str(PATH) in message
        assert message.isprintable(), "a message is one line"
        assert len(message) < 500
        assert reference(raw) is None or breaks_an_own_rule(raw), message
        return None
    accepted = reference(raw)
    assert accepted is not None, "the reference reader refuses this"
    assert accepted == {n: (i.dtype, i.shape, i.end - i.begin) for n, i in header.tensors.items()}
    return header


def reference(raw: bytes) -> dict[str, tuple[str, tuple[int, ...], int]] | None:
    """What the safetensors library reads: name → dtype, shape, bytes; None if it refuses."""
    try:
        read = deserialize(raw)
    except (SafetensorError, ValueError, OverflowError):
        return None
    return {name: (t["dtype"], tuple(t["shape"]), len(t["data"])) for name, t in read}


def breaks_an_own_rule(raw: bytes) -> bool:
    """Whether a file that the reference reader accepts is refused here on purpose."""
    (length,) = struct.unpack("<Q", raw[:8])
    text = raw[8 : 8 + length].decode()
    if not text.startswith("{"):  # the format's own rule, which the library does not check
        return True
    rules: list[bool] = []

    def pairs(members: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in members]
        rules.append(len(set(names)) != len(names))
        rules.append(any(len(name.encode()) > 900 for name in names))
        return dict(members)

    document = json.loads(text, object_pairs_hook=pairs)
    entries = [value for name, value in document.items() if name != "__metadata__"]
    fields = {"dtype", "shape", "data_offsets"}
    rules += [set(entry) != fields or len(entry["shape"]) > 16 for entry in entries]
    rules += [max(entry["shape"], default=0) >= 2**32 for entry in entries]
    return any(rules)

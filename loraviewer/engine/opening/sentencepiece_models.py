"""SentencePiece's vocabularies (`spiece.model`, `tokenizer.model`), read without that library: for
T5 as they are, and for whatever that library is to open, since it computes with what a stranger
wrote."""

import struct
from collections.abc import Iterator
from pathlib import Path

from loraviewer.core.outcome import CheckpointError, FileError
from loraviewer.core.regular_files import read_regular
from loraviewer.core.sentences import say

_MOST_MODEL_BYTES = 64 << 20
_MOST_PIECE_BYTES = 1_000
_MOST_REPLACED_BYTES = 10_000
"""What one letter may become before it is looked up; those of known vocabularies have 33."""


def read_sentencepiece(path: Path) -> tuple[list[tuple[str, float]], bytes]:
    """Pieces with their scores (log probabilities), and the normaliser's map of characters.

    Format: sentencepiece_model.proto, a protocol buffer. ModelProto: 1 = pieces (1 text, 2 score),
    3 = normaliser (2 = precompiled map).
    """
    data = read_bounded(path)
    try:
        pieces, charsmap = _parsed(data)
    except _NOT_PARSED as error:
        raise CheckpointError(
            say("{path}: this is no SentencePiece vocabulary.", path=str(path))
        ) from error
    if not _is_of_words(pieces, charsmap):
        raise CheckpointError(say("{path}: this is no SentencePiece vocabulary.", path=str(path)))
    return pieces, charsmap


def check_vocabulary(path: Path) -> None:
    """Raises `CheckpointError` for a vocabulary that a library would choke on. What is none at all
    is left to that: other formats have the same file names."""
    try:
        pieces, charsmap = _parsed(read_bounded(path))
    except _NOT_PARSED:
        return
    if pieces and not _is_of_words(pieces, charsmap):
        raise CheckpointError(say("{path}: this is no SentencePiece vocabulary.", path=str(path)))


_NOT_PARSED = (ValueError, KeyError, IndexError, struct.error)


def _parsed(data: bytes) -> tuple[list[tuple[str, float]], bytes]:
    """Raises one of `_NOT_PARSED`."""
    pieces: list[tuple[str, float]] = []
    charsmap = b""
    for number, value in _fields(data):
        if number == 1 and isinstance(value, bytes):
            piece = dict(_fields(value))
            pieces.append((_bytes(piece[1]).decode("utf-8"), _float(piece.get(2, b"\0" * 4))))
        elif number == 3 and isinstance(value, bytes):
            charsmap = _bytes(dict(_fields(value)).get(2, charsmap))
    return pieces, charsmap


def _is_of_words(pieces: list[tuple[str, float]], charsmap: bytes) -> bool:
    """Whether there are any, none longer than words are, and no letter is blown up."""
    longest = max((len(piece.encode()) for piece, _ in pieces), default=0)
    if not 0 < longest <= _MOST_PIECE_BYTES:
        return False
    replaced = charsmap[4 + int.from_bytes(charsmap[:4], "little") :]  # behind the trie
    return max(map(len, replaced.split(b"\0"))) <= _MOST_REPLACED_BYTES


def read_bounded(path: Path) -> bytes:
    """The bytes of a tokenizer's file; `CheckpointError` for one that is too large for that."""
    try:
        return read_regular(path, _MOST_MODEL_BYTES)
    except FileError as error:
        raise CheckpointError(error.message) from error


_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Field numbers and raw values of one protocol buffer message."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, wire = tag >> 3, tag & 7
        if wire == _VARINT:
            value, at = _varint(data, at)
            yield number, value
            continue
        if wire == _BYTES:
            size, at = _varint(data, at)
        elif wire in (_FIXED32, _FIXED64):
            size = 4 if wire == _FIXED32 else 8
        else:
            raise ValueError(f"wire type {wire}")
        if at + size > len(data):
            raise ValueError("cut off")
        yield number, data[at : at + size]
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError("a number that is too long")


def _bytes(value: int | bytes) -> bytes:
    if not isinstance(value, bytes):
        raise ValueError("a number where text should be")
    return value


def _float(value: int | bytes) -> float:
    return struct.unpack("<f", _bytes(value))[0]

"""The JSON of a safetensors header, read one tensor after the other.

A general JSON reader would first build whatever a hostile file holds (nested lists take twenty
times their text), and would keep the last of two equal keys without a word. A header is flat, so
patterns find its parts in one pass; only texts and single entries are decoded.
"""

import json
import re
import sys
from collections.abc import Iterator

import msgspec

from loraviewer.core.outcome import text_of
from loraviewer.core.sentences import say

METADATA = "__metadata__"
_METADATA_LITERAL = b'"%b"' % METADATA.encode()

MAX_NAME_BYTES = 1_000
"""Longest name of a tensor or of a metadata entry. The longest real ones have some 150 bytes."""
MAX_METADATA_ENTRIES = 10_000
_MAX_ENTRY_BYTES = 1_000

_SPACE = rb"[ \t\n\r]*+"
_PLAIN = rb'[^"\\\x00-\x1f]*+'
_TEXT = rb'"%b(?:\\.%b)*+"' % (_PLAIN, _PLAIN)
_STRING = b"(%b)" % _TEXT
_OPEN = re.compile(rb"\{" + _SPACE)
_NAME = re.compile(_STRING + _SPACE + b":" + _SPACE)
_VALUE = re.compile(_STRING + _SPACE)
_ENTRY = re.compile(rb'(\{(?:[ \t\n\r\[\]0-9,:]++|"[A-Za-z0-9_]*+")*+\})' + _SPACE)
_NULL = re.compile(b"null" + _SPACE)
_NEXT = re.compile(b"," + _SPACE)
_CLOSE = re.compile(rb"\}" + _SPACE)

_PAIR = _TEXT + _SPACE + b":" + _SPACE + _TEXT + _SPACE
_FLAT = re.compile(
    rb'(\{%b(?:%b(?:,%b(?=")|(?=\})))*+\})' % (_SPACE, _PAIR, _SPACE) + _SPACE
)  # fmt: skip
"""A whole table of texts."""
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
"""Half of a character, which is none without the other half."""

_QUOTES_OF_PAIR = 4
"""At least."""
_QUOTES_OF_ENTRY = 8
"""Three field names and one value; an entry with all fields and more quotes has one twice."""

_SIZE = rb"(0|[1-9][0-9]{0,18}+)"
_USUAL = re.compile(
    rb', ?"([^"\\\x00-\x1f]{0,1000}+)": ?'
    rb'\{"dtype": ?("[A-Z0-9_]{1,12}+", ?"shape": ?\[[0-9, ]{0,300}+\]), ?'
    rb'"data_offsets": ?\[' + _SIZE + b", ?" + _SIZE + rb"\]\}" + _SPACE
)
"""One more tensor as libraries write it: name, dtype and shape, offsets."""
_MAX_FORMS = 1_000


class HeaderProblem(Exception):  # noqa: N818 - becomes a `FileError` that names the file
    """What is wrong, as the second half of a sentence."""


class HeaderTooLarge(HeaderProblem):
    """The file may be sound, but nobody needs so much: the same kind of sentence, with other advice
    than for a damaged one."""


class TensorInfo(msgspec.Struct, frozen=True, gc=False):
    """One tensor's place: dtype as spelled in the file; bytes `begin … end` of the data section."""

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


class _Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    dtype: str
    shape: tuple[int, ...]


class _Entry(_Form, frozen=True, forbid_unknown_fields=True):
    data_offsets: tuple[int, int]


_decode_form = msgspec.json.Decoder(_Form).decode
_decode_entry = msgspec.json.Decoder(_Entry).decode
_decode_pairs = json.JSONDecoder(object_pairs_hook=list[tuple[str, str]]).decode
_decode_text = msgspec.json.Decoder(str).decode


class HeaderReader:
    """Reads the entries of one header; `metadata` is complete after the last of them."""

    def __init__(self, raw: bytes) -> None:
        self.metadata: dict[str, str] = {}
        self._raw = raw
        self._at = 0
        self._has_metadata = False
        self._forms: dict[bytes, tuple[str, tuple[int, ...]]] = {}

    def entries(self) -> Iterator[tuple[str, TensorInfo]]:
        """Name and entry of each tensor, whose sizes may be absurd, but are never negative.

        Raises `HeaderProblem` where the text is no header.
        """
        for name in self._members():
            if name != METADATA:
                yield name, self._entry(name)
            elif self._has_metadata:
                raise HeaderProblem(
                    say("its header has the key “{metadata}” twice", metadata=METADATA)
                )
            else:
                self._has_metadata = True
                self._read_metadata()
            yield from self._usual_entries()
        if self._at != len(self._raw):
            raise HeaderProblem(say("its header goes on after its end"))

    def leading_metadata(self) -> int:
        """Read metadata that stands first, where libraries write it; where the text goes on after
        it, 0 where something else stands there. Raises `HeaderProblem`."""
        if self._take(_OPEN) is None or self._take(_NAME) != _METADATA_LITERAL:
            return 0
        self._read_metadata()
        return self._at

    def _usual_entries(self) -> Iterator[tuple[str, TensorInfo]]:
        """The quick way through nearly all of nearly every file."""
        while (match := _USUAL.match(self._raw, self._at)) is not None:
            name, written, begin, end = match.groups()
            if name == METADATA.encode():
                return
            form = self._forms.get(written) or self._form(_text(b'"%b"' % name), written)
            self._at = match.end()
            yield _text(b'"%b"' % name), TensorInfo(*form, int(begin), int(end))

    def _form(self, name: str, written: bytes) -> tuple[str, tuple[int, ...]]:
        """Dtype and shape, the same object for equal ones: networks repeat a few of them."""
        try:
            form = _decode_form(b'{"dtype":%b}' % written)
        except msgspec.MsgspecError as error:
            raise _misdescribed(name, error) from error
        known = (sys.intern(form.dtype), form.shape)
        if len(self._forms) < _MAX_FORMS:
            self._forms[written] = known
        return known

    def _entry(self, name: str) -> TensorInfo:
        start = self._at
        found = self._take(_ENTRY)
        if found is None or len(found) > _MAX_ENTRY_BYTES:
            raise HeaderProblem(
                say("{name} has no plain dtype, shape and data_offsets", name=described(name))
            )
        try:
            entry = _decode_entry(found)
        except msgspec.MsgspecError as error:
            raise _misdescribed(name, error) from error
        if self._raw.count(b'"', start, self._at) != _QUOTES_OF_ENTRY:
            raise HeaderProblem(say("{name} is described twice", name=described(name)))
        return TensorInfo(sys.intern(entry.dtype), entry.shape, *entry.data_offsets)

    def _read_metadata(self) -> None:
        if self._take(_NULL) is not None:  # as the reference reader
            return
        if (usual := self._usual_metadata()) is not None:
            self.metadata = usual
            return
        for name in self._members():
            value = self._take(_VALUE)
            if value is None:
                raise HeaderProblem(say("its metadata is not a flat table of texts"))
            if name in self.metadata:
                raise HeaderProblem(
                    say("its metadata has the key “{name}” twice", name=shortened(name))
                )
            if len(self.metadata) == MAX_METADATA_ENTRIES:
                raise HeaderTooLarge(
                    say("its metadata has more than {most:,} entries", most=MAX_METADATA_ENTRIES)
                )
            self.metadata[name] = _text(value)

    def _usual_metadata(self) -> dict[str, str] | None:
        """The quick way through nearly all metadata; None, and nothing is taken, where something
        about it is not as it must be, which the slow way tells."""
        match = _FLAT.match(self._raw, self._at)
        if match is None or match[1].count(b'"') > _QUOTES_OF_PAIR * MAX_METADATA_ENTRIES:
            return None  # so many pairs would take many times their text, decoded at once
        try:
            pairs = _decode_pairs(match[1].decode())
        except ValueError:
            return None
        if len(pairs) > MAX_METADATA_ENTRIES or _HALF.search(match[1]):
            return None
        found = dict(pairs)
        if len(found) != len(pairs) or max(map(len, found), default=0) > MAX_NAME_BYTES // 6:
            return None
        self._at = match.end()
        return found

    def _members(self) -> Iterator[str]:
        """The names of an object's members; the caller takes each value before it goes on."""
        if self._take(_OPEN) is None:
            raise HeaderProblem(say("its header is not a flat table"))
        if self._take(_CLOSE) is not None:
            return
        while True:
            name = self._take(_NAME)
            if name is None:
                raise HeaderProblem(say("its header is not valid JSON at byte {at:,}", at=self._at))
            if len(name) > MAX_NAME_BYTES:
                raise HeaderTooLarge(
                    say("a name in it is longer than {most:,} bytes", most=MAX_NAME_BYTES)
                )
            yield _text(name)
            if self._take(_NEXT) is not None:
                continue
            if self._take(_CLOSE) is None:
                raise HeaderProblem(say("its header is not valid JSON at byte {at:,}", at=self._at))
            return

    def _take(self, pattern: re.Pattern[bytes]) -> bytes | None:
        """What lies next, if it is that."""
        match = pattern.match(self._raw, self._at)
        if match is None:
            return None
        self._at = match.end()
        return match[match.lastindex or 0]


def _text(literal: bytes) -> str:
    """A JSON string, with its quotes, as text."""
    try:
        return _decode_text(literal)
    except UnicodeDecodeError as error:
        raise HeaderProblem(say("its header is not UTF-8")) from error
    except msgspec.MsgspecError as error:
        raise HeaderProblem(
            say("its header is not valid JSON ({error})", error=text_of(error))
        ) from error


def _misdescribed(name: str, error: Exception) -> HeaderProblem:
    return HeaderProblem(
        say(
            "{name} is not described as it must be ({error})",
            name=described(name),
            error=text_of(error),
        )
    )


def described(name: str) -> str:
    """How a message names a tensor of a file that nobody trusts."""
    return say("tensor “{name}”", name=shortened(name))


def shortened(text: str, limit: int = 100) -> str:
    """One line of at most `limit` characters that a terminal can show."""
    line = "".join(c if c.isprintable() else "�" for c in text[:limit])
    return line if len(text) <= limit else f"{line}…"

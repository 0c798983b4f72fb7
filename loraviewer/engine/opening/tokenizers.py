"""Tokenizers from local files. T5's comes as `tokenizer.json` or as SentencePiece's `spiece.model`,
which is read here without that library."""

import math
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from loraviewer.core.json_tables import BadTable, decoded_table
from loraviewer.core.outcome import CheckpointError, FileError, text_of
from loraviewer.core.regular_files import read_regular
from loraviewer.core.sentences import say

_T5_LENGTH = 512
_T5_SPECIALS = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
_T5_EXTRA_IDS = 100
_MOST_MODEL_BYTES = 64 << 20
_REWRITING = ("normalizer", "pre_tokenizer", "decoder")
_MOST_GROWTH = 1e4


def load_tokenizer(tokenizer_class: Any, folder: Path) -> Any:
    """The tokenizer of a pipeline's folder."""
    if (folder / "tokenizer.json").is_file():
        check_growth(folder / "tokenizer.json")
    is_t5 = tokenizer_class.__name__.startswith("T5Tokenizer")
    if is_t5 and not (folder / "tokenizer.json").is_file():
        return t5_tokenizer(folder)
    return tokenizer_class.from_pretrained(
        str(folder), local_files_only=True, trust_remote_code=False
    )


def check_growth(path: Path) -> None:
    """Raises `CheckpointError` where the rules of a tokenizer would make a short text fill the
    memory: each may replace one letter by many."""
    try:
        table = decoded_table(_read(path))
    except BadTable as problem:
        raise CheckpointError(
            say(
                "“{path}” {problem}; the folder is damaged.",
                path=str(path),
                problem=text_of(problem),
            )
        ) from problem
    left: list[Any] = [table.get(part) for part in _REWRITING]
    times = 1.0
    while left:
        rule = left.pop()
        if isinstance(rule, list):
            left.extend(rule)
        if isinstance(rule, dict):
            left.extend(value for value in rule.values() if isinstance(value, dict | list))
            times *= _growth(rule)
    if times > _MOST_GROWTH:
        raise CheckpointError(
            say("{path}: its rules would blow every text up; the file is damaged.", path=str(path))
        )


def _growth(rule: dict[str, Any]) -> float:
    pattern, content = rule.get("pattern"), rule.get("content")
    if not isinstance(pattern, dict) or not isinstance(content, str):
        return 1.0
    found = pattern.get("String", "?")
    return max(1.0, len(content) / len(found)) if found else math.inf


def t5_tokenizer(folder: Path) -> Any:
    """T5's tokenizer from `tokenizer.json` or `spiece.model` in a folder; `CheckpointError` for
    files that are neither."""
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

    if (folder / "tokenizer.json").is_file():
        check_growth(folder / "tokenizer.json")
        tokenizer = Tokenizer.from_buffer(_read(folder / "tokenizer.json"))
    else:
        tokenizer = _from_sentencepiece(folder / "spiece.model")
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, model_max_length=_T5_LENGTH, **_T5_SPECIALS
    )


def _from_sentencepiece(path: Path) -> Any:
    """A unigram model as T5 uses it: words apart, each begun by “▁”, “</s>” at the end."""
    from tokenizers import Tokenizer, decoders, normalizers, pre_tokenizers, processors
    from tokenizers.models import Unigram

    pieces, charsmap = read_sentencepiece(path)
    names = [name for name, _ in pieces]
    if any(name not in names for name in _T5_SPECIALS.values()):
        raise CheckpointError(say("{path}: this is not the vocabulary of T5.", path=str(path)))
    tokenizer = Tokenizer(Unigram(pieces, names.index("<unk>"), byte_fallback=False))
    if charsmap:
        tokenizer.normalizer = normalizers.Precompiled(charsmap)  # type: ignore[assignment]
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(  # type: ignore[assignment]
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]  # “▁” before every word
    )
    tokenizer.decoder = decoders.Metaspace()  # type: ignore[assignment]
    tokenizer.add_special_tokens(list(_T5_SPECIALS.values()))
    tokenizer.add_special_tokens([f"<extra_id_{i}>" for i in reversed(range(_T5_EXTRA_IDS))])
    end = ("</s>", names.index("</s>"))
    tokenizer.post_processor = processors.TemplateProcessing(  # type: ignore[assignment]
        single=["$A", "</s>"], pair=["$A", "</s>", "$B", "</s>"], special_tokens=[end]
    )
    return tokenizer


def read_sentencepiece(path: Path) -> tuple[list[tuple[str, float]], bytes]:
    """Pieces with their scores (log probabilities), and the normaliser's map of characters.

    Format: sentencepiece_model.proto, a protocol buffer. ModelProto: 1 = pieces (1 text, 2 score),
    3 = normaliser (2 = precompiled map).
    """
    data = _read(path)
    pieces: list[tuple[str, float]] = []
    charsmap = b""
    try:
        for number, value in _fields(data):
            if number == 1 and isinstance(value, bytes):
                piece = dict(_fields(value))
                pieces.append((_bytes(piece[1]).decode("utf-8"), _float(piece.get(2, b"\0" * 4))))
            elif number == 3 and isinstance(value, bytes):
                charsmap = _bytes(dict(_fields(value)).get(2, b""))
    except (ValueError, KeyError, IndexError, struct.error) as error:
        raise CheckpointError(
            say("{path}: this is no SentencePiece vocabulary.", path=str(path))
        ) from error
    return pieces, charsmap


def _read(path: Path) -> bytes:
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

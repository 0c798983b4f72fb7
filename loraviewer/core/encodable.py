"""JSON of what people and systems call things: names of files need not be text.

Linux allows any bytes; Python keeps those that are no UTF-8 as lone surrogates, which neither JSON
nor PNG can hold.
"""

from typing import Any, Literal

import msgspec

from loraviewer.core.plain_values import is_array, is_table
from loraviewer.core.sentences import Sentence


def encodable(text: str) -> str:
    """With the replacement character for each byte that is no text."""
    try:
        text.encode()
    except UnicodeEncodeError:
        if isinstance(text, Sentence):
            return text.with_texts(encodable)
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return text


def encode_json(value: Any, order: Literal["deterministic"] | None = None) -> bytes:
    """As `msgspec.json.encode`, of any names and sentences."""
    try:
        return msgspec.json.encode(value, order=order, enc_hook=_plain_text)
    except UnicodeEncodeError:
        return msgspec.json.encode(_encodable(plain(value)), order=order)


def plain(value: Any, order: Literal["deterministic"] | None = None) -> Any:
    """As `msgspec.to_builtins`, with sentences as their English text."""
    return msgspec.to_builtins(value, order=order, enc_hook=_plain_text)


def _plain_text(value: Any) -> str:
    if isinstance(value, Sentence):
        return str.__str__(value)
    raise TypeError(f"a {type(value).__name__} cannot be written as JSON")


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return encodable(value)
    if is_table(value):
        return {encodable(key): _encodable(inner) for key, inner in value.items()}
    return [_encodable(inner) for inner in value] if is_array(value) else value

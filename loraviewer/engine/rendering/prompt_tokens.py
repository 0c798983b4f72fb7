"""Copies of a pipeline's tokenizers: its own are changed at every call."""

from typing import Any


def own_tokenizer(part: Any) -> Any | None:
    """Of the `tokenizers` library, cutting nothing off and filling nothing up. part: a tokenizer or
    a processor that holds one; None where it is of another kind."""
    backend = getattr(getattr(part, "tokenizer", part), "backend_tokenizer", None)
    if backend is None:
        return None
    from tokenizers import Tokenizer

    copy = Tokenizer.from_str(backend.to_str())
    copy.no_truncation()
    copy.no_padding()
    return copy

"""Telling a lack of memory from other failures, whichever library met it."""

import errno

from loraviewer.core.outcome import text_of

_WORDS = (
    "out of memory",
    "not enough memory",
    "can't allocate memory",
    "cannot allocate memory",
    "bad_alloc",
    "could not create a primitive",
    "could not create a memory",
)
"""Of torch's allocators, of the loader of shared libraries while torch is imported, of the C++
library, and of oneDNN, which says no more."""
_CLASSES = frozenset({"OutOfMemoryError", "AcceleratorOutOfMemoryError"})
_MAY_SAY_IT = (RuntimeError, ImportError, OSError)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out, on any device. Knows torch's own class by its name, since the window
    never imports torch."""
    if isinstance(error, MemoryError) or type(error).__name__ in _CLASSES:
        return True
    if isinstance(error, OSError) and error.errno == errno.ENOMEM:
        return True
    said = isinstance(error, _MAY_SAY_IT) and text_of(error).lower()
    return bool(said) and any(words in said for words in _WORDS)

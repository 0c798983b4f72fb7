"""Measuring on one of torch's threads."""

import contextlib
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """A module's weight is too small to share out: where other programs want the cores too, two
    threads wait for each other far longer than they compute. Nothing where nobody has imported
    torch, which takes seconds."""
    torch = sys.modules.get("torch")
    if torch is None:
        yield
        return
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)

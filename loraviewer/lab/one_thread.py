"""Measuring on one of torch's threads."""

import contextlib
from collections.abc import Iterator


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """A module's weight is too small to share out: where other programs want the cores too, two
    threads wait for each other far longer than they compute."""
    import torch  # here: who only hands pictures to another thread needs none of it

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)

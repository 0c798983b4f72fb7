"""Processes that are started to be ended by whoever started them."""

import contextlib
import signal
import threading
from collections.abc import Generator


@contextlib.contextmanager
def deaf() -> Generator[None]:
    """What is started in here hears no Ctrl+C, which whoever started it answers for both."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)

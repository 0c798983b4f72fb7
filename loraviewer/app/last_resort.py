"""The end of a process that is closing, whatever still hangs in it.

A thread that reads from a drive that sleeps may keep its read for minutes, and, where it reads
mapped memory, Python's lock with it. So the clock that ends the process needs no lock.
"""

import faulthandler
from types import TracebackType
from typing import IO

CLOSING_S = 12.0
"""Longer than everything that closing waits for (`bridge.controller`)."""


class LastResort:
    """Armed for a `with` block: a process still in it after `seconds` ends with status 1, and the
    file says where every thread hung. The file must stay open."""

    def __init__(self, file: IO[str] | None, seconds: float = CLOSING_S) -> None:
        self._file = file
        self._seconds = seconds

    def arm(self) -> None:
        """From now on; again where it is armed, from anew. Nothing without a file."""
        if self._file is not None:
            faulthandler.dump_traceback_later(self._seconds, exit=True, file=self._file)

    def __enter__(self) -> "LastResort":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        faulthandler.cancel_dump_traceback_later()

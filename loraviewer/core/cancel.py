"""Cooperative cancelling: one token per job, checked between units of work."""

import threading


class Cancelled(Exception):  # noqa: N818 - a signal that work was stopped, not an error
    """Raised at a check point after somebody asked the job to stop."""


class CancelToken:
    """A one-way switch. Any thread may cancel; the working thread checks."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        self._event.set()

    @property
    def is_cancelled(self) -> bool:
        return self._event.is_set()

    def raise_if_cancelled(self) -> None:
        """Raise `Cancelled` if `cancel` was called."""
        if self._event.is_set():
            raise Cancelled

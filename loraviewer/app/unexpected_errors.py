"""What nobody expected to be raised, in slots and threads: logged, told in one sentence, survived.

PySide6 hands what a slot or an event handler raises to `sys.excepthook`, on whichever thread.
"""

import logging
import sys
import threading
import traceback
from types import TracebackType

from PySide6.QtCore import QObject, Signal

from loraviewer.core.outcome import Failure, FailureKind, text_of

_LONGEST = 200
_Raised = tuple[type[BaseException], BaseException, TracebackType | None]


class UnexpectedErrors(QObject):
    """Takes the hooks of the interpreter until `close`; whoever had them hears of everything too.

    Each place in the code is told once: what is raised while painting is raised again with every
    painting, also with that of its own sentence.
    """

    told = Signal(object)
    """Failure. Emitted on the thread that raised: connect slots of QObjects."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._logger = logging.getLogger("loraviewer")
        self._known: set[tuple[str, str, int]] = set()
        self._hook, self._thread_hook = sys.excepthook, threading.excepthook
        self._unraisable_hook = sys.unraisablehook
        sys.excepthook = self._on_raised
        threading.excepthook = self._on_raised_in_thread
        sys.unraisablehook = self._on_unraisable

    def close(self) -> None:
        """Give the hooks back."""
        sys.excepthook, threading.excepthook = self._hook, self._thread_hook
        sys.unraisablehook = self._unraisable_hook

    def _on_raised(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        self._hook(kind, error, trace)
        if issubclass(kind, Exception) and self._log((kind, error, trace)):
            detail = "".join(traceback.format_exception(kind, error, trace))
            self.told.emit(Failure(FailureKind.INTERNAL, self._sentence(kind, error), detail))

    def _on_raised_in_thread(self, args: threading.ExceptHookArgs) -> None:
        error = args.exc_value or args.exc_type()
        self._on_raised(args.exc_type, error, args.exc_traceback)

    def _on_unraisable(self, args: "sys.UnraisableHookArgs") -> None:
        """While something is taken apart: of no concern to a person at work."""
        self._unraisable_hook(args)
        error = args.exc_value or args.exc_type()
        self._log((args.exc_type, error, args.exc_traceback))

    def _log(self, raised: _Raised) -> bool:
        """Whether it is the first one of its place."""
        place = _place(raised)
        if place in self._known:
            return False
        self._known.add(place)
        self._logger.error("unexpected", exc_info=raised)
        return True

    def _sentence(self, kind: type[BaseException], error: BaseException) -> str:
        words = " ".join(text_of(error).split())[:_LONGEST]
        what = f"{kind.__name__}: {words}" if words else kind.__name__
        return self.tr(
            "Something unexpected went wrong ({}); the studio goes on, and the log has the details."
        ).format(what)


def _place(raised: _Raised) -> tuple[str, str, int]:
    """The type, and where in which file it was raised."""
    kind, _, trace = raised
    frames = traceback.extract_tb(trace)
    last = frames[-1] if frames else None
    return kind.__name__, last.filename if last else "", (last.lineno or 0) if last else 0

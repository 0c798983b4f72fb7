"""The slot of this studio: what was open comes back from it, and what is open is kept in it."""

from collections.abc import Callable
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.languages import shown
from loraviewer.bridge.sessions.autosave import Autosave
from loraviewer.core.outcome import Failure, FileError
from loraviewer.core.sentences import say
from loraviewer.core.session import Autosaved, Session
from loraviewer.core.session_slots import Restored, SessionSlot, SessionSlots, SetAside


class SessionKeeper(QObject):
    """Nothing is kept before a slot is taken, nor where no folder for slots is given. GUI thread
    only, but for `set_aside` and `read_set_aside`."""

    notice = Signal(object)  # Failure

    def __init__(
        self,
        slots: SessionSlots | None,
        state: Callable[[], Session],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._slots = slots
        self._state = state
        self._slot: SessionSlot | None = None
        self._autosave: Autosave | None = None

    def take(self, *, is_fresh: bool = False) -> Restored:
        """Take a slot; what is in it, nothing for `is_fresh`."""
        if self._slots is None or self._slot is not None:
            return Restored()
        try:
            self._slot = self._slots.take(is_fresh=is_fresh)
        except FileError as error:
            self.notice.emit(error.failure())
            return Restored()
        self._autosave = Autosave(self._state, self._slot.write, self)
        self._autosave.failed.connect(self._on_failed)
        return Restored() if is_fresh else self._slot.read()

    @Slot()
    def edited(self) -> None:
        if self._autosave is not None:
            self._autosave.edited()

    def set_aside(self, session: Session) -> None:
        """Keep what gives way to another session. Raises `FileError`."""
        if self._slots is not None:
            self._slots.set_aside(session)

    def all_set_aside(self) -> list[SetAside]:
        return self._slots.all_set_aside() if self._slots is not None else []

    def read_set_aside(self, path: Path) -> Session:
        """Raises `FileError`."""
        if self._slots is None:
            words = say("“{path}” is no longer there; choose another session.", path=str(path))
            raise FileError(words)
        return self._slots.read_set_aside(path)

    def close(self, patience_ms: int) -> bool:
        """Keep the last state, and give the slot to the next studio. Whether that is done."""
        if self._autosave is None or self._slot is None:
            return True
        last = self._state()
        facts = msgspec.structs.replace(last.autosave or Autosaved(), is_closed=True)
        closed = msgspec.structs.replace(last, autosave=facts)
        autosave, self._autosave = self._autosave, None
        has_ended = autosave.close(closed, patience_ms)
        if has_ended:
            self._slot.release()
        return has_ended

    @Slot(object)
    def _on_failed(self, failure: Failure) -> None:
        words = self.tr("What is open cannot be kept for the next start: {}")
        told = words.format(shown(failure.message))
        self.notice.emit(msgspec.structs.replace(failure, message=told))

"""The slot of this studio: what was open comes back from it, and what is open is kept in it.

What a slot holds can be made to stay in it: a studio that was started with files has nothing to
keep before one of them is open, and what was open before is to outlive those that are refused.
"""

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
        self._held: Restored | None = None

    @property
    def held(self) -> Session | None:
        """What stays in the slot; None for nothing, and where what is open is kept in it."""
        return self._held.session if self._held is not None else None

    @property
    def is_holding(self) -> bool:
        """Whether what is open is not kept yet."""
        return self._held is not None

    @property
    def held_at(self) -> float:
        """When that was open, in seconds since the epoch."""
        return self._held.saved_at if self._held is not None else 0.0

    @property
    def path(self) -> Path | None:
        """Of the slot; None without one."""
        return self._slot.path if self._slot is not None else None

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

    def hold(self, read: Restored) -> None:
        """What was in the slot stays there until `let_go` or `move`; `edited` waits for that."""
        self._held = read

    def let_go(self) -> None:
        """Keep what is open from now on."""
        self._held = None
        self.edited()

    def move(self) -> None:
        """As `let_go`, into an empty slot: another studio finds what was in the old one."""
        left, self._slot, self._autosave = self._slot, None, None
        self.take(is_fresh=True)
        if left is not None:
            left.release()
        self.let_go()

    @Slot()
    def edited(self) -> None:
        if self._autosave is not None and self._held is None:
            self._autosave.edited()

    def set_aside(self, session: Session, saved_at: float = 0.0) -> None:
        """Keep what gives way to another session. saved_at: seconds since the epoch, 0 for now.
        Raises `FileError`."""
        if self._slots is not None:
            self._slots.set_aside(session, saved_at)

    def all_set_aside(self) -> list[SetAside]:
        """Newest first; what stays in the slot is the first of them."""
        found = self._slots.all_set_aside() if self._slots is not None else []
        held, path = self.held, self.path
        if held is not None and path is not None and held.is_lost_unless_kept:
            return [SetAside(path, self.held_at), *found]
        return found

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
        autosave, self._autosave = self._autosave, None
        last = self._closed() if self._held is None else None
        has_ended = autosave.close(last, patience_ms)
        if has_ended:
            self._slot.release()
        return has_ended

    def _closed(self) -> Session:
        last = self._state()
        facts = msgspec.structs.replace(last.autosave or Autosaved(), is_closed=True)
        return msgspec.structs.replace(last, autosave=facts)

    @Slot(object)
    def _on_failed(self, failure: Failure) -> None:
        words = self.tr("What is open cannot be kept for the next start: {}")
        told = words.format(shown(failure.message))
        self.notice.emit(msgspec.structs.replace(failure, message=told))

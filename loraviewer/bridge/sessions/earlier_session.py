"""What was open before a studio that was started with files."""

from PySide6.QtCore import QObject, Signal

from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.sessions.session_keeper import SessionKeeper
from loraviewer.core.outcome import Failure
from loraviewer.core.session import Session
from loraviewer.core.session_slots import Restored


class EarlierSession(QObject):
    """Stays in the slot until something else is open, and is set aside then where it would be
    lost. GUI thread only; it is set aside in the pool."""

    notice = Signal(object)  # Failure

    def __init__(
        self, keeper: SessionKeeper, tasks: BackgroundTasks, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._keeper = keeper
        self._tasks = tasks
        self._is_giving_way = False

    def hold(self, read: Restored) -> Session | None:
        """Leave what was read from the slot in it, if only nothing; what somebody can come back
        to, if anything."""
        self._keeper.hold(read)
        session = read.session
        return session if session is not None and session.is_lost_unless_kept else None

    def give_way(self) -> None:
        """What is open is kept instead, once the earlier one is safe; into another slot where it
        cannot be set aside. Nothing where none is held."""
        held, saved_at = self._keeper.held, self._keeper.held_at
        if not self._keeper.is_holding or self._is_giving_way:
            return
        if held is None or not held.is_lost_unless_kept:
            self._keeper.let_go()
            return

        def receive(failure: Failure | None) -> None:
            self._is_giving_way = False
            if self._keeper.held is held:  # else it came back meanwhile
                self._end(failure)

        self._is_giving_way = True
        self._tasks.run(lambda: self._keeper.set_aside(held, saved_at), receive)

    def _end(self, failure: Failure | None) -> None:
        if failure is None:
            self._keeper.let_go()
        else:
            self.notice.emit(failure)
            self._keeper.move()

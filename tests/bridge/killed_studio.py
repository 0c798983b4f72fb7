"""Processes that edit a document and keep it, to be killed at any point.

Reads lines “folder delay_s life_s” and forks a process for each, so that nothing is imported twice:
it keeps what is open `delay_s` behind its edits in `folder`, and is killed `life_s` after the first
of them. What it did is in `folder`/log: “edit N T” once the document has seed N, “begin N T” and
“end N T” around every write of that state, all by one clock, in seconds.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

import msgspec
from PySide6.QtCore import QCoreApplication, QTimer

from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.sessions import autosave
from loraviewer.bridge.sessions.session_keeper import SessionKeeper
from loraviewer.core.session import Session
from loraviewer.core.session_slots import SessionSlot, SessionSlots


class _Log:
    def __init__(self, folder: Path) -> None:
        self._file = os.open(folder / "log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def tell(self, what: str, number: int) -> None:
        os.write(self._file, f"{what} {number} {time.monotonic()}\n".encode())


class _Studio:
    """A document that is edited again and again, with different pauses."""

    def __init__(self, folder: Path) -> None:
        self._log = log = _Log(folder)
        self._document = DocumentModel()
        real_write = SessionSlot.write

        def write(self: SessionSlot, session: Session) -> None:
            log.tell("begin", session.document.sampling.seed)
            real_write(self, session)
            log.tell("end", session.document.sampling.seed)

        SessionSlot.write = write
        self._keeper = SessionKeeper(SessionSlots(folder / "sessions", {}), self._state)
        self._keeper.take()
        self._document.changed.connect(self._keeper.edited)
        self._random = random.Random(str(folder))
        self._pause = QTimer(singleShot=True)
        self._pause.timeout.connect(self._edit)
        self._edit()

    def _state(self) -> Session:
        return Session(document=self._document.document)

    def _edit(self) -> None:
        document = self._document.document
        seed = document.sampling.seed + 1
        sampling = msgspec.structs.replace(document.sampling, seed=seed, prompt="a boat " * 200)
        self._document.edit("", document.with_sampling(sampling))
        self._log.tell("edit", seed)
        self._pause.start(self._random.choice((0, 1, 5, 20, 60)))


def _live(folder: Path, delay_s: float) -> None:
    autosave.DELAY_S = delay_s
    application = QCoreApplication([])
    studio = _Studio(folder)
    application.exec()
    del studio


def _run(folder: Path, delay_s: float, life_s: float) -> None:
    process = os.fork()
    if process == 0:
        try:
            _live(folder, delay_s)
        finally:
            os._exit(3)
    log = folder / "log"
    while not (log.exists() and log.stat().st_size):
        assert os.waitpid(process, os.WNOHANG) == (0, 0)
        time.sleep(0.002)
    time.sleep(life_s)
    os.kill(process, signal.SIGKILL)
    _, status = os.waitpid(process, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL, status


def main() -> None:
    for line in sys.stdin:
        folder, delay_s, life_s = line.split()
        _run(Path(folder), float(delay_s), float(life_s))
        print("killed", flush=True)


if __name__ == "__main__":
    main()

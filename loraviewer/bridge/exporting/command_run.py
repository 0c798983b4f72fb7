"""One command of loraviewer in a process of its own: how far it is, what it told, how it ended."""

import json
from collections.abc import Sequence

import msgspec
from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, Signal, Slot

from loraviewer.core.sentences import Sentence

_PATIENCE_MS = 3_000
_PROGRESS, _NOTE, _ERROR = "progress ", "loraviewer: note: ", "loraviewer: "
_SAID = "said "
"""Before a line: the sentence of it, as data that can be translated."""
_SHARES = 100


class CommandProgress(msgspec.Struct, frozen=True):
    """`fraction`: of `what` alone, 0 … 1."""

    what: str
    fraction: float


class CommandEnd(msgspec.Struct, frozen=True):
    """`told`: what it printed. `error`: one sentence where it failed, "" where it did not or was
    cancelled; one of `core.sentences` where the process says what it is made of. `notes`: whatever
    else it said."""

    told: bytes = b""
    error: str = ""
    notes: tuple[str, ...] = ()
    is_cancelled: bool = False


class CommandRun(QObject):
    """GUI thread only. One command at a time; a new one may begin once the last has ended."""

    progressed = Signal(object)  # CommandProgress
    ended = Signal(object)  # CommandEnd

    def __init__(self, program: Sequence[str], parent: QObject | None = None) -> None:
        """program: what loraviewer is started with, such as an interpreter and “-m loraviewer”."""
        super().__init__(parent)
        self._program = tuple(program)
        self._process: QProcess | None = None
        self._unread = b""
        self._said: list[str] = []
        self._is_cancelled = False

    @property
    def is_running(self) -> bool:
        return self._process is not None

    def start(self, arguments: Sequence[str]) -> None:
        """arguments: of a command that knows `--json` and `--progress-lines`."""
        if self._process is not None:
            return
        self._unread, self._said, self._is_cancelled = b"", [], False
        process = QProcess(self)
        process.setProcessEnvironment(QProcessEnvironment.systemEnvironment())
        process.readyReadStandardError.connect(self._read_lines)
        process.errorOccurred.connect(self._on_error)
        process.finished.connect(self._on_finished)
        self._process = process
        first, *rest = (*self._program, *arguments, "--json", "--progress-lines")
        process.start(first, rest)

    def cancel(self) -> None:
        """Ends it at once; what was being written is no whole file and is cleared up later."""
        if self._process is not None:
            self._is_cancelled = True
            self._process.kill()

    def close(self) -> None:
        """The studio ends: so does the process, and nothing is told any more."""
        process, self._process = self._process, None
        if process is not None:
            process.finished.disconnect(self._on_finished)
            process.errorOccurred.disconnect(self._on_error)
            process.kill()
            process.waitForFinished(_PATIENCE_MS)

    @Slot()
    def _read_lines(self) -> None:
        if self._process is None:
            return
        self._unread += self._process.readAllStandardError().data()
        *lines, self._unread = self._unread.split(b"\n")
        for line in lines:
            self._take_line(line.decode("utf-8", "replace").strip())

    def _take_line(self, line: str) -> None:
        if not line.startswith(_PROGRESS):
            self._said += [line] if line else []
            return
        share, _, what = line.removeprefix(_PROGRESS).partition(" ")
        if share.isdigit():
            self.progressed.emit(CommandProgress(what, min(int(share), _SHARES) / _SHARES))

    @Slot(QProcess.ProcessError)
    def _on_error(self, error: QProcess.ProcessError) -> None:
        """Only a process that never began ends without `finished`."""
        if error is QProcess.ProcessError.FailedToStart and self._process is not None:
            words = self.tr("The export cannot begin: {}.").format(self._process.errorString())
            self._end(CommandEnd(error=words))

    @Slot(int, QProcess.ExitStatus)
    def _on_finished(self, status: int, how: QProcess.ExitStatus) -> None:
        if self._process is None:
            return
        self._read_lines()
        self._take_line(self._unread.decode("utf-8", "replace").strip())
        told = bytes(self._process.readAllStandardOutput().data())
        is_done = status == 0 and how is QProcess.ExitStatus.NormalExit
        notes = tuple(one.removeprefix(_NOTE) for one in self._said if one.startswith(_NOTE))
        error = "" if is_done or self._is_cancelled else self._sentence()
        self._end(CommandEnd(told if is_done else b"", error, notes, self._is_cancelled))

    def _sentence(self) -> str:
        """The last thing that it said, which is why it ended."""
        told = [line for line in self._said if not line.startswith(_NOTE)]
        if told:
            before = told[-2] if len(told) > 1 else ""
            return _sentence_of(before) or told[-1].removeprefix(_ERROR)
        return self.tr("The export ended without a word; there may be too little memory for it.")

    def _end(self, end: CommandEnd) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.deleteLater()
        self.ended.emit(end)


def _sentence_of(line: str) -> Sentence | None:
    """What a line says of the one after it; None where it says nothing that can be read."""
    if not line.startswith(_SAID):
        return None
    try:
        return Sentence.from_data(json.loads(line.removeprefix(_SAID)))
    except (ValueError, RecursionError):
        return None

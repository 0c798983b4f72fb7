"""What is asked of the library and what it answers, as the window shows it."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.bridge.library.library_answers import (
    LibraryAnswer,
    LibraryCounts,
    LibraryWishes,
    answer,
    counts,
)
from loraviewer.bridge.opened_once import OpenedOnce
from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.core.families import UNKNOWN
from loraviewer.core.library.port import FolderCount, KnownFolder, LibraryPort
from loraviewer.core.outcome import Failure
from loraviewer.core.reports import CheckpointInfo
from loraviewer.core.stack import AdapterStack

T = TypeVar("T")
_MOST_COUNTED = 24
_TYPING_MS = 60
"""How long a word is typed before it is asked for."""


class LibraryModel(QObject):
    """Asks nothing before `open`. Only the newest question is answered. GUI thread only; the index
    is asked in the background."""

    changed = Signal(object)  # LibraryAnswer
    counted = Signal(object)  # LibraryCounts, a moment after the answer
    wishes_changed = Signal(object)  # LibraryWishes
    folders_changed = Signal()
    files_counted = Signal()  # of one more known folder
    stack_changed = Signal()  # other files are in the active pane's stack
    notice = Signal(object)  # Failure: the index cannot be used

    def __init__(
        self,
        index: OpenedOnce[LibraryPort] | None,
        base: BaseModel,
        stack: StackModel,
        parent: QObject | None = None,
    ) -> None:
        """index: None where there is to be none."""
        super().__init__(parent)
        self._index = index
        self._tasks = BackgroundTasks(self)
        self._is_open = False
        self._is_asking = False
        self._is_due = False
        self._counting = 0
        self._answer = LibraryAnswer(wishes=LibraryWishes())
        self._counts: LibraryCounts | None = None
        self._wishes = self._answer.wishes
        self._folders: tuple[str, ...] | None = None
        self._known: tuple[KnownFolder, ...] = ()
        self._files: dict[str, FolderCount] = {}
        self._counting_files = CancelToken()
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._typing.timeout.connect(self.refresh)
        base.changed.connect(self._on_base_changed)
        stack.stack_changed.connect(self._on_stack_changed)

    @property
    def is_there(self) -> bool:
        """Whether the studio has a library at all."""
        return self._index is not None

    @property
    def is_open(self) -> bool:
        return self._is_open

    @property
    def is_asking(self) -> bool:
        """Whether the newest wishes wait for their answer, or for its counts."""
        is_waiting = self._is_asking or self._is_due or self._typing.isActive()
        return is_waiting or self._counting > 0

    @property
    def wishes(self) -> LibraryWishes:
        return self._wishes

    @property
    def answer(self) -> LibraryAnswer:
        """To the newest question that has one."""
        return self._answer

    @property
    def counts(self) -> LibraryCounts | None:
        """None until the first are known; those before while the newest are not."""
        return self._counts

    @property
    def folders(self) -> tuple[str, ...] | None:
        """None until it is known."""
        return self._folders

    @property
    def file_counts(self) -> Mapping[str, FolderCount]:
        """Of known folders, as far as they are counted."""
        return self._files

    @property
    def known_folders(self) -> tuple[KnownFolder, ...]:
        """Of other programs, that could be added."""
        return self._known

    def open(self) -> None:
        """Somebody looks at it."""
        if self.is_there and not self._is_open:
            self._is_open = True
            self._read_folders()
            self.refresh()

    def change(self, **fields: Any) -> None:
        """Other wishes; words are waited for while they are being typed."""
        changed = msgspec.structs.replace(self._wishes, **fields)
        self._wish(changed, is_typed=changed.words != self._wishes.words)

    def widen(self) -> None:
        """Nothing narrows what is shown any more."""
        wishes = self._wishes
        self._wish(
            msgspec.structs.replace(
                wishes.bare,
                order=wishes.order,
                is_reversed=wishes.is_reversed,
                stack=wishes.stack,
            )
        )

    @Slot()
    def refresh(self) -> None:
        """Ask again: the index is another one, or the wishes are."""
        if not self._is_open:
            return
        self._is_due = True
        self._ask_next()

    # -- folders --------------------------------------------------------------------------

    def add_folder(self, path: str) -> None:
        self._change_folders(lambda port: port.add_folder(path))

    def drop_folder(self, path: str) -> None:
        """No file is touched."""
        if self._wishes.folder == path:
            self.change(folder="")
        self._change_folders(lambda port: port.drop_folder(path))

    def _change_folders(self, change: Callable[[LibraryPort], None]) -> None:
        def work(port: LibraryPort) -> tuple[str, ...]:
            change(port)
            return port.folders()

        self.ask(work, self._on_folders)

    def _read_folders(self) -> None:
        self.ask(lambda port: port.folders(), self._on_folders)

    def _on_folders(self, folders: tuple[str, ...]) -> None:
        self._folders = tuple(folders)
        self.folders_changed.emit()
        self.ask(lambda port: tuple(port.known_folders()), self._on_known)
        self.refresh()

    def _on_known(self, known: tuple[KnownFolder, ...]) -> None:
        self._known = known
        self.folders_changed.emit()
        if self._folders == ():  # only then are they offered with words
            left = [one.path for one in known if one.path not in self._files]
            self._count_next(left[:_MOST_COUNTED])

    def _count_next(self, paths: Sequence[str]) -> None:
        """One folder after the other: drives have one head."""
        if not paths or not self._is_open:
            return
        path, token = paths[0], self._counting_files

        def receive(count: FolderCount | None) -> None:
            if count is not None:
                self._files[path] = count
                self.files_counted.emit()
                self._count_next(paths[1:])

        self.ask(lambda port: _counted(port, path, token), receive)

    # -- asking ---------------------------------------------------------------------------

    def ask(self, question: Callable[[LibraryPort], T], receive: Callable[[T], None]) -> None:
        """Anything of the index, in the background; what goes wrong is told, and not received."""
        index = self._index
        if index is not None:
            self._tasks.run(lambda: question(index()), partial(self._hand_over, receive))

    def close(self, patience_ms: int) -> bool:
        """Whether all that was asked has ended."""
        self._typing.stop()
        self._is_open = False
        self._counting_files.cancel()
        return self._tasks.close(patience_ms)

    def _hand_over(self, receive: Callable[[Any], None], found: object) -> None:
        if isinstance(found, Failure):
            self.notice.emit(found)
        else:
            receive(found)

    def _wish(self, wishes: LibraryWishes, *, is_typed: bool = False) -> None:
        if wishes == self._wishes:
            return
        self._wishes = wishes
        self.wishes_changed.emit(wishes)
        if is_typed:
            self._typing.start()
        else:
            self.refresh()

    def _ask_next(self) -> None:
        """One at a time: words that are typed meanwhile are one question."""
        index, wishes = self._index, self._wishes
        if self._is_asking or not self._is_due or index is None:
            return
        self._is_asking, self._is_due = True, False
        self._typing.stop()
        self._tasks.run(lambda: answer(index(), wishes), self._on_answered)

    def _on_answered(self, found: LibraryAnswer | Failure) -> None:
        self._is_asking = False
        if isinstance(found, Failure):
            self._is_due = False
            self.notice.emit(found)
            return
        self._answer = found
        self.changed.emit(found)
        self._ask_next()
        index = self._index
        if not self._is_asking and index is not None:
            self._counting += 1
            self._tasks.run(lambda: counts(index(), found), partial(self._on_counted, found))

    def _on_counted(self, answer: LibraryAnswer, found: LibraryCounts | Failure) -> None:
        self._counting -= 1
        if isinstance(found, LibraryCounts) and answer is self._answer:
            self._counts = found
            self.counted.emit(found)

    # -- following ------------------------------------------------------------------------

    @Slot(object)
    def _on_base_changed(self, info: CheckpointInfo) -> None:
        family = "" if info.family == UNKNOWN else info.family
        self._wish(self._wishes.for_family(family))

    @Slot(object)
    def _on_stack_changed(self, stack: AdapterStack) -> None:
        """Faders move all the time; files come and go seldom."""
        paths = tuple(dict.fromkeys(entry.path for entry in stack.entries))
        if paths == self._wishes.stack:
            return
        self._wishes = msgspec.structs.replace(self._wishes, stack=paths)
        self.stack_changed.emit()
        if self._wishes.is_in_stack:
            self.refresh()


def _counted(port: LibraryPort, path: str, token: CancelToken) -> FolderCount | None:
    try:
        return port.count_files(path, token)
    except Cancelled:
        return None

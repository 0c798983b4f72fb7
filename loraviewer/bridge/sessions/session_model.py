"""Sessions: the document and its base as a file, and what was open at the last end."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec
from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.adapters.adapter_finder import AdapterFinder
from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.pictures.shown_pictures import ShownPictures
from loraviewer.bridge.services import Services
from loraviewer.bridge.sessions.earlier_session import EarlierSession
from loraviewer.bridge.sessions.session_base import SessionBase
from loraviewer.bridge.sessions.session_keeper import SessionKeeper
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.document import Document
from loraviewer.core.kept_fields import Kept
from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.core.sentences import say
from loraviewer.core.session import Autosaved, BaseRef, Session
from loraviewer.core.session_file import read_session, stamp_of, write_session
from loraviewer.core.session_places import SessionPlaces
from loraviewer.core.session_slots import Restored, SessionSlots, SetAside


class _Shot(NamedTuple):
    """What is saved, as it was when that was asked for: by the time it is written, another session
    may be open. `opening`: tells one session from another that was opened later."""

    session: Session
    content: tuple[Document, str]
    opening: object


class SessionModel(QObject):
    """Knows which file is open, and whether all of it is saved. Whatever gives way to another
    session is set aside: the history of undo steps ends there, and `go_back` brings it back.

    GUI thread only; files are read and written in the pool.
    """

    changed = Signal()  # another file, or whether it is saved
    notice = Signal(object)  # Failure
    installing = Signal()  # another session is about to be the document
    restored = Signal(object)  # seconds since the epoch: what was open when the studio crashed
    saved = Signal(str)  # the path of a file that is written now
    changed_elsewhere = Signal(str)  # the file that is open; nothing was saved over it
    left = Signal()  # a session gave way, and can come back

    def __init__(
        self,
        document: DocumentModel,
        base: BaseModel,
        settings: SettingsModel,
        finder: AdapterFinder,
        pictures: ShownPictures,
        services: Services,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self.settings = settings
        self.finder = finder
        self._pictures = pictures
        self._demo = services.demo_checkpoint
        self._demos = {demo.name: demo.path for demo in services.demo_adapters}
        self._tasks = BackgroundTasks(self, threads=1)
        self.base = SessionBase(base, self._tasks, self)
        folder = services.sessions_folder
        slots = SessionSlots(folder, self._demos) if folder is not None else None
        self.keeper = SessionKeeper(slots, self._kept_state, self)
        self._earlier = EarlierSession(self.keeper, self._tasks, self)
        pictures.changed.connect(self.keeper.edited)
        self._file, self._stamp = "", ""
        self._kept: Kept = {}
        self._saved: tuple[Document, str] | None = None
        """What the file holds; None where that is not known, or there is none."""
        self._left: Session | None = None
        self._opening = object()
        self._is_first = True
        """Nothing was opened yet but what a first start shows."""
        self._told = self._standing
        self._missing: frozenset[str] = frozenset()
        document.changed.connect(self._on_edited)
        # A step is counted after the document changed.
        document.undo_stack.indexChanged.connect(self._on_edited)
        self.base.changed.connect(self._on_edited)
        self.base.notice.connect(self.notice)
        self.keeper.notice.connect(self.notice)
        self._earlier.notice.connect(self.notice)

    @property
    def file(self) -> str:
        """The path of the session file that is open; "" for none."""
        return self._file

    @property
    def document(self) -> Document:
        return self._document.document

    @property
    def is_unsaved(self) -> bool:
        """Whether anything differs from the file; true where there is none."""
        return self._saved != self._content

    @property
    def recent(self) -> tuple[tuple[str, bool], ...]:
        """Paths of session files, the newest first, and whether each is there; `look` finds out."""
        paths = self.settings.settings.recent_sessions
        return tuple((path, path not in self._missing) for path in paths)

    def set_aside(self) -> tuple[SetAside, ...]:
        """What gave way to other sessions, newest first."""
        return tuple(self.keeper.all_set_aside())

    # -- beginning and ending -------------------------------------------------------------

    def restore(self) -> bool:
        """Open what was open at the last end; whether there was something."""
        read = self._taken()
        if read.session is None:
            return False
        facts = read.session.autosave or Autosaved()
        self._bring_back(read.session)
        self._pictures.bring_back(facts.pictures)
        if not facts.is_closed:
            self.restored.emit(read.saved_at)
        return True

    def begin(self, *, is_demo_named: bool = False) -> None:
        """Without what was open: files were named. It gives way to what is opened, and is open at
        the next start where nothing is. is_demo_named: what shows before any file was asked for."""
        self._left = self._earlier.hold(self._taken())
        if self._left is not None:
            self.left.emit()
        if is_demo_named:
            self._earlier.give_way()

    def _taken(self) -> Restored:
        read = self.keeper.take()
        if read.complaint:
            self.notice.emit(Failure(FailureKind.FILE, read.complaint))
        return read

    def close(self, patience_ms: int) -> bool:
        """Wait for files that are being saved, and keep what is open. Whether that is done."""
        has_saved = self._tasks.finish(patience_ms)
        return self.keeper.close(patience_ms) and self._tasks.close(0) and has_saved

    # -- other sessions -------------------------------------------------------------------

    def new(self, document: Document, then: Callable[[], None] = lambda: None) -> None:
        """An unnamed session of this document, on the base that is loaded."""

        def install() -> None:
            self._install(Session(document=document, base=self.base.ref), "")
            then()

        self._give_way(install)

    def open(
        self,
        path: str,
        then: Callable[[], None] = lambda: None,
        otherwise: Callable[[], None] = lambda: None,
    ) -> None:
        """then: once it is the document; otherwise: where it cannot be."""
        places = SessionPlaces(self._demos, Path(path).parent)

        def receive(read: tuple[str, Session] | Failure) -> None:
            if isinstance(read, Failure):
                self.notice.emit(read)
                otherwise()
            else:
                self._give_way(lambda: self._open(read, path, then))

        def read() -> tuple[str, Session]:
            return stamp_of(Path(path)), read_session(Path(path), places)

        self._tasks.run(read, receive)

    def open_set_aside(self, path: Path) -> None:
        """One of `set_aside`."""
        held = self.keeper.held
        if held is not None and path == self.keeper.path:
            self._give_way(lambda: self._bring_back(held))
            return

        def receive(read: Session | Failure) -> None:
            if isinstance(read, Failure):
                self.notice.emit(read)
            else:
                self._give_way(lambda: self._bring_back(read))

        self._tasks.run(lambda: self.keeper.read_set_aside(path), receive)

    @Slot()
    def go_back(self) -> None:
        """To the session that gave way last; what is open now gives way in its turn."""
        if self._left is not None:
            left = self._left
            self._give_way(lambda: self._bring_back(left))

    def _open(self, read: tuple[str, Session], path: str, then: Callable[[], None]) -> None:
        stamp, session = read
        self._install(session, path, stamp)
        self._remember(path)
        if session.note:
            words = say("“{name}”: {note}", name=Path(path).name, note=session.note)
            self.notice.emit(Failure(FailureKind.FILE, words))
        then()

    def _bring_back(self, left: Session) -> None:
        facts = left.autosave or Autosaved()
        if left is self.keeper.held:
            self.keeper.let_go()
        self._install(left, facts.file, facts.stamp, is_saved=not facts.is_unsaved)

    def _give_way(self, then: Callable[[], None]) -> None:
        """Set aside what is not saved; `then` once it is safe, never where it cannot be."""
        left = self._state()
        if not self.is_unsaved or self._is_untouched:
            if not self._is_untouched:
                self._left = left
            then()
            return

        def receive(failure: Failure | None) -> None:
            if failure is not None:
                self.notice.emit(failure)
            elif self._state() != left:  # edited meanwhile
                self._give_way(then)
            else:
                self._left = left
                then()
                self.left.emit()

        self._tasks.run(lambda: self.keeper.set_aside(left), receive)

    def _install(
        self, session: Session, file: str, stamp: str = "", *, is_saved: bool = True
    ) -> None:
        self.installing.emit()
        self._file, self._stamp, self._opening = file, stamp, object()
        self._kept, self._is_first = session.kept, False
        self._document.install(session.document)
        self._document.undo_stack.clear()
        self.base.open(session.base)
        self._saved = self._content if is_saved else None
        self._on_edited()
        self.finder.look(str(Path(file).parent) if file else "")

    # -- saving ---------------------------------------------------------------------------

    def save(self) -> None:
        """Into the file that is open, if any, unless somebody else wrote it since."""
        path, known, shot = self._file, self._stamp, self._shot()

        def receive(stamp: str | Failure) -> None:
            # An earlier save may have been written meanwhile.
            expected = self._stamp if shot.opening is self._opening else known
            if stamp and expected and stamp != expected:
                self.changed_elsewhere.emit(path)
            else:
                self._write(path, shot)

        if path:
            self._tasks.run(lambda: stamp_of(Path(path)), receive)

    def save_over(self, path: str) -> None:
        """As `save`, whoever wrote it; nothing where another session is open by now."""
        if path == self._file:
            self.save_as(path)

    def save_as(self, path: str) -> None:
        """Into a file, which then is the one that is open."""
        self._write(path, self._shot())

    def _shot(self) -> "_Shot":
        document = self._document.document
        session = Session(document=document, base=self.base.ref, kept=self._kept)
        return _Shot(session, self._content, self._opening)

    def _write(self, path: str, shot: "_Shot") -> None:
        places = SessionPlaces(self._demos, Path(path).parent)

        def write() -> str:
            write_session(Path(path), shot.session, places)
            return stamp_of(Path(path))

        self._tasks.run(write, lambda written: self._on_written(path, shot, written))

    def _on_written(self, path: str, shot: "_Shot", written: str | Failure) -> None:
        if isinstance(written, Failure):
            self.notice.emit(written)
            return
        self._missing -= {path}
        self._remember(path)
        if shot.opening is self._opening:  # else another session was opened meanwhile
            self._file, self._stamp, self._saved = path, written, shot.content
        self._on_edited()
        self.saved.emit(path)

    # -- recent files ---------------------------------------------------------------------

    def look(self) -> None:
        """Find out which recent files are no longer there; `changed` tells."""
        paths = self.settings.settings.recent_sessions

        def receive(missing: frozenset[str] | Failure) -> None:
            if not isinstance(missing, Failure) and missing != self._missing:
                self._missing = missing
                self.changed.emit()

        self._tasks.run(lambda: frozenset(p for p in paths if not os.path.exists(p)), receive)

    @Slot()
    def forget_recent(self) -> None:
        """Off the list; the files stay."""
        self.settings.install(self.settings.settings.without_sessions())

    def _remember(self, path: str) -> None:
        self.settings.install(self.settings.settings.with_session(path))

    # -- what it is now -------------------------------------------------------------------

    @property
    def _content(self) -> tuple[Document, str]:
        """What a file holds, but for the pane that is active: going somewhere is no edit."""
        document = self._document.document
        ref = self.base.ref
        home = msgspec.structs.replace(document, active=document.panes[0].pane_id)
        return home, ref.path if ref else ""

    @property
    def _is_untouched(self) -> bool:
        return self._is_first and not self._document.undo_stack.count()

    @property
    def _is_something_open(self) -> bool:
        """Rather than nothing but the demo base that shows where files were refused."""
        info = self.base.info
        is_own_base = info is not None and info.source != self._demo
        return is_own_base or not self._is_untouched

    @property
    def _standing(self) -> tuple[str, bool]:
        return self._file, self.is_unsaved

    def _state(self) -> Session:
        facts = Autosaved(
            file=self._file,
            stamp=self._stamp,
            is_unsaved=self.is_unsaved,
            is_untouched=self._is_untouched,
        )
        ref: BaseRef | None = self.base.ref
        document = self._document.document
        return Session(document=document, base=ref, autosave=facts, kept=self._kept)

    def _kept_state(self) -> Session:
        """With what the panes show, which is no part of a session that a person saves."""
        state = self._state()
        facts = msgspec.structs.replace(
            state.autosave or Autosaved(), pictures=self._pictures.keys()
        )
        return msgspec.structs.replace(state, autosave=facts)

    @Slot()
    def _on_edited(self) -> None:
        if self._is_something_open:
            self._earlier.give_way()
        self.keeper.edited()
        if self._told != self._standing:
            self._told = self._standing
            self.changed.emit()

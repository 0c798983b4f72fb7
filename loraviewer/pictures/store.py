"""Finished pictures on disk, by what made them: content-addressed, bounded, shared by all studios
of one profile.

A file is whole or not there, and its name says what must be in it. The index beside them is a hint:
it is made anew from the files wherever it lacks one.
"""

import os
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec

from loraviewer.core.atomic import clear_leftovers, new_file
from loraviewer.core.infotext import installed_versions, read_json, record_of, to_json
from loraviewer.core.outcome import FileError, Rendered
from loraviewer.core.regular_files import read_regular
from loraviewer.core.request import GenerationRequest
from loraviewer.core.sentences import say, together
from loraviewer.core.sizes import bytes_text
from loraviewer.core.stack import AdapterStack
from loraviewer.core.stack_files import encode_stack
from loraviewer.core.stored_picture import StoredPicture, Versions, picture_key
from loraviewer.core.system_reasons import reason_of
from loraviewer.pictures.index import IndexRow, PictureIndex
from loraviewer.pictures.stored_png import (
    MOST_BYTES,
    Damaged,
    Head,
    Stored,
    decode_stored,
    encode_stored,
    read_head,
    thumbnail_of,
)

THUMBNAIL_PX = 160
_STAR = ".star"
_OVERHEAD_BYTES = 4096
"""Of each picture: what its file takes beyond its size, and its row in the index."""
_EVICTED_AT_ONCE = 64
_NOT_KEPT = say("Until it can, pictures are made anew the next time.")


class PictureStore:
    """Implements `core.picture_port.PicturePort`: all methods from any thread and several processes
    at once, and none raises for what is wrong with the disk."""

    def __init__(
        self,
        folder: Path,
        most_bytes: int,
        session: str = "",
        versions: Versions | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """session: of the pictures that are kept from now on, "" for a new one. versions: None for
        those installed here. clock: seconds since 1970. Nothing is read or written before the first
        call."""
        self._folder = folder
        self._most_bytes = most_bytes
        self._session = session or uuid.uuid4().hex
        self._versions = versions
        self._clock = clock
        self._index = PictureIndex(folder)
        self._lock = threading.Lock()
        self._preparing = threading.Lock()
        self._is_prepared = False
        self._is_closing = threading.Event()
        self._used: dict[str, float] = {}
        """Not told to the index yet, which is no work for who waits for a picture."""
        self._complaints: list[str] = []
        self._told: set[str] = set()

    # -- pictures -------------------------------------------------------------------------

    def key(self, request: GenerationRequest) -> str:
        if self._versions is None:
            self._versions = installed_versions()
        return picture_key(request, self._versions)

    def has(self, request: GenerationRequest) -> bool:
        keys = map(self.key, request.answers())
        return not request.is_draft and any(os.path.exists(self._path(key)) for key in keys)

    def find(self, request: GenerationRequest) -> Rendered | None:
        if request.is_draft:
            return None
        for answer in request.answers():
            found = self.read(self.key(answer))
            if found is not None:  # files may lie elsewhere by now, and be called otherwise
                return msgspec.structs.replace(found, request=answer)
        return None

    def read(self, key: str) -> Rendered | None:
        stored = self._stored(key)
        if stored is None:
            return None
        self._used[key] = self._clock()
        return msgspec.structs.replace(stored.rendered(), is_from_store=True)

    def keep(self, rendered: Rendered, stack: AdapterStack | None) -> StoredPicture | None:
        if rendered.request.is_draft or rendered.request.held or not self._prepare():
            return None
        key = self.key(rendered.request)
        known = self._index.row(key) if os.path.exists(self._path(key)) else None
        if known is not None:
            self._used[key] = self._clock()
            return self._told_of(self._in_a_pane(known, stack))
        try:
            row = self._written(key, rendered, stack)
        except FileError as error:
            self._complain("writing", together((error.message, _NOT_KEPT)))
            return None
        self._make_room()
        if not os.path.exists(self._path(key)):
            self._complain_of_stars()
        return self._told_of(row)

    def delete(self, key: str) -> None:
        for path in (self._path(key), self._star_of(key)):
            with suppress(OSError):
                path.unlink()
        self._index.remove([key])

    # -- what is there --------------------------------------------------------------------

    def earlier(self, count: int, before: StoredPicture | None = None) -> list[StoredPicture]:
        if not self._prepare():
            return []
        start = (before.made_at, before.key) if before else (float("inf"), "")
        told = (self._told_of(row) for row in self._index.page(self._session, start, count))
        return [one for one in told if one is not None]

    def thumbnail(self, key: str) -> bytes:
        small = self._index.thumbnail(key) if self._prepare() else b""
        stored = None if small else self._stored(key)
        if stored is not None:
            small = thumbnail_of(stored.picture, THUMBNAIL_PX)
            self._index.set_thumbnail(key, small)
        return small

    def star(self, key: str, on: bool) -> bool:
        """A mark beside the file says so too: an index that is lost must not cost a picture."""
        try:
            if on and not os.path.exists(self._path(key)):
                return False
            if on:
                self._star_of(key).touch()
            else:
                self._star_of(key).unlink(missing_ok=True)
        except OSError as error:
            self._complain("star", say("The star cannot be kept: {why}.", why=reason_of(error)))
            return False
        self._index.star(key, on)
        if on:
            self._make_room()
        return True

    def complaint(self) -> str:
        with self._lock:
            return self._complaints.pop(0) if self._complaints else ""

    def close(self) -> None:
        self._is_closing.set()

    # -- files ----------------------------------------------------------------------------

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.png"

    def _star_of(self, key: str) -> Path:
        return self._path(key).with_suffix(_STAR)

    def _stored(self, key: str) -> Stored | None:
        """None where it is not there, or not what its name says: then it is no more."""
        try:
            stored = decode_stored(read_regular(self._path(key), MOST_BYTES))
            if picture_key(stored.record.request, stored.record.versions) != key:
                raise Damaged("another picture")
        except (OSError, FileError):
            return None
        except Damaged:
            self.delete(key)
            return None
        return stored

    def _written(self, key: str, rendered: Rendered, stack: AdapterStack | None) -> IndexRow:
        path, record = self._path(key), record_of(rendered, self._versions)
        content = encode_stored(rendered.picture, record, stack)
        self._make_folder(path.parent)
        with new_file(path) as temporary:
            temporary.write_bytes(content)
        small = thumbnail_of(rendered.picture, THUMBNAIL_PX)
        size = len(content) + len(small) + _OVERHEAD_BYTES
        row = self._row(key, Head(record, stack), size, self._clock(), self._session)
        self._index.keep(row, small)
        return row

    def _row(self, key: str, head: Head, size: int, made_at: float, session: str) -> IndexRow:
        return IndexRow(
            key=key,
            bytes=size,
            made_at=made_at,
            used_at=made_at,
            is_starred=os.path.exists(self._star_of(key)),
            session=session,
            record=to_json(head.record),
            stack=_json(head.stack),
        )

    def _in_a_pane(self, row: IndexRow, stack: AdapterStack | None) -> IndexRow:
        """What was made for something else is listed once a pane has shown it."""
        if row.stack or stack is None:
            return row
        self._index.set_stack(row.key, _json(stack), self._session)
        return row._replace(stack=_json(stack), session=self._session)

    def _told_of(self, row: IndexRow) -> StoredPicture | None:
        try:
            stack = msgspec.json.decode(row.stack, type=AdapterStack) if row.stack else None
            record = read_json(row.record).record
        except (msgspec.MsgspecError, FileError):
            self._index.remove([row.key])  # its file tells of it the next time
            return None
        return StoredPicture(
            key=row.key,
            record=record,
            stack=stack,
            made_at=row.made_at,
            session=row.session,
            is_starred=row.is_starred,
            path=str(self._path(row.key)),
        )

    # -- keeping files and index together --------------------------------------------------

    def _prepare(self) -> bool:
        """Once: the folder, and what the index does not know of it. Whether there is a folder."""
        with self._preparing:
            if self._is_prepared:
                return True
            try:
                self._make_folder(self._folder)
                self._is_prepared = self._reconcile()
            except FileError as error:
                self._complain("writing", together((error.message, _NOT_KEPT)))
            return self._is_prepared

    def _make_folder(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = reason_of(error)
            raise FileError(
                say(
                    "The picture store “{folder}” cannot be written: {why}.",
                    folder=str(folder),
                    why=reason,
                )
            ) from error

    def _reconcile(self) -> bool:
        """Rows of files that are gone go, files without a row get one. Whether that is done: not
        where the studio closes meanwhile."""
        known = self._index.keys()
        if known is None:  # it was damaged, and is empty now
            known = self._index.keys() or set()
        there = {path.stem: path for path in self._files()}
        self._index.remove(known - there.keys())
        for key in there.keys() - known:
            if self._is_closing.is_set():
                return False
            self._adopt(key, there[key])
        return True

    def _adopt(self, key: str, path: Path) -> None:
        try:
            head, facts = read_head(path), path.stat()
        except (OSError, FileError):
            return
        except Damaged:
            self.delete(key)
            return
        if picture_key(head.record.request, head.record.versions) == key:
            size = facts.st_size + _OVERHEAD_BYTES
            self._index.keep(self._row(key, head, size, facts.st_mtime, ""), b"", is_new=True)

    def _files(self) -> list[Path]:
        found: list[Path] = []
        with suppress(OSError):
            for folder in [entry for entry in os.scandir(self._folder) if entry.is_dir()]:
                clear_leftovers(Path(folder.path))
                found += (Path(e.path) for e in os.scandir(folder.path) if e.name.endswith(".png"))
        return found

    def _make_room(self) -> None:
        """Those go that were not used for longest, until the rest is within the bound."""
        with self._lock:
            used, self._used = self._used, {}
        self._index.use(used.items())
        excess = self._index.total_bytes() - self._most_bytes
        while excess > 0:
            gone = self._index.least_used(_EVICTED_AT_ONCE)
            if not gone:
                self._complain_of_stars()
            freed = self._evicted_bytes(gone, excess)
            if not freed:
                return
            excess -= freed

    def _evicted_bytes(self, gone: list[tuple[str, int]], excess: int) -> int:
        """Of as many as it takes."""
        freed = 0
        for key, size in gone:
            if freed >= excess:
                break
            if os.path.exists(self._star_of(key)):  # by another studio, a moment ago
                self._index.star(key, True)
            else:
                self.delete(key)
                freed += size
        return freed

    def _complain_of_stars(self) -> None:
        starred, most = bytes_text(self._index.starred_bytes()), bytes_text(self._most_bytes)
        self._complain(
            "stars",
            say(
                "The starred pictures take {starred} of the {most} that the picture store may "
                "take: it has no room for others. Unstar some, or raise “picture_store_gb” in "
                "settings.json.",
                starred=starred,
                most=most,
            ),
        )

    def _complain(self, about: str, sentence: str) -> None:
        """Once for each thing it is about."""
        with self._lock:
            if about not in self._told:
                self._told.add(about)
                self._complaints.append(sentence)


def _json(stack: AdapterStack | None) -> str:
    return "" if stack is None else encode_stack(stack)

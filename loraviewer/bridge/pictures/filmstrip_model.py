"""Finished pictures in a row: of this session, newest first, then of earlier ones by their days."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import NamedTuple, cast

import msgspec
from PySide6.QtCore import (
    QAbstractListModel,
    QByteArray,
    QDate,
    QLocale,
    QModelIndex,
    QObject,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QImage

from loraviewer.bridge.images import to_qimage
from loraviewer.bridge.languages import shown
from loraviewer.bridge.list_rows import DRAGGED_ROW, Index
from loraviewer.bridge.pictures.stored_pictures import StoredPictures, clock_text
from loraviewer.core.captions import stack_caption
from loraviewer.core.outcome import Rendered
from loraviewer.core.stored_picture import StoredPicture

PICTURE_ROLE = Qt.ItemDataRole.UserRole
"""A `StoredPicture`; None for a heading, whose words are those of the display role."""

THUMBNAIL_PX = 160
_PAGE = 60
_MOST_THUMBNAILS = 400
"""40 MB of pixels."""
_MOST_BYTES = 64 << 20
"""Of whole pictures that are kept in memory, for a click that waits for no disk."""


class _Line(NamedTuple):
    picture: StoredPicture | None
    heading: str = ""


class FilmstripModel(QAbstractListModel):
    """Equal requests appear once. GUI thread only; files are read in the background."""

    starred = Signal(object)  # StoredPicture whose star is another one now

    def __init__(self, stored: StoredPictures, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stored = stored
        self._session: list[StoredPicture] = []
        self._earlier: list[StoredPicture] = []
        self._lines: list[_Line] = []
        self._thumbnails: OrderedDict[str, QImage] = OrderedDict()
        self._asked: set[str] = set()
        self._whole: OrderedDict[str, Rendered] = OrderedDict()
        self._last_fetched: StoredPicture | None = None
        self._has_more = stored.has_store
        self._is_fetching = False
        stored.shown.connect(self._on_shown)
        stored.kept.connect(self._on_kept)
        stored.withdrawn.connect(self._forget)

    # -- what it lists --------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._lines):
            return None
        picture, heading = self._lines[index.row()]
        if role == PICTURE_ROLE:
            return picture
        if picture is None:
            return heading if role == Qt.ItemDataRole.DisplayRole else None
        if role == Qt.ItemDataRole.DecorationRole:
            return self._thumbnail(picture.key)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._words(picture)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if self.picture(index) is None:
            return Qt.ItemFlag.NoItemFlags
        return DRAGGED_ROW

    def canFetchMore(self, parent: Index) -> bool:
        return not parent.isValid() and self._has_more and not self._is_fetching

    def fetchMore(self, parent: Index) -> None:
        """Earlier pictures, some at a time; they come when they are read."""
        if not self.canFetchMore(parent):
            return
        self._is_fetching = True
        last = self._last_fetched
        self._stored.browse(lambda store: store.earlier(_PAGE, last), self._on_fetched)

    def picture(self, index: Index) -> StoredPicture | None:
        """None for headings, and for no row."""
        is_row = index.isValid() and index.row() < len(self._lines)
        return self._lines[index.row()].picture if is_row else None

    def row_of(self, key: str) -> int:
        """-1 where it is not listed."""
        return next((i for i, line in enumerate(self._lines) if _key(line) == key), -1)

    def when(self, picture: StoredPicture) -> str:
        """As “14:02”, with its day where that is another one."""
        day = _day(picture)
        clock = clock_text(picture)
        return clock if day == date.today() else f"{self._day_text(day)} {clock}"

    # -- what is done with it -------------------------------------------------------------

    def open(self, picture: StoredPicture, receive: Callable[[Rendered | None], None]) -> None:
        """Hand over the whole picture, at once where it is in memory; None where it is gone."""
        known = self._whole.get(picture.key)
        if known is not None:
            self._whole.move_to_end(picture.key)
            receive(known)
            return

        def remember(found: Rendered | None) -> None:
            if found is not None:
                self._remember(picture.key, found)
            receive(found)

        self._stored.read(picture.key, remember)

    def set_starred(self, picture: StoredPicture, on: bool) -> None:
        """A star keeps it from giving way to others; nothing where it is in no file."""

        def receive(done: object) -> None:
            row = self.row_of(picture.key)
            if done and row >= 0:
                changed = msgspec.structs.replace(self._picture_at(row), is_starred=on)
                self._replace(changed)
                self.starred.emit(changed)

        self._stored.browse(lambda store: store.star(picture.key, on), receive)

    def delete(self, picture: StoredPicture) -> None:
        """From the list, and from the store."""
        self._stored.browse(lambda store: store.delete(picture.key), lambda _: None)
        self._forget(picture.key)

    # -- changes --------------------------------------------------------------------------

    @Slot(object, object)
    def _on_shown(self, picture: StoredPicture, rendered: Rendered) -> None:
        self._remember(picture.key, rendered)
        if any(one.key == picture.key for one in self._session):
            return
        earlier = next((one for one in self._earlier if one.key == picture.key), None)
        if earlier is not None:
            self._take_out(picture.key)
            picture = earlier
        self._session.insert(0, picture)
        self.beginInsertRows(QModelIndex(), 0, 0)
        self._lines.insert(0, _Line(picture))
        self.endInsertRows()

    @Slot(object)
    def _on_kept(self, picture: StoredPicture) -> None:
        self._replace(picture)

    def _replace(self, picture: StoredPicture) -> None:
        row = self.row_of(picture.key)
        if row < 0:
            return
        for pictures in (self._session, self._earlier):
            pictures[:] = [picture if one.key == picture.key else one for one in pictures]
        self._lines[row] = _Line(picture)
        self.dataChanged.emit(self.index(row), self.index(row))

    @Slot(str)
    def _forget(self, key: str) -> None:
        self._take_out(key)
        self._whole.pop(key, None)

    def _take_out(self, key: str) -> None:
        """A heading over nothing goes too."""
        row = self.row_of(key)
        if row < 0:
            return
        is_alone = row > 0 and self._lines[row - 1].picture is None
        is_alone = is_alone and (
            row + 1 == len(self._lines) or self._lines[row + 1].picture is None
        )
        first = row - 1 if is_alone else row
        self.beginRemoveRows(QModelIndex(), first, row)
        del self._lines[first : row + 1]
        self._session = [one for one in self._session if one.key != key]
        self._earlier = [one for one in self._earlier if one.key != key]
        self.endRemoveRows()

    def _on_fetched(self, answer: object) -> None:
        self._is_fetching = False
        found = cast(list[StoredPicture], answer) if isinstance(answer, list) else []
        self._has_more = len(found) == _PAGE
        self._last_fetched = found[-1] if found else self._last_fetched
        here = {one.key for one in self._session}
        new = [one for one in found if one.key not in here]
        if new:
            lines = self._headed(new)
            at = len(self._lines)
            self.beginInsertRows(QModelIndex(), at, at + len(lines) - 1)
            self._lines += lines
            self._earlier += new
            self.endInsertRows()

    def _headed(self, pictures: Sequence[StoredPicture]) -> list[_Line]:
        """With a heading where a day begins."""
        lines: list[_Line] = []
        day = _day(self._earlier[-1]) if self._earlier else None
        for picture in pictures:
            if _day(picture) != day:
                day = _day(picture)
                lines.append(_Line(None, self._day_text(day)))
            lines.append(_Line(picture))
        return lines

    # -- pictures and words ---------------------------------------------------------------

    def _picture_at(self, row: int) -> StoredPicture:
        picture = self._lines[row].picture
        assert picture is not None
        return picture

    def _thumbnail(self, key: str) -> QImage:
        """Null until it is read."""
        small = self._thumbnails.get(key)
        if small is not None:
            self._thumbnails.move_to_end(key)
            return small
        whole, receive = self._whole.get(key), partial(self._on_thumbnail, key)
        if whole is not None and max(whole.picture.width, whole.picture.height) <= THUMBNAIL_PX:
            return to_qimage(whole.picture)
        if key not in self._asked:
            self._asked.add(key)
            if whole is not None:
                self._stored.run(partial(_small, whole), receive)
            else:
                self._stored.browse(lambda store: _decoded(store.thumbnail(key)), receive)
        return QImage()

    def _on_thumbnail(self, key: str, answer: object) -> None:
        self._asked.discard(key)
        row = self.row_of(key)
        if not isinstance(answer, QImage) or row < 0:
            return
        self._thumbnails[key] = answer  # also a null one: it is not asked for again and again
        while len(self._thumbnails) > _MOST_THUMBNAILS:
            self._thumbnails.popitem(last=False)
        self.dataChanged.emit(self.index(row), self.index(row), [Qt.ItemDataRole.DecorationRole])

    def _remember(self, key: str, rendered: Rendered) -> None:
        self._whole[key] = rendered
        self._whole.move_to_end(key)
        while len(self._whole) > 1 and self._whole_bytes() > _MOST_BYTES:
            self._whole.popitem(last=False)

    def _whole_bytes(self) -> int:
        return sum(len(one.picture.rgb) for one in self._whole.values())

    def _words(self, picture: StoredPicture) -> str:
        """For a tooltip and a screen reader."""
        sampling = picture.sampling
        words = self.tr("{stack}\n“{prompt}”\nseed {seed} · {width}×{height} · {when}").format(
            stack=shown(stack_caption(picture.rows())),
            prompt=sampling.prompt,
            seed=sampling.seed,
            width=sampling.width,
            height=sampling.height,
            when=self.when(picture),
        )
        return words + self.tr(" · starred") if picture.is_starred else words

    def _day_text(self, day: date) -> str:
        days = (date.today() - day).days
        if days <= 0:
            return self.tr("Earlier today")
        if days == 1:
            return self.tr("Yesterday")
        words = QLocale().toString(QDate(day.year, day.month, day.day), self.tr("d MMM"))
        return words if day.year == date.today().year else f"{words} {day.year}"


def _key(line: _Line) -> str:
    return line.picture.key if line.picture else ""


def _day(picture: StoredPicture) -> date:
    return date.fromtimestamp(picture.made_at)


def _small(rendered: Rendered) -> QImage:
    return to_qimage(rendered.picture).scaled(
        THUMBNAIL_PX,
        THUMBNAIL_PX,
        Qt.AspectRatioMode.KeepAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )


def _decoded(data: bytes) -> QImage:
    return QImage.fromData(QByteArray(data))

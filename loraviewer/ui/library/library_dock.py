"""The library left of the pictures: search, groups of files, and what is said below them."""

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from loraviewer.bridge.library.library_answers import (
    Group,
    LibraryAnswer,
    LibraryCounts,
    LibraryWishes,
)
from loraviewer.bridge.library.library_desk import LibraryDesk
from loraviewer.ui.library.filter_bar import FilterBar
from loraviewer.ui.library.folder_offer import FolderOffer
from loraviewer.ui.library.group_heading import GroupHeading
from loraviewer.ui.library.library_foot import LibraryFoot
from loraviewer.ui.library.library_view import LibraryView
from loraviewer.ui.library.library_words import empty_words, group_tip, group_title, spoken
from loraviewer.ui.library.preview_card import PreviewCard
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.theme import GAP

LEAST_PX = 232
_GROUPS: tuple[Group, ...] = ("adapters", "fitting", "others", "checkpoints", "unreadable")


class LibraryDock(QFrame):
    """Only what is looked at is asked for: nothing is read before it is shown."""

    close_wanted = Signal()
    hidden = Signal()

    def __init__(
        self, desk: LibraryDesk, order: QMenu, more: QMenu, parent: QWidget | None = None
    ) -> None:
        """order, more: menus of the line below."""
        super().__init__(parent)
        self._desk = desk
        self._model = desk.model
        desk.list.describe_by(spoken)
        self.setAccessibleName(self.tr("Library"))
        self.filters = FilterBar(self._model)
        self.view = LibraryView(desk.list)
        self.card = PreviewCard(desk.preview)
        self.offer = FolderOffer()
        self.foot = LibraryFoot(self._model, desk.scan, order, more)
        self.close_button = IconButton("close", self.tr("Close the library"))
        self.headings: dict[Group, GroupHeading] = {group: GroupHeading() for group in _GROUPS}
        self._lay_out()
        self._connect()
        self._show_wishes(self._model.wishes)
        self._show_folders()
        self._show_known()

    def minimumSizeHint(self) -> QSize:
        return QSize(LEAST_PX, 120)

    @Slot()
    def take_focus(self) -> None:
        if self._pages.currentWidget() is self.offer:
            self.offer.add.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.filters.search.setFocus(Qt.FocusReason.OtherFocusReason)
            self.filters.search.selectAll()

    def showEvent(self, event) -> None:
        super().showEvent(event)
        self._desk.open()

    def hideEvent(self, event) -> None:
        super().hideEvent(event)
        if not event.spontaneous():
            self.hidden.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Find):
            self.take_focus()
        else:
            super().keyPressEvent(event)

    def _lay_out(self) -> None:
        title = QLabel(self.tr("Library"))
        font = title.font()
        font.setBold(True)
        title.setFont(font)
        head = QHBoxLayout()
        head.addWidget(title, 1)
        head.addWidget(self.close_button)
        self._files = QWidget()
        self._column = QVBoxLayout(self._files)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GAP // 4)
        self._column.addWidget(self.filters)
        for heading in self.headings.values():
            self._column.addWidget(heading)
        self._column.addWidget(self.view, 1)
        self._column.addWidget(self.card)
        self._column.addWidget(self.foot)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._files)
        self._pages.addWidget(self.offer)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP // 2)
        column.addLayout(head)
        column.addWidget(self._pages, 1)

    def _connect(self) -> None:
        for heading in self.headings.values():
            heading.clicked.connect(self._on_heading)
        self.close_button.clicked.connect(self.close_wanted)
        self.filters.search.down_wanted.connect(self.view.take_focus)
        self.view.search_wanted.connect(self.take_focus)
        self._model.wishes_changed.connect(self._show_wishes)
        self._model.changed.connect(self._show_answer)
        self._model.counted.connect(self._show_counts)
        self._model.folders_changed.connect(self._show_folders)
        self._model.files_counted.connect(self._show_folders)

    def _show_known(self) -> None:
        """What was answered before there was a dock."""
        if self._model.is_open:
            self._show_answer(self._model.answer)
        if (counts := self._model.counts) is not None:
            self._show_counts(counts)

    @Slot()
    def _on_heading(self) -> None:
        sender = self.sender()
        for group, heading in self.headings.items():
            if heading is sender:
                self._model.change(group=group)

    @Slot(object)
    def _show_wishes(self, wishes: LibraryWishes) -> None:
        """The files lie below the heading of their group."""
        for group, heading in self.headings.items():
            heading.setVisible(group in wishes.groups)
            heading.setChecked(group == wishes.group)
            heading.show_group(group_title(group, wishes.family), group_tip(group))
        place = self._column.indexOf(self.headings[wishes.group]) + 1
        if self._column.indexOf(self.view) != place:
            had_keyboard = self.view.hasFocus()
            self._column.removeWidget(self.view)
            place = self._column.indexOf(self.headings[wishes.group]) + 1
            self._column.insertWidget(place, self.view, 1)
            self.setTabOrder(self.headings[wishes.group], self.view)
            if had_keyboard:
                self.view.setFocus()

    @Slot(object)
    def _show_answer(self, answer: LibraryAnswer) -> None:
        is_reading = self._desk.scan.is_running and not answer.wishes.is_narrowed
        self.view.say_empty("" if is_reading else empty_words(answer.wishes))

    @Slot(object)
    def _show_counts(self, counts: LibraryCounts) -> None:
        for group, heading in self.headings.items():
            heading.show_count(counts.groups.get(group))

    @Slot()
    def _show_folders(self) -> None:
        """A sentence and offers where there is no folder."""
        is_empty = self._model.folders == ()
        page = self.offer if is_empty else self._files
        self.offer.offer(self._model.known_folders, self._model.file_counts)
        if page is self._pages.currentWidget():
            return
        focused = QApplication.focusWidget()
        had_keyboard = focused is not None and self._pages.isAncestorOf(focused)
        if had_keyboard:  # else Qt gives it to a pane, which becomes active by that
            self.close_button.setFocus(Qt.FocusReason.OtherFocusReason)
        self._pages.setCurrentWidget(page)
        if had_keyboard:
            self.take_focus()

"""What is done with the library: its dock in the window, and its files."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path, PurePath

from PySide6.QtCore import QObject, QPoint, QSettings, Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from loraviewer.bridge.document.prompt_model import PromptModel
from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.bridge.library.library_desk import LibraryDesk
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.library.entries import LibraryEntry, LibraryNote
from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.core.picture import Picture
from loraviewer.core.settings import Settings
from loraviewer.ui.actions import Actions
from loraviewer.ui.cards.adapter_cards import AdapterCards
from loraviewer.ui.file_dialogs import FileDialogs
from loraviewer.ui.filmstrip.pane_drops import PaneDrops
from loraviewer.ui.library.library_dock import LibraryDock
from loraviewer.ui.library.library_menus import MoreMenu, OrderMenu
from loraviewer.ui.library.library_place import LibraryPlace
from loraviewer.ui.library.library_view import LIBRARY_MIME
from loraviewer.ui.library.note_card import NoteCard
from loraviewer.ui.library.preview_follow import PreviewFollow
from loraviewer.ui.notices import Notices
from loraviewer.ui.panes.compare_view import CompareView
from loraviewer.ui.widgets.added_action import added
from loraviewer.ui.widgets.reveal import reveal

_SORT = "library"
_NOTES_NAME = "loraviewer-notes.json"
Entries = Sequence[LibraryEntry]
_Row = tuple[str, Callable[[], object], bool]
"""Of a menu: its words, what it does, and whether it can now."""


class LibraryActions(QObject):
    """Between the table of actions, the library and its dock."""

    def __init__(
        self,
        actions: Actions,
        window: QWidget,
        pictures: QWidget,
        stack_panel: QWidget,
        desk: LibraryDesk,
        stack: StackModel,
        prompt: PromptModel,
        settings: SettingsModel,
        compare: CompareView,
        dialogs: FileDialogs,
        notices: Notices,
        cards: AdapterCards,
    ) -> None:
        """pictures: what stands right of the dock."""
        super().__init__(window)
        self._action = actions["library"]
        self._window = window
        self._desk = desk
        self._stack = stack
        self._prompt = prompt
        self._settings = settings
        self._dialogs = dialogs
        self._notices = notices
        self._cards = cards
        self._action.setEnabled(desk.model.is_there)
        self.place = LibraryPlace(actions, self._built, pictures, compare.take_focus)
        self._drops = PaneDrops(compare, window, LIBRARY_MIME, [stack_panel])
        self._drops.watch(window)
        self._connect()

    def slots(self) -> dict[str, Callable[..., object]]:
        return self.place.slots()

    @property
    def dock(self) -> LibraryDock:
        """Built by that, where nobody has opened it yet."""
        return self.place.dock

    @property
    def follow(self) -> PreviewFollow:
        """That of the dock, as long as this."""
        follow = self.dock.findChild(PreviewFollow)
        assert follow is not None
        return follow

    @property
    def more_menu(self) -> MoreMenu:
        """With what it holds now."""
        menu = self.dock.foot.more.menu()
        assert isinstance(menu, MoreMenu)
        menu.fill()
        return menu

    def restore(self, geometry: QSettings) -> None:
        if self._desk.model.is_there:
            self.place.restore(geometry)

    def keep(self, geometry: QSettings) -> None:
        self.place.keep(geometry)

    def _connect(self) -> None:
        self._drops.dropped.connect(self._on_dropped)
        self._desk.details.found.connect(self._cards.open_file)
        self._desk.adding.refused.connect(self._notices.mention)

    def _built(self) -> LibraryDock:
        desk, more = self._desk, MoreMenu(self._desk.model, self._settings, self._window)
        dock = LibraryDock(desk, OrderMenu(desk.model, self._window), more)
        PreviewFollow(desk, dock, self._settings)
        self._connect_dock(dock)
        self._connect_more(more)
        self._settings.changed.connect(self._fit)
        _fit_look(dock, self._settings.settings)
        return dock

    def _connect_dock(self, dock: LibraryDock) -> None:
        view = dock.view
        view.add_wanted.connect(self._on_add_wanted)
        dock.card.add_wanted.connect(self._on_add_wanted)
        view.star_wanted.connect(self._on_star_wanted)
        view.note_wanted.connect(self._on_note_wanted)
        view.menu_wanted.connect(self._on_menu_wanted)
        dock.offer.choose_wanted.connect(self.choose_folder)
        dock.offer.folder_wanted.connect(self._desk.model.add_folder)
        dock.foot.grid_wanted.connect(self._set_grid)

    def _connect_more(self, more: MoreMenu) -> None:
        more.choose_wanted.connect(self.choose_folder)
        more.folder_wanted.connect(self._desk.model.add_folder)
        more.drop_wanted.connect(self._desk.model.drop_folder)
        more.scan_wanted.connect(self._desk.scan.start)
        more.export_wanted.connect(self._export)
        more.import_wanted.connect(self._import)

    # -- folders and looks ----------------------------------------------------------------

    @Slot()
    def choose_folder(self) -> None:
        title = self.tr("Folder of adapters and checkpoints")
        self._dialogs.choose_folder(title, _SORT, self._desk.model.add_folder)

    @Slot(bool)
    def _set_grid(self, on: bool) -> None:
        self._settings.change(library_look="grid" if on else "rows")

    @Slot(object)
    def _fit(self, settings: Settings) -> None:
        _fit_look(self.dock, settings)

    # -- adding ---------------------------------------------------------------------------

    @Slot(object)
    def _on_add_wanted(self, paths: Sequence[str]) -> None:
        self._desk.list.with_entries(paths, self._desk.adding.add)

    @Slot(str, str)
    def _on_dropped(self, data: str, pane_id: str) -> None:
        add = partial(self._desk.adding.add, pane_id=pane_id)
        self._desk.list.with_entries(data.split("\0"), add)

    # -- notes ----------------------------------------------------------------------------

    @Slot(object)
    def _on_star_wanted(self, paths: Sequence[str]) -> None:
        self._desk.list.with_entries(paths, self._turn_stars)

    def _turn_stars(self, entries: Entries) -> None:
        self._desk.notes.turn_stars(list(entries))

    @Slot(str)
    def _on_note_wanted(self, path: str) -> None:
        self._desk.list.with_entries([path], self._open_notes)

    def _open_notes(self, entries: Entries) -> None:
        view = self.dock.view
        for entry in entries[:1]:
            card = NoteCard(entry, self._window)
            card.noted.connect(self._on_noted)
            row = view.visualRect(self._desk.list.index(self._desk.list.row_of(entry.path)))
            card.open_at(view.viewport().mapToGlobal(row.bottomLeft()))

    @Slot(object, object)
    def _on_noted(self, entry: LibraryEntry, note: LibraryNote) -> None:
        self._desk.notes.change(
            entry,
            is_favourite=note.is_favourite,
            tags=note.tags,
            text=note.text,
            strength=note.strength,
        )

    @Slot()
    def _export(self) -> None:
        title = self.tr("Export notes")
        self._dialogs.choose_json(title, self._on_export_chosen, _NOTES_NAME)

    @Slot()
    def _import(self) -> None:
        self._dialogs.choose_json(self.tr("Import notes"), self._on_import_chosen)

    @Slot(str)
    def _on_export_chosen(self, path: str) -> None:
        def tell(count: int) -> None:
            words = self.tr("Notes about {count} files are in “{name}”.")
            self._notices.mention_good(words.format(count=count, name=Path(path).name))

        self._desk.notes.export(path, tell)

    @Slot(str)
    def _on_import_chosen(self, path: str) -> None:
        def tell(count: int) -> None:
            words = self.tr("{} notes came; files that had one kept theirs.")
            self._notices.mention_good(words.format(count))

        self._desk.notes.take(path, tell)

    # -- the menu of files ----------------------------------------------------------------

    @Slot(object, QPoint)
    def _on_menu_wanted(self, paths: Sequence[str], where: QPoint) -> None:
        def open_menu(entries: Entries) -> None:
            if entries:
                self.menu(entries).popup(where)

        self._desk.list.with_entries(paths, open_menu)

    def menu(self, entries: Entries) -> QMenu:
        """All that can be done with these files; deletes itself when it closes."""
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        parts = (
            self._rows_of_use(entries),
            self._rows_of_notes(entries),
            self._rows_of_file(entries),
        )
        for number, part in enumerate(parts):
            if number:
                menu.addSeparator()
            for text, act, is_enabled in part:
                action = added(menu, text)
                action.triggered.connect(_bare(act))
                action.setEnabled(is_enabled)
        return menu

    def _rows_of_use(self, entries: Entries) -> list[_Row]:
        first = entries[0]
        add = self.tr("Add to the stack")
        if first.sort == "checkpoint":
            add = self.tr("Open as the base")
        has_words = any(entry.trigger_words for entry in entries)
        words = self.tr("Trigger words into the prompt")
        return [
            (add, partial(self._desk.adding.add, entries), first.sort != "unreadable"),
            (words, partial(self._put_words, entries), has_words),
        ]

    def _rows_of_notes(self, entries: Entries) -> list[_Row]:
        first, is_one = entries[0], len(entries) == 1
        are_starred = all(entry.note.is_favourite for entry in entries)
        star = self.tr("Remove the star") if are_starred else self.tr("Star")
        thumbnail = self.tr("Use the active picture as its thumbnail")
        has_picture = is_one and self._own_picture(first) is not None
        return [
            (star, partial(self._turn_stars, entries), True),
            (self.tr("Note, tags, strength…"), partial(self._open_notes, entries), is_one),
            (thumbnail, partial(self._choose_thumbnail, first), has_picture),
        ]

    def _rows_of_file(self, entries: Entries) -> list[_Row]:
        first, is_one = entries[0], len(entries) == 1
        is_adapter, folder = first.sort == "adapter", str(PurePath(first.path).parent)
        narrow = partial(self._desk.model.change, folder=folder)
        return [
            (self.tr("Details…"), partial(self._show_details, first), is_one and is_adapter),
            (self.tr("Only its folder"), narrow, is_one),
            (self.tr("Copy path"), partial(_copy_paths, entries), True),
            (self.tr("Show it in its folder"), partial(self._reveal, first), is_one),
        ]

    def _show_details(self, entry: LibraryEntry) -> None:
        """Of the row that holds it, else of the file itself, once that is read."""
        if row_id := self._row_of(entry):
            self._cards.open(row_id)
        else:
            self._desk.details.ask(entry)

    def _row_of(self, entry: LibraryEntry) -> str:
        """The first row of the active pane that holds it, "" for none."""
        rows = self._stack.stack.entries
        return next((row.entry_id for row in rows if row.path == entry.path), "")

    def _own_picture(self, entry: LibraryEntry) -> tuple[str, Picture] | None:
        """The settled picture of the active pane, where it is of this adapter alone."""
        shown = self._desk.own_thumbnails.shown_alone()
        rows = self._stack.stack.entries
        hashes = {entry.sha256, *(row.sha256 for row in rows if row.path == entry.path)}
        return shown if shown is not None and shown[0] in hashes else None

    def _choose_thumbnail(self, entry: LibraryEntry) -> None:
        if (found := self._own_picture(entry)) is not None:
            self._desk.own_thumbnails.choose(*found)

    def _put_words(self, entries: Entries) -> None:
        """In one step, those that the prompt does not have."""
        present = {part.strip() for part in self._prompt.sampling.prompt.split(",")}
        words = dict.fromkeys(word for entry in entries for word in entry.trigger_words)
        if new := [word for word in words if word not in present]:
            self._prompt.add_word(", ".join(new))

    def _reveal(self, entry: LibraryEntry) -> None:
        if problem := reveal(Path(entry.path)):
            self._notices.say(Failure(FailureKind.FILE, problem))


def _fit_look(dock: LibraryDock, settings: Settings) -> None:
    is_grid = settings.library_look == "grid"
    dock.view.set_grid(is_grid)
    dock.foot.grid.setChecked(is_grid)


def _copy_paths(entries: Entries) -> None:
    QGuiApplication.clipboard().setText("\n".join(entry.path for entry in entries))


def _bare(act: Callable[[], object]) -> Callable[..., object]:
    """Without what a signal tells besides."""
    return lambda *_: act()

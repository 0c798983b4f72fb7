"""The menus of the library: in which order files are listed, and its folders and notes."""

from functools import partial
from pathlib import PurePath

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from loraviewer.bridge.library.library_answers import LibraryWishes
from loraviewer.bridge.library.library_model import LibraryModel
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.library.queries import Order
from loraviewer.ui.library.library_words import offer_words
from loraviewer.ui.widgets.added_action import added
from loraviewer.ui.widgets.file_words import shortened


class OrderMenu(QMenu):
    def __init__(self, model: LibraryModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        words: dict[Order, str] = {
            "name": self.tr("By name"),
            "newest": self.tr("Newest first"),
            "largest": self.tr("Largest first"),
            "rank": self.tr("By rank"),
            "family": self.tr("By base"),
        }
        group = QActionGroup(self)
        self._orders: dict[Order, QAction] = {o: added(self, text) for o, text in words.items()}
        for order, action in self._orders.items():
            action.setCheckable(True)
            group.addAction(action)
            action.triggered.connect(partial(self._choose, order))
        self.addSeparator()
        self._reversed = added(self, self.tr("The other way round"))
        self._reversed.setCheckable(True)
        self._reversed.triggered.connect(self._turn)
        model.wishes_changed.connect(self._show)
        self._show(model.wishes)

    def _choose(self, order: Order, _is_checked: bool = True) -> None:
        self._model.change(order=order)

    @Slot(bool)
    def _turn(self, on: bool) -> None:
        self._model.change(is_reversed=on)

    @Slot(object)
    def _show(self, wishes: LibraryWishes) -> None:
        self._orders[wishes.order].setChecked(True)
        self._reversed.setChecked(wishes.is_reversed)


class MoreMenu(QMenu):
    """Filled anew whenever it opens: folders come and go."""

    choose_wanted = Signal()
    folder_wanted = Signal(str)
    drop_wanted = Signal(str)
    scan_wanted = Signal()
    export_wanted = Signal()
    import_wanted = Signal()

    def __init__(
        self, model: LibraryModel, settings: SettingsModel, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._settings = settings
        self._submenus: list[QMenu] = []
        self.aboutToShow.connect(self.fill)

    @Slot()
    def fill(self) -> None:
        self.clear()  # deletes the entries, but no submenu
        for submenu in self._submenus:
            submenu.deleteLater()
        self._submenus = []
        folders = self._model.folders or ()
        self._add(self.tr("Add folder…"), self.choose_wanted.emit)
        for known in self._model.known_folders:
            words = self.tr("Add {}").format(offer_words(known))
            self._add(words, partial(self.folder_wanted.emit, known.path))
        self._add(self.tr("Look through the folders again"), self.scan_wanted.emit, bool(folders))
        self.addSeparator()
        if folders:
            self._add_drops(folders)
            self.addSeparator()
        self._add_hover()
        self.addSeparator()
        self._add(self.tr("Export notes…"), self.export_wanted.emit)
        self._add(self.tr("Import notes…"), self.import_wanted.emit)

    def _add_drops(self, folders: tuple[str, ...]) -> None:
        menu = QMenu(self.tr("Remove a folder"), self)
        menu.setToolTipsVisible(True)
        menu.setToolTip(self.tr("Its files are left as they are, and so are notes."))
        for path in folders:
            action = added(menu, shortened(path) or PurePath(path).name)
            action.triggered.connect(_bare(partial(self.drop_wanted.emit, path)))
        self._submenus.append(menu)
        self.addMenu(menu)

    def _add_hover(self) -> None:
        action = added(self, self.tr("Preview what the mouse rests on"))
        action.setCheckable(True)
        action.setChecked(self._settings.settings.previews_hovered)
        action.toggled.connect(self._set_hover)

    @Slot(bool)
    def _set_hover(self, on: bool) -> None:
        self._settings.change(previews_hovered=on)

    def _add(self, text: str, act, is_enabled: bool = True) -> None:
        action = added(self, text.replace("&", "&&"))
        action.setEnabled(is_enabled)
        action.triggered.connect(_bare(act))


def _bare(act):
    """Without what a signal tells besides."""
    return lambda *_: act()

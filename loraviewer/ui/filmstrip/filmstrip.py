"""The filmstrip below the panes: when it is shown, and what is done with its pictures."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.images import to_qimage
from loraviewer.bridge.pictures.filmstrip_model import FilmstripModel
from loraviewer.bridge.pictures.picture_restore import PictureRestore
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.outcome import Failure, FailureKind, Rendered
from loraviewer.core.stored_picture import StoredPicture
from loraviewer.ui.actions import Actions
from loraviewer.ui.file_dialogs import FileDialogs
from loraviewer.ui.filmstrip.look import Look
from loraviewer.ui.filmstrip.pane_drops import PaneDrops
from loraviewer.ui.filmstrip.strip_view import StripView
from loraviewer.ui.notices import Notices
from loraviewer.ui.panes.compare_view import CompareView
from loraviewer.ui.widgets.added_action import added
from loraviewer.ui.widgets.reveal import reveal
from loraviewer.ui.widgets.theme import GAP

ROOM_PX = 580
"""Height of panes and strip together from which on it is shown unasked: what it takes is mostly
beside square pictures then."""


class Filmstrip(QWidget):
    """The panes with the row of pictures below them."""

    def __init__(
        self,
        actions: Actions,
        model: FilmstripModel,
        restore: PictureRestore,
        document: DocumentModel,
        base: BaseModel,
        settings: SettingsModel,
        compare: CompareView,
        dialogs: FileDialogs,
        notices: Notices,
    ) -> None:
        super().__init__()
        self._action = actions["filmstrip"]
        self._model = model
        self._restore = restore
        self._base = base
        self._settings = settings
        self._compare = compare
        self._dialogs = dialogs
        self._notices = notices
        self._wanted = ""
        """Key of the picture that is to be looked at, once it is read."""
        self.view = StripView(model)
        self.look = Look(document, compare)
        self._drops = PaneDrops(compare, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP // 2)
        column.addWidget(compare, 1)
        column.addWidget(self.view)
        self._connect()
        self._fit()

    def _connect(self) -> None:
        self.view.look_wanted.connect(self._look_at)
        self.view.back_wanted.connect(self.go_back)
        self.view.restore_wanted.connect(self._restore_picture)
        self.view.star_wanted.connect(self._turn_star)
        self.view.menu_wanted.connect(self._open_menu)
        self.view.base_held.connect(self.look.step_aside)
        self.look.ended.connect(self._on_look_ended)
        self.look.save_wanted.connect(self._save)
        self._drops.dropped.connect(self._on_dropped)
        self._restore.refused.connect(self._notices.mention)
        self._restore.other_base.connect(self._on_other_base)
        self._settings.changed.connect(self._fit)

    def slots(self) -> dict[str, Callable[..., object]]:
        """For the rows of the table that are about the filmstrip."""
        return {"filmstrip": self._set_shown}

    @Slot()
    def take_focus(self) -> None:
        self.view.take_focus()

    @Slot()
    def go_back(self) -> None:
        """To what the panes show."""
        self._wanted = ""
        self.look.end()

    # -- whether it is shown --------------------------------------------------------------

    def showEvent(self, event) -> None:
        super().showEvent(event)
        self._drops.watch(self.window())

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._fit()

    @Slot(bool)
    def _set_shown(self, on: bool) -> None:
        self._settings.change(filmstrip="on" if on else "off")
        if on:
            self.view.take_focus()

    @Slot()
    def _fit(self) -> None:
        asked = self._settings.settings.filmstrip
        is_shown = self.height() >= ROOM_PX if asked == "auto" else asked == "on"
        if not is_shown:
            self.go_back()
            if self.view.hasFocus():  # before Qt gives the keyboard to another part
                self._compare.take_focus()
        self.view.setVisible(is_shown)
        self._action.setChecked(is_shown)

    # -- looking --------------------------------------------------------------------------

    @Slot(object)
    def _look_at(self, picture: StoredPicture) -> None:
        """The last one that was asked for, whichever is read first."""
        self._wanted = picture.key
        self._model.open(picture, partial(self._on_opened, picture))

    def _on_opened(self, picture: StoredPicture, rendered: Rendered | None) -> None:
        if self._wanted != picture.key:
            return
        if rendered is None:
            self._say_gone()
            return
        title = self.tr("Picture of {}").format(self._model.when(picture))
        self.look.show_picture(picture, rendered, title)
        self.view.set_looked_at(picture.key)

    def _say_gone(self) -> None:
        self._notices.mention(
            self.tr("That picture is no longer kept; Enter brings back what made it.")
        )

    @Slot()
    def _on_look_ended(self) -> None:
        self._wanted = ""
        self.view.set_looked_at("")

    # -- restoring ------------------------------------------------------------------------

    @Slot(object)
    def _restore_picture(self, picture: StoredPicture) -> None:
        self.go_back()
        self._restore.restore(picture)

    @Slot(str, str)
    def _on_dropped(self, key: str, pane_id: str) -> None:
        picture = self._model.picture(self._model.index(self._model.row_of(key), 0))
        if picture is not None:
            self.go_back()
            self._restore.restore(picture, pane_id)

    @Slot(object)
    def _on_other_base(self, picture: StoredPicture) -> None:
        path = picture.record.request.checkpoint.path
        words = self.tr("It was made with another base, “{}”; its stack and prompt are back.")
        sentence = words.format(picture.base_name)
        self._notices.ask(
            sentence, self.tr("Open that base"), "open", partial(self._base.choose, path)
        )

    # -- what else is done with a picture ---------------------------------------------------

    @Slot(object)
    def _turn_star(self, picture: StoredPicture) -> None:
        self._model.set_starred(picture, not picture.is_starred)

    @Slot(object, QPoint)
    def _open_menu(self, picture: StoredPicture, where: QPoint) -> None:
        self.menu(picture).popup(where)

    def menu(self, picture: StoredPicture) -> QMenu:
        """All that can be done with a picture; deletes itself when it closes."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        star = self.tr("Remove the star") if picture.is_starred else self.tr("Star: keep it")
        rows: list[tuple[str, Callable[[], object], bool] | None] = [
            (self.tr("Restore what made it"), partial(self._restore_picture, picture), True),
            None,
            (star, partial(self._turn_star, picture), bool(picture.path)),
            None,
            (self.tr("Copy picture"), partial(self._model.open, picture, self._copy), True),
            (self.tr("Save picture…"), partial(self._model.open, picture, self._save), True),
            (self.tr("Show it in its folder"), partial(self._reveal, picture), bool(picture.path)),
            None,
            (self.tr("Delete from the store"), partial(self._delete, picture), True),
        ]
        for row in rows:
            if row is None:
                menu.addSeparator()
                continue
            action = added(menu, row[0])
            action.triggered.connect(_bare(row[1]))
            action.setEnabled(row[2])
        return menu

    def _copy(self, rendered: Rendered | None) -> None:
        if rendered is None:
            self._say_gone()
            return
        QGuiApplication.clipboard().setImage(to_qimage(rendered.picture))
        self._compare.copied.emit(False)

    @Slot(object)
    def _save(self, rendered: Rendered | None) -> None:
        if rendered is None:
            self._say_gone()
            return
        self._dialogs.save_picture(rendered, self.tr("Save picture"))

    def _reveal(self, picture: StoredPicture) -> None:
        if problem := reveal(Path(picture.path)):
            self._notices.say(Failure(FailureKind.FILE, problem))

    def _delete(self, picture: StoredPicture) -> None:
        if picture.key == self.view.looked_at:
            self.go_back()
        self._model.delete(picture)


def _bare(act: Callable[[], object]) -> Callable[..., object]:
    """Without what a signal tells besides."""
    return lambda *_: act()

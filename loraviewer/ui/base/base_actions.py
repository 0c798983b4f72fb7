"""What menus and keys do with the base, whether they can now, and what is said of it."""

import functools
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QMenu

from loraviewer.bridge.base_choices import BaseChoices
from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.languages import shown
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.core.placement.asking import DoubtedBase
from loraviewer.core.reports import CheckpointInfo
from loraviewer.ui.actions import Actions
from loraviewer.ui.base.base_card import open_base_card
from loraviewer.ui.base.base_picker import BasePicker
from loraviewer.ui.base.manner_words import option_words
from loraviewer.ui.file_dialogs import FileDialogs
from loraviewer.ui.notices import Notices


class BaseActions(QObject):
    """Between the table of actions, the base, the list of bases, the dialogs and the notices."""

    def __init__(
        self,
        actions: Actions,
        base: BaseModel,
        bases: BaseChoices,
        settings: SettingsModel,
        picker: BasePicker,
        dialogs: FileDialogs,
        notices: Notices,
    ) -> None:
        super().__init__(actions)
        self._actions = actions
        self._base = base
        self._bases = bases
        self._settings = settings
        self._picker = picker
        self._dialogs = dialogs
        self._notices = notices
        dialogs.base_chosen.connect(base.choose)
        dialogs.components_chosen.connect(self._on_components_chosen)
        base.failed.connect(notices.say)
        base.doubted.connect(self._ask_all_the_same)
        base.changed.connect(self._on_base_changed)
        bases.changed.connect(self._show_whether)
        self._show_whether()

    def slots(self) -> dict[str, Callable[..., object]]:
        """For the rows of the table that are about the base."""
        return {
            "choose_base": self._picker.open_list,
            "open_folder": self._dialogs.open_base_folder,
            "open_file": self._dialogs.open_base_file,
            "favourite_base": self._set_favourite,
            "base_card": self._open_card,
            "components_folder": self._ask_for_components,
        }

    @Slot(bool)
    def _set_favourite(self, on: bool) -> None:
        info = self._base.info
        if info is not None:
            self._bases.set_favourite(info.source, on)
        self._show_whether()

    @Slot()
    def _open_card(self) -> None:
        open_base_card(self._base, self._picker.window())

    @Slot()
    def _ask_for_components(self) -> None:
        self._dialogs.choose_components_folder(self._settings.settings.components_folder)

    @Slot(str)
    def _on_components_chosen(self, folder: str) -> None:
        self._settings.change(components_folder=folder)

    @Slot(object)
    def _ask_all_the_same(self, doubted: DoubtedBase) -> None:
        """It may be the person who knows better: nothing is forbidden."""
        words = self.tr("“{name}” is not loaded yet. {why}")
        question = words.format(name=doubted.name, why=shown(doubted.sentence))
        if doubted.options:
            offer = functools.partial(self._offer_manners, doubted)
            self._notices.ask(question, self.tr("Choose how…"), "open", offer)
            return
        load = functools.partial(self._base.open, doubted.source)
        self._notices.ask(question, self.tr("Load all the same"), "open", load)

    def _offer_manners(self, doubted: DoubtedBase) -> None:
        """What a person chooses is remembered for this base."""
        menu = QMenu(self._picker.window())
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for option in doubted.options:
            load = functools.partial(self._base.open_as, doubted.source, option.manner)
            menu.addAction(option_words(option)).triggered.connect(lambda *_, load=load: load())
        menu.popup(self._notices.mapToGlobal(self._notices.rect().bottomLeft()))

    @Slot(object)
    def _on_base_changed(self, info: CheckpointInfo) -> None:
        self._notices.forget(FailureKind.CHECKPOINT)
        for problem in info.problems:
            self._notices.say(Failure(FailureKind.CHECKPOINT, problem))
        self._show_whether()

    @Slot()
    def _show_whether(self) -> None:
        current = next((row for row in self._bases.rows() if row.is_current), None)
        favourite = self._actions["favourite_base"]
        favourite.setEnabled(current is not None and current.group != "demo")
        favourite.setChecked(current is not None and current.is_favourite)
        self._actions["base_card"].setEnabled(self._base.info is not None)

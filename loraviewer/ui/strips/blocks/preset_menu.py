"""The menu of presets of block strengths: everybody's, the person's own, and the clipboard's."""

from collections.abc import Iterable, Mapping

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from loraviewer.core.block_presets import Preset, offered
from loraviewer.ui.strips.blocks.block_words import preset_title


class PresetMenu(QMenu):
    """Filled when it opens. It asks; whoever made it does what is chosen."""

    preset_chosen = Signal(object)  # Preset
    own_chosen = Signal(str)
    save_wanted = Signal()
    rename_wanted = Signal(str)
    delete_wanted = Signal(str)
    copy_wanted = Signal()
    paste_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._blocks: tuple[str, ...] = ()
        self._presets: tuple[str, ...] = ()
        self._is_told = False
        self._lists: list[QMenu] = []

    def offer(
        self, own_blocks: Iterable[str], presets: Mapping[str, object], has_scales: bool
    ) -> None:
        """own_blocks: of the adapter; presets: the person's, by name; has_scales: whether any block
        is not at 1."""
        self._blocks, self._presets = tuple(own_blocks), tuple(presets)
        self._is_told = has_scales
        self._fill()

    def _fill(self) -> None:
        self.clear()
        for menu in self._lists:
            menu.deleteLater()
        self._lists = []
        for preset in offered(self._blocks):
            self._add(self, preset_title(preset), preset).triggered.connect(self._on_preset)
        self.addSeparator()
        for name in self._presets:
            self._add(self, _shown(name), name).triggered.connect(self._on_own)
        save = self._add(self, self.tr("Save as a preset…"))
        save.setEnabled(self._is_told)
        save.triggered.connect(self.save_wanted)
        self._add_lists()
        self.addSeparator()
        copy = self._add(self, self.tr("Copy as LBW text"))
        copy.setToolTip(self.tr("As the block-weight extension of A1111 and Forge writes them."))
        copy.setEnabled(self._is_told)
        copy.triggered.connect(self.copy_wanted)
        self._add(self, self.tr("Paste LBW text")).triggered.connect(self.paste_wanted)

    def _add_lists(self) -> None:
        """Of own presets, what is not done often."""
        if not self._presets:
            return
        for words, react in (
            (self.tr("Rename preset"), self._on_rename),
            (self.tr("Delete preset"), self._on_delete),
        ):
            menu = QMenu(words, self)
            for name in self._presets:
                self._add(menu, _shown(name), name).triggered.connect(react)
            self._lists.append(menu)
            self.addMenu(menu)

    def _add(self, menu: QMenu, words: str, data: object = None) -> QAction:
        """Made here: one that Qt hands out was once taken for another."""
        action = QAction(words, menu)
        action.setData(data)
        menu.addAction(action)
        return action

    def _chosen(self) -> object:
        action = self.sender()
        return action.data() if isinstance(action, QAction) else None

    @Slot()
    def _on_preset(self) -> None:
        chosen = self._chosen()
        if chosen is not None:
            self.preset_chosen.emit(Preset(chosen))

    @Slot()
    def _on_own(self) -> None:
        self.own_chosen.emit(str(self._chosen()))

    @Slot()
    def _on_rename(self) -> None:
        self.rename_wanted.emit(str(self._chosen()))

    @Slot()
    def _on_delete(self) -> None:
        self.delete_wanted.emit(str(self._chosen()))


def _shown(name: str) -> str:
    """“&” would underline a letter."""
    return name.replace("&", "&&")

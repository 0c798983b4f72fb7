"""What a choice in the menu of presets does: to the row, the settings and the clipboard."""

from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from loraviewer.bridge.languages import shown
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.block_presets import Preset, preset_factors, restricted
from loraviewer.core.block_text import on_blocks, read_line, written
from loraviewer.core.blocks import BlockScales, block_scales
from loraviewer.core.outcome import text_of
from loraviewer.ui.strips.blocks.block_words import blocks_told
from loraviewer.ui.strips.blocks.preset_menu import PresetMenu
from loraviewer.ui.strips.blocks.preset_name import PresetName

_LONGEST = 40
"""Of a text that is not understood, in a sentence."""


class PresetDesk(QObject):
    """Between the menu, the line for names, and the settings. `show_row` says what it is about."""

    scales_wanted = Signal(object)
    """All strengths: block → factor."""
    told = Signal(str)
    """What was done beside the row."""
    refused = Signal(str)
    """One sentence why nothing was, or not all of it; "" once something is."""
    left = Signal()
    """The line for names is gone; the keyboard belongs to the drawing again."""

    def __init__(self, settings: SettingsModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._settings = settings
        self._base: tuple[str, ...] = ()
        self._own: tuple[str, ...] = ()
        self._scales: BlockScales = ()
        self.menu = PresetMenu(parent)
        self.name = PresetName()
        self.menu.preset_chosen.connect(self._on_preset)
        self.menu.own_chosen.connect(self._on_own)
        self.menu.save_wanted.connect(self.name.ask)
        self.menu.rename_wanted.connect(self.name.ask)
        self.menu.delete_wanted.connect(self._on_delete)
        self.menu.copy_wanted.connect(self._on_copy)
        self.menu.paste_wanted.connect(self._on_paste)
        self.name.named.connect(self._on_named)
        self.name.left.connect(self.left)
        settings.changed.connect(self._offer)
        self._offer()

    def show_row(self, base: tuple[str, ...], own: tuple[str, ...], scales: BlockScales) -> None:
        """base: all blocks of the base; own: those that the adapter changes."""
        is_other = (own, bool(scales)) != (self._own, bool(self._scales))
        self._base, self._own, self._scales = base, own, scales
        if is_other:
            self._offer()

    @property
    def _presets(self) -> Mapping[str, Mapping[str, float]]:
        return self._settings.settings.block_presets

    @Slot()
    def _offer(self) -> None:
        self.menu.offer(self._own, self._presets, bool(self._scales))

    def _want(self, factors: Mapping[str, float]) -> None:
        self.refused.emit("")
        self.scales_wanted.emit(dict(factors))

    @Slot(object)
    def _on_preset(self, preset: Preset) -> None:
        self._want(preset_factors(preset, self._own, self._base, dict(self._scales)))

    @Slot(str)
    def _on_own(self, name: str) -> None:
        """Blocks that it does not name are at 1."""
        try:
            factors = dict(block_scales(self._presets.get(name, {})))
        except ValueError as problem:  # of a settings file that was edited by hand
            self.refused.emit(
                self.tr("“{}” cannot be used: {}.").format(name, shown(text_of(problem)))
            )
            return
        known = restricted(factors, self._own)
        if factors and not known:
            words = self.tr("“{}” names no block that this adapter changes: it is for {}.")
            self.refused.emit(words.format(name, blocks_told(factors)))
            return
        self._want(known)

    @Slot(str, str)
    def _on_named(self, former: str, name: str) -> None:
        settings = self._settings.settings
        if former:
            self._settings.install(settings.with_block_preset_renamed(former, name))
            self.told.emit(self.tr("“{}” is called “{}” now.").format(former, name))
        else:
            was_there = name in self._presets
            self._settings.install(settings.with_block_preset(name, dict(self._scales)))
            words = self.tr("“{}” is replaced.") if was_there else self.tr("“{}” is saved.")
            self.told.emit(words.format(name))
        self.left.emit()

    @Slot(str)
    def _on_delete(self, name: str) -> None:
        self._settings.install(self._settings.settings.without_block_preset(name))
        self.told.emit(self.tr("“{}” is deleted; the strengths stay.").format(name))

    @Slot()
    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(written(self._scales))
        self.told.emit(self.tr("Copied; it goes into a tag as <lora:name:1:lbw=…>."))

    @Slot()
    def _on_paste(self) -> None:
        text = QGuiApplication.clipboard().text()
        read = read_line(text)
        if read is None:
            self.refused.emit(self._refusal(text))
            return
        scales = dict(on_blocks(read, self._own))
        known = restricted(scales, self._own)
        self._want(known)
        if elsewhere := [block for block in scales if block not in known]:
            words = self.tr("The adapter changes nothing in {}; strengths there are left out.")
            self.told.emit(words.format(blocks_told(elsewhere)))

    def _refusal(self, text: str) -> str:
        line = " ".join(text.split())
        if not line:
            return self.tr("There is no text on the clipboard.")
        short = line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
        words = self.tr(
            "“{}” is no LBW text: that is 12, 17, 20, 26 or 61 numbers, as in lbw=1,0.5,…, or a "
            "preset’s name, as OUTALL."
        )
        return words.format(short)

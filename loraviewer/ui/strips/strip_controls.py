"""What is on a channel strip: switches, name, fader, number, menu, and what it has to say."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QMenu, QWidget

from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.core.adapter_facts import AdapterFacts
from loraviewer.core.stack import StackEntry
from loraviewer.ui.cards.adapter_sentences import trouble, trouble_detail
from loraviewer.ui.message_bar import MessageBar
from loraviewer.ui.strips.ablation_thumb import AblationThumb, ThumbLook
from loraviewer.ui.strips.blocks.block_mark import BlockMark
from loraviewer.ui.strips.draft_part import DraftMark
from loraviewer.ui.strips.row_group import RowGroup
from loraviewer.ui.strips.row_menu import RowMenu
from loraviewer.ui.strips.strength_row import StrengthRow
from loraviewer.ui.strips.strip_details import StripDetails
from loraviewer.ui.strips.strip_energy import StripEnergy
from loraviewer.ui.widgets.buttons import IconButton, LetterButton, ToggleSwitch
from loraviewer.ui.widgets.icons import pixmap
from loraviewer.ui.widgets.labels import ElidedLabel, QuietLabel
from loraviewer.ui.widgets.reveal import reveal
from loraviewer.ui.widgets.theme import GAP, SignalColour, idle, is_palette_change

_FADER, _TEXT, _TROUBLE, _DETAILS = 1, 2, 3, 4
"""Rows of the grid; what few strips need is built when it is first shown."""


class StripControls(QWidget):
    """A function of its entry and facts; every edit goes to the stack model, by way of `rows` where
    it is one of all selected rows."""

    trigger_word_chosen = Signal(str)
    card_requested = Signal(bool)
    """Whether it is about the modules: what landed and what did not."""
    locate_requested = Signal()
    """The row's file is somewhere else now."""
    tab_chain_changed = Signal()
    ablation_looked = Signal(bool)
    blocks_requested = Signal()
    """The row's block strengths are to be seen."""
    moved = Signal(int)
    """Up (-1) or down (+1) by one row was asked for in the menu."""

    def __init__(
        self,
        model: StackModel,
        rows: RowGroup,
        entry: StackEntry,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._rows = rows
        self._entry = entry
        self._facts = AdapterFacts()
        self._is_applied = True
        self._text_row: StrengthRow | None = None
        self._trouble: MessageBar | None = None
        self._details: StripDetails | None = None
        self._thumb: AblationThumb | None = None
        self._look: ThumbLook | None = None
        self._build()
        self._lay_out()
        self._connect()

    # -- what it shows --------------------------------------------------------------------

    def show_entry(self, entry: StackEntry, is_applied: bool) -> None:
        self._entry, self._is_applied = entry, is_applied
        self._switch.setChecked(entry.is_enabled)
        self._show_solo()
        self._name.set_look(bold=True, quiet=not is_applied)
        self._strength.set_fader_ends(*entry.fader_ends)
        self._strength.show_strength(entry.scale, is_applied)
        self._drafts.show_way(entry.for_drafts, "" if is_applied else self._why_off())
        self._menu.show_entry(entry)
        self._show_blocks()
        self._show_text_scale()
        self._show_details()

    def show_selected(self, count: int) -> None:
        """How many rows its fader moves, itself among them."""
        words = self._tip
        if count > 1:
            words = self.tr(
                "Moves all {} selected rows by the same difference: their distances stay, their "
                "ratios do not. The master keeps ratios."
            ).format(count)
        self._strength.set_tip(words)

    def show_name(self, name: str) -> None:
        """What the row is called, beside others of the same name."""
        self._name.set_text(name)
        self.show_ablation(self._look)

    def show_ablation(self, look: ThumbLook | None) -> None:
        """Beside switch and fader, which make room for it; None for none."""
        is_other = (look is None) != (self._look is None)
        self._look = look
        if look is not None:
            self._ablation_thumb().show_look(look, self._name.text())
        if self._thumb is not None:
            self._thumb.setVisible(look is not None)
        if is_other:
            self._place_trouble()

    @property
    def ablation_thumb(self) -> AblationThumb | None:
        """None while none is shown."""
        return self._thumb if self._look is not None else None

    def show_facts(self, facts: AdapterFacts) -> None:
        self._facts = facts
        self._menu.show_facts(facts)
        sentence = trouble(facts)
        if sentence or self._trouble is not None:
            self._trouble_bar().say(sentence, trouble_detail(facts))
        self._show_details()

    @property
    def menu(self) -> QMenu:
        """Everything that can be done with the row."""
        return self._menu

    def take_focus(self, reason: Qt.FocusReason) -> None:
        """To the fader, where arrows go on."""
        self._strength.fader.setFocus(reason)

    @property
    def is_folded(self) -> bool:
        """Neither details are unfolded nor is anything said of what was typed."""
        refusals = self._strength.refusal or (self._text_row is not None and self._text_row.refusal)
        is_told = bool(refusals or self._strength.note)
        return not is_told and (self._details is None or self._details.isHidden())

    def tab_chain(self) -> list[QWidget]:
        """What Tab visits, in its order; hidden widgets are skipped by Qt."""
        chain = [self._switch, self._solo]
        chain += [self._more] if self._blocks.isHidden() else [self._blocks, self._more]
        chain += self._strength.tab_chain()
        if self._thumb is not None:
            chain.append(self._thumb)
        if self._text_row is not None:
            chain += self._text_row.tab_chain()
        if self._trouble is not None:
            chain += self._trouble.buttons()
        return chain + (self._details.tab_chain() if self._details is not None else [])

    def _show_solo(self) -> None:
        is_own = self._entry.for_drafts is None
        self._solo.setChecked(self._entry.is_solo and is_own)
        self._solo.setEnabled(is_own)
        tip = self.tr("Solo: only the rows that are soloed change the picture.")
        none = self.tr("Solo means nothing to a row for drafts only: it is in all drafts.")
        self._solo.setToolTip(tip if is_own else none)

    def _show_blocks(self) -> None:
        had_mark = not self._blocks.isHidden()
        self._blocks.show_scales(self._entry.block_scales)
        if had_mark == self._blocks.isHidden():
            self.tab_chain_changed.emit()

    def _show_text_scale(self) -> None:
        scale = self._entry.text_scale
        if scale is not None:
            self._text_strength().set_fader_ends(*self._entry.fader_ends)
            self._text_strength().show_strength(scale, self._is_applied)
        if self._text_row is not None:
            self._text_row.setVisible(scale is not None)
        # Both say what they are then, in captions of one width: equal places are equal strengths.
        self._picture_caption.setVisible(scale is not None)

    def _show_details(self) -> None:
        if self._details is not None and not self._details.isHidden():
            self._details.show_facts(self._facts, self._entry.scale)

    # -- building -------------------------------------------------------------------------

    def _build(self) -> None:
        self._grip = QLabel()
        self._grip.setCursor(Qt.CursorShape.OpenHandCursor)
        self._grip.setToolTip(
            self.tr("Drag, or Alt+Up and Alt+Down: order changes nothing in the weights.")
        )
        self._draw_grip()
        self._switch = ToggleSwitch(
            self.tr("On"), self.tr("Switch the adapter on or off; its strength is kept.")
        )
        self._solo = LetterButton("S", self.tr("Solo"), "")
        self._name = ElidedLabel()
        self._more = IconButton("more", self.tr("More about this adapter"))
        self._menu = RowMenu(self._model, self._rows, self._entry, self)
        self._blocks = BlockMark()
        self._drafts = DraftMark()
        self._more.setMenu(self._menu)
        self._tip = tip = self.tr(
            "Strength: 0 is the base, 1.0 is as trained. Shift is fine, double-click is 1.0."
        )
        self._picture_caption = QuietLabel(self.tr("Picture"))
        self._picture_caption.hide()
        ends = self._entry.fader_ends
        self._strength = StrengthRow(*ends, self.tr("Strength"), tip, caption=self._picture_caption)
        self._strength.set_number_words(
            self.tr("Strength as a number"), self.tr("Any number counts, also beyond the fader.")
        )
        self.energy = StripEnergy()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(GAP)
        for widget in (self._switch, self._solo):
            head.addWidget(widget)
        head.addWidget(self._name, 1)
        head.addWidget(self._drafts)
        head.addWidget(self._blocks)
        head.addWidget(self._more)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(GAP // 2, GAP // 2, GAP, GAP // 2)
        self._grid.setHorizontalSpacing(GAP // 2)
        self._grid.setVerticalSpacing(2)
        self._grid.addWidget(self._grip, 0, 0)
        self._grid.addLayout(head, 0, 1, 1, 2)
        self._grid.addWidget(self._strength, _FADER, 1)
        # Beside both faders, so that these are of one width: equal places are equal strengths.
        self._grid.addWidget(self.energy, _FADER, 2, Qt.AlignmentFlag.AlignTop)
        self._grid.setColumnStretch(1, 2)
        self._grid.setColumnStretch(2, 1)

    def _text_strength(self) -> StrengthRow:
        if self._text_row is None:
            tip = self.tr("How strongly the adapter changes the reading of the prompt alone.")
            captions = (self._picture_caption, QuietLabel(self.tr("Text")))
            widest = max(caption.sizeHint().width() for caption in captions)
            for caption in captions:
                caption.setFixedWidth(widest)
            ends = self._entry.fader_ends
            row = StrengthRow(*ends, self.tr("Text strength"), tip, caption=captions[1])
            row.set_number_words(self.tr("Text strength as a number"), tip)
            row.edits_with(self._model, self._on_text_strength)
            self._grid.addWidget(row, _TEXT, 1)
            self._text_row = row
            self.tab_chain_changed.emit()
        return self._text_row

    def _ablation_thumb(self) -> AblationThumb:
        if self._thumb is None:
            self._thumb = AblationThumb()
            self._thumb.looked.connect(self.ablation_looked)
            self._grid.addWidget(self._thumb, 0, 3, _FADER + 1, 1)
            self.tab_chain_changed.emit()
        return self._thumb

    def _trouble_bar(self) -> MessageBar:
        if self._trouble is None:
            self._trouble = MessageBar(SignalColour.WARNING, is_small=True)
            self._trouble.offer(self.tr("What did not land, and why"), "info")
            self._trouble.action_requested.connect(self._on_modules_card)
            self._place_trouble()
            self.tab_chain_changed.emit()
        return self._trouble

    def _place_trouble(self) -> None:
        """Below all else. A column that it spans takes its spacing, also where nothing is in it:
        the faders would no longer end where those of other rows do."""
        if self._trouble is not None:
            columns = 3 if self._look is None else 4
            self._grid.addWidget(self._trouble, _TROUBLE, 0, 1, columns)

    def _unfolded_details(self) -> StripDetails:
        if self._details is None:
            self._details = StripDetails()
            self._details.trigger_word_chosen.connect(self.trigger_word_chosen)
            self._details.rebuilt.connect(self.tab_chain_changed)
            self._details.strength_wanted.connect(self._on_strength)
            self._details.card_requested.connect(self.open_card)
            self._grid.addWidget(self._details, _DETAILS, 1, 1, 2)
        return self._details

    def _connect(self) -> None:
        self._menu.card_requested.connect(self.open_card)
        self._menu.details_toggled.connect(self._on_details_toggled)
        self._menu.reveal_requested.connect(self._on_reveal)
        self._menu.locate_requested.connect(self.locate_requested)
        self._menu.moved.connect(self.moved)
        self._menu.blocks_requested.connect(self.blocks_requested)
        self._blocks.clicked.connect(self._on_blocks_clicked)
        self._switch.clicked.connect(self._on_switch_clicked)
        self._solo.clicked.connect(self._on_solo_clicked)
        self._strength.edits_with(self._model, self._on_strength)

    # -- edits ----------------------------------------------------------------------------

    @Slot(bool)
    def _on_switch_clicked(self, on: bool) -> None:
        self._rows.set_enabled(self._entry.entry_id, on)

    @Slot(bool)
    def _on_solo_clicked(self, on: bool) -> None:
        self._rows.set_solo(self._entry.entry_id, on)

    @Slot(float)
    def _on_strength(self, value: float) -> None:
        self._rows.move_scale(self._entry.entry_id, value)
        self._say_if_off()

    @Slot(float)
    def _on_text_strength(self, value: float) -> None:
        self._rows.move_text_scale(self._entry.entry_id, value)
        self._say_if_off()

    def _say_if_off(self) -> None:
        """Whoever moves a fader waits for another picture."""
        self._strength.say("" if self._is_applied else self._why_off())

    def _why_off(self) -> str:
        if not self._entry.is_enabled:
            return self.tr("This row is off; switch it on to see its strength.")
        if self._facts.is_misfit:
            return ""  # the amber sentence says so already
        if self._entry.for_drafts is not None and self._model.stack.rule_in_force.is_sum:
            return self.tr("Drafts are made with the first row for drafts only that is on.")
        if self._entry.for_drafts is not None:
            return self.tr("By this merge rule drafts are made without it; choose the sum.")
        return self.tr("Another row is soloed; solo this one too to see its strength.")

    @Slot(bool)
    def _on_details_toggled(self, on: bool) -> None:
        self._unfolded_details().setVisible(on)
        self._menu.show_unfolded(on)
        self._show_details()

    @Slot()
    def _on_blocks_clicked(self) -> None:
        self.blocks_requested.emit()

    @Slot()
    def open_card(self) -> None:
        self.card_requested.emit(False)

    @Slot()
    def _on_modules_card(self) -> None:
        self.card_requested.emit(True)

    @Slot()
    def _on_reveal(self) -> None:
        self._strength.say(reveal(Path(self._entry.path)))

    @Slot()
    def remove(self) -> None:
        self._rows.remove(self._entry.entry_id)

    # -- events ---------------------------------------------------------------------------

    def changeEvent(self, event) -> None:
        super().changeEvent(event)
        if is_palette_change(event):
            self._draw_grip()

    def _draw_grip(self) -> None:
        ratio = self.devicePixelRatioF()
        self._grip.setPixmap(pixmap("grip", idle(self.palette()), 16, ratio))

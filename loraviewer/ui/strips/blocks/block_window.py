"""Strengths of one row's blocks in a window of its own, to paint on while pictures follow."""

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt, QTimer, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.bridge.languages import figures, shown
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.numbers import short_number
from loraviewer.core.outcome import Failure
from loraviewer.core.reports import AdapterReport
from loraviewer.core.row_names import row_names
from loraviewer.core.stack import AdapterStack, StackEntry
from loraviewer.ui.actions import Actions
from loraviewer.ui.cards.adapter_sentences import trouble
from loraviewer.ui.strips.blocks.block_drawing import BlockDrawing
from loraviewer.ui.strips.blocks.block_words import blocks_told
from loraviewer.ui.strips.blocks.brush_row import BrushRow
from loraviewer.ui.strips.blocks.preset_desk import PresetDesk
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.labels import QuietLabel
from loraviewer.ui.widgets.scroll_area import ScrollArea
from loraviewer.ui.widgets.theme import GAP, SignalColour, is_palette_change, signal_colour

_SHARED = ("undo", "redo", "render")
"""Actions whose keys count here, too. Esc closes the window."""
_LEAST = QSize(300, 240)
_TOLD_MS = 8_000
"""How long it is said what was done, or why it was not."""


class BlockWindow(QDialog):
    """Not modal. It follows its row, and closes when that goes or another pane has none like it."""

    def __init__(
        self,
        stack: StackModel,
        adapters: AdapterModel,
        settings: SettingsModel,
        actions: Actions,
        entry_id: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._stack = stack
        self._adapters = adapters
        self._entry_id = entry_id
        self._sha256 = ""
        self._goes_by_keys = False
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name in _SHARED:
            self.addAction(actions[name])
        self.drawing = BlockDrawing()
        self.brushes = BrushRow()
        self.presets = PresetDesk(settings, self)
        self._energy_note = QuietLabel(
            self.tr("Thin line: energy beside that of the strongest block.")
        )
        self._energy_note.hide()
        self._nothing = QuietLabel()
        self._hint, self._off = QuietLabel(), QuietLabel()
        self._said = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._is_refusal = False
        self._told = QTimer(self, singleShot=True, interval=_TOLD_MS)
        self._told.timeout.connect(self._on_told)
        self._lay_out()
        self._connect()
        self._show_row()

    @property
    def entry_id(self) -> str:
        return self._entry_id

    @property
    def hint(self) -> str:
        """The line that teaches the gestures."""
        return self._hint.text()

    @property
    def said(self) -> str:
        """What was done, or why it was not; "" most of the time."""
        return self._said.text() if not self._said.isHidden() else ""

    @property
    def note(self) -> str:
        """Why strengths change no picture; "" where they do."""
        return self._off.text()

    @property
    def nothing(self) -> str:
        """Why there is nothing to paint on; "" where there is."""
        return self._nothing.text()

    def show_energies(self, energies: Mapping[str, float]) -> None:
        """Of blocks, 0 … 1 beside the strongest of them; none of them for no lines."""
        self.drawing.show_energies(energies)
        self._energy_note.setVisible(bool(energies))

    # -- building -------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._choose = IconButton(
            "star", self.tr("Presets"), self.tr("All blocks at once; also LBW text.")
        ).with_words(self.tr("Presets"))
        self._choose.setMenu(self.presets.menu)
        self.all_at_1 = IconButton(
            "reset", self.tr("All blocks at 1"), self.tr("As trained, in all blocks.")
        ).with_words(self.tr("All blocks at 1"))
        tools = QHBoxLayout()
        tools.setSpacing(GAP // 2)
        tools.addWidget(self._choose)
        tools.addWidget(self.all_at_1)
        tools.addStretch()
        for label in (self._nothing, self._hint, self._off, self._energy_note):
            label.setWordWrap(True)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GAP, GAP, 2 * GAP, GAP)
        column.setSpacing(GAP)
        column.addLayout(tools)
        column.addWidget(self.presets.name)
        column.addWidget(self.brushes)
        column.addWidget(self._scrolled(), 1)
        column.addWidget(self._nothing, 1)
        for label in (self._energy_note, self._off, self._said, self._hint):
            column.addWidget(label)
        self._said.hide()

    def _scrolled(self) -> ScrollArea:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, GAP // 2, 0, GAP // 2)
        row.addStretch()
        row.addWidget(self.drawing, 0, Qt.AlignmentFlag.AlignTop)
        row.addStretch()
        self._area = ScrollArea(holder)
        return self._area

    def _connect(self) -> None:
        self.drawing.drag_started.connect(self._stack.begin_drag)
        self.drawing.factors_wanted.connect(self._on_factors_wanted)
        self.drawing.drag_ended.connect(self._stack.end_drag)
        self.drawing.refused.connect(self._refuse)
        self.drawing.keys_used.connect(self._on_keys_used)
        self.drawing.focus_moved.connect(self._on_focus_moved)
        self.brushes.brush_changed.connect(self._on_brush_changed)
        self.brushes.refused.connect(self._refuse)
        self.presets.scales_wanted.connect(self._on_factors_wanted)
        self.presets.told.connect(self._tell)
        self.presets.refused.connect(self._refuse)
        self.presets.left.connect(self._on_name_left)
        self.all_at_1.clicked.connect(self._on_all_at_1)
        self._stack.stack_changed.connect(self._on_stack_changed)
        self._adapters.adapter_changed.connect(self._on_adapter_changed)

    def showEvent(self, event: QShowEvent) -> None:
        """As large as the drawing, where the screen is."""
        super().showEvent(event)
        if not event.spontaneous():
            self._fit()
            self.drawing.take_focus(Qt.FocusReason.MouseFocusReason)

    def _fit(self) -> None:
        drawn = self.drawing.sizeHint() + QSize(6 * GAP, 3 * GAP)
        wide = max(drawn.width(), self.brushes.sizeHint().width() + 4 * GAP)
        rest = self.sizeHint().height() - self._area.sizeHint().height()
        # Room for the line of names, or a note: the drawing must not begin to scroll.
        spare = self.presets.name.sizeHint().height() + GAP
        wanted = QSize(wide, drawn.height() + max(0, rest) + spare)
        room = self.screen().availableSize() - QSize(32, 64)
        if wanted.height() > room.height():
            wanted += QSize(self._area.verticalScrollBar().sizeHint().width(), 0)
        self.resize(wanted.expandedTo(_LEAST).boundedTo(room))

    # -- what it shows --------------------------------------------------------------------

    def _entry(self) -> StackEntry | None:
        entries = self._stack.stack.entries
        return next((e for e in entries if e.entry_id == self._entry_id), None)

    def _show_row(self) -> None:
        entry = self._entry()
        if entry is None:
            self.close()
            return
        self._sha256 = entry.sha256
        facts = self._adapters.facts(entry.sha256)
        report = facts.report if isinstance(facts.report, AdapterReport) else None
        own = report.blocks if report else ()
        self._nothing.setText("" if own else self._why_nothing(facts.report))
        self._nothing.setVisible(not own)
        for widget in (self._area, self.brushes):
            widget.setVisible(bool(own))
        self._choose.setEnabled(bool(own))
        self.drawing.show_blocks(facts.base_blocks if own else (), own)
        self._show_entry(entry)
        self._show_hint()

    def _show_entry(self, entry: StackEntry) -> None:
        name = row_names(self._stack.stack)[entry.entry_id]
        self.setWindowTitle(self.tr("Block strengths of {}").format(name))
        self.drawing.show_scales(entry.block_scales)
        drawing = self.drawing
        self.presets.show_row(drawing.base_blocks, drawing.own_blocks, entry.block_scales)
        self.all_at_1.setEnabled(bool(entry.block_scales))
        note = self._why_unheard(entry) if drawing.own_blocks else ""
        self._off.setText(note)
        self._off.setVisible(bool(note))

    def _why_nothing(self, report: AdapterReport | Failure | None) -> str:
        if isinstance(report, Failure):
            return shown(report.message)
        if report is None:
            return self.tr("The adapter has not been compared with a base yet.")
        return self.tr("The adapter changes no block of this base.")

    def _why_unheard(self, entry: StackEntry) -> str:
        """Whoever paints waits for another picture."""
        if not entry.is_enabled:
            return self.tr("The row is off; switch it on to see its strengths.")
        if entry.for_drafts is not None:
            return self.tr("The row is for drafts only: settled pictures are made without it.")
        if not self._stack.stack.is_applied(entry):
            return self.tr("Another row is soloed; solo this one too to see its strengths.")
        if self._entry_id in self._adapters.muted(self._stack.stack):
            return trouble(self._adapters.facts(entry.sha256))
        known = {*self.drawing.own_blocks}
        elsewhere = [block for block, _ in entry.block_scales if block not in known]
        if elsewhere:
            words = self.tr("Also set, without effect on this base: {}.")
            return words.format(blocks_told(elsewhere))
        return ""

    def _show_hint(self) -> None:
        brush = self.brushes.brush
        if self._goes_by_keys:
            words = self.tr(
                "Arrows go to other blocks, with Shift they paint; Ctrl+↑ ↓ nudges, Enter types "
                "a number, Delete sets 1."
            )
        elif brush is None:
            words = self.tr(
                "Drag a block sideways to move it, with Shift finely; click it to type a number."
            )
        else:
            words = self.tr(
                "Drag over blocks to paint {}; with the right button or Ctrl, 1. Click one to "
                "type a number."
            ).format(figures(short_number(brush, 3)))
        self._hint.setText(words)
        # In its place is said what was done: the drawing must not jump.
        self._hint.setVisible(not self.said and bool(self.drawing.own_blocks))

    # -- saying what was done -------------------------------------------------------------

    @Slot(str)
    def _tell(self, words: str) -> None:
        self._say(words, is_refusal=False)

    @Slot(str)
    def _refuse(self, sentence: str) -> None:
        """An empty sentence: what is there now is fine."""
        self._say(sentence, is_refusal=True)

    def _say(self, words: str, *, is_refusal: bool) -> None:
        self._is_refusal = is_refusal
        self._colour_said()
        self._said.setText(words)
        self._said.setVisible(bool(words))
        self._show_hint()
        if words:
            self._told.start()

    @Slot()
    def _on_told(self) -> None:
        self._say("", is_refusal=False)

    def changeEvent(self, event) -> None:
        super().changeEvent(event)
        if is_palette_change(event):
            self._colour_said()

    def _colour_said(self) -> None:
        palette = self.palette()
        if self._is_refusal:
            colour = signal_colour(palette, SignalColour.WARNING)
            palette.setColor(palette.ColorRole.WindowText, colour)
        self._said.setPalette(palette)

    # -- reactions ------------------------------------------------------------------------

    @Slot(object)
    def _on_factors_wanted(self, factors: Mapping[str, float]) -> None:
        if self._entry() is not None:
            self._stack.set_block_scales(self._entry_id, factors)

    @Slot()
    def _on_all_at_1(self) -> None:
        self._on_factors_wanted({})

    @Slot(object)
    def _on_brush_changed(self, brush: float | None) -> None:
        self.drawing.set_brush(brush)
        self._goes_by_keys = False
        self._show_hint()

    @Slot(bool)
    def _on_keys_used(self, by_keys: bool) -> None:
        if by_keys != self._goes_by_keys:
            self._goes_by_keys = by_keys
            self._show_hint()

    @Slot()
    def _on_focus_moved(self) -> None:
        key = self.drawing.current
        if key is not None:
            self._area.ensureWidgetVisible(self.drawing.cell(key), GAP, GAP)

    @Slot()
    def _on_name_left(self) -> None:
        self.drawing.take_focus(Qt.FocusReason.OtherFocusReason)

    @Slot(object)
    def _on_stack_changed(self, _: AdapterStack) -> None:
        entry = self._entry()
        if entry is not None and entry.sha256 == self._sha256:
            self._show_entry(entry)
        else:  # gone, or its file was located with other content
            self._show_row()

    @Slot(str)
    def _on_adapter_changed(self, sha256: str) -> None:
        if sha256 == self._sha256:
            self._show_row()

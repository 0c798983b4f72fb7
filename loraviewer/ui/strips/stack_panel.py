"""The stack on the right: add, channel strips, master, snapshots, all off, undo and redo."""

from collections.abc import Sequence
from functools import partial
from itertools import chain, pairwise

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)

from loraviewer.bridge.adapters.adapter_intake import AdapterIntake
from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.document.prompt_model import PromptModel
from loraviewer.bridge.document.snapshot_model import SnapshotModel
from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.bridge.services import DemoAdapter
from loraviewer.core.stack import AdapterStack
from loraviewer.ui.snapshots.snapshots_panel import SnapshotsPanel
from loraviewer.ui.strips.channel_strip import ChannelStrip
from loraviewer.ui.strips.merge_rule_button import MergeRuleButton
from loraviewer.ui.strips.merge_rule_line import MergeRuleLine
from loraviewer.ui.strips.row_picking import RowPicking
from loraviewer.ui.strips.stack_pages import BasePage, EmptyPage
from loraviewer.ui.strips.stack_tools import StackTools
from loraviewer.ui.strips.strength_row import StrengthRow
from loraviewer.ui.strips.strip_list import StripList
from loraviewer.ui.widgets.added_action import added
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.demo_tiles import DemoTiles
from loraviewer.ui.widgets.scroll_area import ScrollArea
from loraviewer.ui.widgets.theme import GAP

_EMPTY, _ROWS, _BASE = 0, 1, 2
_NUMBERED_ROWS = 9
_ROOM_FOR_WORDS_PX = 300


class StackPanel(QWidget):
    """Edits go to the models; what it shows comes from there. `actions`: all off, snapshot, undo
    and redo."""

    open_files_requested = Signal()
    pin_requested = Signal()
    """The base is to be copied into a new pane."""
    files_chosen = Signal(object)
    """A list of paths of adapters to add."""
    card_requested = Signal(str, bool)
    """The id of a row whose adapter somebody wants to know all about; whether about modules."""

    locate_requested = Signal(str)
    """The id of a row whose file is somewhere else now."""

    def __init__(
        self,
        stack: StackModel,
        adapters: AdapterModel,
        prompt: PromptModel,
        intake: AdapterIntake,
        demos: Sequence[DemoAdapter],
        snapshots: SnapshotModel,
        actions: Sequence[QAction],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._model = stack
        self._adapters = adapters
        self._prompt = prompt
        self._intake = intake
        self._demos = demos
        self._below: tuple[QWidget, ...] = ()
        self.strips = StripList(stack, adapters)
        RowPicking(self.strips)
        self.snapshots = SnapshotsPanel(snapshots)
        self._pages = QStackedWidget()
        self._empty, self._base = EmptyPage(demos), BasePage()
        for page in (self._empty, self._scrolled_strips(), self._base):
            self._pages.addWidget(page)
        self._tools = StackTools(actions)
        self.rule_button, self.rule_line = MergeRuleButton(self), MergeRuleLine(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        self._column = column
        column.addLayout(self._made_head())
        column.addWidget(self._pages, 1)
        column.addWidget(self._line())
        column.addLayout(self._master_row())
        self.add_below_master(self.rule_line)
        column.addWidget(self.snapshots)
        column.addWidget(self._tools)
        self.setMinimumWidth(260)
        self._add_shortcuts()
        self._connect()
        self._on_stack_changed(self._model.stack)

    # -- building -------------------------------------------------------------------------

    def set_low(self, is_low: bool) -> None:
        """Where the window is low, the line below goes up beside the title: rows need the room."""
        if is_low != self._is_low:
            self._is_low = is_low
            self.snapshots.set_low(is_low)
            self._show_words()
            if is_low:
                self._head.insertWidget(self._head.count() - 1, self._tools)
            else:
                self._column.addWidget(self._tools)

    def add_below_rows(self, widget: QWidget, stops: Sequence[QWidget]) -> None:
        """Between the rows and the master; `stops`: what Tab visits there."""
        self._column.insertWidget(self._column.indexOf(self._pages) + 1, widget)
        self._below = tuple(stops)
        self._keep_tab_order()

    @property
    def row_places(self) -> tuple[QWidget, ...]:
        """Where keys are about rows: among them, where they would be, and where they are added."""
        return self._pages, self._add

    def add_below_master(self, widget: QWidget) -> None:
        """What is told of the whole stack; Tab does not go there."""
        row = QHBoxLayout()
        row.setContentsMargins(GAP, 0, GAP, 0)
        row.addWidget(widget)
        self._column.insertLayout(self._column.indexOf(self.snapshots), row)

    def _made_head(self) -> QHBoxLayout:
        self._title = title = QLabel(self.tr("Stack"))
        font = title.font()
        font.setBold(True)
        title.setFont(font)
        self._add = IconButton(
            "add", self.tr("Add an adapter"), self.tr("Add an adapter to the stack.")
        ).with_words(self.tr("Add"))
        self._add.setMenu(self._add_menu())
        self._is_low = False
        self._head = row = QHBoxLayout()
        row.setContentsMargins(GAP // 2, 0, 0, 0)
        row.addWidget(title)
        row.addStretch()
        row.addWidget(self._add)
        return row

    def _add_menu(self) -> QMenu:
        menu = QMenu(self)
        if self._demos:
            tiles = DemoTiles(self._demos)
            tiles.fit_columns(3)
            tiles.chosen.connect(self._on_demo_chosen)
            tiles.chosen.connect(menu.close)
            action = QWidgetAction(menu)
            action.setDefaultWidget(tiles)
            menu.addAction(action)
            menu.addSeparator()
        added(menu, self.tr("Open files…")).triggered.connect(self.open_files_requested)
        return menu

    def _scrolled_strips(self) -> ScrollArea:
        self._scroll = ScrollArea(self.strips)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.verticalScrollBar().rangeChanged.connect(self._on_scroll_range_changed)
        return self._scroll

    def _line(self) -> QFrame:
        line = QFrame()
        line.setFrameShape(QFrame.Shape.HLine)
        line.setFrameShadow(QFrame.Shadow.Plain)
        line.setForegroundRole(line.foregroundRole().Midlight)
        return line

    def _master_row(self) -> QHBoxLayout:
        tip = self.tr("Master: multiplies every strength of the stack.")
        caption = QLabel(self.tr("Master ×"))
        self._master = StrengthRow(0.0, 2.0, self.tr("Master"), tip, caption=caption)
        self._master.set_number_words(self.tr("Master as a number"), tip)
        row = QHBoxLayout()
        row.setContentsMargins(GAP, 0, GAP, 0)
        row.setSpacing(GAP)
        row.addWidget(self._master)
        row.addWidget(self.rule_button, 0, Qt.AlignmentFlag.AlignTop)
        return row

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._show_words()

    def _show_words(self) -> None:
        """As many as there is room for; how long they are depends on the language."""
        tools, room = self._tools, self.width()
        tools.set_narrow(room < max(_ROOM_FOR_WORDS_PX, tools.words_px) or self._is_low)
        tools.set_bare(False)
        tools.set_bare(self._is_low and self._head_px("") > room)
        words = self.tr("Add")
        self._add.with_words(words if self._head_px(words) <= room else "")

    def _head_px(self, words: str) -> int:
        """How wide the line at the top is, with such words on the button that adds."""
        beside = self._tools.sizeHint().width() if self._is_low else 0
        return self._title.sizeHint().width() + beside + self._add.width_with(words) + 3 * GAP

    def _add_shortcuts(self) -> None:
        for row in range(_NUMBERED_ROWS):
            shortcut = QShortcut(QKeySequence(f"Ctrl+{row + 1}"), self)
            shortcut.activated.connect(partial(self.go_to_row, row))

    def go_to_row(self, row: int) -> None:
        """The keyboard to a row, counted from 0; nothing where there are fewer."""
        strips = self.strips.strips()
        if row < len(strips):
            strips[row].take_focus(Qt.FocusReason.ShortcutFocusReason)

    def take_focus(self) -> None:
        """To the first row, or where one is added."""
        if self._model.is_base:
            self._base.take_focus()
        elif self.strips.strips():
            self.go_to_row(0)
        else:
            self._add.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _connect(self) -> None:
        self._model.stack_changed.connect(self._on_stack_changed)
        self._empty.demo_chosen.connect(self._on_demo_chosen)
        self._base.pin_requested.connect(self.pin_requested)
        self.strips.rows_changed.connect(self._keep_tab_order)
        self.strips.strips_built.connect(self._put_into_tab_order)
        self.strips.strip_added.connect(self._on_strip_added)
        self.strips.dragged_to.connect(self._on_dragged_to)
        self._master.edits_with(self._model, self._on_master)
        self.rule_button.rule_chosen.connect(self._model.set_rule)
        self.rule_line.rule_wanted.connect(self._model.set_rule)
        self.strips.left_empty.connect(self._add.setFocus)
        self.snapshots.left_empty.connect(self._tools.take_focus)
        self._intake.reading_changed.connect(self._show_page)

    @Slot()
    def _keep_tab_order(self) -> None:
        """Down the rows as they are seen; new widgets would otherwise come last."""
        rows = chain.from_iterable(strip.tab_chain() for strip in self.strips.strips())
        rule = (self.rule_button, *self.rule_line.tab_chain())
        below = (*self._below, *self._master.tab_chain(), *rule, *self.snapshots.tab_chain())
        instead = (*self._empty.tab_chain(), *self._base.tab_chain())
        order = (self._add, *instead, *rows, *below, *self._tools.tab_chain())
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)

    @Slot(object)
    def _put_into_tab_order(self, built: Sequence[ChannelStrip]) -> None:
        """After the rows above them; the rest of the order is as it was."""
        last = self._add
        for strip in self.strips.strips():
            visited = strip.tab_chain()
            if strip in built:
                for before, after in pairwise((last, *visited)):
                    QWidget.setTabOrder(before, after)
            last = visited[-1] if visited else last

    @Slot()
    def _on_tab_chain_changed(self) -> None:
        strip = self.sender()
        if isinstance(strip, ChannelStrip):
            self._put_into_tab_order([strip])

    # -- reactions ------------------------------------------------------------------------

    @Slot(object)
    def _on_stack_changed(self, stack: AdapterStack) -> None:
        self._show_page()
        for widget in (self._add, self._master, self.rule_button):
            widget.setEnabled(not self._model.is_base)
        self.rule_button.show_rule(stack.merge_rule)
        self.rule_line.show_rule(stack.merge_rule)
        self._master.show_strength(stack.master, bool(stack.applied_entries()))

    @Slot(float)
    def _on_master(self, value: float) -> None:
        self._model.set_master(value)
        self._master.say(self._why_idle())

    def _why_idle(self) -> str:
        """ "" where the master changes something."""
        stack = self._model.stack
        if stack.is_all_off:
            return self.tr("No row is on; the master changes nothing.")
        if not stack.applied_entries():
            return self.tr("Only rows for drafts are on; the master leaves those alone.")
        return ""

    @Slot()
    def _show_page(self) -> None:
        """How to begin, only where nothing is on its way into the stack."""
        is_empty = not self._model.stack.entries and not self._intake.is_reading
        page = _EMPTY if is_empty else _ROWS
        focused = self.window().focusWidget()
        if page != _EMPTY and focused is not None and self._empty.isAncestorOf(focused):
            self._add.setFocus()  # a tile that was chosen goes, and the keyboard is not to be lost
        self._pages.setCurrentIndex(_BASE if self._model.is_base else page)

    @Slot(object)
    def _on_strip_added(self, strip: ChannelStrip) -> None:
        strip.trigger_word_chosen.connect(self._prompt.add_word)
        strip.card_requested.connect(self._on_card_requested)
        strip.locate_requested.connect(self._on_locate_requested)
        strip.tab_chain_changed.connect(self._on_tab_chain_changed)

    @Slot(bool)
    def _on_card_requested(self, is_about_modules: bool) -> None:
        strip = self.sender()
        if isinstance(strip, ChannelStrip):
            self.card_requested.emit(strip.entry_id, is_about_modules)

    @Slot()
    def _on_locate_requested(self) -> None:
        strip = self.sender()
        if isinstance(strip, ChannelStrip):
            self.locate_requested.emit(strip.entry_id)

    @Slot(str)
    def _on_demo_chosen(self, path: str) -> None:
        self.files_chosen.emit([path])

    @Slot(int, int)
    def _on_scroll_range_changed(self, _: int, maximum: int) -> None:
        self.strips.leave_room(maximum > 0)

    @Slot(QPoint)
    def _on_dragged_to(self, where: QPoint) -> None:
        self._scroll.ensureVisible(0, where.y(), 0, 3 * GAP)

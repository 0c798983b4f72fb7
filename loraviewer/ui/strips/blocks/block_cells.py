"""The blocks of a base, drawn where they lie, with the strengths that an adapter has in them."""

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QPainter, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from loraviewer.core.block_order import networks, place_of
from loraviewer.core.blocks import BlockScales
from loraviewer.ui.strips.blocks.block_cell import BlockCell
from loraviewer.ui.strips.blocks.block_plan import BlockPlan, NetworkPlan, block_plan
from loraviewer.ui.strips.blocks.block_words import (
    block_title,
    list_title,
    network_title,
    short_name,
)
from loraviewer.ui.widgets.labels import plain_tip
from loraviewer.ui.widgets.painting import antialiased
from loraviewer.ui.widgets.quantities import share_text
from loraviewer.ui.widgets.theme import idle, mix, quiet_text


class BlockCells(QWidget):
    """A function of the blocks, strengths and energies that it is shown. A cell's key is its block,
    or its network where it stands for all blocks of that."""

    factor_wanted = Signal(str, float)
    """Of a cell; asked for by assistive technology."""
    focus_moved = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._base: tuple[str, ...] = ()
        self._own: dict[str, tuple[str, ...]] = {}
        self._plan = BlockPlan()
        self._places: dict[str, QRectF] = {}
        self._factors: dict[str, float] = {}
        self._energies: dict[str, float] = {}
        self._cells: dict[str, BlockCell] = {}
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Blocks"))

    # -- what it shows --------------------------------------------------------------------

    def show_blocks(self, base: Iterable[str], own: Iterable[str]) -> None:
        """base: all blocks of the base; own: those that the adapter changes something in."""
        all_blocks, own_blocks = tuple(sorted({*base, *own})), networks(own)
        if (all_blocks, own_blocks) == (self._base, self._own):
            return
        self._base, self._own = all_blocks, own_blocks
        self._plan = block_plan(all_blocks, self.own_blocks)
        self._places = self._plan.places()
        self._build()
        self.setFixedSize(self.sizeHint())
        self._show()
        self.update()

    def show_scales(self, scales: BlockScales) -> None:
        """Sends nothing."""
        self._factors = dict(scales)
        self._show()

    def show_energies(self, energies: Mapping[str, float]) -> None:
        """Of blocks, 0 … 1 beside the strongest of them, as a thin line in each; those that are not
        named have none."""
        self._energies = dict(energies)
        self._show()

    @property
    def own_blocks(self) -> tuple[str, ...]:
        """Those that can be painted."""
        return tuple(block for blocks in self._own.values() for block in blocks)

    @property
    def base_blocks(self) -> tuple[str, ...]:
        return self._base

    @property
    def plan(self) -> BlockPlan:
        return self._plan

    def members(self, key: str) -> tuple[str, ...]:
        """The blocks that a cell changes."""
        return self._own.get(key, ()) if self._is_whole(key) else (key,)

    def factor(self, key: str) -> float | None:
        """None where the blocks of a network are at several."""
        found = {self._factors.get(block, 1.0) for block in self.members(key)}
        return found.pop() if len(found) == 1 else None

    def cell(self, key: str) -> BlockCell:
        """KeyError where there is none."""
        return self._cells[key]

    def place(self, key: str) -> QRectF:
        """Of a cell, in this widget."""
        return self._places[key]

    def key_at(self, where: QPointF) -> str | None:
        """Of a cell that can be painted."""
        found = (key for key, place in self._places.items() if place.contains(where))
        return next((key for key in found if self._cells[key].is_own), None)

    @property
    def current(self) -> str | None:
        """The key of the cell that has the keyboard."""
        return next((key for key, cell in self._cells.items() if cell.hasFocus()), None)

    def next_to(self, key: str, across: int, down: int) -> str | None:
        """The nearest cell in a direction, one of both being 0; straight ones are preferred."""
        here = self._places[key].center()
        nearest: tuple[float, str] | None = None
        for other, place in self._places.items():
            way = place.center() - here
            ahead = way.x() * across + way.y() * down
            aside = abs(way.x() * down) + abs(way.y() * across)
            if ahead > 1.0 and self._cells[other].is_own:
                nearest = min(nearest or (1e9, ""), (ahead + 2.0 * aside, other))
        return nearest[1] if nearest else None

    def _is_whole(self, key: str) -> bool:
        return any(plan.network == key for plan in self._plan.networks)

    def take_focus(self, reason: Qt.FocusReason) -> None:
        """To the cell that Tab comes to."""
        for cell in self._cells.values():
            if cell.focusPolicy() is not Qt.FocusPolicy.NoFocus:
                cell.setFocus(reason)
                return

    # -- building -------------------------------------------------------------------------

    def _build(self) -> None:
        had_focus = self.current is not None
        for cell in self._cells.values():
            cell.hide()
            cell.deleteLater()
        self._cells = {}
        for plan in self._plan.networks:
            title = self.tr("All blocks of: {}").format(network_title(plan.network, self._base))
            self._add_cell(plan.network, title, self.tr("All"), plan.network in self._own)
            for block in (b for b in self._base if place_of(b).network == plan.network):
                title = block_title(block, self._base)
                self._add_cell(block, title, short_name(block), block in self.own_blocks)
        self._let_tab_come_to(next(iter(self.own_blocks), None))
        if had_focus:
            self.take_focus(Qt.FocusReason.OtherFocusReason)

    def _add_cell(self, key: str, title: str, name: str, is_own: bool) -> None:
        cell = BlockCell(key, title, name, is_own, self)
        cell.setGeometry(self._places[key].toRect())
        cell.value_wanted.connect(self._on_value_wanted)
        cell.focus_changed.connect(self._on_focus_changed)
        cell.show()
        self._cells[key] = cell

    def _let_tab_come_to(self, key: str | None) -> None:
        """One cell at a time: arrows go to the others."""
        for other, cell in self._cells.items():
            is_stop = other == key
            cell.setFocusPolicy(Qt.FocusPolicy.TabFocus if is_stop else Qt.FocusPolicy.NoFocus)

    def _show(self) -> None:
        for key, cell in self._cells.items():
            cell.show_factor(self.factor(key))
            cell.show_energy(self._energies.get(key))

    def _on_value_wanted(self, value: float) -> None:
        cell = self.sender()
        if isinstance(cell, BlockCell):
            self.factor_wanted.emit(cell.key, value)

    def _on_focus_changed(self, has_focus: bool) -> None:
        cell = self.sender()
        if has_focus and isinstance(cell, BlockCell):
            self._let_tab_come_to(cell.key)
        self.focus_moved.emit()

    def sizeHint(self) -> QSize:
        size = self._plan.size
        wide = max([size.width(), *map(self._end_of_title, self._plan.networks)])
        return QSize(round(wide) + 1, round(size.height()) + 1)

    def _end_of_title(self, plan: NetworkPlan) -> float:
        """A heading may be wider than its blocks."""
        words = network_title(plan.network, self._base)
        return plan.title.left() + QFontMetrics(_bold(self.font())).horizontalAdvance(words)

    # -- tips and painting ----------------------------------------------------------------

    def tip(self, key: str) -> str:
        """What a cell is, and what it says."""
        cell = self._cells[key]
        lines = [f"{cell.title} — {cell.told()}"]
        if cell.energy is not None:
            words = self.tr("Energy: {} of its strongest block.")
            lines.append(words.format(share_text(cell.energy)))
        return "\n".join(lines)

    def event(self, event) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == event.Type.ToolTip:
            where = QPointF(event.pos())
            key = next((k for k, place in self._places.items() if place.contains(where)), None)
            tip = plain_tip(self.tip(key)) if key is not None else ""
            QToolTip.showText(event.globalPos(), tip, self)
            return True
        return super().event(event)

    def paintEvent(self, event) -> None:
        painter = antialiased(self)
        for plan in self._plan.networks:
            self._paint_words(painter, plan)
            self._paint_lines(painter, plan)
        painter.end()

    def _paint_words(self, painter: QPainter, plan: NetworkPlan) -> None:
        palette, left = self.palette(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.setPen(quiet_text(palette))
        for name, place in plan.captions.items():
            painter.drawText(place, left, list_title(name))
        painter.setFont(_bold(self.font()))
        painter.setPen(palette.color(QPalette.ColorRole.WindowText))
        room = plan.title.adjusted(0, 0, self.width(), 0)
        painter.drawText(room, left, network_title(plan.network, self._base))
        painter.setFont(self.font())

    def _paint_lines(self, painter: QPainter, plan: NetworkPlan) -> None:
        """The way of what is computed, behind the blocks."""
        faint = self._line_colour()
        painter.setPen(QPen(faint, 2.0))
        for one, other in plan.lines:
            painter.drawLine(self._places[one].center(), self._places[other].center())
        painter.setPen(QPen(faint, 1.0, Qt.PenStyle.DashLine))
        for one, other in plan.skips:
            left, right = self._places[one], self._places[other]
            painter.drawLine(
                QPointF(left.right(), left.center().y()), QPointF(right.left(), left.center().y())
            )

    def _line_colour(self) -> QColor:
        palette = self.palette()
        return mix(palette.color(QPalette.ColorRole.Window), idle(palette), 0.55)


def _bold(font: QFont) -> QFont:
    bold = QFont(font)
    bold.setBold(True)
    return bold

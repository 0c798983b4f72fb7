"""A small bar for each block: how far it is from the base. Hovering one tells its number."""

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QMouseEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from loraviewer.bridge.languages import figures
from loraviewer.core.block_order import DECODER, ENCODER, place_of
from loraviewer.core.blocks import MIDDLE, is_text_block
from loraviewer.core.energy_bars import NO_BARS, BarScale, Relatives, bar_height, percent_words
from loraviewer.core.weight_numbers import BlockName
from loraviewer.ui.strips.energy_painting import BarPlaces, paint_bars
from loraviewer.ui.widgets.labels import plain_tip
from loraviewer.ui.widgets.painting import antialiased

HEIGHT_PX = 24
_WIDTH_PX = 64
_MARGIN_PX = 2.0
BESIDE = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
"""Of numbers beside bars, which stand below each other."""


class EnergyBars(QWidget):
    """Shows what it was given last; paints when that looks otherwise."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scale = NO_BARS
        self._full = 1.0
        self._relatives: Relatives = ()
        self._note = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)

    def show_bars(self, relatives: Relatives, scale: BarScale, full: float) -> bool:
        """Whether they look otherwise than before. relatives: ‖ΔW‖ / ‖W₀‖ of each block of
        `LiveWeights`, in its order; () for none. full: what fills a bar."""
        is_other = (relatives, scale, full) != (self._relatives, self._scale, self._full)
        if is_other:
            self._relatives, self._scale, self._full = relatives, scale, full
            self.update()
        return is_other

    def set_note(self, note: str) -> None:
        """A line below all tips; "" for none."""
        self._note = note

    def tip(self, where: QPoint) -> str:
        """All that is told of a place."""
        words = self.tip_at(where)
        return f"{words}\n{self._note}" if words and self._note else words

    @property
    def heights(self) -> tuple[float, ...]:
        """Of the bars from left to right; 1 is full, above it what is beyond the scale."""
        if not self._relatives:
            return ()
        return tuple(bar_height(self._relatives[i], self._full) for i in self._scale.places)

    # -- words ----------------------------------------------------------------------------

    def tip_at(self, where: QPoint) -> str:
        """About the bar that is there, or about all of them."""
        bar = self._places().bar_at(where.x()) if self._relatives else None
        if bar is None:
            return ""
        relative = self._relatives[self._scale.places[bar]]
        block = self.block_words(self._scale.blocks[bar])
        if relative is None:
            words = self.tr("{}: no part of it is changed.").format(block)
        else:
            words = self.tr("{}: changed by {} of its base weights.")
            words = words.format(block, figures(percent_words(relative)))
        return f"{words}\n{self.lesson()}"

    def lesson(self) -> str:
        """What bars mean, in one line."""
        return self.tr(
            "One bar per block, as tall as the root of its change; a full one is {}. Those of text "
            "encoders stand apart."
        ).format(figures(percent_words(self._full)))

    def block_words(self, block: BlockName) -> str:
        """As “IN04, encoder”."""
        name = block[1]
        if is_text_block(name):
            return self.tr("{}, text encoder").format(name)
        sides = {
            ENCODER: self.tr("{}, encoder"),
            MIDDLE: self.tr("{}, middle"),
            DECODER: self.tr("{}, decoder"),
        }
        return sides.get(place_of(name).list_name, "{}").format(name)

    def strongest_words(self) -> str:
        """Where it is changed most, for who cannot see the bars; "" for nowhere."""
        known = [(r, i) for i, r in enumerate(self._relatives) if r]
        if not known:
            return ""
        relative, place = max(known)
        block = self._scale.blocks[self._scale.places.index(place)]
        words = self.tr("most in {}, by {}")
        return words.format(block[1], figures(percent_words(relative)))

    # -- events ---------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            self._tell(event.pos())
            return True
        return super().event(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """From bar to bar, once a tip is there."""
        if QToolTip.isVisible():
            self._tell(event.position().toPoint())
        super().mouseMoveEvent(event)

    def _tell(self, where: QPoint) -> None:
        text = self.tip(where)
        QToolTip.showText(self.mapToGlobal(where), plain_tip(text), self, self.rect())

    # -- painting -------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(_WIDTH_PX, HEIGHT_PX)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, HEIGHT_PX)

    def bars_place(self) -> QRect:
        """Where bars are, of the whole widget."""
        return self.rect()

    def paintEvent(self, event) -> None:
        painter = antialiased(self)
        painter.setRenderHint(painter.RenderHint.Antialiasing, False)
        if self._scale.blocks and not self.bars_place().isEmpty():
            heights = self.heights or (0.0,) * len(self._scale.blocks)
            paint_bars(painter, self._places(), heights, self.palette())
        painter.end()

    def _places(self) -> BarPlaces:
        place = QRectF(self.bars_place()).adjusted(0.0, _MARGIN_PX, 0.0, -_MARGIN_PX)
        return BarPlaces(place, len(self._scale.blocks), self._scale.picture_bars)

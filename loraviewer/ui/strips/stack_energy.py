"""Beside the master: what the whole stack does to each block, how much it is, and how far."""

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QWidget

from loraviewer.bridge.languages import figures, shown
from loraviewer.core.energy_bars import NO_BARS, BarScale, percent_words
from loraviewer.core.nothing_applied import Reason, reason_words
from loraviewer.core.weight_numbers import StackEnergies
from loraviewer.ui.strips.energy_bars import BESIDE, HEIGHT_PX, EnergyBars
from loraviewer.ui.strips.zone_gauge import ZoneLook, paint_gauge, zone_look
from loraviewer.ui.widgets.icons import pixmap
from loraviewer.ui.widgets.painting import antialiased
from loraviewer.ui.widgets.theme import GAP, SignalColour, quiet_text, signal_colour

_ICONS = {
    SignalColour.FINE: "check",
    SignalColour.WARNING: "warning",
    SignalColour.ERROR: "error",
}
_MARK_PX, _GAUGE_PX = 16, 7
_WIDEST = "888 % · ×88.8"
_NONE, _COMING = "–", "…"


@dataclass(frozen=True)
class StackLook:
    """`energies`: None where nothing is applied, or not all of it is measured; `is_coming`: it is
    being measured. `why_none`: why nothing is applied. `note`: a sentence about the numbers."""

    energies: StackEnergies | None = None
    scale: BarScale = NO_BARS
    is_coming: bool = False
    failure: str = ""
    note: str = ""
    why_none: Reason | None = None


class StackEnergy(EnergyBars):
    """A function of the look it was last shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = StackLook()
        self._words = _NONE
        self._zone: ZoneLook | None = None
        self._name()

    @property
    def words(self) -> str:
        """As “14 % · ×1.6”."""
        return self._words

    @property
    def zone(self) -> ZoneLook | None:
        return self._zone

    def show_look(self, look: StackLook) -> None:
        self._look = look
        self.set_note(look.note)
        relatives = look.energies.block_relatives if look.energies else ()
        is_other = self.show_bars(relatives, look.scale, look.scale.stack_full)
        words, zone = self._number(), self._found_zone()
        if is_other or words != self._words or zone != self._zone:
            self._words, self._zone = words, zone
            self._name()
            self.update()

    def _number(self) -> str:
        energies = self._look.energies
        if energies is None or energies.relative is None or energies.in_adapters is None:
            return _COMING if self._look.is_coming else _NONE
        return f"{figures(percent_words(energies.relative))} · {times_words(energies.in_adapters)}"

    def _found_zone(self) -> ZoneLook | None:
        energies = self._look.energies
        if energies is None or energies.relative is None or energies.in_adapters is None:
            return None
        return zone_look(energies.relative, energies.in_adapters)

    # -- words ----------------------------------------------------------------------------

    def _name(self) -> None:
        words = self.tr("Energy of the stack: {}").format(self._words)
        if self._zone is not None:
            words = f"{words}, {self._zone.word}"
        strongest = self.strongest_words()
        self.setAccessibleName(f"{words}, {strongest}" if strongest else words)

    def lesson(self) -> str:
        return self.tr(
            "All rows together: one bar per block, as tall as the root of its change; a full one "
            "is {}."
        ).format(figures(percent_words(self._full)))

    def tip_at(self, where: QPoint) -> str:
        if self._look.failure:
            return self.tr("The stack cannot be measured: {}").format(shown(self._look.failure))
        if self._look.energies is None:
            if self._look.is_coming:
                return self.tr("Being measured, once for each adapter.")
            why = shown(reason_words(self._look.why_none or "off"))
            return self.tr("{} All weights are the base’s.").format(why)
        if self.bars_place().contains(where):
            return super().tip_at(where) or self.lesson()
        return self._number_tip()

    def _number_tip(self) -> str:
        energies = self._look.energies
        if energies is None or energies.relative is None or energies.in_adapters is None:
            return self.tr("No row changes a weight now.")
        words = self.tr(
            "The weights are changed by {} of the base’s, as much as {} of its adapters alone "
            "at 1.0."
        ).format(figures(percent_words(energies.relative)), figures(f"{energies.in_adapters:.1f}"))
        return f"{words}\n{self._zone.tip}" if self._zone is not None else words

    # -- painting -------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width() + self._numbers_width(), HEIGHT_PX)

    def minimumSizeHint(self) -> QSize:
        return QSize(self._numbers_width(), HEIGHT_PX)

    def bars_place(self) -> QRect:
        return QRect(0, 0, max(0, self.width() - self._numbers_width()), self.height())

    def paintEvent(self, event) -> None:
        super().paintEvent(event)
        painter = antialiased(self)
        text = self.palette().color(QPalette.ColorRole.WindowText)
        is_plain = self._look.energies is not None
        painter.setPen(text if is_plain else quiet_text(self.palette()))
        left = self.width() - self._numbers_width() + GAP
        place = QRectF(left, 0.0, self._words_width(), float(self.height()))
        painter.drawText(place.adjusted(0.0, 0.0, 0.0, -_GAUGE_PX), BESIDE, self._words)
        paint_gauge(painter, place.adjusted(0.0, 0.0, 0.0, -1.0), self._zone, self.palette())
        if self._zone is not None:
            colour = signal_colour(self.palette(), self._zone.signal)
            mark = pixmap(_ICONS[self._zone.signal], colour, _MARK_PX, self.devicePixelRatioF())
            corner = QPointF(self.width() - _MARK_PX, (self.height() - _MARK_PX) / 2)
            painter.drawPixmap(corner, mark)
        painter.end()

    def _words_width(self) -> int:
        return self.fontMetrics().horizontalAdvance(_WIDEST)

    def _numbers_width(self) -> int:
        """With the gap before them, and the mark after them."""
        return self._words_width() + GAP + GAP // 2 + _MARK_PX


def times_words(in_adapters: float) -> str:
    """As “×1.6”."""
    return figures(f"×{in_adapters:.{1 if in_adapters < 99.95 else 0}f}")

"""At the end of a fader: what its adapter does to each block, and its share of the stack."""

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QWidget

from loraviewer.bridge.languages import figures, shown
from loraviewer.core.energy_bars import NO_BARS, BarScale, share_words
from loraviewer.core.weight_numbers import RowEnergies
from loraviewer.ui.strips.energy_bars import BESIDE, HEIGHT_PX, EnergyBars
from loraviewer.ui.widgets.theme import GAP, quiet_text

_BARS_PX = 64
_FEWEST_PX = 16
"""Bars that have less room are left out."""
_WIDEST = "100 %"
_NONE, _COMING = "–", "…"


class Known(StrEnum):
    """What is known of a row."""

    OFF = "off"
    """It changes nothing now."""
    COMING = "coming"
    """It is being measured, or another row is, without which nobody has a share."""
    FAILED = "failed"
    """As `COMING`, and it will not come."""
    MEASURED = "measured"


@dataclass(frozen=True)
class EnergyLook:
    """`row`: None where nothing is known or to be told. `failure`: one sentence.
    `note`: another, about the numbers."""

    known: Known = Known.OFF
    row: RowEnergies | None = None
    scale: BarScale = NO_BARS
    failure: str = ""
    note: str = ""


class StripEnergy(EnergyBars):
    """A function of the look it was last shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = EnergyLook()
        self._words = _NONE
        self.setMaximumWidth(3 * _BARS_PX + self.sizeHint().width())
        self._name()

    @property
    def share(self) -> str:
        """As it is written."""
        return self._words

    def show_look(self, look: EnergyLook) -> None:
        self._look = look
        self.set_note(look.note)
        relatives = look.row.block_relatives if look.row else ()
        is_other = self.show_bars(relatives, look.scale, look.scale.full)
        words = self._share_words()
        if is_other or words != self._words:
            self._words = words
            self._name()
            self.update()

    def _share_words(self) -> str:
        row = self._look.row
        if row is not None and row.share is not None:
            return figures(share_words(row.share))
        return _COMING if self._look.known is Known.COMING else _NONE

    def _name(self) -> None:
        words = self.tr("Energy: {} of the stack").format(self._words)
        strongest = self.strongest_words()
        self.setAccessibleName(f"{words}, {strongest}" if strongest else words)

    def tip_at(self, where: QPoint) -> str:
        known, row = self._look.known, self._look.row
        if known is Known.OFF:
            return self.tr("It changes no weights now, and has no share of the stack.")
        if row is not None and self.bars_place().contains(where):
            return super().tip_at(where) or self.lesson()
        if known is Known.FAILED:
            return self.tr("Not measured: {}").format(shown(self._look.failure))
        if row is None:
            return self.tr("Being measured, once for each adapter.")
        return self._share_tip(row)

    def _share_tip(self, row: RowEnergies) -> str:
        if row.share is None and self._look.known is Known.COMING:
            return self.tr("Its share of the stack comes once all rows are measured.")
        if row.share is None:
            return self.tr("All rows together cancel out: there is nothing to have a share of.")
        if row.share < 0.0:
            words = self.tr("{}: it cancels more of the others than it adds; shares sum to 100 %.")
        else:
            words = self.tr(
                "{} of what the stack does to the weights is this adapter’s; shares sum to 100 %."
            )
        return words.format(self._words)

    # -- painting -------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(_BARS_PX + GAP // 2 + self._words_width(), HEIGHT_PX)

    def minimumSizeHint(self) -> QSize:
        """Where there is no room, the fader has it."""
        return QSize(0, HEIGHT_PX)

    def bars_place(self) -> QRect:
        """Without room for the share they have it all."""
        room = self.width() - self._words_width() - GAP // 2 if self._has_share else self.width()
        return QRect(0, 0, room if room >= _FEWEST_PX else 0, self.height())

    @property
    def _has_share(self) -> bool:
        return self.width() >= self._words_width()

    def paintEvent(self, event) -> None:
        super().paintEvent(event)
        if not self._has_share:
            return
        painter = QPainter(self)
        is_plain = self._look.row is not None
        text = self.palette().color(QPalette.ColorRole.WindowText)
        painter.setPen(text if is_plain else quiet_text(self.palette()))
        painter.drawText(self.rect(), BESIDE, self._words)
        painter.end()

    def _words_width(self) -> int:
        return self.fontMetrics().horizontalAdvance(_WIDEST)

"""How far a stack is: a track with an amber and a red stretch, where it is on it, and what that
means."""

import math
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPalette, QPolygonF

from loraviewer.bridge.languages import figures
from loraviewer.core.energy_bars import percent_words
from loraviewer.core.energy_zones import AMBER_FROM, RED_FROM, RELATIVE_RED_FROM, Zone, zone
from loraviewer.core.numbers import short_number
from loraviewer.ui.widgets.theme import SignalColour, signal_colour

_END = 2.0 * AMBER_FROM
"""Adapters at the end of the track."""
_SIGNALS = {
    Zone.CALM: SignalColour.FINE,
    Zone.AMBER: SignalColour.WARNING,
    Zone.RED: SignalColour.ERROR,
}
_TRACK_PX, _POINTER_PX = 3.0, 4.0
translate = QCoreApplication.translate


@dataclass(frozen=True)
class ZoneLook:
    """`place`: on the track, 0 … 1. `tip`: what it means, in one line."""

    zone: Zone
    place: float

    @property
    def signal(self) -> SignalColour:
        return _SIGNALS[self.zone]

    @property
    def word(self) -> str:
        words = {
            Zone.CALM: translate("ZoneGauge", "calm"),
            Zone.AMBER: translate("ZoneGauge", "amber"),
            Zone.RED: translate("ZoneGauge", "red"),
        }
        return words[self.zone]

    @property
    def tip(self) -> str:
        amber, red = (figures(short_number(edge)) for edge in (AMBER_FROM, RED_FROM))
        if self.zone is Zone.CALM:
            words = translate(
                "ZoneGauge",
                "Calm: below ×{} nine in ten of the demo’s pictures kept their subject; other "
                "bases differ.",
            )
            return words.format(amber)
        if self.zone is Zone.AMBER:
            words = translate(
                "ZoneGauge",
                "Amber: from ×{} on fewer than nine in ten of the demo’s pictures kept their "
                "subject; other bases differ.",
            )
            return words.format(amber)
        words = translate(
            "ZoneGauge",
            "Red: from ×{} or {} on fewer than half of the demo’s pictures kept their subject; "
            "other bases differ.",
        )
        return words.format(red, figures(percent_words(RELATIVE_RED_FROM)))


def zone_look(relative: float, in_adapters: float) -> ZoneLook:
    """relative: ‖S‖ / ‖W₀‖; in_adapters: ‖S‖ in units of one adapter alone at 1.0."""
    found = zone(relative, in_adapters)
    is_early_red = found is Zone.RED and in_adapters < RED_FROM
    place = RED_FROM if is_early_red else in_adapters
    return ZoneLook(found, min(1.0, place / _END) if math.isfinite(place) else 0.0)


def paint_gauge(painter: QPainter, place: QRectF, look: ZoneLook | None, palette: QPalette) -> None:
    """The track lies at the bottom of `place`; without a look there is no pointer on it."""
    top = place.bottom() - _TRACK_PX
    edges = [place.left() + place.width() * at / _END for at in (0.0, AMBER_FROM, RED_FROM, _END)]
    colours = (
        palette.color(QPalette.ColorRole.Mid),
        signal_colour(palette, SignalColour.WARNING),
        signal_colour(palette, SignalColour.ERROR),
    )
    for left, right, colour in zip(edges, edges[1:], colours, strict=False):
        painter.fillRect(QRectF(left, top, right - left, _TRACK_PX), colour)
    if look is not None:
        x = place.left() + place.width() * look.place
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.color(QPalette.ColorRole.WindowText))
        corners = (
            QPointF(x, place.bottom()),
            QPointF(x - _POINTER_PX, top - _POINTER_PX),
            QPointF(x + _POINTER_PX, top - _POINTER_PX),
        )
        painter.drawPolygon(QPolygonF(corners))

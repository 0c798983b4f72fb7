"""Where a stack lies on the track, and what is said of it."""

import math

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from loraviewer.core.energy_zones import AMBER_FROM, RED_FROM, RELATIVE_RED_FROM, Zone
from loraviewer.ui.strips.zone_gauge import paint_gauge, zone_look
from loraviewer.ui.widgets.theme import SignalColour, signal_colour, studio_palette


def test_places_go_up_with_adapters_and_end_at_the_end() -> None:
    places = [zone_look(0.1, adapters).place for adapters in (0.0, 1.0, AMBER_FROM, RED_FROM)]
    assert places == sorted(places)
    assert places[0] == 0.0
    assert places[-1] < 1.0
    assert zone_look(0.1, 100.0).place == 1.0


def test_what_is_red_by_the_base_alone_lies_where_red_begins() -> None:
    look = zone_look(RELATIVE_RED_FROM, 0.5)
    assert look.zone is Zone.RED
    assert look.place == zone_look(0.1, RED_FROM).place


def test_what_is_not_known_is_at_the_start() -> None:
    assert zone_look(math.nan, math.nan) == zone_look(0.0, 0.0)


@pytest.mark.parametrize("is_dark", [False, True])
def test_the_track_shows_all_zones_and_the_pointer_its_own(qapp, is_dark: bool) -> None:
    palette = studio_palette(is_dark)
    for adapters, signal in (
        (AMBER_FROM + 0.3, SignalColour.WARNING),
        (RED_FROM + 0.3, SignalColour.ERROR),
    ):
        look = zone_look(0.1, adapters)
        assert look.signal is signal
        image = QImage(100, 12, QImage.Format.Format_RGB32)
        image.fill(palette.color(palette.ColorRole.Window))
        painter = QPainter(image)
        paint_gauge(painter, QRectF(0, 0, 100, 12), look, palette)
        painter.end()
        bottom = {image.pixelColor(x, 10).name() for x in range(100)}
        stretches = (SignalColour.WARNING, SignalColour.ERROR)
        assert {signal_colour(palette, one).name() for one in stretches} <= bottom
        tip = round(100 * look.place)
        assert image.pixelColor(tip, 6) == palette.color(palette.ColorRole.WindowText)
        beside = [image.pixelColor(tip + by, 10) for by in (-4, 4)]
        assert beside == [signal_colour(palette, signal)] * 2

"""The stage `zones`: measure, find the curves, draw them."""

from __future__ import annotations

from resources.demo.train.measuring import card
from resources.demo.train.workspace import DEMO

from . import curves, rows
from .plot import plot
from .table import Table

PICTURE = DEMO / "energy_zones.png"


def run() -> None:
    """Measure what no earlier run has, then write the curves, their picture and the card."""
    rows.measure()
    zones = curves.write()
    plot(Table.of(rows.measured()), (zones.amber_from, zones.red_from), PICTURE)
    card.fill()

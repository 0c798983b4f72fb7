"""Cells into rows: every measure of every picture, beside the base's of the same seed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

import msgspec
import numpy as np

from loraviewer.core.experiments.cells import Group
from loraviewer.core.experiments.numbers import Row
from loraviewer.core.picture import Picture
from loraviewer.core.picture_measures import MeasureFacts
from loraviewer.core.sentences import say
from loraviewer.lab.experiments.rows import row_of
from loraviewer.lab.images.measures import Measure, Reading, SeedPictures, readings
from loraviewer.lab.images.pixels import pixels_of
from loraviewer.lab.images.seed_band import SeedBand, pooled
from loraviewer.lab.one_thread import one_thread

FINITE = MeasureFacts(
    name="finite",
    title=say("Is a picture"),
    unit=say("share"),
    resolution=1.0,
    meaning=say("0 where numbers overflowed and there is no picture; no row where there is one."),
    damage="falls",
    blind=say("It says nothing of pictures."),
)


class Measurer(Protocol):
    """Tells all numbers of one experiment's pictures, wherever it reckons."""

    def begin(self, base: Mapping[str, np.ndarray]) -> None:
        """Once, before any rows. base: by prompt, the base's pictures of all seeds in their order,
        (seeds, height, width, 3), uint8."""
        ...

    def rows(self, group: Group, pictures: Mapping[int, Picture]) -> list[Row]:
        """Measure by measure, seed by seed. pictures: by their place among the cells; those that
        are not there were not finite, and then no number is of all seeds."""
        ...


class Measuring:
    """Implements `Measurer`, here and now, on one of torch's threads."""

    def __init__(self, measures: Iterable[Measure]) -> None:
        self._measures = tuple(measures)
        self._base: Mapping[str, np.ndarray] = {}
        self._bands: dict[str, dict[str, SeedBand]] = {}
        self._origins: dict[tuple[str, str], np.ndarray] = {}
        """By measure and prompt, of all the base's pictures: each group stands beside the same."""

    def begin(self, base: Mapping[str, np.ndarray]) -> None:
        self._base = base
        with one_thread():
            self._bands = {one.facts.name: self._bands_of(one) for one in self._measures}

    def rows(self, group: Group, pictures: Mapping[int, Picture]) -> list[Row]:
        return list(self._rows(group, pictures))

    def _rows(self, group: Group, pictures: Mapping[int, Picture]) -> Iterator[Row]:
        yield from (_lost(group, at) for at in range(len(group.cells)) if at not in pictures)
        if not pictures:
            return
        places = sorted(pictures)
        base = self._base[group.prompt][places]
        shown = SeedPictures(pixels(pictures[at] for at in places), base, group.prompt)
        seen = msgspec.structs.replace(group, cells=tuple(group.cells[at] for at in places))
        for measure in self._measures:
            band, is_set = self._bands[measure.facts.name].get(group.prompt), measure.is_of_set
            if band is None or (is_set and len(places) < len(group.cells)):
                continue
            with one_thread():
                origins = self._origins_of(measure, group.prompt)
                found = readings(measure, shown, band, origins if is_set else origins[places])
            yield from _rows(seen, measure, found)

    def _origins_of(self, measure: Measure, prompt: str) -> np.ndarray:
        asked = (measure.facts.name, prompt)
        if asked not in self._origins:
            base = self._base[prompt]
            self._origins[asked] = measure.origins(SeedPictures(base, base, prompt))
        return self._origins[asked]

    def _bands_of(self, measure: Measure) -> dict[str, SeedBand]:
        """By prompt; of those that the measure knows."""
        known = {prompt: base for prompt, base in self._base.items() if measure.knows(prompt)}
        if not known:
            return {}
        bands = [measure.band(base, prompt) for prompt, base in known.items()]
        return dict(zip(known, pooled(bands), strict=True))


def pixels(pictures: Iterable[Picture]) -> np.ndarray:
    """(n, height, width, 3) of pictures of one size."""
    return np.stack([pixels_of(picture) for picture in pictures])


def _rows(group: Group, measure: Measure, found: list[Reading]) -> Iterator[Row]:
    if measure.is_of_set:
        yield _row(group, group.id, None, measure.facts, found[0])
        return
    for cell, reading in zip(group.cells, found, strict=True):
        yield _row(group, cell.id, cell.request.sampling.seed, measure.facts, reading)


def _lost(group: Group, at: int) -> Row:
    cell = group.cells[at]
    return _row(group, cell.id, cell.request.sampling.seed, FINITE, Reading(0.0, None))


def _row(group: Group, cell: str, seed: int | None, measure: MeasureFacts, reading: Reading) -> Row:
    return row_of(group, cell, seed, measure, reading.value, reading.in_spreads)

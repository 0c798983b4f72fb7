"""All measures by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from loraviewer.core import picture_measures as facts
from loraviewer.lab.images.colours import colourfulness, palette_distance, red_share
from loraviewer.lab.images.diversity import drift, mean_distance, pixel_features, vendi
from loraviewer.lab.images.grain import noise, sharpness
from loraviewer.lab.images.likeness import difference, ssim
from loraviewer.lab.images.measures import (
    Features,
    Measure,
    OfPair,
    OfPicture,
    OfPrompt,
    OfSet,
)
from loraviewer.lab.images.shares import shares
from loraviewer.lab.images.spectrum import detail, slope
from loraviewer.lab.images.tones import brightness, contrast, highlights, shadows

if TYPE_CHECKING:
    from loraviewer.lab.verdict import AnyJudge


def measures(
    judge: AnyJudge | None = None, features: Mapping[str, Features] | None = None
) -> dict[str, Measure]:
    """By the name in its facts, in the order in which to show them; `fidelity` and shares only with
    a judge.

    features: more ways of seeing pictures, such as the latents of the base's autoencoder, by a word
    for each; every one brings `drift-WORD`, `vendi-WORD` and `pairwise-WORD` along.
    """
    known = [*_of_pixels(), *_of_features(pixel_features)]
    for word, seen in (features or {}).items():
        known += _of_features(seen, word)
    if judge is not None:
        known += [OfPrompt(judge), *shares(judge)]
    return {measure.facts.name: measure for measure in known}


def _of_pixels() -> Iterator[Measure]:
    yield OfPair(facts.DETAIL, detail, same=0.0)
    yield OfPicture(facts.SLOPE, slope)
    yield OfPair(facts.SSIM, ssim, same=1.0)
    yield OfPair(facts.DIFFERENCE, difference, same=0.0)
    yield OfPair(facts.PALETTE, palette_distance, same=0.0)
    yield OfPicture(facts.NOISE, noise)
    yield OfPicture(facts.SHARPNESS, sharpness)
    yield OfPicture(facts.SHADOWS, shadows)
    yield OfPicture(facts.HIGHLIGHTS, highlights)
    yield OfPicture(facts.BRIGHTNESS, brightness)
    yield OfPicture(facts.CONTRAST, contrast)
    yield OfPicture(facts.COLOURFULNESS, colourfulness)
    yield OfPicture(facts.RED, red_share)


def _of_features(features: Features, word: str | None = None) -> Iterator[Measure]:
    def named(about: facts.MeasureFacts) -> facts.MeasureFacts:
        return about.on(word) if word else about

    yield OfPair(named(facts.DRIFT), drift, same=0.0, features=features)
    yield OfSet(named(facts.VENDI), vendi, features)
    yield OfSet(named(facts.PAIRWISE), mean_distance, features)

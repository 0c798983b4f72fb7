"""What pictures are measured by: one name for each in options, columns, charts and sentences.

How each is computed lies in `lab.images`.
"""

from collections.abc import Iterable, Mapping
from typing import Literal, get_args

import msgspec

from loraviewer.core.sentences import say

Damage = Literal["falls", "rises", "either"]

Sight = Literal["latents", "middle", "encoder"]
"""Other ways of seeing a picture than by its pixels: what the base's own autoencoder keeps of it,
what the middle block of the base's UNet makes of that, and a network in a folder of one's own."""

SIGHTS: tuple[Sight, ...] = get_args(Sight)

_FEATURES: Mapping[str, str] = {
    "latents": say("latents"),
    "middle": say("middle"),
    "encoder": say("encoder"),
}


class MeasureFacts(msgspec.Struct, frozen=True, kw_only=True):
    """`name`: as options and columns spell it. `unit`: "" for a plain number. `resolution`: what
    nobody would see, about one of 255 levels or one in a hundred; a base that varies less counts as
    varying by that much. `meaning` and `blind` are whole sentences: what it says, and where it
    misleads. `damage`: where its number goes as pictures get worse; `either` where both ways may be
    damage."""

    name: str
    title: str
    unit: str
    resolution: float
    meaning: str
    damage: Damage
    blind: str

    @property
    def heading(self) -> str:
        """Of a column: the name, with its unit where it has one."""
        return f"{self.name} [{self.unit}]" if self.unit else self.name

    def on(self, features: str) -> "MeasureFacts":
        """The same of other features than pixels, such as `latents`."""
        words = _FEATURES.get(features, features)
        title = say("{measure} ({features})", measure=self.title, features=words)
        return msgspec.structs.replace(self, name=f"{self.name}-{features}", title=title)


DETAIL = MeasureFacts(
    name="detail",
    title=say("Fine detail"),
    unit="log2",
    resolution=0.05,
    meaning=say(
        "The share of a picture's variation that is finer than four pixels, over the same "
        "share of the base's picture, as a power of two: −1 is half, 1 is double."
    ),
    damage="either",
    blind=say(
        "Grain counts as detail, and a style as damage: look at each adapter alone, at the "
        "grain and at random adapters of the same size. It is not monotone in the depth of a "
        "stack."
    ),
)
SLOPE = MeasureFacts(
    name="slope",
    title=say("Softness of the spectrum"),
    unit="",
    resolution=0.02,
    meaning=say(
        "How steeply variation falls from coarse to fine structure: 0 for white noise, about "
        "−2 for photographs, lower for what is soft."
    ),
    damage="either",
    blind=say(
        "One number for a whole curve: a picture can lose its middle sizes and keep its slope."
    ),
)
SSIM = MeasureFacts(
    name="ssim",
    title=say("Likeness to the base"),
    unit="",
    resolution=0.01,
    meaning=say(
        "Structural similarity to the base's picture of the same seed: 1 is the same picture."
    ),
    damage="falls",
    blind=say(
        "It means nothing once the layout has changed; a subject moved by a few pixels reads "
        "as damage. Read it beside what two seeds of the base have in common. It sees no "
        "colour."
    ),
)
DIFFERENCE = MeasureFacts(
    name="difference",
    title=say("Difference from the base"),
    unit="levels",
    resolution=0.5,
    meaning=say(
        "How far a pixel lies from the base's picture of the same seed, of 255 levels: 0 only "
        "for the same picture."
    ),
    damage="rises",
    blind=say("A little more light in all of the picture counts as much as another subject."),
)
PALETTE = MeasureFacts(
    name="palette",
    title=say("Palette"),
    unit="ΔE",
    resolution=0.5,
    meaning=say(
        "How far the colours of the base's picture would have to be moved to become this "
        "one's, wherever they are in it: 2 is just seen."
    ),
    damage="either",
    blind=say(
        "It knows lightness, red to green and yellow to blue one by one: colours that change "
        "partners may escape it."
    ),
)
NOISE = MeasureFacts(
    name="noise",
    title=say("Grain"),
    unit="levels",
    resolution=0.1,
    meaning=say("The standard deviation of pixel noise, of 255 levels."),
    damage="rises",
    blind=say(
        "Halftone, stitches and other patterns of one or two pixels read as grain; coarser "
        "grain is missed, and a picture of which half is flat has none."
    ),
)
SHARPNESS = MeasureFacts(
    name="sharpness",
    title=say("Sharpness"),
    unit="levels²",
    resolution=20.0,
    meaning=say("The variance of the Laplacian: how much neighbouring pixels differ."),
    damage="either",
    blind=say(
        "Contrast and grain raise it as much as focus does, and a few hard outlines outweigh "
        "all that is soft."
    ),
)
SHADOWS = MeasureFacts(
    name="shadows",
    title=say("Burnt shadows"),
    unit="share",
    resolution=0.002,
    meaning=say("The share of colour values that are black, with nothing left in them."),
    damage="rises",
    blind=say("Black ink and a night sky are no damage."),
)
HIGHLIGHTS = MeasureFacts(
    name="highlights",
    title=say("Burnt highlights"),
    unit="share",
    resolution=0.002,
    meaning=say("The share of colour values that are white, or as strong as a colour can be."),
    damage="rises",
    blind=say("White paper and pure colours are no damage."),
)
BRIGHTNESS = MeasureFacts(
    name="brightness",
    title=say("Brightness"),
    unit="share",
    resolution=0.004,
    meaning=say("The mean lightness of the picture, from 0 for black to 1 for white."),
    damage="either",
    blind=say("A style may be dark or light because that is its manner."),
)
CONTRAST = MeasureFacts(
    name="contrast",
    title=say("Contrast"),
    unit="share",
    resolution=0.004,
    meaning=say("The standard deviation of lightness; 0.5 where half is black and half is white."),
    damage="either",
    blind=say("It is one number for all of the picture: grey mush beside black and white passes."),
)
COLOURFULNESS = MeasureFacts(
    name="colourfulness",
    title=say("Colourfulness"),
    unit="levels",
    resolution=1.0,
    meaning=say(
        "How strong and how various the colours are: 0 is grey, 45 quite and 109 extremely "
        "colourful."
    ),
    damage="either",
    blind=say("Made for photographs; coloured noise is very colourful."),
)
RED = MeasureFacts(
    name="red",
    title=say("Red"),
    unit="share",
    resolution=0.01,
    meaning=say("The share of the picture that is clearly red, whatever it belongs to."),
    damage="either",
    blind=say(
        "It knows no subjects: a red sky counts, and a small red dress is little. Orange, pink "
        "and skin are not red."
    ),
)
VENDI = MeasureFacts(
    name="vendi",
    title=say("Different pictures over seeds"),
    unit="pictures",
    resolution=0.05,
    meaning=say(
        "How many really different pictures the seeds of one prompt gave: 1 where all are the "
        "same, at most as many as there are."
    ),
    damage="falls",
    blind=say(
        "It rises for nonsense, which is different every time: show it only beside a measure "
        "of quality. It compares only equal numbers of seeds, and only the same features."
    ),
)
PAIRWISE = MeasureFacts(
    name="pairwise",
    title=say("Distance between seeds"),
    unit="(1−cos)/2",
    resolution=0.005,
    meaning=say(
        "How far two seeds of one prompt lie from each other: 0 is the same, 0.5 nothing in common."
    ),
    damage="falls",
    blind=say("As with the number of different pictures, nonsense is far from all other nonsense."),
)
DRIFT = MeasureFacts(
    name="drift",
    title=say("Drift from the base"),
    unit="(1−cos)/2",
    resolution=0.005,
    meaning=say(
        "How far a picture lies from the base's of the same seed: 0 is the same, 0.5 nothing "
        "in common. Taken on prompts that ask for nothing the adapters learnt, it is what they "
        "spoil."
    ),
    damage="rises",
    blind=say("On pixels it needs the same layout; on other features it sees what those see."),
)
FIDELITY = MeasureFacts(
    name="fidelity",
    title=say("Shows what was asked for"),
    unit="share",
    resolution=0.02,
    meaning=say(
        "How sure the demo's judge is that the picture shows the subject, the place and the "
        "colour that its prompt names, from 0 to 1."
    ),
    damage="falls",
    blind=say(
        "The judge knows the demo's drawings and each of its styles, but was never shown a "
        "stack of several; in manga and blueprint there is no colour for it to see."
    ),
)
SHARE_UNIT = "of pictures"
"""Of measures that are 1 for some pictures and 0 for the others: their mean is a share."""

_SHARE = "share-"


def share_facts(question: str, answer: str) -> MeasureFacts:
    """How many pictures get this answer from the demo's judge; the measure `share-ANSWER`."""
    return MeasureFacts(
        name=f"{_SHARE}{answer}",
        title=say("Share of “{answer}”", answer=answer),
        unit=SHARE_UNIT,
        resolution=0.0,
        meaning=say(
            "How many of the pictures show “{answer}” as the {question}, of prompts that name "
            "none: 1 for a picture that does, 0 for one that does not.",
            answer=answer,
            question=question,
        ),
        damage="either",
        blind=say("The judge sees the demo's drawings only, and in manga and blueprint no colour."),
    )


def may_be_measured(name: str) -> bool:
    """Whether there may be a measure of this name; which answers there are knows the judge only."""
    return name.startswith(_SHARE) or name in {measure.name for measure in MEASURES} | SEEN.keys()


def sights_of(names: Iterable[str]) -> frozenset[Sight]:
    """What measures of these names look through."""
    return frozenset(SEEN[name] for name in names if name in SEEN)


def needs_judge(name: str) -> bool:
    """Whether a measure of this name asks the demo's judge."""
    return name.startswith(_SHARE) or name == FIDELITY.name


MEASURES = (
    DETAIL, SLOPE, SSIM, DIFFERENCE, PALETTE, NOISE, SHARPNESS, SHADOWS, HIGHLIGHTS, BRIGHTNESS,
    CONTRAST, COLOURFULNESS, RED, DRIFT, VENDI, PAIRWISE, FIDELITY,
)  # fmt: skip
"""In the order in which to show them. `FIDELITY` needs a judge, as shares do."""

SEEN: Mapping[str, Sight] = {
    facts.on(sight).name: sight for sight in SIGHTS for facts in (DRIFT, VENDI, PAIRWISE)
}
"""Measures of other features than pixels."""

DEFAULT_MEASURES = ("detail", "ssim", "noise", "highlights", "contrast", "colourfulness")
"""What a ladder draws where nothing is chosen."""

SEED_MEASURES = ("vendi", "pairwise", "drift", "detail", "red")
"""What a seed wall tells: how various the pictures are, and whether they still are pictures."""

RETURN_MEASURES = ("difference", "ssim", "red")
"""What the stops of a way there and back are told apart by."""

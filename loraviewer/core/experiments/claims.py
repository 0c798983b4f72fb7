"""What is argued about stacks of LoRAs, and for each claim the experiment that answers it.

All of them run on the bundled demo, in minutes. What they showed here lies beside the demo
(`claim_results`).
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from loraviewer.core.experiments.axes import Axis
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.request import CheckpointRef, GenerationRequest
from loraviewer.core.resources import DEMO
from loraviewer.core.sentences import say
from loraviewer.core.stack import AppliedAdapter

CROWD = "crowd"
"""Stands for all the small adapters of the demo's crowd, in their order."""

STYLES = (
    "manga",
    "birds",
    "frogs",
    "pixel-art",
    "neon",
    "watercolour",
    "blueprint",
    "embroidery",
    "sunset",
    "night",
    "snow",
    "party",
)
"""The demo's styles whose change does not depend on the base weights: only they have random twins
of the same spectrum for every weight."""

SCENES = (
    "a girl in a red dress on a beach",
    "a boy in a yellow shirt in a forest",
    "a black cat in the snow",
    "a green bird in a meadow",
    "a blue house in the city",
    "a pink flower in a meadow at night",
    "a purple car in the city",
    "a white boat on a beach",
)
GIRLS = (
    "a girl",
    "a girl in a meadow",
    "a girl on a beach",
    "a girl in a forest",
    "a girl in the city",
    "a girl in the snow",
    "a girl at night",
    "a drawing of a girl",
)
"""No colour is named: where the base's skew shows."""


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """`said`: as people say it. `look_for`: what to watch while it runs. `draft`: its adapters are
    known by their names only, its base is the demo's as it comes; None where no experiment of
    pictures answers it."""

    name: str
    title: str
    said: str
    look_for: str
    draft: Experiment | None = None

    @property
    def adapters(self) -> tuple[str, ...]:
        """Names of the demo's; `CROWD` for all of a crowd."""
        return tuple(adapter.name for adapter in self.draft.adapters) if self.draft else ()

    def experiment(
        self, base: GenerationRequest, found: Callable[[str], tuple[AppliedAdapter, ...]]
    ) -> Experiment | None:
        """base: all that the pictures share, settled. found: by a name of `adapters`, what lies
        under it, at strength 1; several for the crowd."""
        if self.draft is None:
            return None
        adapters = tuple(
            msgspec.structs.replace(
                one, scale=one.scale * named.scale, text_scale=one.text_scale * named.text_scale
            )
            for named in self.draft.adapters
            for one in found(named.name)
        )
        return msgspec.structs.replace(self.draft, base=base, adapters=adapters)


def _named(*names: str, strength: float = 1.0) -> tuple[AppliedAdapter, ...]:
    return tuple(AppliedAdapter("", strength, strength, name) for name in names)


_DEMO = GenerationRequest(checkpoint=CheckpointRef(DEMO))

CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="details",
        title=say("Each adapter more costs fine detail"),
        said=say(
            "With each additional LoRA a model loses some of its finer details, until total "
            "nonsense is left."
        ),
        look_for=say(
            "Whether fine detail falls step by step, whether what the prompt names is still "
            "there, and whether random adapters of the same strength do the same."
        ),
        draft=Experiment(
            kind="ladder",
            base=_DEMO,
            adapters=_named(*STYLES),
            prompts=SCENES,
            seeds=(1, 2),
            measures=("detail", "ssim", "noise", "colourfulness", "fidelity"),
            depths=(1, 2, 4, 8, 12),
            orders=3,
            arms=("real", "random"),
        ),
    ),
    Claim(
        name="hundreds",
        title=say("Hundreds of them"),
        said=say("People stack hundreds of them, and what is left is irrecoverable."),
        look_for=say(
            "Whether the number of adapters decides, or how strong their sum is: at 1/√N the "
            "sum stays as strong as one, at 1/N it becomes weaker."
        ),
        draft=Experiment(
            kind="ladder",
            base=_DEMO,
            adapters=(*_named(CROWD), *_named(*STYLES)),
            prompts=SCENES,
            seeds=(1, 2),
            measures=("detail", "ssim", "fidelity"),
            depths=(1, 10, 113, 400),
            orders=2,
            policies=("one", "sqrt", "mean"),
            arms=("real", "random"),
        ),
    ),
    Claim(
        name="return",
        title=say("The bias comes back"),
        said=say("Remove the LoRA, and the base's bias resurfaces."),
        look_for=say(
            "How many girls wear red without the adapter, with it, and after it is gone; and "
            "that the last picture is the first, byte for byte."
        ),
        draft=Experiment(
            kind="return",
            base=_DEMO,
            adapters=_named("less-red", "less-blue"),
            prompts=GIRLS[:2],
            seeds=tuple(range(1, 17)),
            measures=("difference", "share-red"),
            orders=2,
        ),
    ),
    Claim(
        name="outputs",
        title=say("Weights or outputs"),
        said=say("Messing with the outputs would degrade a picture quicker than changing weights."),
        look_for=say(
            "Which way of putting the same change into one step harms the picture more, and "
            "whether it matters that a change stays the same from step to step."
        ),
        draft=Experiment(
            kind="outputs",
            base=_DEMO,
            adapters=_named("watercolour"),
            prompts=SCENES,
            seeds=(1, 2),
            measures=("detail", "ssim", "noise", "fidelity"),
            energies=(0.2, 0.4),
        ),
    ),
    Claim(
        name="manga",
        title=say("Everything is a manga"),
        said=say("A LoRA is a strong bias: everything becomes a manga."),
        look_for=say(
            "Colour at each strength of the fader, with prompts that never ask for a manga, "
            "and how much of the prompt is left."
        ),
        draft=Experiment(
            kind="sweep",
            base=_DEMO,
            adapters=_named("manga"),
            prompts=SCENES,
            seeds=(1, 2, 3, 4),
            measures=("colourfulness", "ssim", "detail", "fidelity"),
            axes=(
                Axis(
                    what="fader",
                    adapter=1,
                    points=(-1.0, -0.5, 0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0),
                ),
            ),
        ),
    ),
    Claim(
        name="patch",
        title=say("A patch against a bias"),
        said=say("Better a less biased base than patching it with LoRAs."),
        look_for=say(
            "Whether the patch takes the bias away, what else it changes, and whether a "
            "negative prompt does the same for nothing."
        ),
        draft=Experiment(
            kind="seeds",
            base=_DEMO,
            adapters=_named("less-red"),
            prompts=GIRLS[:4],
            seeds=tuple(range(1, 33)),
            measures=("share-red", "vendi", "pairwise", "detail", "difference", "fidelity"),
            negative="red dress",
        ),
    ),
    Claim(
        name="merged",
        title=say("Merged, it costs nothing"),
        said=say("Merged into the weights, a LoRA costs nothing."),
        look_for=say(
            "Seconds of a picture with none, one and many adapters, merged and computed "
            "beside the weights; and what the merge itself takes, once."
        ),
    ),
    Claim(
        name="rows",
        title=say("Bludgeoning rows and columns"),
        said=say("A LoRA bludgeons whole rows and columns of the model with a few deltas."),
        look_for=say(
            "How evenly the change spreads over rows and columns, and in how few directions "
            "it lies, beside a random change of the same spectrum."
        ),
    ),
)


def claim(name: str) -> Claim:
    """Raises `ValueError` with one sentence that names those there are."""
    for one in CLAIMS:
        if one.name == name:
            return one
    known = ", ".join(one.name for one in CLAIMS)
    raise ValueError(say("There is no claim “{name}”; there are {known}.", name=name, known=known))

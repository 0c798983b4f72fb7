"""How drafts are made with an acceleration adapter: in few steps, with the sampler and the guidance
that it was distilled for."""

from collections.abc import Mapping

import msgspec

MOST_STEPS = 16
"""Nobody distils for more; a name that says more means something else."""


class Acceleration(msgspec.Struct, frozen=True, kw_only=True):
    """A method by which adapters are distilled for few steps.

    `sampler`: of bases that let one be chosen; flow matching keeps its own. `guidance_scale`: 1.0
    is without classifier-free guidance; None where the adapter was made to keep it, and takes that
    of the picture. `steps`: where nothing says how many. `of_families`: family → its own guidance
    and steps, where a model is told its guidance (Flux) or was distilled for another count.
    `strengths`: family → at which strength the adapter is meant, 1.0 for all others.
    """

    title: str
    sampler: str
    guidance_scale: float | None = 1.0
    steps: int = 4
    of_families: Mapping[str, tuple[float, int]] = {}
    strengths: Mapping[str, float] = {}


ACCELERATIONS: Mapping[str, Acceleration] = {
    "lcm": Acceleration(title="LCM", sampler="LCM"),
    "lightning": Acceleration(
        title="Lightning", sampler="Euler trailing", of_families={"qwen-image": (1.0, 8)}
    ),
    "hyper": Acceleration(
        title="Hyper-SD",
        sampler="DDIM trailing",
        steps=8,
        of_families={"flux1": (3.5, 8)},
        strengths={"flux1": 0.125},
    ),
    "hyper-cfg": Acceleration(
        title="Hyper-SD CFG",
        sampler="DDIM trailing",
        guidance_scale=5.0,
        steps=8,
        strengths={"sd3": 0.125},
    ),
    "dmd2": Acceleration(title="DMD2", sampler="LCM"),
    "turbo": Acceleration(title="Turbo", sampler="Euler trailing", of_families={"flux1": (3.5, 8)}),
    "tcd": Acceleration(title="TCD", sampler="TCD"),
    "pcm": Acceleration(title="PCM", sampler="DDIM trailing"),
    "pcm-cfg": Acceleration(title="PCM CFG", sampler="DDIM trailing", guidance_scale=None),
}
"""As their authors give them: LCM-LoRA (arXiv 2311.05556), SDXL-Lightning (2402.13929), Hyper-SD
(2404.13686), DMD2 (2405.14867), TCD (2402.19159), PCM (2405.18407), and the cards of
FLUX.1-Turbo-Alpha and Qwen-Image-Lightning."""


class DraftWay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of a row that is for drafts only. `kind`: of `ACCELERATIONS`; with "", and with one that is
    not known here, drafts keep the picture's own sampler and guidance. `steps`: 0 for what its
    kind is made for, and where that is not known, as many as any draft."""

    kind: str = ""
    steps: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.steps <= MOST_STEPS:
            raise ValueError(f"Drafts take 0 to {MOST_STEPS} steps, not {self.steps}.")

    @property
    def title(self) -> str:
        """What people call its kind; "" where that is not known."""
        known = ACCELERATIONS.get(self.kind)
        return known.title if known else ""

    def steps_on(self, family: str, usual: int) -> int:
        """How many. family: of the base. usual: of drafts without it."""
        known = ACCELERATIONS.get(self.kind)
        if self.steps or known is None:
            return self.steps or usual
        return known.of_families[family][1] if family in known.of_families else known.steps

    def guidance_on(self, family: str, own: float) -> float:
        """own: that of the picture."""
        known = ACCELERATIONS.get(self.kind)
        if known is None:
            return own
        if family in known.of_families:
            return known.of_families[family][0]
        return own if known.guidance_scale is None else known.guidance_scale

    def strength_on(self, family: str) -> float:
        """At which its authors mean it."""
        known = ACCELERATIONS.get(self.kind)
        return known.strengths.get(family, 1.0) if known else 1.0

    @property
    def sampler(self) -> str:
        """What its kind is sampled with; "" for the picture's own."""
        known = ACCELERATIONS.get(self.kind)
        return known.sampler if known else ""

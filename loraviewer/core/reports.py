"""What is known about checkpoints and adapters, as plain values for the window and the CLI."""

import msgspec

from loraviewer.core.placement.packing import Packing
from loraviewer.core.prediction import FoundPrediction
from loraviewer.core.request import SAMPLERS, DtypeName, MergeMode, Sampling
from loraviewer.core.unread import PromptReader


class ModeChoice(msgspec.Struct, frozen=True):
    """How adapters reach one component of a checkpoint. `reason`: one sentence for the person."""

    component: str
    mode: MergeMode
    reason: str = ""


class CheckpointInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A loaded checkpoint. `source`: what opens it again, a path or the name of the demo.
    `identity` is the fingerprint of all its weights."""

    source: str
    name: str
    identity: str
    family: str
    device: str
    dtype: DtypeName
    parameters: int
    weight_bytes: int
    default_width: int
    default_height: int
    size_multiple: int = 8
    default_steps: int = 25
    default_guidance_scale: float = 7.0
    default_sampler: str = "DPM++ 2M"
    samplers: tuple[str, ...] = SAMPLERS
    """What the checkpoint can be sampled with; flow matching keeps its own sampler."""
    known_words: frozenset[str] | None = None
    """Words the checkpoint was trained on, where it says so (the demo); None means unknown."""
    prompts: PromptReader | None = None
    """Knows which words of a prompt are beyond its text encoders; None where nobody asks."""
    merge_modes: tuple[ModeChoice, ...] = ()
    """One for each component."""
    blocks: tuple[str, ...] = ()
    """Of the networks that adapters change (`core.blocks`), in the order of their names."""
    prediction: FoundPrediction | None = None
    """None where it cannot be chosen, as with flow matching."""
    problems: tuple[str, ...] = ()
    """One sentence for each file beside it that was passed over."""
    card_bytes: int = 0
    """What the graphics card has for a base, this one's own memory included; 0 without a card."""

    packing: Packing = ""
    """Whether its denoiser stays as small as its file keeps it; "" where there is no choice."""

    @property
    def merge_mode(self) -> MergeMode:
        """Of its pictures: merged only if every component is."""
        is_merged = all(choice.mode == "merged" for choice in self.merge_modes)
        return "merged" if is_merged else "unmerged"

    def fitted(self, sampling: Sampling) -> Sampling:
        """The same wishes with the size, steps and guidance the checkpoint was made for, and a
        sampler that it can use."""
        is_offered = sampling.sampler in self.samplers
        return msgspec.structs.replace(
            sampling,
            width=self.default_width,
            height=self.default_height,
            steps=self.default_steps,
            guidance_scale=self.default_guidance_scale,
            sampler=sampling.sampler if is_offered else self.default_sampler,
        )


class AdapterSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What an adapter file's header and the files beside it tell, without weights and base.

    `kinds`: kind → number of modules; a module with a DoRA magnitude counts under its own kind and
    under "dora". `evidence`: one sentence for each thing that speaks for a family, the deciding one
    first. `candidates`: every family that the file does not exclude, the likeliest (`family`)
    first; empty where it is unknown. `suggested_strength` is None where nobody suggests one.
    `said_base`: the base that the file names, right or wrong. `problems`: one sentence for each
    file beside it that was passed over. `scaling`: where its alpha comes from. `doubts`: one
    sentence for all that is not certain about its strength. Texts are plain, never markup.
    """

    path: str
    name: str
    sha256: str = ""
    autov3: str = ""
    family: str = "unknown"
    candidates: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    naming: tuple[str, ...] = ()
    kinds: dict[str, int] = {}
    modules: int = 0
    ranks: tuple[int, int] | None = None
    trigger_words: tuple[str, ...] = ()
    suggested_strength: float | None = None
    title: str = ""
    description: str = ""
    notes: str = ""
    preview_path: str = ""
    said_base: str = ""
    problems: tuple[str, ...] = ()
    metadata: dict[str, str] = {}
    dtype: str = ""
    has_text_encoder: bool = False
    scaling: str = ""
    doubts: tuple[str, ...] = ()

    @property
    def autov2(self) -> str:
        """The first ten digits of the SHA-256."""
        return self.sha256[:10]


class LostEncoder(msgspec.Struct, frozen=True):
    """Modules of a text encoder that are not in the base. `sort`: "clip", "t5", "llm" or "other";
    `is_lacking`: the base has no encoder of this sort at all."""

    sort: str
    modules: int
    is_lacking: bool = False


class LostEnergy(msgspec.Struct, frozen=True):
    """‖ΔW‖² at strength 1 of the modules that did not land, of the denoiser and of text encoders;
    None where it depends on weights that are not there."""

    denoiser: float | None = 0.0
    text: float | None = 0.0

    def at(self, scale: float, text_scale: float) -> float | None:
        """At these strengths. A part that is applied at 0 counts nothing, known or not."""
        total = 0.0
        for energy, strength in ((self.denoiser, scale), (self.text, text_scale)):
            if strength and energy is None:
                return None
            total += strength**2 * (energy or 0.0)
        return total


class AdapterReport(msgspec.Struct, frozen=True, kw_only=True):
    """Where every module of an adapter file ended on a given base. Nothing is dropped silently.

    `reasons`: name → why it did not land, where more is known than its list says. `ignored`: names
    of tensors that are no weights (markers, bundled embeddings). `energy_share`: ‖ΔW‖² of what
    landed over ‖ΔW‖² of the whole file, 0 … 1; None where it was not measured. `touched_bytes`:
    memory of the weights that it changes, hence of the base weights to keep; 0 where not known.
    `lost_encoders`: which of the unmatched modules are text encoders'.
    `doubts`: what is uncertain about its strength, one sentence each: those of its summary, and
    what only its values tell.
    `blocks`: where it changes something (`core.blocks`), in the order of their names.
    """

    sha256: str
    matched: tuple[str, ...] = ()
    unmatched: tuple[str, ...] = ()
    shape_mismatch: tuple[str, ...] = ()
    unsupported: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    reasons: dict[str, str] = {}
    energy_share: float | None = None
    touched_bytes: int = 0
    lost_encoders: tuple[LostEncoder, ...] = ()
    lost_energy: LostEnergy = LostEnergy()
    doubts: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        return sum(map(len, (self.matched, self.unmatched, self.shape_mismatch, self.unsupported)))

    @property
    def is_complete(self) -> bool:
        return len(self.matched) == self.total

    @property
    def fits(self) -> bool:
        return bool(self.matched) and not self.shape_mismatch


class WeightCheck(msgspec.Struct, frozen=True):
    """Live weights compared with what the stack must give: how many, and the names of those that
    differ; none when all are exact."""

    checked: int
    differing: tuple[str, ...] = ()

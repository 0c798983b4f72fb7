"""Everything that determines an image, as one frozen value that is also its cache key."""

import hashlib
from typing import Literal

import msgspec

from loraviewer.core.encodable import encode_json
from loraviewer.core.identity import Frozen, differing
from loraviewer.core.merge_rules import SUM, MergeRule
from loraviewer.core.numbers import short_number
from loraviewer.core.prediction import AS_FOUND, Prediction
from loraviewer.core.sentences import figure, say
from loraviewer.core.stack import AppliedAdapter

SAMPLERS: tuple[str, ...] = (
    "DPM++ 2M",
    "DPM++ 2M Karras",
    "DDIM",
    "Euler",
    "Euler a",
    "UniPC",
    "LCM",
    "TCD",
    "Euler trailing",
    "DDIM trailing",
)
"""Names as artists know them; `engine.rendering.samplers` builds the schedulers."""

SCHEMA = 1
"""Of hashes and records. It only grows where an old field comes to mean something else."""

MAX_SEED = 2**63 - 1

DtypeName = Literal["float32", "bfloat16", "float16"]

MergeMode = Literal["merged", "unmerged"]
"""Adapters are in the weights, or computed beside them."""

AskedMergeMode = Literal["auto", "merged", "unmerged"]
"""`auto`: merged wherever the weights can be written."""


WordReading = Literal["plain", "weighted"]
"""Prompts as letters, of which a text encoder reads as many as it takes at once; or with weights
(`core.prompt_weights`) and in chunks, as many as there are, where the base can do that."""


class PromptAuthor(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A language model that wrote a prompt. `host`: of its server, with the port where it has one.
    `instruction`: what it was told. `is_edited`: a person changed what it wrote."""

    model: str
    host: str
    instruction: str
    is_edited: bool = False


class Sampling(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the prompt bar holds. Sizes in picture pixels; seeds 0 … 2⁶³ − 1. `template`: what the
    prompt's words came of by the seed (`core.variants`), "" where they were meant to the letter.
    `author`: who wrote it, None where the person did. `words`: how both prompts are read; what was
    written before there was a choice was read plainly.
    """

    prompt: str = ""
    negative_prompt: str = ""
    seed: int = 7
    steps: int = 10
    guidance_scale: float = 4.0
    sampler: str = "DPM++ 2M"
    width: int = 128
    height: int = 128
    words: WordReading = "plain"
    template: str = ""
    author: PromptAuthor | None = None

    @property
    def typed(self) -> str:
        """What a person wrote for a prompt."""
        return self.template or self.prompt

    def problem(self) -> str | None:
        """One sentence about the first value that cannot be rendered, or None."""
        if not 0 <= self.seed <= MAX_SEED:
            return say(
                "The seed must lie between 0 and {most}, not {seed}.", most=MAX_SEED, seed=self.seed
            )
        if not 1 <= self.steps <= 1000:
            return say("Steps must lie between 1 and 1000, not {steps}.", steps=self.steps)
        if self.sampler not in SAMPLERS:
            return say(
                "There is no sampler “{sampler}”; choose one of {known}.",
                sampler=self.sampler,
                known=", ".join(SAMPLERS),
            )
        if min(self.width, self.height) < 8 or max(self.width, self.height) > 4096:
            return say(
                "Width and height must lie between 8 and 4096, not {width}×{height}.",
                width=self.width,
                height=self.height,
            )
        if self.width % 8 or self.height % 8:
            return say(
                "Width and height must be multiples of 8, not {width}×{height}.",
                width=self.width,
                height=self.height,
            )
        if not 0.0 <= self.guidance_scale <= 100.0:
            return say(
                "Guidance must lie between 0 and 100, not {guidance}.",
                guidance=figure(short_number(self.guidance_scale)),
            )
        return None


class CheckpointRef(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a checkpoint lies, and the fingerprint of its weights ("" until it was loaded)."""

    path: str
    identity: str = ""


class ResumedFrom(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a draft starts: `done` steps of the settled picture of another stack are taken as they
    are, only the others are run. `adapters`: that stack, canonical."""

    adapters: tuple[AppliedAdapter, ...]
    done: int


class GenerationRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All inputs of one image. Equal identities give equal pixels on the same machine with the same
    number of threads.

    `adapters` is canonical (`AdapterStack.applied`). A draft is quick and approximate; a settled
    picture is at full quality. The two never share a cache entry. `held`: sha256 of the adapter
    whose fader is held, of drafts only; their weights may then be a rounding step from the settled
    ones. `grasped`: the settled stack that its drag began from, canonical, () where that is not
    known; those weights are always the same for the same stack, `held` and `grasped`. Answers leave
    both out where the weights are the settled ones. `resumed`: of drafts that run the last steps
    only; drafts without it run few steps from the start. `batch`: the seeds, its own among them,
    that were computed in one go, in order; () for a picture computed alone. Matrix products of
    another shape round differently, so the same picture may differ by a level there.
    `prediction`: what the checkpoint's own files do not say of what its denoiser predicts.
    `merge_rule`: how the adapters become one change; the sum where there is none.
    `draft_adapter`: sha256 of the one among `adapters` that a draft alone is made with, whose
    settled picture has it not; "" where there is none. `is_compiled`: the denoiser ran compiled,
    whose sums round otherwise. Asked for, it may be either, and the answer says which; without, it
    never is.
    """

    checkpoint: CheckpointRef
    adapters: tuple[AppliedAdapter, ...] = ()
    sampling: Sampling = Sampling()
    device: str = "cpu"
    dtype: DtypeName = "float32"
    merge_mode: MergeMode = "merged"
    is_draft: bool = False
    held: str = ""
    grasped: tuple[AppliedAdapter, ...] = ()
    resumed: ResumedFrom | None = None
    batch: tuple[int, ...] = ()
    prediction: Prediction = AS_FOUND
    merge_rule: MergeRule = SUM
    draft_adapter: str = ""
    is_compiled: bool = False

    @property
    def steps_run(self) -> int:
        """Denoising rounds that this picture takes."""
        return self.sampling.steps - (self.resumed.done if self.resumed else 0)

    def origin(self) -> "GenerationRequest":
        """The settled picture whose steps a draft that resumes takes as they are."""
        adapters = self.resumed.adapters if self.resumed else self.adapters
        return msgspec.structs.replace(
            self, adapters=adapters, is_draft=False, held="", grasped=(), resumed=None
        )

    def from_the_start(self) -> "GenerationRequest":
        """The draft of as many steps that needs no other picture."""
        sampling = msgspec.structs.replace(self.sampling, steps=self.steps_run)
        return msgspec.structs.replace(self, sampling=sampling, resumed=None)

    def of_batch(self) -> tuple["GenerationRequest", ...]:
        """All pictures that are computed in one go with this one, itself where it is alone."""
        seeds = self.batch or (self.sampling.seed,)
        return tuple(self.with_seed(seed) for seed in seeds)

    def uncompiled(self) -> "GenerationRequest":
        """The same picture by the denoiser as its library runs it."""
        return msgspec.structs.replace(self, is_compiled=False)

    def answers(self) -> tuple["GenerationRequest", ...]:
        """What may answer it, the likeliest first."""
        return (self, self.uncompiled()) if self.is_compiled else (self,)

    def with_seed(self, seed: int) -> "GenerationRequest":
        sampling = msgspec.structs.replace(self.sampling, seed=seed)
        return msgspec.structs.replace(self, sampling=sampling)

    def problem(self) -> str | None:
        """One sentence about the first value that cannot be rendered, or None."""
        if self.batch and self.sampling.seed not in self.batch:
            return say("The seed {seed} is not among those of its batch.", seed=self.sampling.seed)
        if self.resumed is not None and not 0 < self.resumed.done < self.sampling.steps:
            return say(
                "A draft cannot resume after {done} of {steps} steps.",
                done=self.resumed.done,
                steps=self.sampling.steps,
            )
        return self.merge_rule.problem() or self.sampling.problem()

    def sha256(self) -> str:
        """Hex digest of what decides the pixels: contents and numbers, never paths or names, and of
        words, not what they came of.

        Of `{"schema": 1, …}` as JSON with sorted keys and only what differs from `FROZEN`.
        """
        identity = self.checkpoint.identity or self.checkpoint.path
        resumed = self.resumed
        bare = msgspec.structs.replace(
            self,
            adapters=_anonymous(self.adapters),
            grasped=_anonymous(self.grasped),
            checkpoint=msgspec.structs.replace(self.checkpoint, path="", identity=identity),
            sampling=msgspec.structs.replace(self.sampling, template="", author=None),
            resumed=resumed
            and msgspec.structs.replace(resumed, adapters=_anonymous(resumed.adapters)),
        )
        told = {"schema": SCHEMA, **differing(bare, FROZEN)}
        return hashlib.sha256(encode_json(told, order="deterministic")).hexdigest()


def _anonymous(adapters: tuple[AppliedAdapter, ...]) -> tuple[AppliedAdapter, ...]:
    return tuple(msgspec.structs.replace(a, name="", path="") for a in adapters)


FROZEN: Frozen = {
    GenerationRequest: {
        "adapters": [],
        "sampling": {},
        "device": "cpu",
        "dtype": "float32",
        "merge_mode": "merged",
        "is_draft": False,
        "held": "",
        "grasped": [],
        "resumed": None,
        "batch": [],
        "prediction": {},
        "merge_rule": {},
        "draft_adapter": "",
        "is_compiled": False,
    },
    Sampling: {
        "prompt": "",
        "negative_prompt": "",
        "seed": 7,
        "steps": 10,
        "guidance_scale": 4,
        "sampler": "DPM++ 2M",
        "width": 128,
        "height": 128,
        "template": "",
        "author": None,
        "words": "plain",
    },
    PromptAuthor: {"is_edited": False},
    CheckpointRef: {"path": "", "identity": ""},
    AppliedAdapter: {"name": "", "path": "", "block_scales": []},
    ResumedFrom: {},
    Prediction: {"type": "", "zero_snr": None},
    MergeRule: {"name": "sum", "amount": 0.0},
}
"""What hashes of schema 1 leave out and what records without these fields mean. Never edit a line,
whatever the structs' own defaults become; a new field adds the default that it starts with."""

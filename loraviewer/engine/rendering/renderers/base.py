"""What the engine needs to render with a pipeline, whatever its calling convention."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import Progress
from loraviewer.core.picture import Picture
from loraviewer.core.prediction import AS_FOUND, Prediction
from loraviewer.core.request import Sampling
from loraviewer.engine.rendering.glimpses import AtOnce, Glimpses
from loraviewer.engine.rendering.preview import LatentPreview
from loraviewer.engine.rendering.renderers.guided_output import Guided
from loraviewer.engine.rendering.renderers.kept_steps import KeptStep, StepKeeper
from loraviewer.engine.rendering.renderers.taking_turns import Turns


@dataclass(frozen=True)
class Watch:
    """What is checked, told and kept after every step. `preview` is None where no rough picture can
    be made of the latents, `keeper` where nothing is to start again from them, `turns` where the
    denoiser is the same in all steps, `guided` where the sampler is given what the network says.
    `glimpses`: when numbers of a step are looked at."""

    token: CancelToken
    on_progress: Callable[[Progress], None]
    preview: LatentPreview | None = None
    keeper: StepKeeper | None = None
    turns: Turns | None = None
    guided: Guided | None = None
    glimpses: Glimpses = field(default_factory=AtOnce)


@dataclass(frozen=True)
class Decoded:
    """A picture, and the edge of the tiles that it was decoded in; 0 for whole. `has_widened`: it
    took float32, because float16 overflowed."""

    picture: Picture
    tile_px: int = 0
    has_widened: bool = False


class Renderer(Protocol):
    """Renders with one pipeline on the engine thread. `samplers`: names it can use, its own first.
    `size_multiple`: what width and height must be multiples of, in pixels. `takes_batches`: whether
    several seeds can be denoised in one go. `prediction`: what its checkpoint predicts, None where
    no other can be asked for. `changes_prompts`: whether the prompts of each turn reach the
    denoiser; without, all steps have those of the call. `least_guided`: a guidance scale up to
    which the negative prompt is left out."""

    samplers: tuple[str, ...]
    size_multiple: int
    takes_batches: bool
    prediction: Prediction | None
    changes_prompts: bool
    least_guided: float

    @property
    def pixel_bytes(self) -> int:
        """Memory that decoding takes at most for each pixel of a picture; 0 where it cannot be done
        in tiles."""
        ...

    @property
    def takes_negative(self) -> bool:
        """Whether a negative prompt changes anything, at a guidance scale above 1."""
        ...

    def chunks(self, text: str) -> int:
        """How many chunks a weighted prompt takes; 0 where this pipeline reads letters only."""
        ...

    def encode(self, text: str, is_negative: bool, chunks: int = 0) -> Any:
        """The prompt as this pipeline takes it; may be kept and used again. chunks: 0 for letters;
        else the weighted prompt, filled up with empty chunks to so many, or cut to them."""
        ...

    def denoise(
        self,
        sampling: Sampling,
        positive: Any,
        negative: Any,
        watch: Watch,
        kept: KeptStep | None = None,
        seeds: Sequence[int] = (),
        prediction: Prediction = AS_FOUND,
    ) -> Sequence[Any]:
        """What `decode` makes pictures of: one, or one for each of `seeds`. `Cancelled` after any
        step, `NotFinite` where that is cheap to see. kept: start after this step of a picture with
        the same sampling; only where `watch.keeper` was given steps before, and without `seeds`.
        prediction: what is to be taken otherwise than the checkpoint says."""
        ...

    def decode(self, denoised: Any, tile_px: int = 0) -> Decoded:
        """tile_px: edge of the tiles in picture pixels, 0 for the whole at once. Raises
        `NotFinite`."""
        ...

    def fit_preview(self) -> LatentPreview | None:
        """None where no rough picture can be made of latents."""
        ...

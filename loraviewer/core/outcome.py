"""How a job ended, and what it said on the way. Failures cross threads as data, not exceptions."""

from enum import StrEnum

import msgspec

from loraviewer.core.memory_plan import MemoryPlan
from loraviewer.core.picture import Picture
from loraviewer.core.request import GenerationRequest
from loraviewer.core.sentences import Sentence, say
from loraviewer.core.unread import Unread


class Timings(msgspec.Struct, frozen=True):
    """Milliseconds of the four stages of one image; 0 where a cache answered."""

    merge_ms: float = 0.0
    encode_ms: float = 0.0
    denoise_ms: float = 0.0
    decode_ms: float = 0.0

    @property
    def total_ms(self) -> float:
        return self.merge_ms + self.encode_ms + self.denoise_ms + self.decode_ms

    def share_of(self, pictures: int, decode_ms: float) -> "Timings":
        """Of one of so many pictures made in one go, which was decoded alone."""
        return Timings(
            self.merge_ms / pictures,
            self.encode_ms / pictures,
            self.denoise_ms / pictures,
            decode_ms,
        )


class Progress(msgspec.Struct, frozen=True):
    """`step` of `steps` denoising rounds are done; the preview is a rough decode or None. `memory`:
    how base weights will be kept, told before it is done; None where nothing changes."""

    step: int
    steps: int
    preview: Picture | None = None
    memory: MemoryPlan | None = None


class Rendered(msgspec.Struct, frozen=True):
    """A finished image and where it came from. `fingerprint` is of the live weights, "" for those
    of a held fader. `memory`: how the base weights of its stack were kept.
    `tile_px`: edge of the tiles that it was decoded in, in its pixels; 0 for whole. `has_widened`:
    the VAE overflowed in float16, so it decoded once more in float32. `threads`: of the CPU that
    computed it, for sums over other parts round differently; 0 where an accelerator did. `unread`:
    words of its prompts that the checkpoint did not read. `is_from_store`: the cache that it came
    from is the picture store on disk. `made_on`: what kind of device of another computer made it;
    "" for this one's, or one of the same kind, which gives the same bytes."""

    request: GenerationRequest
    picture: Picture
    timings: Timings
    fingerprint: str
    is_from_cache: bool = False
    memory: MemoryPlan | None = None
    tile_px: int = 0
    has_widened: bool = False
    threads: int = 0
    unread: tuple[Unread, ...] = ()
    is_from_store: bool = False
    made_on: str = ""


class FailureKind(StrEnum):
    CHECKPOINT = "checkpoint"
    ADAPTER = "adapter"
    MERGE = "merge"
    MEMORY = "memory"
    REQUEST = "request"
    PICTURE = "picture"
    FILE = "file"
    INTERNAL = "internal"


class Failure(msgspec.Struct, frozen=True):
    """One sentence for the person, and details to copy. `subject` is an adapter's sha256 if one
    adapter is to blame. `reasons`: sentences about each of several things that the message only
    counts; they are in the details, too."""

    kind: FailureKind
    message: str
    detail: str = ""
    subject: str = ""
    reasons: tuple[str, ...] = ()


class LoraviewerError(Exception):
    """An expected failure: its text is one sentence that names the file and what to do. `message`
    is that sentence, which may be shown in another language; `str` of the error is its English."""

    kind = FailureKind.INTERNAL

    def __init__(self, message: str, *, subject: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.subject = subject

    def failure(self, detail: str = "") -> Failure:
        return Failure(self.kind, self.message, detail, self.subject)


class CheckpointError(LoraviewerError):
    kind = FailureKind.CHECKPOINT


class AdapterError(LoraviewerError):
    kind = FailureKind.ADAPTER


class MergeError(LoraviewerError):
    kind = FailureKind.MERGE


class RequestError(LoraviewerError):
    kind = FailureKind.REQUEST


class NotFinite(LoraviewerError):  # noqa: N818 - it says what the numbers are
    """Infinite or undefined numbers instead of a picture. Never with a subject: at a lower strength
    or in a wider precision, every adapter concerned is a good one."""

    kind = FailureKind.PICTURE


class FileError(LoraviewerError):
    kind = FailureKind.FILE


class OutOfMemory(LoraviewerError):  # noqa: N818 - the field's word
    kind = FailureKind.MEMORY


def text_of(error: BaseException) -> str:
    """What an error says; those of foreign code may be unable to."""
    if isinstance(error, LoraviewerError):
        return error.message
    if error.args and isinstance(error.args[0], Sentence):
        return error.args[0]
    try:
        return str(error)
    except Exception:  # noqa: BLE001
        return say("it cannot say what")

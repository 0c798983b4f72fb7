"""Whether a processor computes faster in bfloat16: as it was measured on this machine, kept in a
file, and in a sentence. Having the instructions is not enough: some processors have them, and take
longer with them."""

import os
import platform
from importlib import metadata
from pathlib import Path

import msgspec

from loraviewer.core.atomic import new_file
from loraviewer.core.outcome import FileError
from loraviewer.core.regular_files import read_regular
from loraviewer.core.sentences import Sentence, figure, say

_PAYS = 1.1
"""As many times as fast, or more; what is less is lost in what else the machine does."""

_MOST_BYTES = 64 * 1024


class PrecisionSpeed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`machine`: where it was measured, as `this_machine` names it. `has_bfloat16`: the processor
    has instructions for it. `ratio`: seconds in float32 over seconds in bfloat16 for the same work;
    None where the processor lacks it, and nothing was measured."""

    machine: str
    has_bfloat16: bool
    ratio: float | None = None

    @property
    def pays(self) -> bool:
        """Whether bfloat16 is worth being named as the quicker one."""
        return self.ratio is not None and self.ratio >= _PAYS

    @property
    def sentence(self) -> Sentence | None:
        """For a person; None where the processor has nothing to offer."""
        if not self.has_bfloat16 or self.ratio is None:
            return None
        if self.pays:
            return say(
                "bfloat16 is {times} times as fast as float32 on this processor; pictures of the "
                "demo differ by half a level on average.",
                times=figure(f"{self.ratio:.1f}"),
            )
        if self.ratio > 1 / _PAYS:
            return say("bfloat16 is no faster than float32 on this processor.")
        return say(
            "This processor has bfloat16, but takes {times} times as long with it as with float32.",
            times=figure(f"{1 / self.ratio:.1f}"),
        )


def this_machine() -> str:
    """What a measurement holds for: processor, cores of this process, torch's version."""
    return f"{_processor()}, {_cores()} cores, torch {_torch_version()}"


def read_speed(path: Path, machine: str) -> PrecisionSpeed | None:
    """What was measured on this machine; None where there is nothing, something of another one, or
    a file that cannot be read: it is then measured again."""
    try:
        speed = msgspec.json.decode(read_regular(path, _MOST_BYTES), type=PrecisionSpeed)
    except (OSError, FileError, msgspec.DecodeError, ValueError, RecursionError):
        return None
    is_of_here = speed.machine == machine and (speed.ratio is None or speed.ratio > 0)
    return speed if is_of_here else None


def write_speed(path: Path, speed: PrecisionSpeed) -> None:
    """Whole or not at all; `FileError` where the folder does not let us."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        said = say("“{path}” cannot be written ({why}).", path=str(path), why=str(error.strerror))
        raise FileError(said) from error
    with new_file(path) as new:
        new.write_bytes(msgspec.json.encode(speed))


def processor_flags() -> frozenset[str]:
    """Names of instruction sets as Linux tells them; empty elsewhere."""
    return frozenset(_told("flags").split() + _told("Features").split())


def _processor() -> str:
    return _told("model name") or platform.processor() or platform.machine()


def _told(name: str) -> str:
    """The first line of this name about the processors; "" where nobody tells."""
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8", errors="replace")
    except OSError:
        return ""
    lines = (line.partition(":") for line in text.splitlines())
    return next((value.strip() for key, _, value in lines if key.strip() == name), "")


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _torch_version() -> str:
    """Without importing it, which takes seconds."""
    try:
        return metadata.version("torch")
    except metadata.PackageNotFoundError:
        return "?"

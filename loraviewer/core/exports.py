"""What is to be exported of a pane's stack, as the command that does it, and what that tells.

The window never writes weights itself: a process of its own does, so that pictures go on meanwhile,
a cancel is at once, and all of its memory goes back.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from itertools import zip_longest
from typing import Any, Literal, TypeVar

import msgspec

from loraviewer.core.arguments import AdapterArgument, spelled
from loraviewer.core.licences import PartNote
from loraviewer.core.merge_rules import MergeRule
from loraviewer.core.nothing_applied import Reason, reason_words
from loraviewer.core.outcome import FileError
from loraviewer.core.sentences import Sentence, say
from loraviewer.core.stack import AppliedAdapter

_Told = TypeVar("_Told")

ExportKind = Literal["checkpoint", "adapter"]
ExportNames = Literal["auto", "kohya", "peft"]
Precision = Literal["base", "float32", "bfloat16", "float16"]
"""Of a checkpoint's numbers; "base": each as the base stores it."""
ExportLayout = Literal["base", "folder", "file"]
"""A diffusers folder, or one file in the names of the original code; "base": as the base."""

COMPARING = "comparing pictures"
"""The phase that begins once the export is written, whole."""

PROOFS = 3
"""Seeds whose pictures are compared."""


class ExportSource(msgspec.Struct, frozen=True, kw_only=True):
    """What is live in a pane. `base`: what opens it again. `adapters`: those that are applied, in
    the order of their rows. `why_none`: why there are none."""

    base: str
    adapters: tuple[AppliedAdapter, ...]
    rule: MergeRule
    why_none: Reason | None = None

    @property
    def arguments(self) -> tuple[str, ...]:
        loras = (part for one in self.adapters for part in ("--lora", _spelled(one)))
        rule = () if self.rule.is_sum else ("--merge-rule", self.rule.text)
        return ("--base", self.base, *loras, *rule)

    def problem(self, kind: ExportKind) -> str | None:
        """One sentence about why there is nothing to export, or None."""
        if self.rule.acts_at_decoding:
            return say(
                "“{rule}” acts while a picture is denoised and changes no weights; choose "
                "another merge rule.",
                rule=self.rule.name,
            )
        if not self.adapters and kind == "adapter":
            why = reason_words(self.why_none or "off")
            return say("{why} There is no change to write.", why=why)
        return None


class ExportWish(msgspec.Struct, frozen=True, kw_only=True):
    """`rank`: None for the exact sum. `layout`, `precision`: of a checkpoint. `prompt`: of the
    pictures that prove it, None for no proof. `is_replacing`: a file of that name may go."""

    source: ExportSource
    kind: ExportKind
    path: str
    names: ExportNames = "auto"
    rank: int | None = None
    layout: ExportLayout = "base"
    precision: Precision = "base"
    prompt: str | None = None
    is_replacing: bool = False

    @property
    def arguments(self) -> tuple[str, ...]:
        own: list[str] = []
        if self.kind == "adapter":
            own += ["--names", self.names]
            own += [] if self.rank is None else ["--rank", str(self.rank)]
        if self.kind == "checkpoint":
            own += [] if self.layout == "base" else ["--layout", self.layout]
            own += [] if self.precision == "base" else ["--dtype", self.precision]
        if self.prompt is not None:
            own += ["--prove", str(PROOFS), f"--prompt={self.prompt}"]
        if self.is_replacing:
            own.append("--force")
        return ("bake", *self.source.arguments, "--as", self.kind, "-o", self.path, *own)

    @property
    def command(self) -> str:
        """For a shell."""
        return shlex.join(("loraviewer", *self.arguments))


class RankWish(msgspec.Struct, frozen=True, kw_only=True):
    """What one adapter file would lose at each rank."""

    source: ExportSource
    names: ExportNames = "auto"

    @property
    def arguments(self) -> tuple[str, ...]:
        asked = ("--as", "adapter", "--names", self.names, "--rank-errors")
        return ("bake", *self.source.arguments, *asked)


class PartsWish(msgspec.Struct, frozen=True, kw_only=True):
    """What the parts of an export say of their licences."""

    source: ExportSource

    @property
    def arguments(self) -> tuple[str, ...]:
        return ("bake", *self.source.arguments, "--parts")


class LayoutsWish(msgspec.Struct, frozen=True, kw_only=True):
    """In which layouts a base can be written."""

    base: str

    @property
    def arguments(self) -> tuple[str, ...]:
        return ("bake", "--base", self.base, "--layouts")


class Proven(msgspec.Struct, frozen=True):
    """How far a picture of the export lies from the stack's, in levels of 255."""

    seed: int
    mean_levels: float
    largest_levels: int


class Exported(msgspec.Struct, frozen=True):
    """What `bake --json` tells; fields that it does not name are left out."""

    output: str
    modules: int
    relative_error: float | None = None
    notes: tuple[str, ...] = ()
    proof: tuple[Proven, ...] = ()


class _ExportTold(Exported, frozen=True):
    """`said`: as many as notes, by which these can be translated; a version without it is read."""

    said: tuple[Any, ...] = ()


class RanksTold(msgspec.Struct, frozen=True):
    """`rank_errors`: rank → relative error, None where it is not known."""

    rank_errors: Mapping[int, float | None]
    exact_rank: int


class _LayoutsTold(msgspec.Struct, frozen=True):
    """`said`: by which the reasons can be translated."""

    layouts: Mapping[ExportLayout, str]
    said: Mapping[str, Any] = {}


class PartsTold(msgspec.Struct, frozen=True):
    """What `bake --parts` tells: “unknown” where a part says nothing."""

    parts: tuple[PartNote, ...]

    @property
    def notes(self) -> tuple[PartNote, ...]:
        return tuple(part.as_read() for part in self.parts)


def read_parts(text: bytes) -> PartsTold:
    return _read(text, PartsTold)


def read_layouts(text: bytes) -> Mapping[ExportLayout, str]:
    """Of each layout why it cannot be written, "" where it can."""
    told = _read(text, _LayoutsTold)
    return {
        name: Sentence.from_data(told.said.get(name)) or why for name, why in told.layouts.items()
    }


def read_exported(text: bytes) -> Exported:
    told = _read(text, _ExportTold)
    notes = zip_longest(told.notes, told.said[: len(told.notes)])
    return Exported(
        output=told.output,
        modules=told.modules,
        relative_error=told.relative_error,
        notes=tuple(Sentence.from_data(said) or note for note, said in notes),
        proof=told.proof,
    )


def read_ranks(text: bytes) -> RanksTold:
    return _read(text, RanksTold)


def _read(text: bytes, kind: type[_Told]) -> _Told:
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise FileError(
            say("The export told something that cannot be read: {why}.", why=str(error))
        ) from error


def _spelled(adapter: AppliedAdapter) -> str:
    asked = AdapterArgument(
        adapter.path, adapter.scale, adapter.text_scale, block_scales=adapter.block_scales
    )
    return spelled(asked)

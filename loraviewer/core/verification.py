"""Whether a picture that was made again from its record is the same, and if not, why."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from loraviewer.core.infotext import ImageRecord
from loraviewer.core.numbers import short_number
from loraviewer.core.picture import Picture
from loraviewer.core.request import GenerationRequest
from loraviewer.core.sentences import figure, say, together

Result = Literal["identical", "within", "different", "impossible"]

WITHIN_LEVELS = 2
"""Of 255: by so much sums that are rounded in another order may move a pixel."""


class Differences(msgspec.Struct, frozen=True):
    """Of two pictures of one size, in levels of 0 … 255, over all pixels and colours."""

    largest: int
    mean: float


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """`max_difference` and `mean_difference` None where nothing could be compared. `causes`: what
    is otherwise than it was, the likeliest to count first. `missing`: what it cannot be made again
    without."""

    result: Result
    max_difference: int | None = None
    mean_difference: float | None = None
    causes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return self.result in ("identical", "within")

    def sentence(self) -> str:
        """For a person, without the name of the picture."""
        if self.result == "identical":
            return say("Made again from its record, it is identical to the last pixel.")
        if self.result == "impossible":
            return say("It cannot be made again: {why}.", why=together(self.missing, "; "))
        if self.max_difference is None:
            return say(
                "It cannot be compared with what its record makes: {why}.", why=self.causes[0]
            )
        levels = say(
            "it differs by at most {most} of 255 levels, {mean} on average",
            most=self.max_difference,
            mean=figure(short_number(self.mean_difference or 0.0)),
        )
        if not self.causes:
            return say("Made again from its record, {levels}.", levels=levels)
        return say(
            "Made again from its record, {levels} ({why}).", levels=levels, why=self.causes[0]
        )


class RecordedPicture(msgspec.Struct, frozen=True, kw_only=True):
    """A saved picture, and what makes it again. `picture`: its pixels as they are. `request`: that
    of its record, with its adapters where they lie now; those in `changed` have another content.
    `missing`: what of it is not there; the request is then of no use."""

    record: ImageRecord
    picture: Picture
    request: GenerationRequest
    changed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def other_size() -> Verification:
    """Of a picture that is larger or smaller than the one that its record makes."""
    return Verification(result="different", causes=(_OTHER_SIZE,))


def impossible(*missing: str) -> Verification:
    return Verification(result="impossible", missing=missing)


def beyond_record(beyond: str) -> str:
    """For `impossible`; beyond: as in `ImageRecord`."""
    return say(
        "its record alone cannot say all of how it was made ({beyond}); “loraviewer lab "
        "run” with the description.json of its experiment makes it again",
        beyond=beyond,
    )


def judged(differences: Differences, causes: Sequence[str]) -> Verification:
    if not differences.largest:
        return Verification(result="identical", max_difference=0, mean_difference=0.0)
    is_within = differences.largest <= WITHIN_LEVELS
    return Verification(
        result="within" if is_within else "different",
        max_difference=differences.largest,
        mean_difference=round(differences.mean, 6),
        causes=tuple(causes) or (_EDITED,),
    )


_OTHER_SIZE = say("its size is not the one that its record names")
_EDITED = say(
    "all that its record names is as it was, so its pixels were changed after it was saved"
)


def causes_of(
    record: ImageRecord, again: ImageRecord, changed: Sequence[str] = ()
) -> tuple[str, ...]:
    """record: of the picture; again: of the one that was made now; changed: names of adapters whose
    files are others than then."""
    files = [say("the adapter “{name}” has changed since", name=name) for name in changed]
    was, now = record.request, again.request
    if was.checkpoint.identity != now.checkpoint.identity:
        files.append(say("the base has other weights than then"))
    elif not changed and record.fingerprint and record.fingerprint != again.fingerprint:
        files.append(say("the merged weights are others than then"))
    return (*files, *_versions(record.versions, again.versions), *_computing(record, again))


def _versions(was: dict[str, str], now: dict[str, str]) -> list[str]:
    """Of the packages that both name."""
    names = [name for name in was if name in now and was[name] != now[name]]
    return [
        say("{name} was {old} and is {new}", name=name, old=was[name], new=now[name])
        for name in names
    ]


def _told(value: object) -> str:
    return value if isinstance(value, str) else str(value)


def _ran(request: GenerationRequest) -> str:
    return say("compiled") if request.is_compiled else say("not compiled")


def _computing(record: ImageRecord, again: ImageRecord) -> list[str]:
    was, now = record.request, again.request
    here = say("this computer's own")
    pairs = {
        say("device"): (was.device, now.device),
        say("precision"): (was.dtype, now.dtype),
        say("way of merging"): (was.merge_mode, now.merge_mode),
        say("denoiser"): (_ran(was), _ran(now)),
        say("sampler"): (was.sampling.sampler, now.sampling.sampler),
        say("number of CPU threads"): (record.threads, again.threads),
        say("edge of tiles"): (record.tile_px, again.tile_px),
        say("precision of the VAE"): (record.has_widened, again.has_widened),
        say("kind of device"): (record.made_on or here, again.made_on or here),
    }
    return [
        say("the {what} was {old} and is {new}", what=name, old=_told(old), new=_told(new))
        for name, (old, new) in pairs.items()
        if old != new
    ]

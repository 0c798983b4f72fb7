"""What the parts of an export say of their licences, and what follows for the whole of it."""

import re
from collections.abc import Iterable
from typing import Literal

import msgspec

from loraviewer.core.sentences import say

UNKNOWN = "unknown"
NON_COMMERCIAL, NO_DERIVATIVES = "non-commercial", "no-derivatives"
Restriction = Literal["non-commercial", "no-derivatives"]

_MARKS: tuple[tuple[Restriction, re.Pattern[str]], ...] = (
    (
        NON_COMMERCIAL,
        re.compile(
            r"non[-_ ]?commercial|\bnc\b|no commercial|not for commercial|"
            r"research[- ](?:only|purposes only)|personal use only"
        ),
    ),
    (
        NO_DERIVATIVES,
        re.compile(r"no[-_ ]?deriv|\bnd\b|no merges|no merging|may not be (?:merged|modified)"),
    ),
)


class PartNote(msgspec.Struct, frozen=True, kw_only=True):
    """One part of an export. `scale` and `text_scale`: strengths of an adapter, None of the base.
    `licence`, `author` and `source` as its own metadata or the files beside it say; "" where they
    say nothing."""

    role: Literal["base", "adapter"]
    name: str
    sha256: str = ""
    scale: float | None = None
    text_scale: float | None = None
    licence: str = ""
    author: str = ""
    source: str = ""

    @property
    def restrictions(self) -> tuple[Restriction, ...]:
        """What its licence forbids as far as a few words can tell; nothing does not mean leave."""
        text = self.licence.lower()
        return tuple(name for name, pattern in _MARKS if pattern.search(text))

    def told(self) -> dict[str, object]:
        """For JSON: what is not known is called so."""
        found = {name: value for name, value in msgspec.structs.asdict(self).items()
                 if value is not None}  # fmt: skip
        return {name: UNKNOWN if value == "" else value for name, value in found.items()}

    def as_read(self) -> "PartNote":
        """From what `told` gave."""
        texts = {name: "" for name in ("sha256", "licence", "author", "source")
                 if getattr(self, name) == UNKNOWN}  # fmt: skip
        return msgspec.structs.replace(self, **texts)


def combined_note(parts: Iterable[PartNote]) -> str:
    """One line for all parts, as a file's metadata have it."""
    return "; ".join(f"{part.name}: {part.licence or UNKNOWN}" for part in parts)


def warnings(parts: Iterable[PartNote]) -> tuple[str, ...]:
    """A sentence for each part whose licence seems to forbid something."""
    found: list[str] = []
    for part in parts:
        if NON_COMMERCIAL in part.restrictions:
            found.append(
                say("The licence of “{name}” says non-commercial: “{licence}”.",
                    name=part.name, licence=part.licence)
            )  # fmt: skip
        if NO_DERIVATIVES in part.restrictions:
            found.append(
                say(
                    "The licence of “{name}” says that there must be no derivatives, and an export "
                    "is one: “{licence}”.",
                    name=part.name,
                    licence=part.licence,
                )
            )
    return tuple(found)

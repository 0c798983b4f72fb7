"""What the claims' experiments showed, as it lies beside the demo."""

from pathlib import Path
from typing import Literal

import msgspec

from loraviewer.core.encodable import encode_json
from loraviewer.core.outcome import FileError
from loraviewer.core.regular_files import read_regular

Holds = Literal["yes", "in part", "no", "open"]

HOLDS: dict[Holds, str] = {
    "yes": "It holds",
    "in part": "It holds in part",
    "no": "It does not hold",
    "open": "Nothing can be said",
}

_MOST_BYTES = 1 << 20


class Finding(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Of one claim. `sentences`: whole ones, with numbers and intervals. `overturned_by`: what
    would have to be seen for another conclusion. `cells` and `pictures`: 0 where none were made."""

    name: str
    holds: Holds
    sentences: tuple[str, ...]
    overturned_by: str
    cells: int = 0
    pictures: int = 0
    prompts: int = 0
    seeds: int = 0

    @property
    def headline(self) -> str:
        return f"{HOLDS[self.holds]}."

    @property
    def size(self) -> str:
        """How much it stands on, in words; "" where it is not pictures."""
        if not self.pictures:
            return ""
        return f"{self.pictures} pictures, {self.prompts} prompts, {self.seeds} seeds of each"


class Findings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`made_by`: versions of the packages that decide pixels and numbers."""

    made_by: dict[str, str]
    findings: tuple[Finding, ...]

    def of(self, name: str) -> Finding | None:
        return next((one for one in self.findings if one.name == name), None)


def encoded(findings: Findings) -> bytes:
    fields = msgspec.to_builtins(findings)
    return msgspec.json.format(encode_json(fields, order="deterministic"), indent=2) + b"\n"


def read_findings(path: Path) -> Findings:
    """Raises `FileError` that names the file."""
    try:
        return msgspec.json.decode(read_regular(path, _MOST_BYTES), type=Findings)
    except OSError as error:
        raise FileError(f"“{path}” cannot be read: {error.strerror or error}.") from error
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise FileError(f"“{path}” holds no findings: {error}.") from error

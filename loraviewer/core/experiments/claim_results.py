"""What the claims' experiments showed, as it lies beside the demo."""

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from loraviewer.core.encodable import encode_json, plain
from loraviewer.core.outcome import FileError
from loraviewer.core.regular_files import read_regular
from loraviewer.core.sentences import Sentence, say
from loraviewer.core.system_reasons import reason_of

Holds = Literal["yes", "in part", "no", "open"]

_HEADLINES: dict[Holds, str] = {
    "yes": say("It holds."),
    "in part": say("It holds in part."),
    "no": say("It does not hold."),
    "open": say("Nothing can be said."),
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
        return _HEADLINES[self.holds]

    @property
    def size(self) -> str:
        """How much it stands on, in words; "" where it is not pictures."""
        if not self.pictures:
            return ""
        return say(
            "{pictures} pictures, {prompts} prompts, {seeds} seeds of each",
            pictures=self.pictures,
            prompts=self.prompts,
            seeds=self.seeds,
        )


class Findings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`made_by`: versions of the packages that decide pixels and numbers."""

    made_by: dict[str, str]
    findings: tuple[Finding, ...]

    def of(self, name: str) -> Finding | None:
        return next((one for one in self.findings if one.name == name), None)


class _Kept(Finding, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """As it lies in a file: `made_of` says of each sentence, and last of `overturned_by`, what it
    was made of, so that it can be said in other languages; null of those that cannot."""

    made_of: tuple[Any, ...] = ()


class _KeptFindings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    made_by: dict[str, str]
    findings: tuple[_Kept, ...]


def encoded(findings: Findings) -> bytes:
    fields = plain(findings)
    for kept, finding in zip(fields["findings"], findings.findings, strict=True):
        told = (*finding.sentences, finding.overturned_by)
        if any(isinstance(one, Sentence) for one in told):
            kept["made_of"] = [one.data() if isinstance(one, Sentence) else None for one in told]
    return msgspec.json.format(encode_json(fields, order="deterministic"), indent=2) + b"\n"


def read_findings(path: Path) -> Findings:
    """Raises `FileError` that names the file."""
    try:
        kept = msgspec.json.decode(read_regular(path, _MOST_BYTES), type=_KeptFindings)
    except OSError as error:
        raise FileError(
            say(
                "“{path}” cannot be read: {why}.",
                path=str(path),
                why=reason_of(error),
            )
        ) from error
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise FileError(
            say("“{path}” holds no findings: {why}.", path=str(path), why=str(error))
        ) from error
    return Findings(made_by=kept.made_by, findings=tuple(map(_finding, kept.findings)))


def _finding(kept: _Kept) -> Finding:
    *sentences, overturned_by = _translatable((*kept.sentences, kept.overturned_by), kept.made_of)
    return Finding(
        name=kept.name,
        holds=kept.holds,
        sentences=tuple(sentences),
        overturned_by=overturned_by,
        cells=kept.cells,
        pictures=kept.pictures,
        prompts=kept.prompts,
        seeds=kept.seeds,
    )


def _translatable(told: Sequence[str], made_of: Sequence[Any]) -> list[str]:
    """What they were made of counts only where it says the same: the text is what was meant."""
    found = map(Sentence.from_data, itertools.chain(made_of, itertools.repeat(None)))
    pairs = zip(told, found, strict=False)
    return [text if one is None or one != text else one for text, one in pairs]

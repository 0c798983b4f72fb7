"""What the adapters of a stack did and did not change in a base, for the command line."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from loraviewer.core.lost_encoders import lost_words
from loraviewer.core.reports import AdapterReport
from loraviewer.core.stack import AppliedAdapter

_MOST_NAMED = 3


class Landing(msgspec.Struct, frozen=True, kw_only=True):
    """One adapter of a stack and where its modules ended. `base_family` is "" where not known.
    `asked_blocks`: those in which a row of it has a strength of its own."""

    name: str
    path: str
    report: AdapterReport
    base_family: str = ""
    asked_blocks: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        return self.report.is_complete

    @property
    def missing(self) -> str:
        """What did not land, as the second half of a sentence; empty where everything did."""
        return "; ".join(_reasons(self.report, self.base_family))

    @property
    def notes(self) -> tuple[str, ...]:
        """One sentence for what did not land, then one for each doubt about the strength, and one
        for blocks that it does not change."""
        landed = () if self.is_complete else (f"{self._landed}: {self.missing}.",)
        return (*landed, *self.report.doubts, *self._unheard)

    @property
    def refusal(self) -> str:
        """The sentence for a person who wants all or nothing."""
        return (
            f"{self.path}: {self._landed}: {self.missing}; "
            "choose a base that it fits, or leave out --strict"
        )

    @property
    def facts(self) -> dict[str, Any]:
        """For JSON."""
        report = self.report
        return {
            "name": self.name,
            "path": self.path,
            "sha256": report.sha256,
            "matched": len(report.matched),
            "total": report.total,
            "unmatched": list(report.unmatched),
            "shape_mismatch": list(report.shape_mismatch),
            "unsupported": list(report.unsupported),
            "reasons": report.reasons,
            "energy_share": report.energy_share,
            "notes": list(self.notes),
        }

    @property
    def _unheard(self) -> tuple[str, ...]:
        blocks = [name for name in self.asked_blocks if name not in self.report.blocks]
        if not blocks:
            return ()
        more = len(blocks) - _MOST_NAMED
        shown = [", ".join(blocks[:_MOST_NAMED]), f"{more} more"] if more > 0 else blocks
        return (
            f"it changes nothing in {' and '.join(shown)}, so that strengths there do nothing; it "
            f"has {', '.join(self.report.blocks)}.",
        )

    @property
    def _landed(self) -> str:
        return f"{len(self.report.matched)} of {self.report.total} modules fit this checkpoint"


def asked_blocks(applied: Iterable[AppliedAdapter], sha256: str) -> tuple[str, ...]:
    """The blocks in which rows of one adapter have strengths of their own."""
    rows = (adapter for adapter in applied if adapter.sha256 == sha256)
    return tuple(sorted({block for row in rows for block, _ in row.block_scales}))


def _reasons(report: AdapterReport, base_family: str) -> Iterator[str]:
    lost = lost_words(report, base_family)
    lists: Sequence[tuple[Sequence[str], str]] = (
        (report.unmatched, f"not in the base, {lost}" if lost else "not in the base"),
        (report.shape_mismatch, "of another shape"),
        (report.unsupported, "not understood"),
    )
    for names, words in lists:
        if names:
            yield f"{len(names)} {words} ({', '.join(_named(names, report))})"


def _named(names: Sequence[str], report: AdapterReport) -> Iterator[str]:
    for name in names[:_MOST_NAMED]:
        reason = report.reasons.get(name, "")
        yield f"“{name[:100]}”: {reason}" if reason else f"“{name[:100]}”"
    if len(names) > _MOST_NAMED:
        yield "…"

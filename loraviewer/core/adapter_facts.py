"""How an adapter stands to the loaded base: what its file says, what landed, whether it fits."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from loraviewer.core.families import UNKNOWN, are_strangers
from loraviewer.core.outcome import Failure
from loraviewer.core.reports import AdapterReport, AdapterSummary


def is_stranger(
    families: Sequence[str], base_family: str, report: AdapterReport | None = None
) -> bool:
    """Whether an adapter was surely made for another family than the base's. `families`: all that
    it may have been made for. What landed outweighs what was guessed: an adapter all of whose
    modules land is at home, whatever its family is called.
    """
    is_at_home = report is not None and bool(report.matched) and report.is_complete
    return not is_at_home and are_strangers(families, base_family)


class Fit(StrEnum):
    """How an adapter fits the loaded base: as a whole, not but some of it lands, not at all."""

    WHOLE = "whole"
    IN_PART = "in part"
    NONE = "none"


class AdapterFacts(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of one adapter. `family_override` is what a person says it was made for,
    "" where they left it to the file; `base_family` and `base_identity` are "" while no base is
    loaded, `base_blocks` empty (`core.blocks`).
    """

    summary: AdapterSummary | None = None
    report: AdapterReport | Failure | None = None
    family_override: str = ""
    base_family: str = ""
    base_identity: str = ""
    base_blocks: tuple[str, ...] = ()

    @property
    def found_family(self) -> str:
        """The family by the file alone."""
        return self.summary.family if self.summary else UNKNOWN

    @property
    def family(self) -> str:
        return self.family_override or self.found_family

    @property
    def candidates(self) -> tuple[str, ...]:
        """The families that it may have been made for, the likeliest first; what a person says
        leaves one."""
        if self.family_override:
            return (self.family_override,)
        return (self.summary.candidates if self.summary else ()) or (self.found_family,)

    @property
    def is_stranger(self) -> bool:
        """Whether it was surely made for another family than the base's."""
        report = self.report if isinstance(self.report, AdapterReport) else None
        return is_stranger(self.candidates, self.base_family, report)

    @property
    def is_misfit(self) -> bool:
        """Whether it must not be applied on this base: nothing landed, or it is made for another
        family and shapes disagree. What fits part by part may be applied, whatever its family is
        called: Flux.1 adapters on Chroma, CLIP-L adapters on SDXL.
        """
        if self.report is None:
            return False
        if isinstance(self.report, Failure) or not self.report.matched:
            return True
        return self.is_stranger and not self.report.fits

    @property
    def fit(self) -> Fit:
        """What `is_misfit` says, and whether a person may insist."""
        if not self.is_misfit:
            return Fit.WHOLE
        landed = isinstance(self.report, AdapterReport) and bool(self.report.matched)
        return Fit.IN_PART if landed else Fit.NONE

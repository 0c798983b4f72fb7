"""How an adapter stands to the loaded base: what its file says, what landed, whether it fits."""

import msgspec

from loraviewer.core.families import UNKNOWN, are_strangers
from loraviewer.core.outcome import Failure
from loraviewer.core.reports import AdapterReport, AdapterSummary


class AdapterStanding(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of one adapter. `family_override` is what a person says it was made for,
    "" where they left it to the file; `base_family` is "" while no base is loaded.
    """

    summary: AdapterSummary | None = None
    report: AdapterReport | Failure | None = None
    family_override: str = ""
    base_family: str = ""

    @property
    def found_family(self) -> str:
        """The family by the file alone."""
        return self.summary.family if self.summary else UNKNOWN

    @property
    def family(self) -> str:
        return self.family_override or self.found_family

    @property
    def is_stranger(self) -> bool:
        """Whether it was surely made for another family than the base's."""
        return are_strangers(self.family, self.base_family)

    @property
    def is_misfit(self) -> bool:
        """Whether it must not sound on this base: nothing landed, or it is made for another
        family and shapes disagree. What fits part by part may sound, whatever its family is
        called: Flux.1 adapters on Chroma, CLIP-L adapters on SDXL.
        """
        if self.report is None:
            return False
        if isinstance(self.report, Failure) or not self.report.matched:
            return True
        return self.is_stranger and not self.report.fits

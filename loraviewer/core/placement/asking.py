"""What a plan is asked for with, before a base is loaded."""

from collections.abc import Callable

import msgspec

from loraviewer.core.placement.packing import AskedPacking
from loraviewer.core.placement.plan import AskedManner, LoadPlan, PlanOption
from loraviewer.core.request import AskedMergeMode, DtypeName


class PlanWish(msgspec.Struct, frozen=True, kw_only=True):
    """`source` opens the base, `components` is the folder with what a single file may lack, "" for
    the usual one. `device` ("cpu", "cuda:0", "mps") is what it will be computed on, "" where nobody
    knows yet; `card_bytes`: what its own memory has for it. `dtype`: a precision that a person
    chose, None for the usual one; `manner`: how it is to lie in memory, "" for the fastest;
    `adapters`: whether they are to be in the weights; `packing`: whether a denoiser in few bits
    stays so."""

    source: str
    components: str = ""
    device: str = ""
    card_bytes: int = 0
    dtype: DtypeName | None = None
    packing: AskedPacking = "auto"
    manner: AskedManner = ""
    adapters: AskedMergeMode = "auto"


PlanBase = Callable[[PlanWish], LoadPlan | None]
"""From headers alone, on any thread; None where nothing can be said before torch is asked. Raises
what opening the base would."""


class DoubtedBase(msgspec.Struct, frozen=True):
    """A base that was chosen and would not fit, or would wait for weights at every step; `sentence`
    says why. `options`: the manners that fit, none where it does not."""

    source: str
    name: str
    sentence: str
    options: tuple[PlanOption, ...] = ()

"""Whether a denoiser whose file keeps it in fp8 or fewer bits stays so, and what that saves."""

from collections.abc import Callable
from typing import Literal

import msgspec

from loraviewer.core.placement.plan import Base, LoadPlan
from loraviewer.core.sentences import Sentence, figure, say, together
from loraviewer.core.sizes import bytes_text

AskedPacking = Literal["auto", "packed", "widened"]
"""`packed`: as the file keeps it, multiplied out layer by layer, with adapters beside the weights.
`widened`: in the precision that is computed in, with adapters in the weights."""

Packing = Literal["", "packed", "widened"]
"""What a denoiser is; "" where its file leaves no choice."""

_FORMATS = {"F8_E4M3": "fp8", "F8_E5M2": "fp8", "NF4": "nf4", "FP4": "fp4", "INT8": "int8"}


def plan_packed(
    asked: AskedPacking,
    base_of: Callable[[bool], Base],
    plan_of: Callable[[Base], LoadPlan],
) -> LoadPlan:
    """The plan of a base whose denoiser is packed or not, as is asked; `auto` packs what would not
    fit otherwise. base_of: the base, with its denoiser packed or in the precision that is computed
    in; what has nothing to pack is only asked for once."""
    base = base_of(False)
    widened = plan_of(base)
    if not base.can_pack:
        return widened
    packed = plan_of(base_of(True))
    saved = _computed(widened) - _computed(packed)
    is_packed = asked == "packed" or (asked == "auto" and (widened.is_streamed or not widened.fits))
    plan = packed if is_packed else widened
    told = _stays(base, saved) if is_packed else _would_save(base, saved)
    return msgspec.structs.replace(
        plan,
        is_packed=is_packed,
        packing_saves=saved,
        sentence=together([plan.sentence, told]),
    )


def _computed(plan: LoadPlan) -> int:
    return sum(component.computed_bytes for component in plan.components)


def _stays(base: Base, saved: int) -> Sentence:
    return say(
        "Its denoiser stays in {format}, which saves {saved}; adapters are computed beside it.",
        format=_format(base),
        saved=figure(bytes_text(saved)),
    )


def _would_save(base: Base, saved: int) -> Sentence:
    return say(
        "Its denoiser could stay in {format}, with adapters beside it, which would save {saved}.",
        format=_format(base),
        saved=figure(bytes_text(saved)),
    )


def _format(base: Base) -> str:
    """Of what can stay packed, whatever lies beside that in the file."""
    kept = next((one.packs_as for one in base.components if one.packable), "")
    return _FORMATS.get(kept, kept)

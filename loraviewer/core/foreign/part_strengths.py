"""SD.Next's strengths of a UNet's three parts: `<lora:name:0.8:in=1:mid=0.5:out=0>`.

They stand instead of the strength of the denoiser; `in` also for all that lies in none of them.
"""

from collections.abc import Mapping

from loraviewer.core.blocks import END, MIDDLE, TIME, BlockScales, block_scales

_SIDE = range(12)
PARTS: Mapping[str, tuple[str, ...]] = {
    "in": (*(f"IN{number:02}" for number in _SIDE), TIME, END),
    "mid": (MIDDLE,),
    "out": tuple(f"OUT{number:02}" for number in _SIDE),
}


def of_parts(scale: float, told: Mapping[str, float]) -> tuple[float, BlockScales]:
    """The strength of the denoiser, and by what it is multiplied in single blocks, so that the
    products are just what is told. scale: where nothing is told of a part."""
    if not told:
        return scale, ()
    strengths = {part: told.get(part, scale) for part in PARTS}
    whole = next(w for w in (strengths["in"], scale, 1.0) if _is_exact(w, strengths))
    factors = {
        block: strength / whole for part, strength in strengths.items() for block in PARTS[part]
    }
    return whole, block_scales(factors)


def _is_exact(whole: float, strengths: Mapping[str, float]) -> bool:
    return whole != 0.0 and all(s / whole * whole == s for s in strengths.values())

"""What stands in a stack for noise in the weights that it would change: one adapter, known by what
it is drawn from. `lab.experiments.stack_noise` draws it."""

import hashlib
from collections.abc import Iterable
from typing import Literal

from loraviewer.core.encodable import encode_json
from loraviewer.core.stack import AppliedAdapter, in_canonical_order

Spectrum = Literal["gaussian", "random"]
"""Of a Gaussian matrix, in each layer as long as W₀; the stack's own in every layer, on random
directions, over all layers together as long as their W₀."""

_RULE = "loraviewer weight noise 1"
"""How it is drawn. The number grows with the rule: other tensors need other names."""


def noise_of(
    spectrum: Spectrum, stack: Iterable[AppliedAdapter], draw: int, energy: float
) -> AppliedAdapter:
    """The noise at ‖E‖ = energy · ‖W₀‖. In the denoiser only, as noise on outputs is. Its path is
    that of one of the files it is drawn from."""
    first, *rest = in_canonical_order(stack)
    names = " + ".join(one.name for one in (first, *rest))
    name = "Gaussian noise" if spectrum == "gaussian" else f"random like {names}"
    sha256 = noise_sha256(spectrum, (first, *rest), draw)
    return AppliedAdapter(sha256, energy, 0.0, name, first.path)


def noise_sha256(spectrum: Spectrum, stack: Iterable[AppliedAdapter], draw: int) -> str:
    """Of the files and, where they count, of their strengths."""
    of = [_drawn_from(spectrum, one) for one in in_canonical_order(stack)]
    return hashlib.sha256(encode_json((_RULE, spectrum, draw, of))).hexdigest()


def _drawn_from(spectrum: Spectrum, adapter: AppliedAdapter) -> tuple[object, ...]:
    if spectrum == "gaussian":
        return (adapter.sha256,)
    return adapter.sha256, adapter.scale, adapter.block_scales

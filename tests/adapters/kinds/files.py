"""Random modules of every adapter kind for a weight of any shape, each with its float64 formula.

The formulas are written with einsum from the definitions, in another way than the code under test.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from tests.adapters.kinds.hadamard import loha, lokr
from tests.adapters.kinds.low_rank import adalora, embedding, glora, lora, vera
from tests.adapters.kinds.module import Draw, Module
from tests.adapters.kinds.rotations import boft, oft
from tests.adapters.kinds.tucker import tucker
from tests.adapters.kinds.whole_weights import dora, scaled, sparse, whole


@cache
def modules_for(shape: tuple[int, ...], seed: int = 0, size: float = 0.3) -> Mapping[str, Module]:
    """One module of every kind and layout that can change a weight of this shape; the same ones
    whenever they are asked for, so their tensors are never written to."""
    draw = Draw(seed, size)
    found = lora(shape, draw) | loha(shape, draw) | lokr(shape, draw) | oft(shape, draw)
    found |= scaled(shape, draw) | glora(shape, draw) | whole(shape, draw)
    found |= adalora(shape, draw) | vera(shape, draw) | boft(shape, draw)
    found |= embedding(shape, draw)
    if len(shape) == 4 and shape[2] > 1:
        found |= tucker(shape, draw)
    return MappingProxyType(found | dora(shape, draw) | sparse(shape, draw))

"""What a loaded change is called, by its algebra."""

from loraviewer.adapters.kinds.base import Delta, LowRankDelta
from loraviewer.adapters.kinds.boft_peft import ButterflyColumns
from loraviewer.adapters.kinds.dora import DoraDelta
from loraviewer.adapters.kinds.embedding import ReplacedEmbedding
from loraviewer.adapters.kinds.extras import SumDelta
from loraviewer.adapters.kinds.full import Difference, Replacement
from loraviewer.adapters.kinds.glora import GloraDelta
from loraviewer.adapters.kinds.ia3 import ScaledWeight
from loraviewer.adapters.kinds.loha import HadamardDelta
from loraviewer.adapters.kinds.lokr import KroneckerDelta
from loraviewer.adapters.kinds.oft import Butterfly, RotatedRows
from loraviewer.adapters.kinds.oft_parts import RotatedParts
from loraviewer.adapters.kinds.oft_v2 import RotatedColumns
from loraviewer.adapters.kinds.principal import PrincipalDelta

_NAMES: tuple[tuple[type, str], ...] = (
    (LowRankDelta, "lora"),
    (PrincipalDelta, "lora"),
    (ReplacedEmbedding, "lora"),
    (HadamardDelta, "loha"),
    (KroneckerDelta, "lokr"),
    (DoraDelta, "dora"),
    (RotatedRows, "oft"),
    (RotatedParts, "oft"),
    (RotatedColumns, "oft"),
    (Butterfly, "boft"),
    (ButterflyColumns, "boft"),
    (ScaledWeight, "ia3"),
    (GloraDelta, "glora"),
    (Difference, "full"),
    (Replacement, "full"),
)


def kind_name(delta: Delta) -> str:
    """As `kinds.registry` calls it; kinds that are two thin factors once loaded are all "lora"."""
    if isinstance(delta, SumDelta):
        return kind_name(delta.inner)
    return next((name for form, name in _NAMES if isinstance(delta, form)), "other")


def rank_of(delta: Delta) -> int | None:
    """The inner dimension; None for a kind without one, and for whole matrices."""
    if isinstance(delta, LowRankDelta):
        return delta.rank
    if isinstance(delta, DoraDelta | SumDelta | PrincipalDelta):
        return rank_of(delta.inner)
    if isinstance(delta, ReplacedEmbedding):
        return rank_of(delta.added)
    if isinstance(delta, GloraDelta):
        return delta.second.shape[0]
    if isinstance(delta, HadamardDelta):
        return delta.halves()[0][0].shape[1]
    return _kronecker_rank(delta) if isinstance(delta, KroneckerDelta) else None


def _kronecker_rank(delta: KroneckerDelta) -> int | None:
    factors = (delta.tensors.get(role) for role in ("w2_b", "w1_b"))
    return next((factor.shape[0] for factor in factors if factor is not None), None)

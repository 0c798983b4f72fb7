"""All adapter kinds in order of detection."""

from collections.abc import Mapping

from loraviewer.adapters.kinds.adalora import AdaloraKind
from loraviewer.adapters.kinds.base import Kind
from loraviewer.adapters.kinds.boft_peft import BoftPeftKind
from loraviewer.adapters.kinds.embedding import EmbeddingKind
from loraviewer.adapters.kinds.extras import EXTRA_ROLES
from loraviewer.adapters.kinds.full import full_kinds
from loraviewer.adapters.kinds.glora import GloraKind
from loraviewer.adapters.kinds.ia3 import Ia3Kind
from loraviewer.adapters.kinds.ia3_peft import Ia3PeftKind
from loraviewer.adapters.kinds.loha import LohaKind
from loraviewer.adapters.kinds.lokr import LokrKind
from loraviewer.adapters.kinds.lora import LoraKind
from loraviewer.adapters.kinds.oft import BoftKind, OftKind
from loraviewer.adapters.kinds.oft_parts import OftPartsKind
from loraviewer.adapters.kinds.oft_v2 import OftV2Kind
from loraviewer.adapters.kinds.vera import VeraKind
from loraviewer.adapters.naming.base import Shape

KINDS: tuple[Kind, ...] = (
    LoraKind(),
    AdaloraKind(),
    EmbeddingKind(),
    LohaKind(),
    LokrKind(),
    BoftKind(),
    BoftPeftKind(),
    OftKind(),
    OftPartsKind(),
    OftV2Kind(),
    GloraKind(),
    Ia3Kind(),
    Ia3PeftKind(),
    VeraKind(),
    *full_kinds(),
)


def kind_of(shapes: Mapping[str, Shape]) -> Kind | None:
    """The first kind that recognises tensors of these roles; None for none.

    `shapes` may hold extras (`kinds.extras`). Where nothing else is left, the extras themselves may
    be a kind: a bare `scale` replaces the weight of a norm.
    """
    own = {role: shape for role, shape in shapes.items() if role not in EXTRA_ROLES} or shapes
    return next((kind for kind in KINDS if kind.recognises(own)), None)

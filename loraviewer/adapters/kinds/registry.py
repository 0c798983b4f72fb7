"""All adapter kinds in order of detection, and suffixes known but not supported yet."""

from collections.abc import Mapping

from loraviewer.adapters.kinds.base import Kind
from loraviewer.adapters.kinds.lora import LoraKind

KINDS: tuple[Kind, ...] = (LoraKind(),)

ALPHA = "alpha"

SHARED_SUFFIXES: Mapping[str, str] = {".alpha": ALPHA, ".network_alpha": ALPHA}
"""Tensors that any kind may have."""

BIAS_SUFFIXES = (".lora_B.bias", ".lora_up.bias", ".diff_b")

UNSUPPORTED_SUFFIXES: Mapping[str, str] = {
    suffix: kind
    for kind, suffixes in {
        "loha": ("hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b", "hada_t1", "hada_t2"),
        "lokr": (
            *("lokr_w1", "lokr_w1_a", "lokr_w1_b"),
            *("lokr_w2", "lokr_w2_a", "lokr_w2_b", "lokr_t2"),
        ),
        "dora": ("dora_scale", "lora_magnitude_vector", "lora_magnitude_vector.weight"),
        "oft": ("oft_blocks", "oft_diag", "oft_R.weight", "rescale"),
        "glora": ("a1.weight", "a2.weight", "b1.weight", "b2.weight"),
        "ia3": ("on_input",),
        "norm": ("w_norm", "b_norm"),
        "full": ("diff", "diff_b", "set_weight", "reshape_weight"),
        "sparse bias": ("bias_indices", "bias_values", "bias_size"),
        "bias": ("lora_B.bias", "lora_up.bias"),
        "scale": ("scale",),
    }.items()
    for suffix in ("." + s for s in suffixes)
}
"""Suffix → the kind it belongs to, so that such a group is one entry of a report."""


def kind_of(roles: frozenset[str]) -> Kind | None:
    """The first kind that recognises these roles, or None."""
    return next((kind for kind in KINDS if kind.recognises(roles)), None)

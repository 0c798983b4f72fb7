"""How the factors of a LoRA were made before training, where that changed the base as well.

PiSSA (Meng et al., arXiv:2404.02948) and OLoRA (Büyükakyüz, arXiv:2406.01775) take a part P of the
base out of W₀ and start the factors with it, so that PEFT's merge gives W₀ − P + scaling·up·down. A
file that PEFT did not convert when it was saved needs the same: added to W₀ as it is, P would
count twice. P follows from W₀ and the rank (`kinds.principal`). CorDA, LoftQ, LoRA-GA and the fast
SVD of PiSSA need data or random numbers that no file keeps.
"""

from collections.abc import Mapping
from typing import Any, Literal

from loraviewer.core.sentences import say

Start = Literal["", "pissa", "olora"]

_HARMLESS = frozenset(
    {"gaussian", "eva", "orthogonal", "mica", "default", "kaiming", "true", "false"}
)
_COMPUTED: Mapping[str, Start] = {"pissa": "pissa", "olora": "olora"}
_TITLES: Mapping[str, str] = {
    "pissa": "PiSSA",
    "olora": "OLoRA",
    "corda": "CorDA",
    "loftq": "LoftQ",
    "lora_ga": "LoRA-GA",
    "pissa_niter": say("PiSSA by a fast SVD"),
}
_LOST: Mapping[str, str] = {
    "corda": say("the activations it was made from"),
    "loftq": say("the quantised base it was trained beside"),
    "lora_ga": say("the gradients it was made from"),
    "pissa_niter": say("the random numbers of its SVD"),
}
_VARIANTS: Mapping[str, str] = {
    "kasa_config": say("KaSA, which cuts small singular values off the base"),
    "use_bdlora": say("BD-LoRA, whose factors are blocks"),
    "use_qalora": say("QA-LoRA, which pools what a layer reads"),
    "arrow_config": say("Arrow, which routes between adapters"),
    "alora_invocation_tokens": say("activated LoRA, which only acts on some tokens"),
    "layer_replication": say("replicated layers"),
}
"""Fields of PEFT that make another thing of the same factors."""


def start_of(table: Mapping[str, Any]) -> Start:
    """The start whose part of the base can be computed."""
    return _COMPUTED.get(_name(table), "")


def why_not(table: Mapping[str, Any]) -> str:
    """Why factors with this configuration cannot be used as they are; empty where they can."""
    name = _name(table)
    if name.startswith("pissa_niter"):
        name = "pissa_niter"
    if name in _LOST:
        return say(
            "{start} changed the base before training, and {lost} cannot be had from here; save "
            "it again with PEFT’s path_initial_model_for_weight_conversion, which makes a plain "
            "LoRA of it",
            start=_TITLES[name],
            lost=_LOST[name],
        )
    variant = next((words for field, words in _VARIANTS.items() if table.get(field)), "")
    return (
        say("it was trained as {variant}; that cannot be merged", variant=variant)
        if variant
        else ""
    )


def start_doubt(table: Mapping[str, Any]) -> str:
    """What a person should know about the start; empty for the usual ones."""
    name = _name(table)
    if start := start_of(table):
        return say(
            "Its factors start from a part of the base ({start}), which is taken out again, "
            "computed from the loaded base: that must be the one it was trained on",
            start=_TITLES[start],
        )
    if name and name not in _HARMLESS and not why_not(table):
        return say(
            "Its factors start in an unknown way (init_lora_weights “{name}”): if that changed "
            "the base, its strength is wrong",
            name=name[:40],
        )
    return ""


def _name(table: Mapping[str, Any]) -> str:
    value = table.get("init_lora_weights")
    return "" if value is None or isinstance(value, bool) else str(value).strip().lower()

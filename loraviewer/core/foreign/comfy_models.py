"""From a sampler up the chains of ComfyUI's nodes that change weights: LoRAs and checkpoint."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from loraviewer.core.foreign.comfy_graph import Graph, Node
from loraviewer.core.foreign.picture import ForeignAdapter, file_stem
from loraviewer.core.foreign.values import number, whole
from loraviewer.core.plain_values import is_table

_CHECKPOINT_KEYS = ("ckpt_name", "unet_name", "model_name")
_STANDS_ALONE = frozenset(
    ["CLIPLoader", "DualCLIPLoader", "TripleCLIPLoader", "CLIPVisionLoader", "VAELoader"]
)
_POWER = "Power Lora Loader (rgthree)"
_NO_LORA = ("", "None", "none")


class Weights(msgspec.Struct, frozen=True):
    loras: tuple[ForeignAdapter, ...] = ()
    model: str = ""


class _Use(msgspec.Struct, frozen=True):
    """One LoRA of one node: in the denoiser's chain its strength there, in the text's there."""

    key: str
    name: str
    scale: float | None
    text_scale: float | None


def weights_of(graph: Graph, sampler: Node, encoder: Node | None) -> Weights:
    """sampler: the node with the `model` input. encoder: that which encodes the prompt."""
    denoiser, model = _walk(graph, sampler, "model")
    text, _ = _walk(graph, encoder, "clip") if encoder is not None else ({}, "")
    loras: list[ForeignAdapter] = []
    for key in dict.fromkeys([*reversed(denoiser), *reversed(text)]):
        use = denoiser.get(key) or text[key]
        scale = denoiser[key].scale if key in denoiser else 0.0
        text_scale = text[key].text_scale if key in text else 0.0
        scale, text_scale = scale or 0.0, text_scale or 0.0
        apart = None if text_scale == scale else text_scale
        if scale or text_scale:
            loras.append(ForeignAdapter(name=use.name, scale=scale, text_scale=apart))
    return Weights(tuple(loras), model)


def _walk(graph: Graph, start: Node, chain: str) -> tuple[dict[str, _Use], str]:
    """The LoRAs in a chain, nearest first, and the name of the checkpoint at its end."""
    uses: dict[str, _Use] = {}
    for node in graph.chain(start, chain):
        if (name := _checkpoint(graph, node)) is not None:
            return uses, file_stem(name)
        own = list(_uses(graph, node))
        uses |= {use.key: use for use in reversed(own)}
        if not own and not _is_lora_loader(node) and node.kind not in _STANDS_ALONE:
            _tell_other(graph, node, chain)
    return uses, ""


def _tell_other(graph: Graph, node: Node, chain: str) -> None:
    layer = whole(node.inputs.get("stop_at_clip_layer"))
    if layer == -1:
        return
    detail = f" {-layer}" if layer is not None else ""
    graph.odd.append(f"{node}{detail}, which changes the {'text' if chain == 'clip' else 'model'}")


def _checkpoint(graph: Graph, node: Node) -> str | None:
    key = next((key for key in _CHECKPOINT_KEYS if key in node.inputs), "")
    return _file_name(graph, node, key) if key and "lora_name" not in node.inputs else None


def _is_lora_loader(node: Node) -> bool:
    return "lora_name" in node.inputs or node.kind == _POWER


def _uses(graph: Graph, node: Node) -> Iterator[_Use]:
    if node.kind == _POWER:
        yield from _power_uses(node)
    elif "lora_name" in node.inputs:
        name = _file_name(graph, node, "lora_name")
        key = "strength_model" if "strength_model" in node.inputs else "strength"
        scale = graph.number(node, key)
        text = graph.number(node, "strength_clip") if "strength_clip" in node.inputs else None
        if name is None or scale is None:
            graph.odd.append(f"the LoRA of {node}")
        elif name not in _NO_LORA:
            yield _Use(node.node_id, file_stem(name), scale, text)


def _power_uses(node: Node) -> Iterator[_Use]:
    """Rows `lora_1: {"on": true, "lora": …, "strength": …, "strengthTwo": …}`."""
    for key, row in node.inputs.items():
        if not key.startswith("lora_") or not is_table(row) or not row.get("on"):
            continue
        scale, text = number(row.get("strength")), number(row.get("strengthTwo"))
        name = row.get("lora")
        if isinstance(name, str) and scale is not None and name not in _NO_LORA:
            text = scale if text is None else text
            yield _Use(f"{node.node_id} {key}", file_stem(name), scale, text)


def _file_name(graph: Graph, node: Node, key: str) -> str | None:
    held: Mapping[str, Any] | Any = graph.value(node, key)
    if is_table(held):  # pysssss keeps a picture beside the name
        held = held.get("content")
    return held if isinstance(held, str) else None

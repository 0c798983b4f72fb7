"""From a sampler up the chains of ComfyUI's nodes that change weights: LoRAs and checkpoint."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from loraviewer.core.block_weights import ReadWeights
from loraviewer.core.blocks import BlockScales
from loraviewer.core.foreign.comfy_blocks import (
    APPLIED,
    INSPIRE,
    INSPIRE_KEYS,
    MADE,
    SELECTION,
    inspire_weights,
    is_bypassed,
    selected_weights,
)
from loraviewer.core.foreign.comfy_graph import Graph, Node
from loraviewer.core.foreign.picture import ForeignAdapter, file_stem
from loraviewer.core.foreign.values import number, whole
from loraviewer.core.plain_values import is_table
from loraviewer.core.sentences import say, together

_CHECKPOINT_KEYS = ("ckpt_name", "unet_name", "model_name")
_LORA_KEYS = frozenset(
    {"lora_name", "strength_model", "strength_clip", "strength", "model", "clip", "prompt"}
)
"""Inputs of nodes with one LoRA; `prompt` is what pysssss shows of its example pictures."""
_POWER = "Power Lora Loader (rgthree)"
_PARTS: Mapping[str, str] = {"text": say("text"), "model": say("model")}
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
    block_scales: BlockScales = ()


class _Chain(msgspec.Struct, frozen=True):
    """`uses`: the LoRAs in it, nearest first. `model`: the checkpoint at its end. `is_whole`:
    whether it could be followed to its end."""

    uses: dict[str, _Use] = {}
    model: str = ""
    is_whole: bool = False


def weights_of(graph: Graph, sampler: Node, encoder: Node | None) -> Weights:
    """sampler: the node with the `model` input. encoder: that which encodes the prompt, None where
    it is not known."""
    denoiser = _walk(graph, sampler, "model")
    text = _walk(graph, encoder, "clip") if encoder is not None else _Chain()
    loras: list[ForeignAdapter] = []
    for key in dict.fromkeys([*reversed(denoiser.uses), *reversed(text.uses)]):
        use = denoiser.uses.get(key) or text.uses[key]
        scale = _strength(graph, use.scale, key, use.name, denoiser, "model")
        text_scale = _strength(graph, use.text_scale, key, use.name, text, "text")
        apart = None if text_scale == scale else text_scale
        if scale or text_scale:
            loras.append(
                ForeignAdapter(
                    name=use.name, scale=scale, text_scale=apart, block_scales=use.block_scales
                )
            )
    return Weights(tuple(loras), denoiser.model)


def _strength(
    graph: Graph, own: float | None, key: str, name: str, chain: _Chain, what: str
) -> float:
    """What counts of a node's own strength: nothing beside a chain that is known whole."""
    if key not in chain.uses and not chain.is_whole and own:
        graph.odd.append(
            say(
                "whether “{name}” changes the {part}, where its node says {strength:g}",
                name=name,
                part=_PARTS[what],
                strength=own,
            )
        )
    return own or 0.0 if key in chain.uses or not chain.is_whole else 0.0


def _walk(graph: Graph, start: Node, chain: str) -> _Chain:
    uses: dict[str, _Use] = {}
    last = start
    for node in graph.chain(start, chain):
        last = node
        if (name := _checkpoint(graph, node)) is not None:
            return _Chain(uses, file_stem(name), is_whole=True)
        own = list(_uses(graph, node))
        uses |= {use.key: use for use in reversed(own)}
        if not own and not _is_lora_loader(node) and not _stands_alone(node):
            _tell_other(graph, node, chain)
    return _Chain(uses, is_whole=_stands_alone(last))


def _stands_alone(node: Node) -> bool:
    """Where a chain begins, and nothing is changed."""
    return node.kind == "VAELoader" or any(key.startswith("clip_name") for key in node.inputs)


def _tell_other(graph: Graph, node: Node, chain: str) -> None:
    layer = whole(node.inputs.get("stop_at_clip_layer"))
    if layer == -1:
        return
    told = node.said if layer is None else together((node.said, str(-layer)))
    part = _PARTS["text" if chain == "clip" else "model"]
    graph.odd.append(say("{node}, which changes the {part}", node=told, part=part))


def _checkpoint(graph: Graph, node: Node) -> str | None:
    key = next((key for key in _CHECKPOINT_KEYS if key in node.inputs), "")
    return _file_name(graph, node, key) if key and "lora_name" not in node.inputs else None


def _is_lora_loader(node: Node) -> bool:
    return "lora_name" in node.inputs or node.kind in (_POWER, APPLIED)


def _uses(graph: Graph, node: Node) -> Iterator[_Use]:
    if node.kind == _POWER:
        yield from _power_uses(graph, node)
        return
    # an adapter that was made ready elsewhere, with its blocks
    source = graph.source(node, "lbw_model") if node.kind == APPLIED else node
    if source is None or "lora_name" not in source.inputs or is_bypassed(source):
        if node.kind == APPLIED and (source is None or not is_bypassed(source)):
            graph.odd.append(say("the LoRA of {node}", node=node.said))
        return
    name = _file_name(graph, source, "lora_name")
    key = "strength_model" if "strength_model" in node.inputs else "strength"
    scale = graph.number(node, key)
    text = graph.number(node, "strength_clip") if "strength_clip" in node.inputs else None
    if name is None or scale is None:
        graph.odd.append(say("the LoRA of {node}", node=node.said))
    elif name not in _NO_LORA:
        read = _blocks(graph, source)
        text = None if text is None else text * read.text
        yield _Use(node.node_id, file_stem(name), scale, text, read.scales)


def _blocks(graph: Graph, node: Node) -> ReadWeights:
    """Strengths in single blocks; what else such a node takes is told: other LoRAs, a switch."""
    is_inspires, known = node.kind in (INSPIRE, MADE), _LORA_KEYS
    if is_inspires:
        known |= INSPIRE_KEYS
    elif SELECTION in node.inputs:
        known |= {SELECTION}
    for key in [key for key in node.inputs if key not in known]:
        source = graph.source(node, key)
        value = source.said if source else str(node.inputs[key])
        graph.odd.append(say("{key} of {node}: {value}", key=key, node=node.said, value=value))
    if is_inspires:
        return inspire_weights(graph, node)
    return selected_weights(graph, node) if SELECTION in node.inputs else ReadWeights(())


def _power_uses(graph: Graph, node: Node) -> Iterator[_Use]:
    """Rows `lora_1: {"on": true, "lora": …, "strength": …, "strengthTwo": …}`."""
    for key, row in node.inputs.items():
        if not key.startswith("lora_") or not is_table(row) or not row.get("on"):
            continue
        scale, text = number(row.get("strength")), number(row.get("strengthTwo"))
        name = row.get("lora")
        if not isinstance(name, str) or scale is None:
            graph.odd.append(
                say("{key} of {node}: {value}", key=key, node=node.said, value=str(row))
            )
        elif name not in _NO_LORA:
            text = scale if text is None else text
            yield _Use(f"{node.node_id} {key}", file_stem(name), scale, text)


def _file_name(graph: Graph, node: Node, key: str) -> str | None:
    held: Mapping[str, Any] | Any = graph.value(node, key)
    if is_table(held):  # pysssss keeps a picture beside the name
        held = held.get("content")
    return held if isinstance(held, str) else None

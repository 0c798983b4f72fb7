"""From a sampler's conditioning to the words that were encoded, in ComfyUI's graphs."""

import re

import msgspec

from loraviewer.core.foreign.comfy_graph import Graph, Node
from loraviewer.core.prompt_weights import weighted_sections
from loraviewer.core.sentences import say

_ONWARD = ("conditioning", "positive", "negative")
_PAIRS = (("text_g", "text_l"), ("clip_l", "t5xxl"))
_NOTHING = "ConditioningZeroOut"


class Words(msgspec.Struct, frozen=True):
    """`text` None: not understood. `encoder`: the node that encodes them. `guidance`: of models
    that take it as an input."""

    text: str | None
    encoder: Node | None = None
    guidance: float | None = None


def words_of(graph: Graph, start: Node, key: str) -> Words:
    """Of one input of a sampler; nodes on the way are told, since they change what words do."""
    guidance: float | None = None
    node, seen = graph.source(start, key), {start.node_id}
    while node is not None and node.node_id not in seen:
        seen.add(node.node_id)
        if node.kind == _NOTHING:
            return Words("", None, guidance)
        if "guidance" in node.inputs and guidance is None:
            guidance = graph.number(node, "guidance")
        if "clip" in node.inputs:
            return Words(_encoded(graph, node, key), node, guidance)
        onward = _onward(graph, node, key)
        if node.kind != "FluxGuidance":
            graph.odd.append(
                say("{node}, which changes what the {key} words do", node=node.said, key=key)
            )
        node = onward
    graph.odd.append(say("the {key} words", key=key))
    return Words(None, None, guidance)


def weighed(text: str | None) -> str | None:
    """As it is written here: square brackets are letters there."""
    return text and re.sub(r"[\[\]]", r"\\\g<0>", text)


def has_weights(text: str | None) -> bool:
    sections = weighted_sections(weighed(text) or "")
    return any(part.weight != 1.0 for section in sections for part in section)


def _encoded(graph: Graph, node: Node, key: str) -> str | None:
    """None, and told, where its words are not known."""
    first: str | None = None
    if "text" in node.inputs:
        first = graph.text(node, "text")
    for one, other in _PAIRS:
        if first is None and one in node.inputs and other in node.inputs:
            first, second = graph.text(node, one), graph.text(node, other)
            if first != second:
                graph.odd.append(
                    say("{key} of {node}: {value}", key=other, node=node.said, value=str(second))
                )
    if first is None:
        graph.odd.append(say("the {key} words", key=key))
    return first


def _onward(graph: Graph, node: Node, key: str) -> Node | None:
    """The one conditioning that a node passes on; None where it takes several."""
    inputs = [name for name, _ in graph.links(node, _ONWARD)]
    own = [name for name in inputs if name == key] or inputs
    return graph.source(node, own[0]) if len(own) == 1 else None

"""ComfyUI's graph of nodes as it was run: node → its class and inputs, of which some are links."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from loraviewer.core.foreign.values import number, whole
from loraviewer.core.plain_values import is_array, is_table
from loraviewer.core.sentences import say

MOST_NODES = 5_000
_MOST_PASSED = 64
_VALUE_KEYS = (
    "value",
    "seed",
    "int",
    "float",
    "number",
    "text",
    "string",
    "Text",
    "String",
    "prompt",
)
"""Inputs of nodes that only hold one value."""
_IDLE_KEYS = frozenset(
    {"control_after_generate", "control_before_generate", "dynamicPrompts", "speak_and_recognation"}
)
"""What such nodes may hold beside it, without another outcome."""
_PASSING = frozenset({"Reroute", "Reroute (rgthree)", "ReroutePrimitive|pysssss"})


class Node(msgspec.Struct, frozen=True):
    node_id: str
    kind: str
    inputs: Mapping[str, Any] = {}

    @property
    def said(self) -> str:
        """What it is called, part of a sentence."""
        return say("{kind} (node {node})", kind=self.kind, node=self.node_id)


class Graph:
    """The nodes, and what the walk through them did not understand. Walks end in circles, too."""

    def __init__(self, nodes: Mapping[str, Node]) -> None:
        self._nodes = nodes
        self.odd: list[str] = []

    @property
    def nodes(self) -> tuple[Node, ...]:
        return tuple(self._nodes.values())

    def source(self, node: Node, key: str) -> Node | None:
        """The node that an input is linked to, beyond those that only pass it on."""
        return self._beyond_passing(self._linked(node.inputs.get(key)))

    def _beyond_passing(self, found: Node | None) -> Node | None:
        for _ in range(_MOST_PASSED):
            if found is None or found.kind not in _PASSING:
                return found
            found = next(filter(None, map(self._linked, found.inputs.values())), None)
        return None

    def links(self, node: Node, starts: tuple[str, ...]) -> Iterator[tuple[str, Node]]:
        """Name and node of each input that is a link and is called so."""
        for key in node.inputs:
            found = self.source(node, key) if key.startswith(starts) else None
            if found is not None:
                yield key, found

    def chain(self, start: Node, key: str) -> Iterator[Node]:
        """The nodes behind an input, one after another by inputs of the same name."""
        seen = {start.node_id}
        node = self.source(start, key)
        while node is not None and node.node_id not in seen:
            seen.add(node.node_id)
            yield node
            node = self.source(node, key)

    def value(self, node: Node, key: str) -> Any:
        """An input, or what the node behind it holds; None, and told, where that is worked out by
        a node that is not known here."""
        seen = {node.node_id}
        held = node.inputs.get(key)
        while (source := self._beyond_passing(self._linked(held))) is not None:
            held = _held(source)
            if source.node_id in seen or held is None:
                self.odd.append(
                    say(
                        "{key} of {node}, which {source} works out",
                        key=key,
                        node=node.said,
                        source=str(source.said),
                    )
                )
                return None
            seen.add(source.node_id)
        return held

    def whole(self, node: Node, key: str) -> int | None:
        return self._read(node, key, whole)

    def number(self, node: Node, key: str) -> float | None:
        return self._read(node, key, number)

    def text(self, node: Node, key: str) -> str | None:
        return self._read(node, key, _text)

    def _read(self, node: Node, key: str, read: Any) -> Any:
        held = self.value(node, key)
        found = read(held)
        if held is not None and found is None:
            self.odd.append(
                say("{key} of {node}: {value}", key=key, node=node.said, value=str(held))
            )
        return found

    def _linked(self, value: object) -> Node | None:
        if not is_array(value) or len(value) != 2 or whole(value[1]) is None:
            return None
        return self._nodes.get(str(value[0]))


def read_graph(values: object) -> Graph | None:
    """Of the decoded `prompt` of a picture; None for anything else."""
    if not is_table(values) or len(values) > MOST_NODES:
        return None
    nodes: dict[str, Node] = {}
    for node_id, node in values.items():
        kind = node.get("class_type") if is_table(node) else None
        inputs = node.get("inputs") if is_table(node) else None
        if isinstance(kind, str) and is_table(inputs):
            nodes[node_id] = Node(node_id, kind, inputs)
    return Graph(nodes) if nodes else None


def _held(node: Node) -> Any:
    """None for a node that may make something else of it."""
    telling = node.inputs.keys() - _IDLE_KEYS
    key = next(iter(telling), "")
    return node.inputs[key] if len(telling) == 1 and key in _VALUE_KEYS else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None

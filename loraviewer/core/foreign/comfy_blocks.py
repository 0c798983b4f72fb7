"""Strengths in single blocks, as nodes of ComfyUI carry them.

Inspire's loader gives its numbers to the blocks that the file has, one after another, the first to
all that lies in none; so what a number is of is known for the usual files alone, and that is told.
KJNodes' selection multiplies nothing: its numbers replace the file's alpha, but for 0, which leaves
a block out.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from loraviewer.core.block_weights import ReadWeights
from loraviewer.core.blocks import AFTER, BEFORE, END, MIDDLE, TIME, block_scales
from loraviewer.core.foreign.comfy_graph import Graph, Node
from loraviewer.core.foreign.values import number
from loraviewer.core.sentences import say

INSPIRE, APPLIED, MADE = (
    "LoraLoaderBlockWeight //Inspire",
    "ApplyLBW //Inspire",
    "MakeLBW //Inspire",
)
INSPIRE_KEYS = frozenset(
    {"category_filter", "inverse", "seed", "A", "B", "preset", "block_vector", "bypass"}
)
SELECTION = "blocks"
"""What KJNodes' loaders call the input that a selection of blocks is linked to."""

_VECTOR = "block_vector"
_LETTERS = {"A": ("A", 1.0), "a": ("A", 0.5), "B": ("B", 1.0), "b": ("B", 0.5)}
"""In a vector → the input of the node that it stands for, and by what that is multiplied."""
_RANDOM = frozenset("RrUu")
_SELECTED = re.compile(r"(double|single)_blocks\.([0-9]{1,2})\.")
_WITHOUT_CHANGE = ReadWeights(())


def _numbered(letter: str, numbers: Sequence[int]) -> tuple[str, ...]:
    return tuple(f"{letter}{number:02}" for number in numbers)


_OF_FLUX = (*_numbered("D", range(19)), *_numbered("S", range(38)))
_WHOLE_MIDDLE = (MIDDLE,) * 3  # two resnets around an attention
_LISTS: Mapping[int, tuple[str, ...]] = {
    1 + len(names): names
    for names in (
        (*_numbered("IN", (4, 5, 7, 8)), MIDDLE, *_numbered("OUT", range(6))),
        (*_numbered("IN", (1, 2, 4, 5, 7, 8)), MIDDLE, *_numbered("OUT", range(3, 12))),
        (*_numbered("IN", range(1, 9)), *_WHOLE_MIDDLE, *_numbered("OUT", range(9))),
        (*_numbered("IN", range(1, 12)), *_WHOLE_MIDDLE, *_numbered("OUT", range(12))),
        _OF_FLUX[:17],
        _OF_FLUX[:54],
        _OF_FLUX,
    )
}
"""How many numbers → the blocks after the first one: LoRA of SDXL and SD 1, LoCon of both, Flux."""


def is_bypassed(node: Node) -> bool:
    return node.inputs.get("bypass") is True


def inspire_weights(graph: Graph, node: Node) -> ReadWeights:
    """Of a loader, or of the node that a vector is made ready in. What is not understood changes
    nothing, and is told."""
    said = graph.text(node, _VECTOR)
    if said is None:
        return _WITHOUT_CHANGE
    _, is_named, vector = said.partition(":")  # `SD-ALL:1,1,…`
    parts = [part.strip() for part in (vector if is_named else said).split(",")]
    names, numbers = _LISTS.get(len(parts)), [_number(graph, node, part) for part in parts]
    told = [n for n in numbers if n is not None]
    if names is None or len(told) < len(numbers):
        graph.odd.append(
            say(
                "{key} of {node}, {why}: {value}",
                key=_VECTOR,
                node=node.said,
                why=_why_unread(parts),
                value=said,
            )
        )
        return _WITHOUT_CHANGE
    if node.inputs.get("inverse") is True:
        told = [1.0 - n for n in told]
    return _read(graph, node, names, told)


def _read(graph: Graph, node: Node, names: tuple[str, ...], numbers: list[float]) -> ReadWeights:
    """numbers: of all that lies in no block, then of the blocks; where there are fewer than blocks,
    the last one counts for the rest."""
    base, *others = numbers
    pairs = list(zip(names, others, strict=True))
    factors = dict(pairs)
    if any(factors[name] != factor for name, factor in pairs):
        graph.odd.append(
            say(
                "{key} of {node}, which has several numbers for the middle",
                key=_VECTOR,
                node=node.said,
            )
        )
        return _WITHOUT_CHANGE
    is_flux = names[0] in _OF_FLUX
    if is_flux:
        factors |= dict.fromkeys(_OF_FLUX[len(names) :], others[-1])
    beside = (BEFORE, AFTER) if is_flux else (TIME, END)
    if is_flux or len(names) > len(set(names)):  # files of attentions alone have nothing there
        factors |= dict.fromkeys(beside, base)
    if len(set(numbers)) > 1:
        graph.odd.append(
            say(
                "whether its file has the usual blocks for {key} of {node}",
                key=_VECTOR,
                node=node.said,
            )
        )
    return ReadWeights(block_scales(factors), base)


def _number(graph: Graph, node: Node, part: str) -> float | None:
    if part in _LETTERS:
        key, factor = _LETTERS[part]
        value = graph.number(node, key) if key in node.inputs else None
        return None if value is None else value * factor
    return number(part)


def _why_unread(parts: list[str]) -> str:
    if any(_RANDOM & set(part.split()) for part in parts):
        return say("in which R and U were drawn at random")
    if len(parts) == 1:
        return say("whose numbers only its presets file has")
    if parts[0].startswith("%"):
        return say("which counts the blocks of its file")
    if any(" " in part for part in parts):
        return say("which has several numbers for one block")
    return say("which has {count} numbers", count=len(parts))


def selected_weights(graph: Graph, node: Node) -> ReadWeights:
    """Of a loader with a selection of blocks."""
    source = graph.source(node, SELECTION)
    numbers = dict(_selected(source)) if source is not None else {}
    if any(factor != 0.0 for factor in numbers.values()) or not numbers:
        what = say("what is not 0 stands for alpha") if numbers else say("which is not known here")
        graph.odd.append(
            say(
                "{key} of {node}: {value}, {why}",
                key=SELECTION,
                node=node.said,
                value=source.said if source else str(node.inputs[SELECTION]),
                why=what,
            )
        )
    silent = [block for block, factor in numbers.items() if factor == 0.0]
    return ReadWeights(block_scales(dict.fromkeys(silent, 0.0)))


def _selected(node: Node) -> Iterator[tuple[str, float]]:
    for key, value in node.inputs.items():
        match, factor = _SELECTED.fullmatch(key), number(value)
        if match and factor is not None:
            yield f"{match[1][0].upper()}{int(match[2]):02}", factor

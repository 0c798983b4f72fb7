"""ComfyUI: from the sampler along the links of the embedded graph to all that it was given."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec

from loraviewer.core.foreign.comfy_graph import Graph, Node, read_graph
from loraviewer.core.foreign.comfy_models import weights_of
from loraviewer.core.foreign.comfy_text import Words, has_weights, weighed, words_of
from loraviewer.core.foreign.comfy_workflow import read_workflow
from loraviewer.core.foreign.picture import ReadPicture, listed
from loraviewer.core.foreign.samplers import known_sampler
from loraviewer.core.foreign.values import parsed_json, whole
from loraviewer.core.sentences import say

_ADVANCED, _CUSTOM, _GUIDED = "KSamplerAdvanced", "SamplerCustom", "SamplerCustomAdvanced"
_OWN_SCHEDULES = {"KarrasScheduler": "karras"}
_OF_PICTURES = ("samples", "image", "pixels", "latent")
_MOST_SAMPLERS = 32
_NO_NAME = ReadPicture(source="ComfyUI")


def read_comfyui(prompt: str, workflow: str) -> ReadPicture | None:
    """prompt: the graph that was run; workflow: its drawing, for where the other is missing. None
    where neither is such a graph."""
    graph = read_graph(parsed_json(prompt)) or read_workflow(parsed_json(workflow))
    if graph is None:
        return None
    samplers = _first_samplers(graph)
    if not samplers:
        kinds = sorted({node.kind for node in graph.nodes})
        odd: list[str] = [
            say("a graph without a sampler that is known here: {kinds}", kinds=", ".join(kinds))
        ]
        return msgspec.structs.replace(_NO_NAME, not_understood=listed(odd))
    read = [_reading(graph, node) for node in samplers]
    return _agreed(read, graph.odd)


def _first_samplers(graph: Graph) -> list[Node]:
    """Those whose latents come from no other one; later passes over the same picture are told."""
    known = list(islice(filter(_is_sampler, graph.nodes), _MOST_SAMPLERS))
    later = [node for node in known if any(map(_is_sampler, _latents_above(graph, node)))]
    first = [node for node in known if node not in later] or known[:1]
    others = [node for node in later if node not in first]
    graph.odd.extend(
        say("another pass over the picture, {node}", node=node.said) for node in others
    )
    return first


def _is_sampler(node: Node) -> bool:
    has_words = "positive" in node.inputs or "guider" in node.inputs
    return has_words and ("steps" in node.inputs or "sigmas" in node.inputs)


def _latents_above(graph: Graph, node: Node) -> Iterator[Node]:
    seen = {node.node_id}
    waiting = [node]
    while waiting:
        for _, found in graph.links(waiting.pop(), _OF_PICTURES):
            if found.node_id not in seen:
                seen.add(found.node_id)
                waiting.append(found)
                yield found


def _reading(graph: Graph, sampler: Node) -> ReadPicture:
    guider = graph.source(sampler, "guider") if sampler.kind == _GUIDED else sampler
    guider = guider or sampler
    stepping, steps = _stepping(graph, sampler)
    ours, odd = known_sampler(*stepping)
    graph.odd.extend([odd] if odd else [])
    key = "positive" if "positive" in guider.inputs else "conditioning"
    positive = words_of(graph, guider, key)
    has_negative = "negative" in guider.inputs
    negative = words_of(graph, guider, "negative") if has_negative else Words("")
    size = _size(graph, sampler)
    weights = weights_of(graph, guider, positive.encoder)
    guidance = graph.number(guider, "cfg") if "cfg" in guider.inputs else None
    if positive.guidance is not None and guidance not in (None, 1.0):
        graph.odd.append(
            say(
                "cfg {cfg:g} beside the guidance {guidance:g}",
                cfg=guidance,
                guidance=positive.guidance,
            )
        )
    if has_weights(positive.text) or has_weights(negative.text):
        graph.odd.append(say("weights of words, which ComfyUI counts from the empty prompt"))
    _tell_part(graph, sampler, steps)
    return ReadPicture(
        source="ComfyUI",
        prompt=weighed(positive.text),
        negative=weighed(negative.text),
        seed=_seed(graph, sampler),
        steps=steps,
        sampler=ours,
        guidance=guidance if positive.guidance is None else positive.guidance,
        width=size[0],
        height=size[1],
        loras=weights.loras,
        model=weights.model,
    )


def _stepping(graph: Graph, sampler: Node) -> tuple[tuple[str, str], int | None]:
    """Name and schedule of the sampler, and the steps, which custom ones keep in other nodes."""
    chosen, sigmas = graph.source(sampler, "sampler"), graph.source(sampler, "sigmas")
    named, planned = chosen or sampler, sigmas or sampler
    name = graph.text(named, "sampler_name") or ""
    schedule = graph.text(planned, "scheduler") or ""
    if sigmas is not None and not schedule:
        schedule = _OWN_SCHEDULES.get(sigmas.kind, sigmas.kind)
    if not name:
        graph.odd.append(say("the sampler of {node}", node=named.said))
    denoise = graph.number(planned, "denoise") if "denoise" in planned.inputs else None
    if denoise is not None and denoise != 1.0:
        graph.odd.append(
            say("denoise {denoise:g}: the picture began from another one", denoise=denoise)
        )
    return (name, schedule), graph.whole(planned, "steps")


def _seed(graph: Graph, sampler: Node) -> int | None:
    node = graph.source(sampler, "noise") or sampler
    key = "noise_seed" if "noise_seed" in node.inputs else "seed"
    return graph.whole(node, key) if key in node.inputs else None


def _size(graph: Graph, sampler: Node) -> tuple[int | None, int | None]:
    """Of the empty latents that it began from."""
    for node in _latents_above(graph, sampler):
        if "width" in node.inputs and "height" in node.inputs and "mpty" in node.kind:
            if (whole(node.inputs.get("batch_size")) or 1) > 1:
                graph.odd.append(say("which picture it is of the batch of {node}", node=node.said))
            return graph.whole(node, "width"), graph.whole(node, "height")
    graph.odd.append(say("what the picture began from, which are no empty latents"))
    return None, None


def _tell_part(graph: Graph, sampler: Node, steps: int | None) -> None:
    start, end = sampler.inputs.get("start_at_step"), sampler.inputs.get("end_at_step")
    first, last = whole(start) or 0, whole(end)
    if first > 0 or (last is not None and steps is not None and last < steps):
        end_step = last if last is not None else steps
        graph.odd.append(
            say(
                "{node} runs steps {first} to {last} only",
                node=sampler.said,
                first=first,
                last=str(end_step),
            )
        )
    if sampler.inputs.get("add_noise") in ("disable", False):
        graph.odd.append(say("{node} adds no noise", node=sampler.said))


def _agreed(read: list[ReadPicture], odd: list[str]) -> ReadPicture:
    """Where several first samplers stand in one graph, nothing tells which of them made this
    picture: only what all of them share is taken."""
    first = read[0]
    fields: dict[str, Any] = {}
    for name in first.__struct_fields__:
        if any(getattr(other, name) != getattr(first, name) for other in read[1:]):
            fields[name] = getattr(_NO_NAME, name)
            odd.append(
                say(
                    "{key}, in which the {count} samplers of the graph differ",
                    key=name,
                    count=len(read),
                )
            )
    return msgspec.structs.replace(first, **fields, not_understood=listed(odd))

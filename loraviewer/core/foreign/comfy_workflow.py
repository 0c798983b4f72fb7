"""ComfyUI's `workflow`: the drawing of a graph, read where a picture holds no graph as it was run.

Its nodes keep their values by place; which place means what is known of the usual ones only.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from loraviewer.core.foreign.comfy_graph import MOST_NODES, Graph, Node
from loraviewer.core.foreign.values import whole
from loraviewer.core.plain_values import is_array, is_table

_MUTED, _BYPASSED = 2, 4
_DRAWN_ONLY = frozenset({"Note", "MarkdownNote"})
_PLACES: Mapping[str, tuple[str, ...]] = {
    "KSampler": ("seed", "", "steps", "cfg", "sampler_name", "scheduler", "denoise"),
    "KSamplerAdvanced": (
        *("add_noise", "noise_seed", "", "steps", "cfg", "sampler_name", "scheduler"),
        *("start_at_step", "end_at_step", "return_with_leftover_noise"),
    ),
    "SamplerCustom": ("add_noise", "noise_seed", "", "cfg"),
    "KSamplerSelect": ("sampler_name",),
    "BasicScheduler": ("scheduler", "steps", "denoise"),
    "KarrasScheduler": ("steps", "sigma_max", "sigma_min", "rho"),
    "RandomNoise": ("noise_seed", ""),
    "CFGGuider": ("cfg",),
    "FluxGuidance": ("guidance",),
    "CLIPTextEncode": ("text",),
    "CLIPSetLastLayer": ("stop_at_clip_layer",),
    "CheckpointLoaderSimple": ("ckpt_name",),
    "UNETLoader": ("unet_name", "weight_dtype"),
    "LoraLoader": ("lora_name", "strength_model", "strength_clip"),
    "LoraLoaderModelOnly": ("lora_name", "strength_model"),
    "LoraLoaderBlockWeight //Inspire": (
        *("category_filter", "lora_name", "strength_model", "strength_clip", "inverse", "seed"),
        *("", "A", "B", "preset", "block_vector", "bypass"),
    ),
    "EmptyLatentImage": ("width", "height", "batch_size"),
    "EmptySD3LatentImage": ("width", "height", "batch_size"),
    "PrimitiveNode": ("value",),
    "PrimitiveInt": ("value",),
    "PrimitiveString": ("value",),
}

_Links = Mapping[int, tuple[int, int]]
"""Link → node and output that it comes from."""


def read_workflow(values: object) -> Graph | None:
    """The same as a graph that was run: without muted nodes, and with what leads into a bypassed
    one led on. None for anything else."""
    rows = values.get("nodes") if is_table(values) else None
    if not is_table(values) or not is_array(rows) or not 0 < len(rows) <= MOST_NODES:
        return None
    drawn = {n: row for row in rows if is_table(row) and (n := whole(row.get("id"))) is not None}
    links = _links(values.get("links"))
    nodes = {
        str(node_id): Node(str(node_id), str(row.get("type")), _inputs(row, drawn, links))
        for node_id, row in drawn.items()
        if row.get("mode") not in (_MUTED, _BYPASSED) and row.get("type") not in _DRAWN_ONLY
    }
    return Graph(nodes) if nodes else None


def _links(rows: object) -> dict[int, tuple[int, int]]:
    """Rows are (id, from, output, to, input, type), or tables of the same in newer files."""
    found: dict[int, tuple[int, int]] = {}
    for row in rows if is_array(rows) else ():
        if is_table(row):
            row = [row.get("id"), row.get("origin_id"), row.get("origin_slot")]
        numbers = [whole(value) for value in row[:3]] if is_array(row) else []
        if len(numbers) == 3 and None not in numbers:
            found[numbers[0] or 0] = (numbers[1] or 0, numbers[2] or 0)
    return found


def _inputs(row: Mapping[str, Any], drawn: Mapping[int, Any], links: _Links) -> dict[str, Any]:
    values = row.get("widgets_values")
    names = _PLACES.get(str(row.get("type")), ())
    found: dict[str, Any] = {}
    if is_table(values):
        found |= values
    elif is_array(values):
        found |= {name: value for name, value in zip(names, values, strict=False) if name}
    for name, link in _linked_inputs(row):
        source = _beyond_bypassed(link, drawn, links)
        if source is not None:
            found[name] = [str(source[0]), source[1]]
    return found


def _linked_inputs(row: Mapping[str, Any]) -> list[tuple[str, int]]:
    inputs = row.get("inputs")
    found: list[tuple[str, int]] = []
    for one in inputs if is_array(inputs) else ():
        link = whole(one.get("link")) if is_table(one) else None
        if link is not None:
            found.append((str(one.get("name")), link))
    return found


def _beyond_bypassed(link: int, drawn: Mapping[int, Any], links: _Links) -> tuple[int, int] | None:
    """Where a link comes from; through a bypassed node, from its first input of that type."""
    for _ in range(MOST_NODES):
        source = links.get(link)
        row = drawn.get(source[0]) if source else None
        if source is None or row is None or row.get("mode") == _MUTED:
            return None
        if row.get("mode") != _BYPASSED:
            return source
        onward = _led_on(row, source[1])
        if onward is None:
            return None
        link = onward
    return None


def _led_on(row: Mapping[str, Any], output: int) -> int | None:
    outputs, inputs = row.get("outputs"), row.get("inputs")
    if not is_array(outputs) or not is_array(inputs) or not 0 <= output < len(outputs):
        return None
    kind = outputs[output].get("type") if is_table(outputs[output]) else None
    return next(_links_of(inputs, kind), None)


def _links_of(inputs: Sequence[Any], kind: object):
    for one in inputs:
        link = whole(one.get("link")) if is_table(one) and one.get("type") == kind else None
        if link is not None:
            yield link

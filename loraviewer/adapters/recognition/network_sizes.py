"""How deep a denoiser is, from the names in its file: what the bundled configuration of its family
is changed by. Cut-down networks (SSD-1B, Vega, KOALA, Flux "lite") are opened by it.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from loraviewer.adapters.files.header import Header
from loraviewer.adapters.originals.stored import stored_by_shapes
from loraviewer.adapters.recognition.checkpoint_header import CheckpointFacts

_STACKS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "flux1": {
        "num_layers": ("double_blocks", "transformer_blocks"),
        "num_single_layers": ("single_blocks", "single_transformer_blocks"),
    },
    "chroma": {
        "num_layers": ("double_blocks", "transformer_blocks"),
        "num_single_layers": ("single_blocks", "single_transformer_blocks"),
    },
    "qwen-image": {"num_layers": ("transformer_blocks",)},
    "z-image": {"n_layers": ("layers",), "n_refiner_layers": ("noise_refiner",)},
    "lumina2": {"num_layers": ("layers",), "num_refiner_layers": ("noise_refiner",)},
}
"""Family → setting of diffusers → what its numbered blocks are called, in either words."""


def denoiser_changes(facts: CheckpointFacts, header: Header) -> Mapping[str, Any]:
    """Settings of the denoiser, as diffusers calls them, that its weights ask for; {} where the
    configuration of its family is right as it is."""
    if facts.family == "sdxl" and facts.variant != "base":
        return _unet_changes(_unet_names(header, facts.prefix))
    names = [n.removeprefix(facts.prefix) for n in header.tensors if n.startswith(facts.prefix)]
    counts = {
        setting: _count(names, stacks) for setting, stacks in _STACKS.get(facts.family, {}).items()
    }
    return {setting: count for setting, count in counts.items() if count}


def _count(names: Iterable[str], stacks: Iterable[str]) -> int:
    """One more than the highest number of a block."""
    pattern = re.compile(rf"(?:{'|'.join(stacks)})\.([0-9]{{1,4}})\.")
    return 1 + max((int(found[1]) for n in names if (found := pattern.match(n))), default=-1)


# UNets


def _unet_names(header: Header, prefix: str) -> Collection[str]:
    """In the words of diffusers."""
    shapes = {n: info.shape for n, info in header.tensors.items() if n.startswith(prefix)}
    return stored_by_shapes(shapes).get("unet", {})


_ATTENTION = re.compile(
    r"(down|up)_blocks\.(\d{1,2})\.attentions\.(\d{1,2})\.transformer_blocks\.(\d{1,3})\."
)
_RESNET = re.compile(r"down_blocks\.(\d{1,2})\.resnets\.(\d{1,2})\.")
_MIDDLES = (
    ("mid_block.attentions.0.", "UNetMidBlock2DCrossAttn"),
    ("mid_block.resnets.0.", "UNetMidBlock2D"),
)
"""What a middle block has → its kind; a UNet may have none at all."""


def _unet_changes(names: Collection[str]) -> dict[str, Any]:
    """Transformer blocks of each attention on the way down and up, resnets, and the middle."""
    resnets = [(int(m[1]), int(m[2])) for name in names if (m := _RESNET.match(name))]
    if not resnets:
        return {}
    levels = 1 + max(level for level, _ in resnets)
    layers = 1 + max(index for _, index in resnets)
    depths: dict[tuple[str, int, int], int] = {}
    for name in names:
        if match := _ATTENTION.match(name):
            key = (match[1], int(match[2]), int(match[3]))
            depths[key] = max(depths.get(key, 0), int(match[4]) + 1)
    middles = (kind for mark, kind in _MIDDLES if any(name.startswith(mark) for name in names))
    return {
        "layers_per_block": layers,
        "transformer_layers_per_block": _by_level(depths, "down", levels, layers),
        "reverse_transformer_layers_per_block": _by_level(depths, "up", levels, layers + 1),
        "mid_block_type": next(middles, None),
    }


def _by_level(
    depths: Mapping[tuple[str, int, int], int], side: str, levels: int, layers: int
) -> list[int | list[int]]:
    """1 for a level without attentions, where diffusers does not look at it."""
    found: list[int | list[int]] = []
    for level in range(levels):
        row = [depths.get((side, level, layer), 1) for layer in range(layers)]
        found.append(row[0] if len(set(row)) == 1 else row)
    return found

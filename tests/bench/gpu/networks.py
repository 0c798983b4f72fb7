"""Denoisers of published sizes with random weights, from the bundled configurations alone; tiny
ones of the same build for a CPU."""

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from loraviewer.adapters.load import Adapter
from loraviewer.adapters.targets import WeightKey
from loraviewer.core.resources import clip_vocabulary, family_config
from loraviewer.engine.opening.networks import empty_network
from loraviewer.engine.opening.original_layouts import component_class
from tests.full_size import ATTENTION_ENDINGS, random_adapter, renamed

_FLUX_ENDINGS = (
    *("add_q_proj", "add_k_proj", "add_v_proj", "to_add_out", "proj_mlp"),
    *("ff_context.net.0.proj", "ff_context.net.2"),
)
_DISTINCT = 3
"""Adapters with numbers of their own; more of them are these under other hashes."""
_SPREAD = 0.02

_TINY: Mapping[str, Mapping[str, Any]] = {
    "sd1/unet": {"block_out_channels": [32, 32, 32, 32], "cross_attention_dim": 32},
    "sd1/text_encoder": {"hidden_size": 32, "projection_dim": 32},
    "sdxl/unet": {
        "block_out_channels": [32, 32, 32],
        "cross_attention_dim": 64,
        "attention_head_dim": [2, 2, 2],
        "transformer_layers_per_block": [1, 1, 2],
        "addition_time_embed_dim": 8,
        "projection_class_embeddings_input_dim": 80,
    },
    "sdxl/text_encoder": {"hidden_size": 32, "projection_dim": 32},
    "sdxl/text_encoder_2": {"hidden_size": 32, "projection_dim": 32},
    "flux1-dev/transformer": {
        "num_layers": 2,
        "num_single_layers": 3,
        "attention_head_dim": 16,
        "num_attention_heads": 2,
        "joint_attention_dim": 32,
        "pooled_projection_dim": 16,
        "axes_dims_rope": [4, 6, 6],
    },
}
_TINY_TEXT = {"intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
_TINY_VAE = {"block_out_channels": [32, 32, 32, 32], "layers_per_block": 1}


@dataclass(frozen=True)
class Subject:
    """A network that is measured. `inputs` of one step, as its pipeline gives them; `component`:
    what the pipeline calls it."""

    name: str
    component: str
    network: nn.Module
    inputs: Mapping[str, Any]

    @torch.no_grad()
    def step(self, _: int = 0) -> None:
        self.network(**self.inputs)

    @property
    def keys(self) -> list[WeightKey]:
        """Of what most adapters change: linear layers of attentions and feed-forwards."""
        endings = ATTENTION_ENDINGS + _FLUX_ENDINGS
        return [
            (self.component, f"{path}.weight")
            for path, module in self.network.named_modules()
            if path.endswith(endings) and isinstance(module, nn.Linear | nn.Conv2d)
        ]

    def adapters(self, count: int) -> list[Adapter]:
        network: Any = self.network
        made = [random_adapter(network, self.keys, i) for i in range(min(count, _DISTINCT))]
        return [renamed(made[i % len(made)], i) for i in range(count)]


@dataclass(frozen=True)
class Place:
    """Where and in which precision; `is_tiny`: of the same build, in sizes for a CPU."""

    device: torch.device
    dtype: torch.dtype
    is_tiny: bool


def subject(name: str, place: Place) -> Subject:
    """ "sd1" at 512², "sdxl" at 1024² with guidance, "flux1-dev" at 1024²; 64² where tiny."""
    component, inputs = _INPUTS[name]
    network = random_network(name, component, place)
    edge = 64 if place.is_tiny else (512 if name == "sd1" else 1024)
    return Subject(name, component, network, inputs(network.config, edge, place))


def random_network(name: str, component: str, place: Place) -> Any:
    """On its device, in its precision, ready to infer."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / component
        path.mkdir()
        settings = _settings(name, component, place.is_tiny)
        (path / "config.json").write_text(json.dumps(settings), "utf-8")
        made = empty_network(component_class(family_config(name), component), path)
    made = nn.Module.to(made, place.dtype)
    nn.Module.to_empty(made, device=place.device)
    generator = torch.Generator(place.device).manual_seed(0)
    for parameter in made.parameters():
        nn.init.normal_(parameter.data, std=_SPREAD, generator=generator)
    return made.eval().requires_grad_(False)


def random_base(folder: Path, name: str, place: Place) -> Path:
    """A diffusers folder of SD 1 or SDXL to be opened by the engine."""
    config = family_config(name)
    shutil.copytree(config, folder)
    for tokenizer in folder.glob("tokenizer*"):
        shutil.copytree(clip_vocabulary(), tokenizer, dirs_exist_ok=True)
    for path in sorted(folder.glob("*/config.json")):
        part = path.parent.name
        path.write_text(json.dumps(_settings(name, part, place.is_tiny)), "utf-8")
        made = empty_network(component_class(config, part), path.parent).to_empty(device="cpu")
        torch.manual_seed(0)
        for parameter in made.parameters():
            nn.init.normal_(parameter.data, std=_SPREAD)
        stored: Any = nn.Module.to(made, place.dtype)
        stored.save_pretrained(path.parent)
    return folder


def _settings(name: str, component: str, is_tiny: bool) -> dict[str, Any]:
    path = family_config(name) / component / "config.json"
    settings = json.loads(path.read_text("utf-8"))
    if not is_tiny:
        return settings
    usual = _TINY_TEXT if component.startswith("text_encoder") else {}
    usual = _TINY_VAE if component == "vae" else usual
    return {**settings, **usual, **_TINY.get(f"{name}/{component}", {})}


# What one step takes


def _numbers(place: Place, *shape: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(shape, generator=generator).to(place.device, place.dtype)


def _unet(config: Any, edge: int, place: Place, count: int) -> dict[str, Any]:
    return {
        "sample": _numbers(place, count, config.in_channels, edge // 8, edge // 8),
        "timestep": torch.tensor(500, device=place.device),
        "encoder_hidden_states": _numbers(place, count, 77, config.cross_attention_dim),
    }


def _sd1(config: Any, edge: int, place: Place) -> dict[str, Any]:
    return _unet(config, edge, place, 2)


def _sdxl(config: Any, edge: int, place: Place) -> dict[str, Any]:
    pooled = config.projection_class_embeddings_input_dim - 6 * config.addition_time_embed_dim
    ids = torch.tensor([[edge, edge, 0, 0, edge, edge]] * 2, device=place.device)
    added = {"text_embeds": _numbers(place, 2, pooled), "time_ids": ids.to(place.dtype)}
    return {**_unet(config, edge, place, 2), "added_cond_kwargs": added}


def _flux(config: Any, edge: int, place: Place) -> dict[str, Any]:
    side, words = edge // 16, 8 if place.is_tiny else 512
    rows, columns = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    ids = torch.stack([torch.zeros_like(rows), rows, columns], -1).reshape(-1, 3)
    return {
        "hidden_states": _numbers(place, 1, side * side, config.in_channels),
        "encoder_hidden_states": _numbers(place, 1, words, config.joint_attention_dim),
        "pooled_projections": _numbers(place, 1, config.pooled_projection_dim),
        "timestep": torch.tensor([0.5], device=place.device, dtype=place.dtype),
        "img_ids": ids.to(place.device, place.dtype),
        "txt_ids": torch.zeros(words, 3, device=place.device, dtype=place.dtype),
        "guidance": torch.tensor([3.5], device=place.device, dtype=place.dtype),
    }


_Inputs = Callable[[Any, int, Place], dict[str, Any]]
_INPUTS: Mapping[str, tuple[str, _Inputs]] = {
    "sd1": ("unet", _sd1),
    "sdxl": ("unet", _sdxl),
    "flux1-dev": ("transformer", _flux),
}
NAMES = tuple(_INPUTS)

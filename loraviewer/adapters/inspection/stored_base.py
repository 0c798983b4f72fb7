"""What a base weighs and what its pictures take, from headers and configurations alone."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loraviewer.adapters.files.config import read_table
from loraviewer.adapters.files.weights_header import read_weights_header
from loraviewer.adapters.inspection.assumed_sizes import parameters_of
from loraviewer.adapters.inspection.base_index import Places, base_places
from loraviewer.adapters.inspection.component_weights import component_of, kind_of
from loraviewer.adapters.inspection.network_shapes import (
    denoiser_shape,
    latent_px,
    text_shape,
    trained_size,
    vae_shape,
)
from loraviewer.adapters.inspection.pipeline import folder_facts
from loraviewer.adapters.originals.assembly import Assembly, config_of
from loraviewer.adapters.originals.companions import Companions
from loraviewer.adapters.originals.folder import StoredPlace, part_places
from loraviewer.adapters.originals.stored import StoredWeight
from loraviewer.adapters.originals.weight_files import WeightFile
from loraviewer.adapters.recognition.pipeline_families import ALSO_FROM_TEXT, STABLE_DIFFUSION
from loraviewer.adapters.recognition.single_file_config import recognised
from loraviewer.core.families import IN_FLOAT16, USUAL_SAMPLING
from loraviewer.core.placement.plan import Base
from loraviewer.core.placement.weights import Component, Weights

_CLASSIC = frozenset({"sd1", "sd2", "sdxl", "sdxl-refiner"})
_USUAL_STEPS, _LEAST_GUIDED = 25, 1.0
_ONE_AT_A_TIME = frozenset({"flux1", "flux2", "chroma", "qwen-image", "lumina2"})
"""Families whose denoisers compute one picture at a time: they are told the guidance, or what the
negative prompt asks for is computed after what the prompt does."""


@dataclass(frozen=True)
class _Found:
    """Components with their configurations, {} where there is none."""

    name: str
    family: str
    is_classic: bool
    components: Mapping[str, Component]
    configs: Mapping[str, dict[str, Any]]


def stored_base(path: Path, companions: Path | None = None, packs: bool = False) -> Base:
    """Of a diffusers folder, a single file, or a denoiser in GGUF; no weight is read. companions: a
    folder with what single files may lack. packs: whether a denoiser in fp8 or fewer bits stays so.
    Raises `FileError` and `CheckpointError` as opening it would."""
    is_folder = os.path.isdir(path)
    found = _folder(path, packs) if is_folder else _file(path, companions, packs)
    denoiser = next((c for n, c in found.configs.items() if kind_of(n) == "denoiser"), {})
    vae = found.components.get("vae")
    parameters = vae.weights.parameters if vae else 0
    steps, pictures = _sampling(found, denoiser)
    pixel = latent_px(found.configs.get("vae", {}))
    in_float16 = found.is_classic or found.family in IN_FLOAT16
    return Base(
        name=found.name,
        family=found.family,
        components=tuple(found.components.values()),
        is_classic=found.is_classic,
        denoiser=denoiser_shape(denoiser, found.family, pixel),
        texts=tuple(filter(None, (_text(found, name) for name in found.components))),
        vae=vae_shape(found.configs.get("vae", {}), parameters, found.is_classic, in_float16),
        size=trained_size(denoiser, pixel),
        steps=steps,
        pictures=pictures,
    )


def _text(found: _Found, name: str) -> Any:
    config = found.configs.get(name, {})
    return text_shape(config, found.family) if kind_of(name) == "text_encoder" else None


def _sampling(found: _Found, denoiser: Mapping[str, Any]) -> tuple[int, int]:
    """Usual steps, and how many pictures are computed together in one."""
    is_alone = found.family in _ONE_AT_A_TIME
    is_fast = found.family == "flux1" and not denoiser.get("guidance_embeds")
    known = USUAL_SAMPLING.get("flux1-schnell" if is_fast else found.family)
    steps, guidance = known or (_USUAL_STEPS, 2 * _LEAST_GUIDED)
    return steps, 2 if guidance > _LEAST_GUIDED and not is_alone else 1


# A folder


def _folder(path: Path, packs: bool) -> _Found:
    facts = folder_facts(path)
    places = base_places(path)
    family, pipeline = str(facts["family"]), str(facts["pipeline"])
    return _Found(
        name=path.name,
        family=family,
        is_classic=family in _CLASSIC or ALSO_FROM_TEXT.get(pipeline, pipeline) in STABLE_DIFFUSION,
        components={name: component_of(name, own, packs) for name, own in places.items()},
        configs={name: _config_in(path / name) for name in places},
    )


def _config_in(folder: Path) -> dict[str, Any]:
    path = folder / "config.json"
    return read_table(path) if path.is_file() else {}


# A single file


def _file(path: Path, companions: Path | None, packs: bool) -> _Found:
    header = read_weights_header(path)
    assembly = Assembly(recognised(path, header), Companions.of(companions))
    places = base_places(path, companions)
    wanted = [n for n in assembly.networks if n != assembly.t5 or _has_t5(assembly)]
    configs = {name: config_of(assembly.single, name) for name in wanted}
    family = assembly.single.facts.family
    return _Found(
        name=path.stem,
        family=family,
        is_classic=family in _CLASSIC,
        components={
            name: _component(assembly, name, places, configs[name], packs) for name in wanted
        },
        configs=configs,
    )


def _has_t5(assembly: Assembly) -> bool:
    """Whether it is loaded, or must be."""
    return not assembly.may_lack_t5 or (assembly.uses_t5 and assembly.has(assembly.t5))


def _component(
    assembly: Assembly, name: str, places: Places, config: Mapping[str, Any], packs: bool
) -> Component:
    if name in places:
        return component_of(name, places[name], packs)
    if not assembly.has(name):
        return _assumed(name, config)
    file = assembly.files[name]
    own = _lone_places(file) if file else part_places(assembly.folders[name])
    return component_of(name, own)


def _lone_places(file: WeightFile) -> dict[str, StoredPlace]:
    """Of a file that holds one network under names that matter to nobody here."""
    return {
        own: StoredPlace(file.path, file.header, StoredWeight(key, file.header.tensors[key].shape))
        for key, own in file.names.items()
    }


def _assumed(name: str, config: Mapping[str, Any]) -> Component:
    """As heavy as its configuration says, where the file lacks it."""
    counted = Weights(plain=parameters_of(config))
    return Component(name=name, kind=kind_of(name), weights=counted, is_assumed=True)

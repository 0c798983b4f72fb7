"""Where a checkpoint file keeps each weight of each component, from its header alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from loraviewer.adapters.files.header import Header
from loraviewer.adapters.originals.clip import OPEN_CLIP
from loraviewer.adapters.originals.layouts import layout_of_file, layout_of_network
from loraviewer.adapters.originals.vae import VaeWords
from loraviewer.adapters.originals.words import Words, WordTable

Shape = tuple[int, ...]
T = TypeVar("T")
Shapes = Mapping[str, Shape]


@dataclass(frozen=True)
class StoredWeight:
    """A parameter of a component inside a file: the tensor `key`, or its `rows` start … stop.

    `shape` is the parameter's. The bytes are the parameter's own once a transposed matrix is
    turned, and swapped halves of rows put back.
    """

    key: str
    shape: Shape
    rows: tuple[int, int] | None = None
    is_half_swapped: bool = False
    is_transposed: bool = False


StoredWeights = Mapping[str, Mapping[str, StoredWeight]]
"""Component → parameter name as diffusers and transformers have it → place in the file."""

_DENOISER_PREFIXES = (
    *("model.diffusion_model.", "diffusion_model.", "net.", "model.", "transformer.", "unet."),
    "",
)
_BUNDLE_PREFIXES = ("model.diffusion_model.", "diffusion_model.", "net.")
"""Prefixes that mean a denoiser even where its architecture is not known."""

_VAE_PREFIXES = ("first_stage_model.", "vae.")
_VAE_MARK, _CLIP_MARK = "decoder.conv_in.weight", "encoder.layers.0.self_attn.q_proj.weight"
_T5_MARK = "encoder.block.0.layer.0.SelfAttention.q.weight"

_CLIP_L, _CLIP_G = "text_encoders.clip_l.transformer.", "text_encoders.clip_g.transformer."
_CLIP_PREFIXES: Mapping[str, str] = {
    "cond_stage_model.transformer.": "text_encoder",
    "conditioner.embedders.0.transformer.": "text_encoder",
    _CLIP_L: "text_encoder",
    _CLIP_G: "text_encoder_2",
}
_OPEN_CLIP_PREFIXES: Mapping[str, str] = {
    "cond_stage_model.model.": "text_encoder",
    "conditioner.embedders.0.model.": "text_encoder_2",
    "conditioner.embedders.1.model.": "text_encoder_2",
}
_T5_PREFIX = "text_encoders.t5xxl.transformer."
_LLM_PREFIX = re.compile(r"text_encoders\.(?!clip_|t5)\w+\.transformer\.")

_ROLES: Mapping[str, str] = {"scale": "weight"}
"""Role in the original code → in diffusers, for modules that have another name there."""

_NO_PARAMETERS = ("position_ids", "logit_scale")
_UNUSED_LAYER = "encoder.layers.23."
"""SD 2 reads the last but one of OpenCLIP-H's layers; diffusers does not even load the last."""

_TIED = ("shared.weight", "encoder.embed_tokens.weight")


def stored_weights(header: Header) -> StoredWeights:
    """All parameters of a single-file checkpoint, or of a file of one component.

    Modules with no name of their own in diffusers keep the file's; so does a denoiser whose
    architecture is not known, as component "transformer".
    """
    return stored_by_shapes({name: info.shape for name, info in header.tensors.items()})


def stored_by_shapes(tensors: Shapes) -> StoredWeights:
    """As `stored_weights`, from names and shapes."""
    components: dict[str, dict[str, StoredWeight]] = {}
    for component, weights in (*_text_encoders(tensors), *_vae(tensors)):
        components.setdefault(component, {}).update(weights)
    for component, weights in _denoiser(tensors, is_alone=not components):
        components.setdefault(component, {}).update(weights)
    return components


_Part = tuple[str, dict[str, StoredWeight]]


def _denoiser(tensors: Shapes, *, is_alone: bool) -> Iterator[_Part]:
    for prefix in _DENOISER_PREFIXES:
        part = _under(tensors, prefix)
        if layout := layout_of_file(part):
            yield layout.component, _translated(part, prefix, layout.words(part))
            return
        if own := layout_of_network(part):
            yield own.component, _translated(part, prefix, None)
            return
    prefixes = (*_BUNDLE_PREFIXES, "") if is_alone else _BUNDLE_PREFIXES
    for prefix in prefixes:
        if part := _under(tensors, prefix):
            yield "transformer", _translated(part, prefix, None)
            return


def _vae(tensors: Shapes) -> Iterator[_Part]:
    for prefix in (*_VAE_PREFIXES, ""):
        part = _under(tensors, prefix)
        if _VAE_MARK in part:
            yield "vae", _translated(part, prefix, VaeWords.of_original(part))
            return


def _text_encoders(tensors: Shapes) -> Iterator[_Part]:
    has_clip_g = bool(_under(tensors, _CLIP_G))
    for prefix, component in _CLIP_PREFIXES.items():
        if part := _under(tensors, prefix):
            # SD 3 has both of its CLIP encoders with a projection, the others only the second.
            is_wrapped = component == "text_encoder_2" or has_clip_g
            yield component, _clip(_translated(part, prefix, None), is_wrapped=is_wrapped)
    for prefix, component in _OPEN_CLIP_PREFIXES.items():
        if part := _under(tensors, prefix):
            yield component, _open_clip(part, prefix, component)
    if part := _under(tensors, _T5_PREFIX):
        yield _t5_component(tensors, has_clip_g), with_tied(_translated(part, _T5_PREFIX, None))
    if match := next(filter(None, map(_LLM_PREFIX.match, tensors)), None):
        part = _under(tensors, match[0])
        yield "text_encoder", _translated(part, match[0], None)
    if _T5_MARK in tensors:
        yield "text_encoder", with_tied(_translated(tensors, "", None))
    elif _CLIP_MARK in tensors or f"text_model.{_CLIP_MARK}" in tensors:
        is_wrapped = "text_projection.weight" in tensors
        yield "text_encoder", _clip(_translated(tensors, "", None), is_wrapped=is_wrapped)


def _t5_component(tensors: Shapes, has_clip_g: bool) -> str:
    """T5 stands behind the encoders of its family, whether the file has them or not."""
    parts = (_under(tensors, prefix) for prefix in _DENOISER_PREFIXES)
    layouts = (layout_of_file(part) or layout_of_network(part) for part in parts)
    layout = next(filter(None, layouts), None)
    family = layout.name if layout else ""
    if has_clip_g or family == "sd3":
        return "text_encoder_3"
    is_second = family == "flux1" or _under(tensors, _CLIP_L)
    return "text_encoder_2" if is_second else "text_encoder"


def _under(tensors: Shapes, prefix: str) -> dict[str, Shape]:
    """The tensors whose names begin with `prefix`, without it."""
    length = len(prefix)
    return {name[length:]: shape for name, shape in tensors.items() if name.startswith(prefix)}


def _translated(part: Shapes, prefix: str, words: Words | None) -> dict[str, StoredWeight]:
    found: dict[str, StoredWeight] = {}
    for name, shape in part.items():
        found.update(_places(name, shape, prefix + name, words))
    return found


def _places(
    name: str, shape: Shape, key: str, words: Words | None
) -> Iterator[tuple[str, StoredWeight]]:
    """The parameters that lie in one tensor."""
    path, _, role = name.rpartition(".")
    row, suffix = (words.row(path) if words else None), f".{_ROLES.get(role, role)}"
    if row is None:  # some tensors lie outside of modules
        row, suffix = (words.row(name) if words else None), ""
    if row is None:
        yield name, StoredWeight(key, shape)
        return
    module, *others = row.modules
    if not others or not shape:
        own = shape[::-1] if row.is_transposed else shape
        own = own[:2] if row.is_pointwise else own
        stored = StoredWeight(key, own, None, row.is_half_swapped, row.is_transposed)
        yield module + suffix, stored
        return
    for module, rows in zip(row.modules, row.row_ranges(shape[0]), strict=True):
        yield module + suffix, StoredWeight(key, (rows[1] - rows[0], *shape[1:]), rows)


def _clip(weights: dict[str, StoredWeight], *, is_wrapped: bool) -> dict[str, StoredWeight]:
    """Names as transformers has them: only the class with a projection says `text_model.`."""
    found: dict[str, StoredWeight] = {}
    for name, stored in weights.items():
        bare = name.removeprefix("text_model.")
        is_projection = bare.startswith("text_projection")
        if bare.endswith(_NO_PARAMETERS) or (is_projection and not is_wrapped):
            continue
        found[f"text_model.{bare}" if is_wrapped and not is_projection else bare] = stored
    return found


def _open_clip(part: Shapes, prefix: str, component: str) -> dict[str, StoredWeight]:
    weights = _translated(part, prefix, WordTable(OPEN_CLIP))
    if component == "text_encoder":
        weights = {name: w for name, w in weights.items() if not name.startswith(_UNUSED_LAYER)}
    return _clip(weights, is_wrapped=component == "text_encoder_2")


def with_tied(weights: Mapping[str, T]) -> dict[str, T]:
    """T5 has one table of embeddings under two names, of which files keep one or both."""
    found = [weights[name] for name in _TIED if name in weights]
    tied = {name: weights.get(name, found[0]) for name in _TIED} if found else {}
    return {**weights, **tied}

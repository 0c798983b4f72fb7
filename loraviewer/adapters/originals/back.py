"""From the parameters of a Stable Diffusion pipeline back to the tensors of a single file, as the
original code, A1111 and ComfyUI read them. What is made here is read again by `stored` before it
counts: a name that would not come back is an error, never a guess."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from loraviewer.adapters.originals.clip import OPEN_CLIP
from loraviewer.adapters.originals.stored import Shape, StoredWeight, stored_by_shapes
from loraviewer.adapters.originals.unet import UnetLayout, UnetWords
from loraviewer.adapters.originals.vae import vae_path
from loraviewer.adapters.originals.words import WordTable
from loraviewer.core.outcome import FileError
from loraviewer.core.sentences import say

Shapes = Mapping[str, Shape]

_UNET, _VAE = "model.diffusion_model.", "first_stage_model."
_CLIP: Mapping[tuple[str, str], str] = {
    ("sd1", "text_encoder"): "cond_stage_model.transformer.text_model.",
    ("sdxl", "text_encoder"): "conditioner.embedders.0.transformer.text_model.",
}
_OPEN_CLIP: Mapping[tuple[str, str], str] = {
    ("sd2", "text_encoder"): "cond_stage_model.model.",
    ("sdxl", "text_encoder_2"): "conditioner.embedders.1.model.",
}
_UP = re.compile(r"decoder\.up_blocks\.(\d+)\.")
_WORDS = WordTable(OPEN_CLIP)


@dataclass(frozen=True)
class OriginalTensor:
    """A tensor of the single file: the rows of `names`, one after the other."""

    shape: Shape
    component: str
    names: tuple[str, ...]
    is_transposed: bool = False


def original_tensors(family: str, components: Mapping[str, Shapes]) -> dict[str, OriginalTensor]:
    """Key of the file → what it holds. `components`: of sd1, sd2 or sdxl, parameters in the words
    of diffusers and transformers with their shapes. Raises `FileError` where one has no place."""
    made = {
        key: tensor
        for component, shapes in components.items()
        for key, tensor in _of_component(family, component, shapes)
    }
    _check_reads_back(made, components)
    return made


def bare(name: str) -> str:
    """A parameter of a text encoder as every release of transformers knows it."""
    return name.removeprefix("text_model.")


def _of_component(
    family: str, component: str, shapes: Shapes
) -> Iterator[tuple[str, OriginalTensor]]:
    if component == "unet":
        return _unet(shapes)
    if component == "vae":
        return _vae(shapes)
    if prefix := _CLIP.get((family, component)):
        return _clip(component, prefix, shapes)
    if prefix := _OPEN_CLIP.get((family, component)):
        return _open_clip(component, prefix, shapes)
    raise _no_place(f"{component}.{min(shapes, default='')}")


def _unet(shapes: Shapes) -> Iterator[tuple[str, OriginalTensor]]:
    layout = UnetLayout.of(shapes)
    if layout is None:
        raise _no_place("unet")
    words = UnetWords(layout)
    for name, shape in shapes.items():
        path, _, role = name.rpartition(".")
        original = words.original(path)
        own = original.path if original else path
        yield f"{_UNET}{own}.{role}", OriginalTensor(shape, "unet", (name,))


def _vae(shapes: Shapes) -> Iterator[tuple[str, OriginalTensor]]:
    levels = 1 + max((int(m[1]) for name in shapes if (m := _UP.match(name))), default=0)
    for name, shape in shapes.items():
        path, _, role = name.rpartition(".")
        is_pointwise = ".attentions." in path and len(shape) == 2
        stored = (*shape, 1, 1) if is_pointwise else shape
        key = f"{_VAE}{vae_path(path, levels)}.{role}"
        yield key, OriginalTensor(stored, "vae", (name,))


def _clip(component: str, prefix: str, shapes: Shapes) -> Iterator[tuple[str, OriginalTensor]]:
    for name, shape in shapes.items():
        yield prefix + bare(name), OriginalTensor(shape, component, (name,))


def _open_clip(component: str, prefix: str, shapes: Shapes) -> Iterator[tuple[str, OriginalTensor]]:
    own = {bare(name): name for name in shapes}
    for name in own:
        key, row = _open_clip_row(name)
        if row is None or row.modules[0] not in (name, name.rpartition(".")[0]):
            continue  # it comes with the first of those that it is stacked with
        suffix = name.removeprefix(row.modules[0])
        names = tuple(own.get(module + suffix, "") for module in row.modules)
        if "" in names:
            raise _no_place(f"{component}.{name}")
        first, *axes = shapes[names[0]]
        stored = (first * len(names), *axes)
        shape = stored[::-1] if row.is_transposed else stored
        yield prefix + key, OriginalTensor(shape, component, names, row.is_transposed)


def _open_clip_row(name: str):
    """The key of the file, and its row of words."""
    if original := _WORDS.original(name):  # outside of modules
        return original.path, _WORDS.row(original.path)
    path, _, role = name.rpartition(".")
    original = _WORDS.original(path)
    if original is None:
        raise _no_place(name)
    return f"{original.path}.{role}", _WORDS.row(original.path)


def _check_reads_back(made: Mapping[str, OriginalTensor], components: Mapping[str, Shapes]) -> None:
    found = stored_by_shapes({key: tensor.shape for key, tensor in made.items()})
    for component, shapes in components.items():
        places = {bare(name): place for name, place in found.get(component, {}).items()}
        for name, shape in shapes.items():
            place = places.get(bare(name))
            if place is None or place.shape != shape or not _is_of(made[place.key], place, name):
                raise _no_place(f"{component}.{name}")


def _is_of(tensor: OriginalTensor, place: StoredWeight, name: str) -> bool:
    """Whether what is read there is what was put there."""
    if place.rows is None:
        return tensor.names == (name,) and tensor.is_transposed == place.is_transposed
    start, stop = place.rows
    at = start // max(1, stop - start)
    return at < len(tensor.names) and tensor.names[at] == name


def _no_place(name: str) -> FileError:
    return FileError(say("A single file has no place for the weight “{name}”.", name=name))

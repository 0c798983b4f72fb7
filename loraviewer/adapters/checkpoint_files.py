"""Checkpoint files rewritten in place of a copy: same header, same layout, new bytes for touched
weights."""

import shutil
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import BinaryIO

import torch
from torch import nn

from loraviewer.adapters.header import Header, TensorInfo, read_header
from loraviewer.adapters.naming.base import UnetLayout, canonical_path
from loraviewer.adapters.naming.ldm import ldm_path
from loraviewer.adapters.tensors import TORCH_DTYPES
from loraviewer.core.atomic import new_file, new_folder
from loraviewer.core.outcome import FileError

_NEVER_COPIED = shutil.ignore_patterns("*.bin", "*.ckpt", "*.pt", "*.msgpack", "*.h5", ".*")
_CLIP_PREFIXES = {
    "text_encoder": ("cond_stage_model.transformer.", "conditioner.embedders.0.transformer."),
}


def write_folder(
    out: Path, source: Path, components: Mapping[str, nn.Module], touched_names: Collection[str]
) -> None:
    """A copy of a diffusers folder; pickled duplicates of weights are left out."""
    if out.resolve().is_relative_to(source.resolve()):
        raise FileError(f"“{out}” lies inside the base “{source}”; choose another place.")
    with new_folder(out) as temporary:
        shutil.copytree(source, temporary, ignore=_NEVER_COPIED)
        for component in sorted({name.split(".", 1)[0] for name in touched_names}):
            own = [n for n in touched_names if n.split(".", 1)[0] == component]
            _rewrite_component(temporary / component, components[component], component, own)


def write_single_file(
    out: Path, source: Path, components: Mapping[str, nn.Module], touched_names: Collection[str]
) -> None:
    """A copy of a single-file checkpoint in the original SD layout (UNet and CLIP-L weights)."""
    header = read_header(source)
    with new_file(out) as temporary:
        shutil.copyfile(source, temporary)
        with temporary.open("r+b") as file:
            for name in touched_names:
                key = _single_file_key(name, components, header)
                if key is None:
                    raise FileError(f"“{source}” has no place for the weight “{name}”.")
                _overwrite(file, header, key, _live(components, name), source)


def _rewrite_component(
    folder: Path, network: nn.Module, component: str, names: Iterable[str]
) -> None:
    """Overwrite touched weights in every shard of their dtype; drop variants in other dtypes."""
    left = {name.split(".", 1)[1] for name in names}
    for path in sorted(folder.glob("*.safetensors")):
        header = read_header(path)
        places = {n: _folder_key(component, n, header) for n in left}
        found = {name: key for name, key in places.items() if key is not None}
        if any(not _is_same_dtype(header.tensors[k], network, n) for n, k in found.items()):
            path.unlink()
            continue
        with path.open("r+b") as file:
            for name, key in found.items():
                _overwrite(file, header, key, network.state_dict()[name], path)
        left -= found.keys()
    if left:
        raise FileError(
            f"“{folder.name}” of the base has no safetensors file that holds “{min(left)}” in the "
            "loaded precision; load the base in the precision of its files."
        )


def _folder_key(component: str, name: str, header: Header) -> str | None:
    path = name.removesuffix(".weight")
    candidates = (name, f"{canonical_path(component, path)}.weight")
    return next((key for key in candidates if key in header.tensors), None)


def _is_same_dtype(info: TensorInfo, network: nn.Module, name: str) -> bool:
    return TORCH_DTYPES.get(info.dtype) == network.state_dict()[name].dtype


def _live(components: Mapping[str, nn.Module], name: str) -> torch.Tensor:
    component, key = name.split(".", 1)
    return components[component].state_dict()[key]


def _overwrite(file: BinaryIO, header: Header, key: str, tensor: torch.Tensor, path: Path) -> None:
    info = header.tensors[key]
    raw = tensor.detach().to("cpu").contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
    if TORCH_DTYPES.get(info.dtype) != tensor.dtype or len(raw) != info.end - info.begin:
        raise FileError(
            f"“{path.name}” stores “{key}” as {info.dtype}, the loaded base as {tensor.dtype}; "
            "load the base in the precision of its file."
        )
    file.seek(header.data_offset + info.begin)
    file.write(raw)


def _single_file_key(name: str, components: Mapping[str, nn.Module], header: Header) -> str | None:
    component, key = name.split(".", 1)
    path = key.removesuffix(".weight")
    if component == "unet" and (layout := UnetLayout.of(components[component])):
        candidates = [f"model.diffusion_model.{ldm_path(path, layout)}.weight"]
    else:
        canonical = canonical_path(component, path)
        candidates = [f"{p}{canonical}.weight" for p in _CLIP_PREFIXES.get(component, ())]
    return next((key for key in candidates if key in header.tensors), None)

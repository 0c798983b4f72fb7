"""Weights that GGUF files keep in blocks: left as they are in linear layers, which multiply them
out in every call; numbers everywhere else."""

from pathlib import Path
from typing import Any

import torch
from torch import nn

from loraviewer.adapters.files.gguf_formats import BLOCK_FORMATS, READABLE
from loraviewer.adapters.files.header_json import TensorInfo
from loraviewer.adapters.originals.stored import Shape, StoredWeight
from loraviewer.adapters.originals.tensors import as_parameter
from loraviewer.core.outcome import CheckpointError, FileError
from loraviewer.core.sentences import say


def is_packed(tensor: torch.Tensor) -> bool:
    return hasattr(tensor, "quant_type")


def shape_of(tensor: torch.Tensor) -> Shape:
    """Of the weights, however they are kept."""
    return tuple(getattr(tensor, "quant_shape", tensor.shape))


def packed_weight(raw: torch.Tensor, info: TensorInfo, name: str, path: Path) -> torch.Tensor:
    """A tensor of a GGUF file from its bytes. raw: uint8. As diffusers' `GGUFParameter`, (…, bytes
    of a row); in float32 where rows are no whole blocks. Raises `FileError` for a format that
    cannot be computed with."""
    if info.dtype not in READABLE:
        raise FileError(
            say(
                "“{path}” stores “{name}” as {kind}, which cannot be computed with; use a version "
                "in Q2_K to Q8_0.",
                path=str(path),
                name=name,
                kind=info.dtype,
            )
        )
    from diffusers.quantizers.gguf.utils import GGUFParameter
    from gguf import GGMLQuantizationType

    packed: Any = GGUFParameter  # whose stub is that of any parameter
    form, kind = BLOCK_FORMATS[info.dtype], GGMLQuantizationType[info.dtype]
    row = info.shape[-1] if info.shape else 1
    if row % form.weights:
        flat = packed(raw.reshape(1, -1), quant_type=kind)
        return unpacked(flat).reshape(info.shape)
    row_bytes = row // form.weights * form.size_bytes
    return packed(raw.reshape(*info.shape[:-1], row_bytes), quant_type=kind)


def unpacked(weight: torch.Tensor) -> torch.Tensor:
    """The numbers that packed weights stand for, computed in float32: in half precision, as
    diffusers does by itself, each would be rounded once more."""
    from diffusers.quantizers.gguf.utils import dequantize_functions
    from gguf import GGML_QUANT_SIZES

    kind: Any = weight.quant_type  # type: ignore[attr-defined]
    block_weights, block_bytes = GGML_QUANT_SIZES[kind]
    blocks = weight.as_tensor().reshape(-1, block_bytes)  # type: ignore[attr-defined]
    numbers = dequantize_functions[kind](blocks, block_weights, block_bytes, torch.float32)
    return numbers.reshape(shape_of(weight))


def packed_parameter(tensor: torch.Tensor, stored: StoredWeight) -> torch.Tensor:
    """As `as_parameter`: rows are parted and swapped as they are packed, for each row is whole
    blocks; what would part or turn rows is multiplied out."""
    rows = tensor[slice(*stored.rows)] if stored.rows else tensor
    if stored.is_transposed or shape_of(rows) != stored.shape:
        return as_parameter(unpacked(tensor), stored)
    return torch.cat(list(rows.chunk(2))[::-1]) if stored.is_half_swapped else rows


class BlockLinear(nn.Linear):
    """A linear layer whose weight is packed, (out, bytes of a row): multiplied out in each call and
    rounded once to the precision of its inputs. diffusers' `GGUFLinear` may load kernels from the
    network."""

    def weight_numbers(self) -> torch.Tensor:
        """In float32."""
        return unpacked(self.weight)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        weight = unpacked(self.weight).to(input.dtype)
        bias = None if self.bias is None else self.bias.to(input.dtype)
        return nn.functional.linear(input, weight, bias)


def take_packed(network: nn.Module, tensors: dict[str, torch.Tensor], source: Path) -> set[str]:
    """Put packed weights of linear layers into a network without weights, and out of `tensors`;
    those of other modules become numbers there. Returns the names of what was put. Raises
    `CheckpointError` that names `source` for a weight of another shape."""
    taken: set[str] = set()
    for name in [name for name, tensor in tensors.items() if is_packed(tensor)]:
        path, _, role = name.rpartition(".")
        module = _module(network, path)
        if role != "weight" or type(module) is not nn.Linear:
            tensors[name] = unpacked(tensors[name])
            continue
        weight = tensors.pop(name)
        if shape_of(weight) != (module.out_features, module.in_features):
            raise CheckpointError(
                say(
                    "{path}: the weight “{name}” has another shape than expected.",
                    path=str(source),
                    name=name,
                )
            )
        module.__class__ = BlockLinear  # the same module, for whoever holds it already
        module.weight = weight  # type: ignore[assignment]
        taken.add(name)
    return taken


def _module(network: nn.Module, path: str) -> Any:
    try:
        return network.get_submodule(path)
    except AttributeError:
        return None  # a weight that the network does not have

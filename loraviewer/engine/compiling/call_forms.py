"""What a call of a network looks like apart from its numbers: that is what a program is compiled
for."""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import torch

Constant = str | int | float | bool | None


class TensorForm(msgspec.Struct, frozen=True):
    """`name`: of the argument, or "argument/key" for one in a dictionary. `dtype`: as "float32"."""

    name: str
    shape: tuple[int, ...]
    dtype: str


class CallForm(msgspec.Struct, frozen=True):
    """Tensors in the order in which a program takes them, and all else by name."""

    tensors: tuple[TensorForm, ...]
    constants: tuple[tuple[str, Constant], ...]

    def arguments(self, tensors: Sequence[Any]) -> dict[str, Any]:
        """Keyword arguments of the call, with these tensors in it."""
        made: dict[str, Any] = dict(self.constants)
        for form, tensor in zip(self.tensors, tensors, strict=True):
            name, _, key = form.name.partition("/")
            if key:
                made.setdefault(name, {})[key] = tensor
            else:
                made[name] = tensor
        return made


class Call(NamedTuple):
    form: CallForm
    tensors: list[torch.Tensor]


def call_of(
    signature: inspect.Signature, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Call | None:
    """None for a call that no program can stand for: one that wants an object back, and arguments
    other than tensors, dictionaries of them, and plain values. A single timestep counts as float32,
    which all networks turn it into, so that all samplers share a program."""
    given = signature.bind(*args, **kwargs).arguments
    if given.get("return_dict", True):
        return None
    tensors: dict[str, torch.Tensor] = {}
    constants: list[tuple[str, Constant]] = []
    for name, value in given.items():
        parts = dict(_parts(name, value))
        if parts:
            tensors |= parts
        elif value is None or isinstance(value, str | int | float | bool):
            constants.append((name, value))
        else:
            return None
    forms = tuple(TensorForm(n, tuple(t.shape), dtype_name(t.dtype)) for n, t in tensors.items())
    return Call(CallForm(forms, tuple(constants)), list(tensors.values()))


def dtype_name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _parts(name: str, value: Any) -> Iterator[tuple[str, torch.Tensor]]:
    """Of a tensor, or of a dictionary of nothing else."""
    if isinstance(value, torch.Tensor):
        yield name, _plain(value)
    elif isinstance(value, dict) and all(isinstance(t, torch.Tensor) for t in value.values()):
        for key, tensor in value.items():
            yield f"{name}/{key}", _plain(tensor)


def _plain(tensor: torch.Tensor) -> torch.Tensor:
    if not tensor.dim() and not tensor.is_floating_point():
        return tensor.float()
    return tensor.contiguous()

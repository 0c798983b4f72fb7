"""All that decides a compiled program, as a value that crosses processes as JSON."""

import hashlib
import json
from functools import cached_property
from typing import Any

import msgspec
import torch
from torch import nn

from loraviewer.adapters.storage import packing_of
from loraviewer.engine.compiling.call_forms import CallForm, TensorForm, dtype_name

SCHEMA = 1
"""Of programs; it grows where the same task is compiled otherwise."""


class CompileTask(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """`network`: a class of diffusers. `config`: its own, as JSON. `weights`: names, shapes and
    precisions of all parameters and buffers, and no numbers: a program is given those where they
    lie. `machine`: processor or card, and versions; a program is of no use elsewhere."""

    network: str
    config: str
    weights: tuple[TensorForm, ...]
    device: str
    form: CallForm
    machine: str
    schema: int = SCHEMA

    @cached_property
    def key(self) -> str:
        """Hex digest of all of it."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()


def task_of(network: nn.Module, form: CallForm, machine: str) -> CompileTask:
    """For a network of which `why_not` has nothing to say."""
    device = next(network.parameters()).device
    config: Any = network
    return CompileTask(
        network=type(network).__name__,
        config=json.dumps(json.loads(config.to_json_string()), sort_keys=True),
        weights=weight_forms(network),
        device=device.type,
        form=form,
        machine=machine,
    )


def weight_forms(network: nn.Module) -> tuple[TensorForm, ...]:
    """Of parameters and buffers, each name of a shared one, in the order of the network."""
    return tuple(
        TensorForm(name, tuple(tensor.shape), dtype_name(tensor.dtype))
        for name, tensor in live_weights(network).items()
    )


def live_weights(network: nn.Module) -> dict[str, torch.Tensor]:
    """Name → parameter or buffer; those that the merger writes in place."""
    named = (network.named_parameters, network.named_buffers)
    return {name: tensor for of in named for name, tensor in of(remove_duplicate=False)}


def is_compilable(network: nn.Module) -> bool:
    """Whether it is a network of diffusers whose weights are plain numbers, and each several of
    them: a single one or whole numbers could be taken for a constant."""
    weights = live_weights(network).values()
    is_known = type(network).__module__.startswith("diffusers.") and bool(weights)
    are_plain = all(w.is_floating_point() and w.numel() > 1 for w in weights)
    return is_known and are_plain and not any(map(packing_of, network.modules()))


def is_hooked(network: nn.Module) -> bool:
    """Whether anything listens inside, as branches beside the weights and noise on outputs do: no
    program would call it."""
    return any(m._forward_hooks or m._forward_pre_hooks for m in network.modules())

"""What of branches has to be where their module computes, for whoever moves that."""

from collections.abc import Iterable, Iterator

import torch
from torch import nn

from loraviewer.adapters.unmerged.branch import Branch


def travelling_tensors(network: nn.Module) -> Iterator[torch.Tensor]:
    """Of the branches beside the weights of a network, or of a part of it: what no other branch
    has, so that it can go with its module."""
    for branch in _branches(network):
        yield branch.up
        yield branch.down
        if branch.dense is not None:
            yield branch.dense


def shared_tensors(networks: Iterable[nn.Module]) -> Iterator[torch.Tensor]:
    """The scales, each once however many branches have them."""
    found = {id(branch.scales): branch.scales for one in networks for branch in _branches(one)}
    yield from found.values()


def _branches(network: nn.Module) -> Iterator[Branch]:
    for module in network.modules():
        for hook in module._forward_hooks.values():
            if isinstance(hook, Branch):
                yield hook

"""Toy weights as a rule makes them, and the changes that it makes them of."""

import numpy as np
import torch

from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.core.cancel import CancelToken
from tests.adapters.merging.exact import terms_by_name
from tests.adapters.toys import TOY_KEYS, pool, toy_adapter, toy_components, weights, with_dense

LOW_RANK = pool(toy_adapter("a", 1, rank=2), toy_adapter("b", 2, TOY_KEYS[1:], rank=3))
"""Together of rank 5, below the 8 of most toy weights: rules work on factors."""
WHOLE = pool(*LOW_RANK.values(), with_dense(toy_adapter("c", 3, TOY_KEYS[:5], rank=2), 4))
"""With changes that have no factors and depend on the base."""


def made(stack, adapters, rule, dtype=torch.float32):
    """The weights, by name."""
    components = toy_components(dtype)
    WeightMerger(components).apply(stack, adapters, CancelToken(), rule=rule)
    return weights(components)


def base_weights(dtype=torch.float32):
    return weights(toy_components(dtype))


def changes_of(stack, adapters):
    """Each touched weight's changes at their strengths, float64 arrays (out, n), by name."""
    terms = terms_by_name(stack, adapters, torch.float32)
    return {name: [_matrix(term.value) for term in found] for name, found in terms.items()}


def change_made(stack, adapters, rule):
    """W − W₀ of every touched weight, float64 arrays (out, n), by name."""
    live, base = made(stack, adapters, rule), base_weights()
    names = changes_of(stack, adapters)
    return {name: _matrix(live[name].double() - base[name].double()) for name in names}


def base_matrices():
    return {name: _matrix(tensor.double()) for name, tensor in base_weights().items()}


def _matrix(tensor):
    return tensor.reshape(len(tensor), -1).numpy()


def spectrum(matrix):
    return np.linalg.svd(matrix, compute_uv=False)

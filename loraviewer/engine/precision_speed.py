"""Measures whether this processor is faster in bfloat16, by a piece of what a denoiser does."""

import statistics
import time
from collections.abc import Callable, Sequence

import torch
from torch.nn import functional

from loraviewer.core.cancel import CancelToken
from loraviewer.core.precision_speed import PrecisionSpeed, this_machine
from loraviewer.engine.device import has_bfloat16_instructions

ROUNDS = 5
_PLACES = ((320, 32), (640, 16), (1280, 8))
"""Channels and edge of the feature maps of Stable Diffusion 1.5 at 256×256 pixels."""
_PICTURES, _HEADS = 2, 8
_QUICK = torch.bfloat16

Work = Callable[[], object]


def precision_speed(token: CancelToken, rounds: int = ROUNDS) -> PrecisionSpeed:
    """Some seconds on the engine thread, with as many threads as pictures take. Nothing is measured
    where the processor lacks the instructions. Raises `Cancelled` between two parts."""
    machine = this_machine()
    if not has_bfloat16_instructions():
        return PrecisionSpeed(machine=machine, has_bfloat16=False)
    ratio = speed_ratio(parts(torch.float32), parts(_QUICK), rounds, token)
    return PrecisionSpeed(machine=machine, has_bfloat16=True, ratio=ratio)


def speed_ratio(
    plain: Sequence[Work],
    quick: Sequence[Work],
    rounds: int,
    token: CancelToken,
    clock: Callable[[], float] = time.perf_counter,
) -> float:
    """How many times as fast `quick` is as `plain`, part by part the same work. In turns, and the
    middle of all rounds: what else the machine does slows both down. The first round is not
    counted: it makes what all others use."""
    ratios: list[float] = []
    with torch.no_grad():
        for _ in range(rounds + 1):
            spent = [0.0, 0.0]
            for pair in zip(plain, quick, strict=True):
                token.raise_if_cancelled()
                for arm, work in enumerate(pair):
                    started = clock()
                    work()
                    spent[arm] += clock() - started
            ratios.append(spent[0] / spent[1])
    return statistics.median(ratios[1:])


def parts(dtype: torch.dtype) -> list[Work]:
    """A convolution, an attention layer and a feed-forward layer of each place, normed between."""
    generator = torch.Generator().manual_seed(0)
    return [work for place in _PLACES for work in _at(*place, dtype, generator)]


def _at(channels: int, edge: int, dtype: torch.dtype, generator: torch.Generator) -> list[Work]:
    def weights(*shape: int) -> torch.Tensor:
        fan_in = torch.Size(shape[1:]).numel()
        return (torch.randn(shape, generator=generator) / fan_in**0.5).to(dtype)

    maps = torch.randn(_PICTURES, channels, edge, edge, generator=generator).to(dtype)
    tokens = maps.flatten(2).transpose(1, 2).contiguous()  # (pictures, edge², channels)
    kernel = weights(channels, channels, 3, 3)
    into, out = weights(3 * channels, channels), weights(channels, channels)
    up, down = weights(4 * channels, channels), weights(channels, 4 * channels)

    def convolved() -> torch.Tensor:
        normed = functional.silu(functional.group_norm(maps, 32))
        return functional.conv2d(normed, kernel, padding=1)

    def attended() -> torch.Tensor:
        heads = functional.linear(tokens, into).unflatten(-1, (3, _HEADS, channels // _HEADS))
        query, key, value = heads.permute(2, 0, 3, 1, 4)  # each (pictures, heads, edge², width)
        mixed = functional.scaled_dot_product_attention(query, key, value)
        return functional.linear(mixed.transpose(1, 2).flatten(2), out)

    def fed_forward() -> torch.Tensor:
        normed = functional.layer_norm(tokens, (channels,))
        return functional.linear(functional.gelu(functional.linear(normed, up)), down)

    return [convolved, attended, fed_forward]

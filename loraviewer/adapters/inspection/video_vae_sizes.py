"""How many numbers the VAE of Qwen-Image (Wan's, made for videos) has, from its configuration."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

_TIMES = 3
"""Edge of a kernel, in time too."""


def video_vae_parameters(config: Mapping[str, Any]) -> int:
    base, latent, layers = config["base_dim"], config["z_dim"], config["num_res_blocks"]
    widths = [base * times for times in config["dim_mult"]]
    in_time = config["temperal_downsample"]
    encoder = _conv(3, base) + _downwards([base, *widths], layers, in_time)
    encoder += _middle(widths[-1]) + _end(widths[-1], 2 * latent)
    up = [widths[-1], *reversed(widths)]
    decoder = _conv(latent, up[0]) + _middle(up[0]) + _upwards(up, layers + 1, in_time[::-1])
    quants = _linear(2 * latent, 2 * latent) + _linear(latent, latent)
    return encoder + decoder + _end(base, 3) + quants


def _downwards(widths: Sequence[int], layers: int, in_time: Sequence[bool]) -> int:
    """Levels, all but the last with a convolution to the next size, and one in time."""
    total = sum(_level(before, width, layers) for before, width in pairwise(widths))
    for width, has_time in zip(widths[1:], in_time, strict=False):
        total += _flat(width, width) + (_in_time(width, width) if has_time else 0)
    return total


def _upwards(widths: Sequence[int], layers: int, in_time: Sequence[bool]) -> int:
    """A level ends at half its width, but for the last one."""
    total = 0
    for level, (before, width) in enumerate(pairwise(widths)):
        total += _level(before // 2 if level else before, width, layers)
    for width, has_time in zip(widths[1:], in_time, strict=False):
        total += _flat(width, width // 2) + (_in_time(width, 2 * width) if has_time else 0)
    return total


def _level(before: int, width: int, layers: int) -> int:
    return _residual(before, width) + (layers - 1) * _residual(width, width)


def _middle(width: int) -> int:
    attention = width + _linear(width, 3 * width) + _linear(width, width)
    return attention + 2 * _residual(width, width)


def _end(width: int, outputs: int) -> int:
    return width + _conv(width, outputs)


def _residual(before: int, width: int) -> int:
    """Its norms have no means."""
    shortcut = 0 if before == width else _linear(before, width)
    return before + _conv(before, width) + width + _conv(width, width) + shortcut


def _conv(before: int, width: int) -> int:
    return _TIMES**3 * before * width + width


def _flat(before: int, width: int) -> int:
    return _TIMES**2 * before * width + width


def _in_time(before: int, width: int) -> int:
    return _TIMES * before * width + width


def _linear(before: int, width: int) -> int:
    return before * width + width

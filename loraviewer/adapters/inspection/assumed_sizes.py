"""How many numbers a network has, from its configuration: for components that no file was found of.

Counts of CLIP's and T5's encoders, of language models, of `AutoencoderKL` and of Qwen-Image's VAE,
biases and norms included.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from loraviewer.adapters.inspection.language_model_sizes import (
    is_language_model,
    language_model_parameters,
)
from loraviewer.adapters.inspection.video_vae_sizes import video_vae_parameters

_TIMES = 9
"""Numbers of a 3×3 kernel."""


def parameters_of(config: Mapping[str, Any]) -> int:
    """0 for a network of another build."""
    if "d_model" in config:
        return _t5(config)
    if is_language_model(config):
        return language_model_parameters(config)
    if "hidden_size" in config:
        return _clip(config)
    if "z_dim" in config:
        return video_vae_parameters(config)
    return _vae(config) if "latent_channels" in config else 0


def _clip(config: Mapping[str, Any]) -> int:
    width, inner = config["hidden_size"], config["intermediate_size"]
    attention, feed_forward = (
        4 * _linear(width, width),
        _linear(width, inner) + _linear(inner, width),
    )
    layer = attention + feed_forward + 2 * _norm(width)
    embeddings = (config["vocab_size"] + config["max_position_embeddings"]) * width
    is_projected = "WithProjection" in str(config.get("architectures", ""))
    projection = width * config.get("projection_dim", width) if is_projected else 0
    return embeddings + config["num_hidden_layers"] * layer + _norm(width) + projection


def _t5(config: Mapping[str, Any]) -> int:
    """Without biases, its norms without means; the embeddings of positions lie in the first
    layer."""
    width, heads = config["d_model"], config["num_heads"]
    layer = 4 * width * heads * config["d_kv"] + 3 * width * config["d_ff"] + 2 * width
    positions = heads * config.get("relative_attention_num_buckets", 32)
    return config["vocab_size"] * width + config["num_layers"] * layer + positions + width


def _vae(config: Mapping[str, Any]) -> int:
    latent, channels = config["latent_channels"], config["block_out_channels"]
    layers = config.get("layers_per_block", 1)
    encoder = _conv(3, channels[0]) + _levels(channels, layers) + _end(channels[-1], 2 * latent)
    decoder = _conv(latent, channels[-1]) + _levels(channels[::-1], layers + 1)
    middles = 2 * _middle(channels[-1])
    quants = _linear(2 * latent, 2 * latent) if config.get("use_quant_conv", True) else 0
    quants += _linear(latent, latent) if config.get("use_post_quant_conv", True) else 0
    return encoder + decoder + _end(channels[0], 3) + middles + quants


def _levels(channels: Sequence[int], layers: int) -> int:
    """Each level of residual blocks, with a convolution to the next size after all but the last."""
    total, before = 0, channels[0]
    for width in channels:
        total += _residual(before, width) + (layers - 1) * _residual(width, width)
        before = width
    return total + sum(_conv(width, width) for width in channels[:-1])


def _middle(width: int) -> int:
    return 2 * _residual(width, width) + _norm(width) + 4 * _linear(width, width)


def _end(width: int, outputs: int) -> int:
    return _norm(width) + _conv(width, outputs)


def _residual(before: int, width: int) -> int:
    shortcut = 0 if before == width else _linear(before, width)
    return _norm(before) + _conv(before, width) + _norm(width) + _conv(width, width) + shortcut


def _conv(before: int, width: int) -> int:
    return _TIMES * before * width + width


def _linear(before: int, width: int) -> int:
    return before * width + width


def _norm(width: int) -> int:
    return 2 * width

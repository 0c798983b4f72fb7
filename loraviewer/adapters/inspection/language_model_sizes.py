"""How many numbers a language model that reads prompts has, from its configuration: Qwen 3,
Qwen 2.5 VL with the part that looks at pictures, and Gemma 2.
"""

from collections.abc import Mapping
from typing import Any

_TOKEN_NORMS = {"gemma2": 4}
"""Norms of a layer as wide as the model, where it has not two of them."""

_WITH_NORMED_HEADS = frozenset({"qwen3"})
_WITH_BIASES = frozenset({"qwen2_5_vl_text"})
_MATRICES = 3
"""Of a gated feed-forward part: gate, up and down."""


def is_language_model(config: Mapping[str, Any]) -> bool:
    return "num_key_value_heads" in config or "text_config" in config


def language_model_parameters(config: Mapping[str, Any]) -> int:
    """With the layer that tells the next word where it has its own weights, for that is loaded
    too."""
    text = config.get("text_config", config)
    width, embeddings = text["hidden_size"], text["vocab_size"] * text["hidden_size"]
    total = embeddings + text["num_hidden_layers"] * _layer(text) + width
    tells = any("ForConditionalGeneration" in name for name in config.get("architectures", ()))
    total += embeddings if tells and not config.get("tie_word_embeddings", True) else 0
    return total + (_sight(config["vision_config"]) if "vision_config" in config else 0)


def _layer(config: Mapping[str, Any]) -> int:
    """Several heads of queries share one of keys and values."""
    width, heads = config["hidden_size"], config["num_attention_heads"]
    size, build = config.get("head_dim", width // heads), config["model_type"]
    shared = config["num_key_value_heads"]
    attention = 2 * width * heads * size + 2 * width * shared * size
    attention += (heads + 2 * shared) * size if build in _WITH_BIASES else 0
    attention += 2 * size if build in _WITH_NORMED_HEADS else 0
    feed_forward = _MATRICES * width * config["intermediate_size"]
    return attention + feed_forward + _TOKEN_NORMS.get(build, 2) * width


def _sight(config: Mapping[str, Any]) -> int:
    """Of Qwen 2.5 VL: patches, blocks, and what joins patches to tokens of the text."""
    width, inner = config["hidden_size"], config["intermediate_size"]
    pixels = config["temporal_patch_size"] * config["patch_size"] ** 2
    attention = _linear(width, 3 * width) + _linear(width, width)
    feed_forward = 2 * _linear(width, inner) + _linear(inner, width)
    joined = width * config["spatial_merge_size"] ** 2
    merger = width + _linear(joined, joined) + _linear(joined, config["out_hidden_size"])
    patches = config["in_channels"] * pixels * width
    return patches + config["depth"] * (attention + feed_forward + 2 * width) + merger


def _linear(before: int, width: int) -> int:
    return before * width + width

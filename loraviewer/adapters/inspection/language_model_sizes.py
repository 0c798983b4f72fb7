"""How many numbers a language model that reads prompts has, from its configuration: Qwen 3,
Qwen 2.5 VL with the part that looks at pictures, Gemma 2, and ChatGLM.
"""

from collections.abc import Mapping
from typing import Any

_TOKEN_NORMS = {"gemma2": 4}
"""Norms of a layer as wide as the model, where it has not two of them."""

_WITH_NORMED_HEADS = frozenset({"qwen3"})
_WITH_BIASES = frozenset({"qwen2_5_vl_text"})
_MATRICES = 3
"""Of a gated feed-forward part: gate, up and down."""


_CHATGLM = "chatglm"


def is_language_model(config: Mapping[str, Any]) -> bool:
    names = ("num_key_value_heads", "text_config")
    return config.get("model_type") == _CHATGLM or any(name in config for name in names)


def language_model_parameters(config: Mapping[str, Any]) -> int:
    """With the layer that tells the next word where it has its own weights, for that is loaded
    too."""
    if config.get("model_type") == _CHATGLM:
        return _chatglm(config)
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


def _chatglm(config: Mapping[str, Any]) -> int:
    """In its own words. The layer that tells the next word has its own weights."""
    width, inner, size = config["hidden_size"], config["ffn_hidden_size"], config["kv_channels"]
    queries = config["num_attention_heads"] * size
    is_shared = config.get("multi_query_attention", False)
    shared = config["multi_query_group_num"] * size if is_shared else queries
    joined = queries + 2 * shared
    biases = joined if config.get("add_qkv_bias", False) else 0
    layer = width * (joined + queries) + biases + _MATRICES * width * inner + 2 * width
    return 2 * config["padded_vocab_size"] * width + config["num_layers"] * layer + width


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

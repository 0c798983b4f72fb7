"""What configurations of diffusers and transformers say of the sizes that pictures depend on."""

from collections.abc import Mapping
from typing import Any

from loraviewer.core.placement.activations import (
    DenoiserShape,
    Size,
    TextShape,
    TokenBuild,
    TransformerShape,
    UnetShape,
    VaeShape,
)

_LARGEST, _MOST_LEVELS = 1_000_000, 16
_ATTENTION = "Attn"
_USUAL_EDGE_PX = 1024
_USUAL_LATENT_PX = 8
_USUAL_TOKEN_PX = 16
_LONG_TOKENS = 512
_PROMPT_TOKENS = {"sd3": 256, "kolors": 256}
"""Of a prompt, where a family's pipeline does not take `_LONG_TOKENS`."""

_TEXT_TOKENS = {"sd3": 333, "lumina2": 256}
"""Of all text encoders together, beside those of the picture."""


def latent_px(vae_config: Mapping[str, Any]) -> int:
    """Edge of a latent pixel in picture pixels: each level of the VAE but one halves it."""
    channels = _sizes(vae_config.get("block_out_channels"))
    return 2 ** (len(channels) - 1) if channels else _USUAL_LATENT_PX


def denoiser_shape(
    config: Mapping[str, Any], family: str, pixel: int = _USUAL_LATENT_PX
) -> DenoiserShape | None:
    """None for a network of another build. pixel: as of `latent_px`."""
    channels = _sizes(config.get("block_out_channels"))
    if channels:
        return _unet(channels, config, pixel)
    width = _width(config)
    if not width:
        return None
    patch = _first(config.get("patch_size"))
    return TransformerShape(
        width=width,
        token_px=patch * pixel if patch > 1 else _USUAL_TOKEN_PX,
        text_tokens=_TEXT_TOKENS.get(family, _LONG_TOKENS),
        build=_BUILDS.get(family, "single"),
    )


_BUILDS: Mapping[str, TokenBuild] = {"sd3": "joint", "qwen-image": "joint", "lumina2": "gated"}
"""What families of transformers are built as that are not “single”."""


def _width(config: Mapping[str, Any]) -> int:
    """Of a transformer, in whichever words; 0 where none is said."""
    heads, size = (_first(config.get(n)) for n in ("num_attention_heads", "attention_head_dim"))
    return heads * size or _first(config.get("dim")) or _first(config.get("hidden_size"))


def _unet(channels: tuple[int, ...], config: Mapping[str, Any], pixel: int) -> UnetShape:
    kinds: Any = config.get("down_block_types")
    if not isinstance(kinds, list) or len(kinds) != len(channels):
        kinds = [_ATTENTION] * len(channels)
    return UnetShape(
        channels=channels,
        has_attention=tuple(_ATTENTION in str(kind) for kind in kinds),
        layers=_first(config.get("layers_per_block")) or 2,
        latent_px=pixel,
    )


def trained_size(config: Mapping[str, Any], pixel: int = _USUAL_LATENT_PX) -> Size:
    """In picture pixels, as the denoiser's configuration says."""
    edge = _first(config.get("sample_size")) * pixel or _USUAL_EDGE_PX
    return Size(edge, edge)


def vae_shape(
    config: Mapping[str, Any], parameters: int, is_classic: bool, is_upcast: bool = False
) -> VaeShape | None:
    """None for a VAE of another build. parameters: how many numbers it has. is_classic: the engine
    decodes in a stage of its own, in tiles where memory is short. is_upcast: whether its pipeline
    widens float16 where the configuration asks for that."""
    channels = _sizes(config.get("block_out_channels"))
    if not channels:
        return None
    return VaeShape(
        channels=channels[:2][-1],
        parameters=parameters,
        is_upcast=is_upcast and bool(config.get("force_upcast", True)),
        takes_tiles=is_classic,
    )


def text_shape(config: Mapping[str, Any], family: str) -> TextShape | None:
    """None for a text encoder of another build."""
    if isinstance(nested := config.get("text_config"), dict):
        config = nested
    is_t5 = "d_model" in config
    names = ("d_model", "d_ff", "num_heads") if is_t5 else _OTHER_NAMES
    width, inner, heads = (_first(config.get(name)) for name in names)
    inner = inner or _first(config.get(_CHATGLM_INNER))
    if not (width and inner and heads):
        return None
    long = _PROMPT_TOKENS.get(family, _LONG_TOKENS)
    tokens = min(_first(config.get("max_position_embeddings")) or long, long)
    return TextShape(tokens=tokens, width=width, inner=inner, heads=heads)


_CHATGLM_INNER = "ffn_hidden_size"
_OTHER_NAMES = ("hidden_size", "intermediate_size", "num_attention_heads")


def _sizes(value: Any) -> tuple[int, ...]:
    """A list of sizes; () for what no network has: configurations come from strangers."""
    listed = value if isinstance(value, list) and len(value) <= _MOST_LEVELS else []
    sizes = tuple(map(_first, listed))
    return sizes if all(sizes) else ()


def _first(value: Any) -> int:
    """Settings may be one number or a list of them; 0 for none, and for what no network has."""
    found: Any = value[0] if isinstance(value, list) and value else value
    is_size = isinstance(found, int) and not isinstance(found, bool)
    return found if is_size and 0 < found <= _LARGEST else 0

"""What making a picture takes beside the weights: an estimate by explicit formulas over the numbers
of configurations.

Attention is counted without its scores, which are not written out where torch has a kernel that
spares them. Counts are of the moment at which most numbers are alive; tests compare them with a
counter of live tensors over the published networks.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

from loraviewer.core.decoding import pixel_bytes, tile_edge_px
from loraviewer.core.placement.weights import BYTES_OF, Precision

_GATED = 26
"""Numbers for each channel of a UNet's attention level, at its gated feed-forward: 16 of that (8
projected, 4 of the gate, 4 of the product), 3 kept for the way up, 7 of the block around it."""
_CONVOLVED = 10
"""The same at a level without attention: 3 times the joined input, what it was joined from, and 3
kept for the way up."""
TokenBuild = Literal["joint", "single", "gated"]
_OF_A_TOKEN: Mapping[TokenBuild, int] = {"joint": 14, "single": 18, "gated": 27}
"""Numbers for each channel of a token at a transformer's feed-forward, up to 4 times as wide as it:
of networks that treat picture and text apart throughout (SD 3, Qwen-Image), of those that join both
in one product with the attention (Flux, Chroma; Z-Image takes about as much), and of those with a
gate beside the widest (Lumina 2)."""

_UNPACKING = 10
"""Bytes for each number of a packed weight that is multiplied out: twice in float32, once in what
is computed in."""


class UnetShape(msgspec.Struct, frozen=True, kw_only=True):
    """`channels` of the levels, the finest first; `has_attention` of each; `layers` of a level on
    the way down. `latent_px`: edge of a latent pixel in picture pixels."""

    channels: tuple[int, ...]
    has_attention: tuple[bool, ...]
    layers: int = 2
    latent_px: int = 8


class TransformerShape(msgspec.Struct, frozen=True, kw_only=True):
    """`token_px`: edge of a token in picture pixels. `text_tokens` stand beside those."""

    width: int
    token_px: int
    text_tokens: int
    build: TokenBuild


class VaeShape(msgspec.Struct, frozen=True, kw_only=True):
    """`channels` that the decoder has at picture size. `is_upcast`: float16 is widened to float32.
    `takes_tiles`: whether the engine decodes in tiles where memory is short."""

    channels: int
    parameters: int
    is_upcast: bool
    takes_tiles: bool


class TextShape(msgspec.Struct, frozen=True, kw_only=True):
    """Of a text encoder: `inner` is the width of its feed-forward."""

    tokens: int
    width: int
    inner: int
    heads: int


DenoiserShape = UnetShape | TransformerShape


class Size(msgspec.Struct, frozen=True):
    """In picture pixels."""

    width: int
    height: int

    @property
    def pixels(self) -> int:
        return self.width * self.height


def step_bytes(
    shape: DenoiserShape | None,
    size: Size,
    pictures: int,
    precision: Precision,
    largest_packed: int = 0,
) -> int:
    """What one denoising step takes. pictures: computed together, two with classifier-free
    guidance. 0 for a network of an unknown build."""
    if shape is None:
        return 0
    values = _unet_values(shape, size) if isinstance(shape, UnetShape) else _tokens(shape, size)
    return int(values * pictures) * BYTES_OF[precision] + largest_packed * _UNPACKING


def _unet_values(shape: UnetShape, size: Size) -> float:
    latent = size.pixels / shape.latent_px**2
    return latent * max(
        _level_values(shape, level) + _kept_above(shape, level)
        for level in range(len(shape.channels))
    )


def _level_values(shape: UnetShape, level: int) -> float:
    """Of one pixel of the finest level."""
    alive = _GATED if shape.has_attention[level] else _CONVOLVED
    return alive * shape.channels[level] / 4**level


def _kept_above(shape: UnetShape, level: int) -> float:
    """What finer levels keep for the way up: the output of each layer, and of the step down."""
    return sum(
        channels * (shape.layers + 1) / 4**at + channels / 4 ** (at + 1)
        for at, channels in enumerate(shape.channels[:level])
    )


def _tokens(shape: TransformerShape, size: Size) -> float:
    tokens = size.pixels / shape.token_px**2 + shape.text_tokens
    return tokens * shape.width * _OF_A_TOKEN[shape.build]


def encode_bytes(shapes: tuple[TextShape, ...], precision: Precision) -> int:
    """What the hungriest text encoder takes for one prompt; the older ones write their attention's
    scores out, twice."""
    return max((_text_values(shape) for shape in shapes), default=0) * BYTES_OF[precision]


def _text_values(shape: TextShape) -> int:
    scores = 2 * shape.heads * shape.tokens**2
    return shape.tokens * (4 * shape.width + 3 * shape.inner) + scores


class Decoding(msgspec.Struct, frozen=True):
    """`tile_px`: edge of the tiles, 0 for the whole at once."""

    bytes: int
    tile_px: int


def decoding(shape: VaeShape | None, size: Size, precision: Precision, room: int) -> Decoding:
    """What the engine does where `room` bytes are free: the whole where it fits, else the largest
    tiles that do, else the smallest."""
    if shape is None:
        return Decoding(0, 0)
    is_widened = shape.is_upcast and precision == "float16"
    in_bytes = BYTES_OF["float32" if is_widened else precision]
    each = pixel_bytes(shape.channels, in_bytes)
    widened = shape.parameters * (in_bytes - BYTES_OF[precision])
    edge = 0
    if shape.takes_tiles:
        edge = tile_edge_px(size.width, size.height, each, max(0, room - widened))
    pixels = min(edge, size.width) * min(edge, size.height) if edge else size.pixels
    return Decoding(pixels * each + widened, edge)

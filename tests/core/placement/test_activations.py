"""Estimates of pictures, on sizes where the sums are easy."""

import pytest

from loraviewer.core.placement.activations import (
    Size,
    TextShape,
    TransformerShape,
    UnetShape,
    VaeShape,
    decoding,
    encode_bytes,
    step_bytes,
)

UNET = UnetShape(channels=(4, 8), has_attention=(False, True), layers=1)
"""Two levels: 10 · 4 numbers for each latent pixel at the first; at the second a quarter of 26 · 8,
and beside it two outputs of 4 and a quarter of one from above."""

JOINT = TransformerShape(width=10, token_px=16, text_tokens=3, build="joint")
VAE = VaeShape(channels=4, parameters=1000, is_upcast=True, takes_tiles=True)


def test_a_unet_takes_what_its_hungriest_level_does() -> None:
    of_a_pixel = 26 * 8 / 4 + 2 * 4 + 4 / 4
    assert step_bytes(UNET, Size(64, 32), 2, "float16") == 32 * of_a_pixel * 2 * 2
    flat = UnetShape(channels=(4, 8), has_attention=(False, False), layers=1)
    assert step_bytes(flat, Size(64, 32), 1, "float32") == 32 * 40 * 4


def test_a_transformer_takes_as_much_for_each_token() -> None:
    assert step_bytes(JOINT, Size(64, 32), 2, "bfloat16") == (8 + 3) * 10 * 14 * 2 * 2
    single = TransformerShape(width=10, token_px=16, text_tokens=3, build="single")
    assert step_bytes(single, Size(64, 32), 1, "bfloat16") == (8 + 3) * 10 * 18 * 2


def test_packed_weights_are_multiplied_out_one_at_a_time() -> None:
    plain = step_bytes(JOINT, Size(64, 32), 1, "bfloat16")
    assert step_bytes(JOINT, Size(64, 32), 1, "bfloat16", largest_packed=50) == plain + 500


def test_of_a_network_that_is_not_known_nothing_is_told() -> None:
    assert step_bytes(None, Size(64, 64), 2, "float16") == 0
    assert decoding(None, Size(64, 64), "float16", 10**9).bytes == 0


def test_only_one_text_encoder_computes_at_a_time() -> None:
    small = TextShape(tokens=2, width=3, inner=5, heads=1)
    large = TextShape(tokens=4, width=3, inner=5, heads=2)
    assert encode_bytes((small, large), "float16") == 2 * (4 * (12 + 15) + 2 * 2 * 16)
    assert encode_bytes((), "float16") == 0


@pytest.mark.parametrize(("room", "edge"), [(10**9, 0), (15_000_000, 512), (1, 256)])
def test_decoding_takes_the_tiles_of_the_engine(room: int, edge: int) -> None:
    found = decoding(VAE, Size(1024, 512), "bfloat16", room)
    pixels = edge * edge if edge else 1024 * 512
    assert (found.tile_px, found.bytes) == (edge, pixels * 4 * 4 * 2)


def test_a_widened_vae_takes_twice_as_much() -> None:
    found = decoding(VAE, Size(64, 64), "float16", 10**9)
    assert found.bytes == 64 * 64 * 4 * 4 * 4 + 2 * 1000


def test_without_tiles_a_picture_is_decoded_whole() -> None:
    whole = VaeShape(channels=4, parameters=0, is_upcast=False, takes_tiles=False)
    assert decoding(whole, Size(2048, 2048), "bfloat16", 1).tile_px == 0

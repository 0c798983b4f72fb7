"""Which block a weight lies in, and the canonical form of strengths in blocks."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loraviewer.core.blocks import block_of, block_scales, factor_of, is_block, is_text_block

DATA = Path(__file__).parents[1] / "data"
SHORT_SD1 = "IN01 IN02 IN04 IN05 IN07 IN08 M00 " + " ".join(f"OUT{n:02}" for n in range(3, 12))
SHORT_SDXL = "IN04 IN05 IN07 IN08 M00 " + " ".join(f"OUT{n:02}" for n in range(6))


def places(family: str) -> dict[str, str]:
    """Name in the authors' code → name in diffusers, of every weight of the UNet."""
    return json.loads(gzip.decompress((DATA / f"single_file_{family}.json.gz").read_bytes()))[
        "unet"
    ]


@pytest.mark.parametrize(("family", "short"), [("sd1", SHORT_SD1), ("sdxl", SHORT_SDXL)])
def test_attentions_lie_in_the_blocks_that_artists_know(family, short):
    """The 17 and the 12 of the block-weight extension, but for its BASE."""
    found = {block_of("unet", name) for name in places(family).values() if ".attn1." in name}
    assert sorted(found) == sorted(short.split())


@pytest.mark.parametrize("family", ["sd1", "sd2", "sdxl", "sdxl-refiner"])
def test_blocks_are_those_of_the_authors_code(family):
    """Known from the names in their code, which say the number."""
    for original, name in places(family).items():
        side, number, *_ = original.split(".")
        expected = {
            "input_blocks": f"IN{number:0>2}",
            "output_blocks": f"OUT{number:0>2}",
            "middle_block": "M00",
            "out": "END",
        }.get(side, "TIME")
        assert block_of("unet", name) == expected, original


@pytest.mark.parametrize(
    ("component", "name", "block"),
    [
        ("transformer", "transformer_blocks.18.attn.to_q.weight", "D18"),
        ("transformer", "single_transformer_blocks.0.proj_mlp.weight", "S00"),
        ("transformer", "single_transformer_blocks.37.norm.linear.bias", "S37"),
        ("transformer", "x_embedder.weight", "IN"),
        ("transformer", "time_text_embed.timestep_embedder.linear_1.weight", "IN"),
        ("transformer", "norm_out.linear.weight", "OUT"),
        ("transformer", "proj_out.weight", "OUT"),
        ("transformer", "layers.3.attention.to_q.weight", "L03"),
        ("transformer", "noise_refiner.1.attention.to_q.weight", "noise_refiner.01"),
        ("prior", "down_blocks.0.12.kv_mapper.1.weight", "down_blocks.00"),
        ("text_encoder", "text_model.encoder.layers.11.mlp.fc1.weight", "TE1.11"),
        ("text_encoder", "text_model.embeddings.token_embedding.weight", "TE1.IN"),
        ("text_encoder", "text_model.final_layer_norm.weight", "TE1.OUT"),
        ("text_encoder_2", "text_model.encoder.layers.3.self_attn.q_proj.weight", "TE2.03"),
        ("text_encoder_2", "text_projection.weight", "TE2.OUT"),
        ("text_encoder_3", "encoder.block.23.layer.0.SelfAttention.q.weight", "TE3.23"),
        ("text_encoder_3", "shared.weight", "TE3.IN"),
        ("unet", "down_blocks.2.downsamplers.0.conv.weight", "IN09"),
        ("unet", "up_blocks.0.upsamplers.0.conv.weight", "OUT02"),
        ("unet", "up_blocks.0.resnets.1.conv1.weight", "OUT01"),
        ("unet", "down_blocks.0.resnets.7.conv1.weight", "IN03"),
    ],
)
def test_known_places(component, name, block):
    assert block_of(component, name) == block
    assert is_block(block)
    assert is_text_block(block) == component.startswith("text_encoder")


FACTORS = st.dictionaries(
    st.sampled_from(["IN04", "M00", "OUT11", "TE1.03", "D00"]),
    st.floats(-3, 3, allow_nan=False) | st.just(1.0),
)


@given(FACTORS, st.randoms())
def test_equal_strengths_are_equal_values(factors, random):
    pairs = list(factors.items())
    random.shuffle(pairs)
    canonical = block_scales(pairs)
    assert canonical == block_scales(factors) == block_scales(canonical)
    assert not any(str(factor) == "-0.0" for _, factor in canonical)
    assert all(factor != 1.0 for _, factor in canonical)
    assert all(factor_of(canonical, name) == factor for name, factor in factors.items())


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ([("IN04", 0.5), ("IN04", 0.5)], "twice"),
        ([("IN 04", 0.5)], "no name"),
        ([("", 0.5)], "no name"),
        ([("IN04", float("nan"))], "IN04 is not a finite"),
    ],
)
def test_what_cannot_be_meant_is_refused(pairs, words):
    with pytest.raises(ValueError, match=words):
        block_scales(pairs)

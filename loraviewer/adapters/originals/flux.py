"""Flux.1, Chroma and Flux.2 as Black Forest Labs wrote them (BFL names)."""

from loraviewer.adapters.originals.words import Row, rows_of

_DOUBLE, _SINGLE = "double_blocks.{}.", "single_blocks.{}."
_DOUBLE_MODULE, _SINGLE_MODULE = "transformer_blocks.{}.", "single_transformer_blocks.{}."

_BLOCKS_OF_BOTH = (
    *rows_of(
        {
            "img_attn.qkv": ("attn.to_q", "attn.to_k", "attn.to_v"),
            "txt_attn.qkv": ("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"),
            "img_attn.proj": "attn.to_out.0",
            "txt_attn.proj": "attn.to_add_out",
            "img_attn.norm.query_norm": "attn.norm_q",
            "img_attn.norm.key_norm": "attn.norm_k",
            "txt_attn.norm.query_norm": "attn.norm_added_q",
            "txt_attn.norm.key_norm": "attn.norm_added_k",
        },
        _DOUBLE,
        _DOUBLE_MODULE,
    ),
    *rows_of(
        {"norm.query_norm": "attn.norm_q", "norm.key_norm": "attn.norm_k"},
        _SINGLE,
        _SINGLE_MODULE,
    ),
    *rows_of(
        {"img_in": "x_embedder", "txt_in": "context_embedder", "final_layer.linear": "proj_out"}
    ),
    # The original computes (shift, scale), diffusers (scale, shift).
    Row("final_layer.adaLN_modulation.1", ("norm_out.linear",), is_half_swapped=True),
)


def _embedder_rows(place: str, names: dict[str, str]) -> tuple[Row, ...]:
    return tuple(
        row
        for old, new in names.items()
        for row in rows_of(
            {"in_layer": "linear_1", "out_layer": "linear_2"}, f"{old}.", f"{place}.{new}."
        )
    )


FLUX1 = (
    *_BLOCKS_OF_BOTH,
    *rows_of(
        {
            "img_mlp.0": "ff.net.0.proj",
            "img_mlp.2": "ff.net.2",
            "txt_mlp.0": "ff_context.net.0.proj",
            "txt_mlp.2": "ff_context.net.2",
            "img_mod.lin": "norm1.linear",
            "txt_mod.lin": "norm1_context.linear",
        },
        _DOUBLE,
        _DOUBLE_MODULE,
    ),
    Row(
        _SINGLE + "linear1",
        tuple(_SINGLE_MODULE + m for m in ("attn.to_q", "attn.to_k", "attn.to_v", "proj_mlp")),
        shares=(1, 1, 1, 4),
    ),
    *rows_of({"linear2": "proj_out", "modulation.lin": "norm.linear"}, _SINGLE, _SINGLE_MODULE),
    *_embedder_rows(
        "time_text_embed",
        {
            "time_in": "timestep_embedder",
            "vector_in": "text_embedder",
            "guidance_in": "guidance_embedder",
        },
    ),
)

CHROMA = (
    *FLUX1,
    *rows_of(
        {"in_layer": "linear_1", "out_layer": "linear_2"},
        "distilled_guidance_layer.layers.{}.",
        "distilled_guidance_layer.layers.{}.",
    ),
    # The same name, but its weight is called `scale`.
    *rows_of({"distilled_guidance_layer.norms.{}": "distilled_guidance_layer.norms.{}"}),
)

FLUX2 = (
    *_BLOCKS_OF_BOTH,
    *rows_of(
        {
            "img_mlp.0": "ff.linear_in",
            "img_mlp.2": "ff.linear_out",
            "txt_mlp.0": "ff_context.linear_in",
            "txt_mlp.2": "ff_context.linear_out",
        },
        _DOUBLE,
        _DOUBLE_MODULE,
    ),
    *rows_of(
        {"linear1": "attn.to_qkv_mlp_proj", "linear2": "attn.to_out"}, _SINGLE, _SINGLE_MODULE
    ),
    *rows_of(
        {
            f"{name}.lin": f"{name}.linear"
            for name in (
                "double_stream_modulation_img",
                "double_stream_modulation_txt",
                "single_stream_modulation",
            )
        }
    ),
    *_embedder_rows(
        "time_guidance_embed",
        {"time_in": "timestep_embedder", "guidance_in": "guidance_embedder"},
    ),
)

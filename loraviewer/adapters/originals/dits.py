"""Other diffusion transformers whose original code names modules in its own way."""

from loraviewer.adapters.originals.words import Row, rows_of


def _stacks(names: tuple[str, ...], words: dict[str, str | tuple[str, ...]]) -> tuple[Row, ...]:
    """The same words in several stacks of blocks that both codes name alike."""
    return tuple(row for n in names for row in rows_of(words, f"{n}.{{}}.", f"{n}.{{}}."))


_Z_IMAGE_STACKS = ("layers", "noise_refiner", "context_refiner")

Z_IMAGE = (
    *_stacks(
        _Z_IMAGE_STACKS,
        {
            "attention.qkv": ("attention.to_q", "attention.to_k", "attention.to_v"),
            "attention.out": "attention.to_out.0",
            "attention.q_norm": "attention.norm_q",
            "attention.k_norm": "attention.norm_k",
        },
    ),
    *rows_of(
        {
            "x_embedder": "all_x_embedder.2-1",
            "final_layer.linear": "all_final_layer.2-1.linear",
            "final_layer.adaLN_modulation.1": "all_final_layer.2-1.adaLN_modulation.1",
        }
    ),
)

LUMINA2 = (
    *_stacks(
        _Z_IMAGE_STACKS,
        {
            "attention.out": "attn.to_out.0",
            "attention.q_norm": "attn.norm_q",
            "attention.k_norm": "attn.norm_k",
            "feed_forward.w1": "feed_forward.linear_1",
            "feed_forward.w2": "feed_forward.linear_2",
            "feed_forward.w3": "feed_forward.linear_3",
            "attention_norm2": "norm2",
        },
    ),
    *(
        # 24 heads of queries, 8 of keys and of values
        Row(
            f"{stack}.{{}}.attention.qkv",
            tuple(f"{stack}.{{}}.attn.{name}" for name in ("to_q", "to_k", "to_v")),
            shares=(3, 1, 1),
        )
        for stack in _Z_IMAGE_STACKS
    ),
    *_stacks(
        ("layers", "noise_refiner"),
        {"attention_norm1": "norm1.norm", "adaLN_modulation.1": "norm1.linear"},
    ),
    *_stacks(("context_refiner",), {"attention_norm1": "norm1"}),
    *rows_of(
        {
            "t_embedder.mlp.0": "time_caption_embed.timestep_embedder.linear_1",
            "t_embedder.mlp.2": "time_caption_embed.timestep_embedder.linear_2",
            "cap_embedder.0": "time_caption_embed.caption_embedder.0",
            "cap_embedder.1": "time_caption_embed.caption_embedder.1",
            "final_layer.adaLN_modulation.1": "norm_out.linear_1",
            "final_layer.linear": "norm_out.linear_2",
        }
    ),
)

_KREA_BLOCK = {
    "attn.wq": "attn.to_q",
    "attn.wk": "attn.to_k",
    "attn.wv": "attn.to_v",
    "attn.wo": "attn.to_out.0",
    "attn.gate": "attn.to_gate",
    "attn.qknorm.qnorm": "attn.norm_q",
    "attn.qknorm.knorm": "attn.norm_k",
    "mlp.gate": "ff.gate",
    "mlp.up": "ff.up",
    "mlp.down": "ff.down",
    "prenorm": "norm1",
    "postnorm": "norm2",
}

KREA2 = (
    *rows_of(
        _KREA_BLOCK | {"mod.lin": "scale_shift_table"}, "blocks.{}.", "transformer_blocks.{}."
    ),
    *(
        row
        for stack in ("layerwise_blocks.{}.", "refiner_blocks.{}.")
        for row in rows_of(_KREA_BLOCK, f"txtfusion.{stack}", f"text_fusion.{stack}")
    ),
    *rows_of(
        {
            "first": "img_in",
            "tmlp.0": "time_embed.linear_1",
            "tmlp.2": "time_embed.linear_2",
            "tproj.1": "time_mod_proj",
            "txtmlp.0": "txt_in.norm",
            "txtmlp.1": "txt_in.linear_1",
            "txtmlp.3": "txt_in.linear_2",
            "txtfusion.projector": "text_fusion.projector",
            "last.linear": "final_layer.linear",
            "last.norm": "final_layer.norm",
            "last.modulation.lin": "final_layer.scale_shift_table",
        }
    ),
)

_COSMOS_ATTENTION = {
    "q_proj": "to_q",
    "k_proj": "to_k",
    "v_proj": "to_v",
    "output_proj": "to_out.0",
    "q_norm": "norm_q",
    "k_norm": "norm_k",
}
_COSMOS_MODULATED = {"self_attn": "norm1", "cross_attn": "norm2", "mlp": "norm3"}

COSMOS = (
    *(
        row
        for old, new in (("self_attn", "attn1"), ("cross_attn", "attn2"))
        for row in rows_of(
            _COSMOS_ATTENTION, f"blocks.{{}}.{old}.", f"transformer_blocks.{{}}.{new}."
        )
    ),
    *rows_of(
        {
            f"adaln_modulation_{part}.{at}": f"{norm}.linear_{at}"
            for part, norm in _COSMOS_MODULATED.items()
            for at in (1, 2)
        }
        | {"mlp.layer1": "ff.net.0.proj", "mlp.layer2": "ff.net.2"},
        "blocks.{}.",
        "transformer_blocks.{}.",
    ),
    *rows_of(
        {
            "x_embedder.proj.1": "patch_embed.proj",
            "t_embedder.1.linear_1": "time_embed.t_embedder.linear_1",
            "t_embedder.1.linear_2": "time_embed.t_embedder.linear_2",
            "t_embedding_norm": "time_embed.norm",
            "final_layer.adaln_modulation.1": "norm_out.linear_1",
            "final_layer.adaln_modulation.2": "norm_out.linear_2",
            "final_layer.linear": "proj_out",
        }
    ),
)

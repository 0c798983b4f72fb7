"""OpenCLIP's text tower (SD 2, SDXL's second encoder) beside that of transformers."""

from loraviewer.adapters.originals.words import Row, rows_of

_BLOCK, _MODULE = "transformer.resblocks.{}.", "encoder.layers.{}."
_ATTENTION = tuple(f"{_MODULE}self_attn.{name}_proj" for name in "qkv")

OPEN_CLIP = (
    *rows_of(
        {
            "attn.out_proj": "self_attn.out_proj",
            "ln_1": "layer_norm1",
            "ln_2": "layer_norm2",
            "mlp.c_fc": "mlp.fc1",
            "mlp.c_proj": "mlp.fc2",
        },
        _BLOCK,
        _MODULE,
    ),
    *(
        Row(f"{_BLOCK}attn.in_proj_{role}", tuple(f"{module}.{role}" for module in _ATTENTION))
        for role in ("weight", "bias")
    ),
    *rows_of(
        {
            "token_embedding": "embeddings.token_embedding",
            "positional_embedding": "embeddings.position_embedding.weight",
            "ln_final": "final_layer_norm",
        }
    ),
    Row("text_projection", ("text_projection.weight",), is_transposed=True),
)
"""Rows of modules, and of single tensors where OpenCLIP keeps them outside of modules."""


def same_names(name: str) -> tuple[str, ...]:
    """Releases of transformers differ in whether CLIP's names begin with `text_model.`."""
    bare = name.removeprefix("text_model.")
    return (name, bare, f"text_model.{bare}")

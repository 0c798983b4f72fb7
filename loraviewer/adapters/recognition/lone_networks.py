"""Files of one network beside the denoiser, as ComfyUI uses them: `clip_l`, `clip_g`, `t5xxl`, a
VAE. Their names do not matter, their tensors tell."""

from loraviewer.adapters.files.header import Header
from loraviewer.adapters.recognition.checkpoint_header import checkpoint_facts

T5, VAE = "t5", "vae"

_T5_MARK = "encoder.block.0.layer.0.SelfAttention.q.weight"
_CLIP_MARK = "embeddings.token_embedding.weight"
_PREFIXES = ("text_encoders.clip_l.transformer.", "text_encoders.clip_g.transformer.",
             "text_encoders.t5xxl.transformer.", "first_stage_model.", "vae.")  # fmt: skip


def clip(width: int) -> str:
    """The name of a CLIP text encoder whose embeddings have this width (768 large, 1280 bigG)."""
    return f"clip-{width}"


def lone_network(header: Header) -> str | None:
    """`T5`, `VAE` or the name of a CLIP; None for anything else. A whole checkpoint may hold all of
    them and is none."""
    kind = checkpoint_facts(header).kind
    if kind != "text-encoder":
        return VAE if kind == "vae" else None
    for name, info in header.tensors.items():
        if name.endswith(_T5_MARK):
            return T5
        if name.endswith(_CLIP_MARK) and len(info.shape) == 2:
            return clip(info.shape[1])
    return None


def bare_name(name: str) -> str:
    """A tensor's name without the prefix that it would have in a whole checkpoint."""
    prefix = next((prefix for prefix in _PREFIXES if name.startswith(prefix)), "")
    return name.removeprefix(prefix)

"""What a name means on a base of the published size, and how denoisers' names begin."""

import re

from tests.adapters.real_bases import index_of


def found(base, key):
    """What a name means: (component, path, rows) of each module, in the order of rows."""
    return [
        (landing.target.component, landing.target.path, landing.rows)
        for landing in index_of(base).find(key)
    ]


def only(base, key):
    """The one module that a name means."""
    (landing,) = index_of(base).find(key)
    assert landing.rows is None
    return landing.target.component, re.sub(r"^text_model\.", "", landing.target.path)


ADDED = ("add_q_proj", "add_k_proj", "add_v_proj")
DENOISER_PREFIXES = (
    *("lora_unet_", "lora_transformer_", "lycoris_", "oft_unet_", "lora_unet__"),
    *("diffusion_model.", "model.diffusion_model.", "transformer.", ""),
    *("base_model.model.", "transformer.base_model.model.", "base_model.model.transformer."),
    "base_model.model.diffusion_model.",
)


def spelled(prefix, path):
    return prefix + (path.replace(".", "_") if prefix.endswith("_") else path)

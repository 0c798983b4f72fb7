"""What a single-file checkpoint's denoiser predicts, which its weights' names do not always tell.

Rules, first hit wins:

1. A tensor named `v_pred` (SDXL fine-tunes): v-prediction; with `ztsnr`, zero terminal SNR as well.
2. The metadata of `modelspec` (Stability AI) and of kohya's sd-scripts.
3. SD 2 without either: the spread of one bias, as ComfyUI does. The 768-pixel v models lie above
   0.09, the 512-pixel base models below.
4. The family's usual prediction, from its bundled configuration.
"""

from collections.abc import Mapping
from typing import Any

import torch

from loraviewer.adapters.header import Header

EPSILON = "epsilon"
V_PREDICTION = "v_prediction"

_BY_METADATA = {
    ("modelspec.prediction_type", "v"): V_PREDICTION,
    ("modelspec.prediction_type", "epsilon"): EPSILON,
    ("modelspec.architecture", "stable-diffusion-v2-768-v"): V_PREDICTION,
    ("modelspec.architecture", "stable-diffusion-v2-512"): EPSILON,
    ("ss_v_parameterization", "True"): V_PREDICTION,
}
_ZERO_TERMINAL_SNR = {"rescale_betas_zero_snr": True, "timestep_spacing": "trailing"}
_TELLING_BIAS = "up_blocks.3.attentions.2.transformer_blocks.0.norm1.bias"
_LEAST_V_SPREAD = 0.09


def scheduler_config(
    header: Header, usual: Mapping[str, Any], family: str, unet: torch.nn.Module
) -> dict[str, Any]:
    """The family's usual scheduler configuration with what this checkpoint's file says.

    unet: the loaded denoiser, in diffusers' names.
    """
    config = dict(usual)
    found = _by_header(header) or (_by_spread(unet) if family == "sd2" else None)
    if found is not None:
        config["prediction_type"] = found
    if "ztsnr" in header.tensors:
        config |= _ZERO_TERMINAL_SNR
    return config


def _by_header(header: Header) -> str | None:
    if "v_pred" in header.tensors:
        return V_PREDICTION
    for (key, value), prediction in _BY_METADATA.items():
        if header.metadata.get(key) == value:
            return prediction
    return None


def _by_spread(unet: torch.nn.Module) -> str:
    bias = unet.get_parameter(_TELLING_BIAS)
    is_v = bias.float().std(correction=0) > _LEAST_V_SPREAD
    return V_PREDICTION if is_v else EPSILON

"""What a single-file checkpoint's denoiser predicts, which its weights' names do not always tell.

Rules, first hit wins:

1. A tensor named `v_pred` (SDXL fine-tunes): v-prediction; with `ztsnr`, zero terminal SNR as well.
2. The metadata of `modelspec` (Stability AI) and of kohya's sd-scripts. Both rules need
   the header alone (`adapters.checkpoint_header.prediction_of`).
3. SD 2 without either: the spread of one bias, as ComfyUI does. The 768-pixel v models lie above
   0.09, the 512-pixel base models below.
4. The family's usual prediction, from its bundled configuration.

A `.yaml` beside the file goes before all of them, and what a person asks for before that; both
reach the sampler with the request (`engine.rendering.samplers.with_prediction`).
"""

from collections.abc import Mapping
from typing import Any

import torch

from loraviewer.adapters.files.header import Header
from loraviewer.adapters.recognition.checkpoint_header import EPSILON, V_PREDICTION, prediction_of
from loraviewer.core.families import UNKNOWN
from loraviewer.engine.rendering.samplers import ZERO_TERMINAL_SNR

_TELLING_BIAS = "up_blocks.3.attentions.2.transformer_blocks.0.norm1.bias"
_LEAST_V_SPREAD = 0.09


def scheduler_config(
    header: Header, usual: Mapping[str, Any], family: str, unet: torch.nn.Module
) -> dict[str, Any]:
    """The family's usual scheduler configuration with what this checkpoint's file says.

    unet: the loaded denoiser, in diffusers' names.
    """
    config = dict(usual)
    found, _ = prediction_of(header, family)
    if found == UNKNOWN and family == "sd2":
        found = _by_spread(unet)
    if found != UNKNOWN:
        config["prediction_type"] = found
    if "ztsnr" in header.tensors:
        config |= ZERO_TERMINAL_SNR
    return config


def _by_spread(unet: torch.nn.Module) -> str:
    bias = unet.get_parameter(_TELLING_BIAS)
    is_v = bias.float().std(correction=0) > _LEAST_V_SPREAD
    return V_PREDICTION if is_v else EPSILON

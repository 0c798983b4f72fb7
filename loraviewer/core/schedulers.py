"""Samplers by the names artists know: classes of diffusers, and what makes them what they are."""

from collections.abc import Mapping

_LINSPACE: Mapping[str, object] = {"timestep_spacing": "linspace"}
_LEADING: Mapping[str, object] = {"timestep_spacing": "leading", "steps_offset": 1}

SCHEDULERS: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "DPM++ 2M": ("DPMSolverMultistepScheduler", {**_LINSPACE, "use_karras_sigmas": False}),
    "DPM++ 2M Karras": ("DPMSolverMultistepScheduler", {**_LINSPACE, "use_karras_sigmas": True}),
    "DDIM": ("DDIMScheduler", {**_LEADING, "clip_sample": False}),
    "Euler": ("EulerDiscreteScheduler", _LINSPACE),
    "Euler a": ("EulerAncestralDiscreteScheduler", _LINSPACE),
    "UniPC": ("UniPCMultistepScheduler", _LINSPACE),
    "LCM": ("LCMScheduler", {"clip_sample": False}),
}
"""Name → scheduler class of diffusers, and what it needs beyond the checkpoint's own values."""

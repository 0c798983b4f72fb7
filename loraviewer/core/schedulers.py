"""Samplers by the names artists know: classes of diffusers, and what makes them what they are."""

from collections.abc import Mapping

_LINSPACE: Mapping[str, object] = {"timestep_spacing": "linspace"}
_TRAILING: Mapping[str, object] = {"timestep_spacing": "trailing"}
_LEADING: Mapping[str, object] = {"timestep_spacing": "leading", "steps_offset": 1}

SCHEDULERS: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "DPM++ 2M": ("DPMSolverMultistepScheduler", {**_LINSPACE, "use_karras_sigmas": False}),
    "DPM++ 2M Karras": ("DPMSolverMultistepScheduler", {**_LINSPACE, "use_karras_sigmas": True}),
    "DDIM": ("DDIMScheduler", {**_LEADING, "clip_sample": False}),
    "Euler": ("EulerDiscreteScheduler", _LINSPACE),
    "Euler a": ("EulerAncestralDiscreteScheduler", _LINSPACE),
    "UniPC": ("UniPCMultistepScheduler", _LINSPACE),
    "LCM": ("LCMScheduler", {"clip_sample": False}),
    "TCD": ("TCDScheduler", {"clip_sample": False}),
    "Euler trailing": ("EulerDiscreteScheduler", _TRAILING),
    "DDIM trailing": ("DDIMScheduler", {**_TRAILING, "clip_sample": False}),
}
"""Name → scheduler class of diffusers, and what it needs beyond the checkpoint's own values.

Those with “trailing” begin at the last timestep of the training: what few steps were distilled for.
LCM and TCD do so by themselves."""

STOCHASTICITY: Mapping[str, float] = {"TCD": 0.3}
"""η of those whose steps add noise by it (γ in arXiv 2402.19159); of the others 0."""

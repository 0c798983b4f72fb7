"""A script for diffusers that makes a picture again, and says in it what cannot be the same."""

import re
from collections.abc import Sequence
from pathlib import PurePath

from loraviewer.core.diffusers_blocks import IMPORTS, block_lines, has_blocks
from loraviewer.core.diffusers_loading import loading_of
from loraviewer.core.diffusers_rules import baked_path, is_baked, rule_note
from loraviewer.core.diffusers_words import needs_lines, unsaid_weights, word_lines
from loraviewer.core.request import GenerationRequest
from loraviewer.core.schedulers import SCHEDULERS, STOCHASTICITY
from loraviewer.core.stack import AppliedAdapter
from loraviewer.core.unread import PromptReader

_FAMILIES_WITH_SAMPLERS = ("demo", "sd1", "sd2", "sdxl", "sdxl-refiner", "kolors")
"""Others keep the scheduler of their own files, here as in diffusers."""

_OWN_SAMPLERS = {"kolors": "Euler"}
"""Family → the sampler that is the scheduler of its own files."""

_TRUE_GUIDANCE = ("qwen-image",)
"""Families in whose pipelines `guidance_scale` means what a model was distilled to take."""

_WEIGHT_FILE = ".safetensors"
_SAME = """\
# The same picture but for rounding: diffusers adds adapters one after another in the precision
# of the weights, loraviewer sums them in float32 and rounds once.
"""
_KINDS = """\
# diffusers reads LoRA. For other kinds (LoHa, LoKr, OFT, DoRA …), write one file first, in which
# all strengths are:  loraviewer bake --as adapter
"""
_SPACING = """\
# Bases that were made for it keep trailing steps, whatever is usual for the sampler.
is_trailing = pipeline.scheduler.config.get("timestep_spacing") == "trailing"
spacing = "trailing" if is_trailing else {!r}
"""
_DENOISER = """\
denoiser = "unet" if hasattr(pipeline, "unet") else "transformer"
"""
_STRENGTHS = """\
encoders = [name for name in ("text_encoder", "text_encoder_2") if hasattr(pipeline, name)]


def strengths(denoising, text):
    return {denoiser: denoising, **{name: text for name in encoders}}


"""


def code_of(
    request: GenerationRequest, source: str, family: str, reader: PromptReader | None = None
) -> str:
    """source: path of the checkpoint, a folder or one file. family: as in `core.families`. reader:
    of the checkpoint's prompts, where it is loaded."""
    note, adapters = rule_note(request, source), request.adapters
    if is_baked(request):
        source, adapters = baked_path(source), ()
    has_lines = needs_lines(request.sampling, family, reader)
    loading = loading_of(source, family, request.dtype)
    scheduler = _scheduler(request, family)
    names = [*loading.names, *([scheduler[0]] if scheduler else [])]
    before, after = IMPORTS if has_blocks(adapters) else ("", "")
    parts = [
        f"{note or _SAME}{before}import torch\nfrom diffusers import {', '.join(names)}\n{after}\n",
        loading.lines,
        scheduler[1] if scheduler else "# It keeps the scheduler of its own files.\n",
        _adapters(adapters),
        f"pipeline.to({request.device!r})\n\n",
        word_lines(request.sampling) if has_lines else unsaid_weights(request.sampling, family),
        _call(request, has_lines, family),
    ]
    return "".join(parts)


def _scheduler(request: GenerationRequest, family: str) -> tuple[str, str] | None:
    """Class, and the lines that make it."""
    if family not in _FAMILIES_WITH_SAMPLERS or _is_own(request, family):
        return None
    name, own = SCHEDULERS[request.sampling.sampler]
    values = {key: repr(value) for key, value in own.items()}
    spacing = ""
    if "timestep_spacing" in own:
        spacing = _SPACING.format(own["timestep_spacing"])
        values["timestep_spacing"] = "spacing"
    if request.prediction.type:
        values["prediction_type"] = repr(request.prediction.type)
    if request.prediction.zero_snr:
        spacing = ""
        values |= {"rescale_betas_zero_snr": "True", "timestep_spacing": "'trailing'"}
    told = "".join(f", {key}={value}" for key, value in values.items())
    made = f"pipeline.scheduler = {name}.from_config(pipeline.scheduler.config{told})\n"
    return name, spacing + made


def _is_own(request: GenerationRequest, family: str) -> bool:
    is_as_found = not (request.prediction.type or request.prediction.zero_snr)
    return is_as_found and request.sampling.sampler == _OWN_SAMPLERS.get(family)


def _adapters(adapters: Sequence[AppliedAdapter]) -> str:
    if not adapters:
        return ""
    names = _names(adapters)
    lines = [_KINDS]
    lines += [
        f"pipeline.load_lora_weights({_place(adapter.path)}, adapter_name={name!r})\n"
        for name, adapter in zip(names, adapters, strict=True)
    ]
    is_split = any(adapter.scale != adapter.text_scale for adapter in adapters)
    strengths = [_strength(adapter, is_split) for adapter in adapters]
    lines.append(_DENOISER if is_split or has_blocks(adapters) else "")
    lines.append(_STRENGTHS if is_split else "")
    lines.append(f"pipeline.set_adapters({names!r}, [{', '.join(strengths)}])\n")
    lines.append(block_lines(names, adapters))
    return "".join(lines)


def _strength(adapter: AppliedAdapter, is_split: bool) -> str:
    if is_split:
        return f"strengths({adapter.scale!r}, {adapter.text_scale!r})"
    return repr(adapter.scale)


def _names(adapters: Sequence[AppliedAdapter]) -> list[str]:
    """Each its own, without the points that PEFT takes for parts of a path."""
    found: list[str] = []
    for adapter in adapters:
        name = re.sub(r"\W", "_", adapter.name) or "adapter"
        found.append(f"{name}_{len(found) + 1}" if name in found else name)
    return found


def _place(path: str) -> str:
    """The folder and the file in it; only the folder where the adapter is one."""
    if not path.lower().endswith(_WEIGHT_FILE):
        return repr(path)
    place = PurePath(path)
    return f"{str(place.parent)!r}, weight_name={place.name!r}"


def _eta(sampler: str) -> list[str]:
    return [f"    eta={STOCHASTICITY[sampler]!r},"] if sampler in STOCHASTICITY else []


def _call(request: GenerationRequest, has_lines: bool, family: str) -> str:
    """has_lines: whether the words are embeddings by then."""
    sampling = request.sampling
    guidance = "true_cfg_scale" if family in _TRUE_GUIDANCE else "guidance_scale"
    negative = [f"    negative_prompt={sampling.negative_prompt!r},"]
    words = [f"    {sampling.prompt!r},", *(negative * bool(sampling.negative_prompt))]
    lines = [
        *(["    **words,"] if has_lines else words),
        f"    num_inference_steps={sampling.steps},",
        f"    {guidance}={sampling.guidance_scale!r},",
        *_eta(sampling.sampler),
        f"    width={sampling.width},",
        f"    height={sampling.height},",
        f'    generator=torch.Generator("cpu").manual_seed({sampling.seed}),',
    ]
    is_told = request.is_draft and not request.draft_adapter
    note = "# The settled picture; what was seen is a draft of it.\n" * is_told
    return (
        f"{note}image = pipeline(\n"
        + "\n".join(lines)
        + "\n).images[0]\nimage.save('picture.png')\n"
    )

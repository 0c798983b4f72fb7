"""Which single-file checkpoints open here, with which bundled configuration; why others do not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loraviewer.adapters.about.summary import no_adapter
from loraviewer.adapters.files.header import Header
from loraviewer.adapters.groups import adapter_groups
from loraviewer.adapters.recognition.checkpoint_header import (
    EDM,
    EDM_V_PREDICTION,
    OPEN_INSTEAD,
    QUANTISED,
    WHAT_IT_IS,
    CheckpointFacts,
    FileKind,
    checkpoint_facts,
)
from loraviewer.adapters.recognition.network_sizes import denoiser_changes
from loraviewer.core.families import UNKNOWN, family_title
from loraviewer.core.optional_packages import check_packages
from loraviewer.core.outcome import CheckpointError
from loraviewer.core.resources import family_config
from loraviewer.core.sentences import say

_CONFIGS = {
    ("sd1", "base"): "sd1",
    ("sd2", "base"): "sd2",
    ("sdxl", "base"): "sdxl",
    ("sdxl", "ssd-1b"): "sdxl",
    ("sdxl", "vega"): "sdxl",
    ("sdxl", "koala-1b"): "sdxl",
    ("sdxl", "koala-700m"): "sdxl",
    ("sdxl", UNKNOWN): "sdxl",  # cut down in another way: its depth is read from its weights
    ("sd3", "medium"): "sd3-medium",
    ("sd3", "3.5-medium"): "sd3.5-medium",
    ("sd3", "3.5-large"): "sd3.5-large",
    ("flux1", "dev"): "flux1-dev",
    ("flux1", "schnell"): "flux1-schnell",
    ("z-image", "base"): "z-image-turbo",
    ("qwen-image", "base"): "qwen-image",
    ("chroma", "base"): "chroma1",
    ("lumina2", "base"): "lumina2",
    ("kolors", "base"): "kolors",
}
"""Family and variant → folder in `resources/configs`."""

_PICTURE_INPUT = say("takes a picture as input; open one that renders from text")
_OTHER_VARIANTS = {
    "inpaint": say("is made for inpainting and {input}", input=_PICTURE_INPUT),
    "fill": say("is made for inpainting and {input}", input=_PICTURE_INPUT),
    "depth": say("is steered by depth and {input}", input=_PICTURE_INPUT),
    "control": say("is steered by edges or depth and {input}", input=_PICTURE_INPUT),
    "instruct-pix2pix": say("edits pictures and {input}", input=_PICTURE_INPUT),
    "upscaler": say("enlarges pictures and {input}", input=_PICTURE_INPUT),
    "unclip": say("varies pictures and {input}", input=_PICTURE_INPUT),
    "edit": say("edits pictures and {input}", input=_PICTURE_INPUT),
    "omni": say("edits pictures and {input}", input=_PICTURE_INPUT),
    "layered": say("parts a picture into layers and {input}", input=_PICTURE_INPUT),
    "radiance": say(
        "computes pixels in place of latents, which diffusers has no pipeline for; open Chroma1-HD "
        "or another version with latents"
    ),
    "refiner": say(
        "is a refiner, which only finishes pictures of another checkpoint; open an SDXL base "
        "checkpoint"
    ),
}
_ADVICE: Mapping[FileKind, str] = {
    "adapter": say("add it to the stack of a checkpoint"),
    "quantised": OPEN_INSTEAD,
}
_SINGLE_COMPONENT = "transformer"
_UNET_FAMILIES = ("sd1", "sd2", "sdxl", "kolors")


@dataclass(frozen=True)
class SingleFile:
    """A single-file checkpoint that can be opened: its header, and `config` to build it with;
    `changes`: component → settings in which this one differs from that configuration."""

    path: Path
    header: Header
    facts: CheckpointFacts
    config: Path
    changes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def bundled_config(family: str) -> Path:
    """Of the base checkpoints of a family, as “sdxl”."""
    return family_config(_CONFIGS[(family, "base")])


def recognised(path: Path, header: Header) -> SingleFile:
    """Raises `CheckpointError` with what the file is instead, or what of it cannot be used."""
    facts = checkpoint_facts(header)
    if facts.kind == "adapter" and not adapter_groups(header):
        raise CheckpointError(no_adapter(header, path))  # the stack would not take it either
    if not facts.is_checkpoint:
        advice = _ADVICE.get(facts.kind, say("open a checkpoint that renders pictures from text"))
        raise CheckpointError(
            say(
                "{path}: this file is {what}; {advice}.",
                path=str(path),
                what=WHAT_IT_IS[facts.kind],
                advice=advice,
            )
        )
    if facts.dtype in QUANTISED:
        raise quantised_to(path, QUANTISED[facts.dtype])
    title = family_title(facts.family)
    if facts.variant in _OTHER_VARIANTS:
        raise CheckpointError(
            say(
                "{path}: this {title} checkpoint {told}.",
                path=str(path),
                title=title,
                told=_OTHER_VARIANTS[facts.variant],
            )
        )
    if facts.prediction in (EDM, EDM_V_PREDICTION):
        raise CheckpointError(
            say("{path}: EDM checkpoints need samplers that loraviewer lacks.", path=str(path))
        )
    config = _CONFIGS.get((facts.family, facts.variant))
    if config is None:
        raise CheckpointError(
            say("{path}: {why}.", path=str(path), why=_why_no_config(facts, title))
        )
    check_packages(path, facts.family)
    denoiser = "unet" if facts.family in _UNET_FAMILIES else "transformer"
    changes = {denoiser: denoiser_changes(facts, header)}
    return SingleFile(path, header, facts, family_config(config), changes)


def quantised_to(path: Path, precision: str) -> CheckpointError:
    """What to say where adapters would have to be merged into such weights."""
    return CheckpointError(
        say(
            "{path}: its weights are quantised to {precision}, which adapters cannot be merged "
            "into; {advice}.",
            path=str(path),
            precision=precision,
            advice=OPEN_INSTEAD,
        )
    )


def _why_no_config(facts: CheckpointFacts, title: str) -> str:
    if facts.family == UNKNOWN:
        return say(
            "this checkpoint's family is not known, so it holds no Stable Diffusion checkpoint "
            "that could be opened; convert it to a diffusers folder"
        )
    if facts.components == (_SINGLE_COMPONENT,):
        return say(
            "this file holds only the transformer of {title}; open the whole diffusers folder",
            title=title,
        )
    return say(
        "single files of this model ({title}, {variant}) cannot be opened; open its diffusers "
        "folder",
        title=title,
        variant=facts.variant,
    )

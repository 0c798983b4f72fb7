"""What model_index.json says, and which pipelines of diffusers render pictures from a prompt alone.

Only classes of diffusers and transformers are ever looked up (`part_classes`).
"""

import importlib.util
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loraviewer.adapters.files.config import read_config
from loraviewer.adapters.recognition.pipeline_families import (
    ALSO_FROM_TEXT,
    STABLE_DIFFUSION,
    family_of_pipeline,
)
from loraviewer.core.folders import weight_files
from loraviewer.core.optional_packages import check_packages
from loraviewer.core.outcome import CheckpointError
from loraviewer.core.sentences import say

_VIDEO_INPUTS = frozenset(
    {"num_frames", "num_videos_per_prompt", "video_length", "video", "frames"}
)
_PICTURE_INPUTS = frozenset(
    {"image", "images", "input_images", "mask_image", "control_image", "reference_image"}
)
_DENOISERS = ("unet", "transformer")
_DROPPED = frozenset({"safety_checker", "feature_extractor", "image_encoder", "watermark"})
"""Components that only judge or read pictures; no prompt needs them."""


@dataclass(frozen=True)
class Component:
    """One entry of model_index.json: `library` and `class_name` as spelled there."""

    name: str
    library: str
    class_name: str


@dataclass(frozen=True)
class PipelineIndex:
    """`pipeline_class` renders from text; `settings` are its scalars."""

    folder: Path
    pipeline_class: Any
    components: tuple[Component, ...]
    settings: Mapping[str, Any]

    @property
    def family(self) -> str:
        """By the pipeline's class; "unknown" for those whose networks decide it."""
        return family_of_pipeline(self.pipeline_class.__name__)

    @property
    def is_stable_diffusion(self) -> bool:
        """SD 1, SD 2 or SDXL, which have their own way of rendering."""
        return self.pipeline_class.__name__ in STABLE_DIFFUSION


def read_index(folder: Path) -> PipelineIndex:
    """Raises `CheckpointError` that says what the folder is instead of a pipeline for text."""
    if not (folder / "model_index.json").is_file():
        raise CheckpointError(_why_no_pipeline(folder))
    values = read_config(folder / "model_index.json")
    pipeline_class = _pipeline_class(folder, values.get("_class_name"))
    accepted = inspect.signature(pipeline_class.__init__).parameters
    components = tuple(
        component
        for name, entry in values.items()
        if name in accepted and (component := _component(folder, name, entry)) is not None
    )
    settings = {
        name: value
        for name, value in values.items()
        if name in accepted and isinstance(value, bool | int | float | str)
    }
    return PipelineIndex(folder, pipeline_class, components, settings)


def _component(folder: Path, name: str, entry: Any) -> Component | None:
    """None for a component that is switched off or that no prompt needs."""
    if not isinstance(entry, list) or name in _DROPPED:
        return None
    if len(entry) != 2 or any(part is not None and not isinstance(part, str) for part in entry):
        raise CheckpointError(
            say(
                "{path}: the entry “{name}” of model_index.json is damaged.",
                path=str(folder),
                name=name,
            )
        )
    library, class_name = entry
    return Component(name, library, class_name) if library and class_name else None


def _pipeline_class(folder: Path, class_name: Any) -> Any:
    import diffusers

    if isinstance(class_name, list):
        raise CheckpointError(
            say(
                "{path}: this pipeline brings its own code, which is never run here; open one "
                "that diffusers itself knows.",
                path=str(folder),
            )
        )
    name = ALSO_FROM_TEXT.get(str(class_name), str(class_name))
    check_packages(folder, family_of_pipeline(name))
    found = getattr(diffusers, name, None) if name.isidentifier() else None
    if lacking := _lacking_packages(found):
        raise CheckpointError(
            say(
                "{path}: this is a {class_name}, for which diffusers needs the Python package "
                "{packages}; install it beside loraviewer and open the folder again.",
                path=str(folder),
                class_name=name,
                packages=", ".join(lacking),
            )
        )
    if not inspect.isclass(found) or not issubclass(found, diffusers.DiffusionPipeline):
        raise CheckpointError(_unknown(folder, str(class_name or "")))
    if reason := why_not_from_text(found):
        raise CheckpointError(
            say(
                "{path}: this is a {class_name}, which {reason}; open a checkpoint that renders "
                "pictures from text.",
                path=str(folder),
                class_name=class_name,
                reason=reason,
            )
        )
    return found


def _lacking_packages(found: Any) -> list[str]:
    """Of a class that diffusers only has a stand-in for: what would make it real."""
    backends = getattr(found, "_backends", None) if inspect.isclass(found) else None
    return [name for name in backends or () if importlib.util.find_spec(name) is None]


def _unknown(folder: Path, class_name: str) -> str:
    if not class_name:
        return say(
            "{path}: this is a pipeline without a name, which the installed diffusers does not "
            "know; open a pipeline that renders from text.",
            path=str(folder),
        )
    return say(
        "{path}: this is a {class_name}, which the installed diffusers does not know; open a "
        "pipeline that renders from text.",
        path=str(folder),
        class_name=class_name,
    )


def why_not_from_text(pipeline_class: Any) -> str | None:
    """What keeps a pipeline from rendering pictures from a prompt alone, judged by what it takes;
    None if nothing does."""
    inputs = inspect.signature(pipeline_class.__call__).parameters
    parts = inspect.signature(pipeline_class.__init__).parameters
    needed = {
        name
        for name, parameter in inputs.items()
        if parameter.default is parameter.empty
        and parameter.kind is not parameter.VAR_KEYWORD
        and name not in ("self", "prompt")
    }
    is_control = "controlnet" in parts or "Control" in pipeline_class.__name__
    takes_picture = bool(_PICTURE_INPUTS & inputs.keys()) and not _is_optional(pipeline_class)
    reasons = {
        say("renders video"): bool(_VIDEO_INPUTS & inputs.keys()),
        say("needs a control picture"): is_control or "adapter" in parts,
        say("takes a picture as input"): takes_picture,
        say("does not render from a prompt"): "prompt" not in inputs or bool(needed),
        say("does not render pictures"): not {"width", "height"} <= inputs.keys(),
        say("is only one stage of a pipeline"): not any(name in parts for name in _DENOISERS),
    }
    return next((reason for reason, applies in reasons.items() if applies), None)


def _is_optional(pipeline_class: Any) -> bool:
    """Whether diffusers itself uses a pipeline that may take a picture for text alone."""
    from diffusers.pipelines.auto_pipeline import AUTO_TEXT2IMAGE_PIPELINES_MAPPING

    return pipeline_class in AUTO_TEXT2IMAGE_PIPELINES_MAPPING.values()


def _why_no_pipeline(folder: Path) -> str:
    if (folder / "config.json").is_file():
        class_name = read_config(folder / "config.json").get("_class_name")
        if not isinstance(class_name, str):
            return say(
                "{path}: this folder holds only one component; open the folder of the whole "
                "pipeline.",
                path=str(folder),
            )
        return say(
            "{path}: this folder holds only one component ({class_name}); open the folder of the "
            "whole pipeline.",
            path=str(folder),
            class_name=class_name,
        )
    if (folder / "adapter_config.json").is_file():
        return say(
            "{path}: this is an adapter; add it to the stack of a checkpoint.", path=str(folder)
        )
    if weight_files(folder):
        return say(
            "{path}: this folder has no model_index.json; open one of the files in it.",
            path=str(folder),
        )
    return say(
        "{path}: this is no diffusers folder (it has no model_index.json).", path=str(folder)
    )

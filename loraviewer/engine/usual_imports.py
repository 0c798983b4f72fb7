"""What nearly every checkpoint needs of the libraries, imported before one is opened."""

import diffusers
import transformers

_OF_DIFFUSERS = (
    *("StableDiffusionPipeline", "StableDiffusionXLPipeline", "AutoencoderKL"),
    *("UNet2DConditionModel", "DPMSolverMultistepScheduler", "EulerDiscreteScheduler"),
)
_OF_TRANSFORMERS = ("CLIPTextModel", "CLIPTextModelWithProjection", "CLIPTokenizer")


def import_usual_parts() -> None:
    """Both libraries import a class when it is first asked for."""
    for library, names in ((diffusers, _OF_DIFFUSERS), (transformers, _OF_TRANSFORMERS)):
        for name in names:
            getattr(library, name)

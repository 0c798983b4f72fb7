"""Other ways of seeing an experiment's pictures than by their pixels, opened where they are asked
for: networks of the base, which measuring keeps beside those that make pictures, and a folder."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from loraviewer.cli.lab.pictures import Setup
from loraviewer.cli.shared import progress
from loraviewer.core.cancel import CancelToken
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.outcome import RequestError
from loraviewer.core.picture_measures import sights_of
from loraviewer.core.resources import components_folder

if TYPE_CHECKING:
    from loraviewer.engine.checkpoint import Checkpoint
    from loraviewer.lab.images.base_features import LatentFeatures, MiddleFeatures
    from loraviewer.lab.images.measures import Features


def opened_sights(experiment: Experiment, setup: Setup) -> "Mapping[str, Features]":
    """All that the experiment's measures look through. Raises `RequestError` where the base has no
    such network, `LoraviewerError` where something cannot be opened."""
    asked = sights_of(experiment.measures)
    found: dict[str, Features] = {}
    if "encoder" in asked:
        from loraviewer.lab.images.local_encoder import LocalEncoder

        found["encoder"] = LocalEncoder.open(Path(experiment.encoder))
    if asked & {"latents", "middle"}:
        base = _opened(setup)
        ways: dict[str, Callable[[Checkpoint], Features]] = {"latents": _latents}
        ways["middle"] = _middle
        found |= {sight: way(base) for sight, way in ways.items() if sight in asked}
    return found


def _opened(setup: Setup) -> "Checkpoint":
    """The base once more, which no stack is ever merged into."""
    from loraviewer.engine.device import choose_compute
    from loraviewer.engine.opening import offline
    from loraviewer.engine.opening.checkpoint import open_checkpoint

    offline.seal()
    typer.echo("loraviewer: the base is opened once more, to look at pictures with.", err=True)
    compute = choose_compute(setup.device, setup.dtype)
    parts = components_folder(None)
    return open_checkpoint(setup.base, compute, CancelToken(), progress(), parts)


def _latents(base: "Checkpoint") -> "LatentFeatures":
    from loraviewer.lab.images.base_features import LatentFeatures

    vae = base.networks.get("vae")
    if vae is None or type(vae).__name__ != "AutoencoderKL":
        raise RequestError(
            f"“{base.name}” has no autoencoder whose latents can be measured; leave measures on "
            "latents out."
        )
    return LatentFeatures(vae)


def _middle(base: "Checkpoint") -> "MiddleFeatures":
    from loraviewer.lab.images.base_features import MIDDLE_TIMESTEP, MiddleFeatures

    unet: Any = base.networks.get("unet")
    if unet is None or unet.config.get("addition_embed_type") is not None:
        raise RequestError(
            f"“{base.name}” has no UNet whose middle block can be asked (SD 1 and SD 2 have); "
            "leave measures on the middle out."
        )
    words, _ = base.pipeline.encode_prompt("", base.compute.device, 1, False)
    kept = float(base.pipeline.scheduler.alphas_cumprod[MIDDLE_TIMESTEP])
    return MiddleFeatures(_latents(base), unet, words, kept)

"""A loaded base checkpoint, and the one sentence for what libraries raise about it."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from loraviewer.adapters.naming.base import DENOISERS, TEXT_ENCODERS
from loraviewer.adapters.recognition.prediction_beside import NOTHING_BESIDE, SaidBeside
from loraviewer.adapters.storage import parameter_count, parameter_shapes
from loraviewer.core.blocks import block_of
from loraviewer.core.cancel import Cancelled
from loraviewer.core.lack_of_memory import is_out_of_memory
from loraviewer.core.outcome import CheckpointError, FileError, LoraviewerError, text_of
from loraviewer.core.placement.packing import Packing
from loraviewer.core.prediction import FoundPrediction
from loraviewer.core.reports import CheckpointInfo, ModeChoice
from loraviewer.core.resources import DEMO
from loraviewer.core.sentences import say
from loraviewer.core.unread import PromptReader
from loraviewer.engine.device import Compute, card_bytes
from loraviewer.engine.opening.families import Family
from loraviewer.engine.placement.placement import Placement
from loraviewer.engine.rendering.renderers.base import Renderer

_NO_CHECKPOINT = say("it cannot be loaded as a checkpoint")


@dataclass(frozen=True)
class Checkpoint:
    """A diffusers pipeline ready to render, and what is known about it.

    `name` is what the person opened (`demo` or a path). `scheduler_config` is the checkpoint's
    own: samplers are built from it. `renderer` knows how to call the pipeline. `beside`: what a
    file beside it says of what it predicts. `placement`: which of its networks come and go.
    `packing`: what its denoiser is.
    """

    name: str
    path: Path
    pipeline: Any
    scheduler_config: dict[str, Any]
    compute: Compute
    renderer: Renderer
    family: Family
    known_words: frozenset[str] | None
    prompts: PromptReader | None = None
    beside: SaidBeside = NOTHING_BESIDE
    placement: Placement = field(default_factory=lambda: Placement({}))
    packing: Packing = ""

    @property
    def networks(self) -> dict[str, torch.nn.Module]:
        """Component name → network: denoiser ("unet" or "transformer"), text encoders, VAE, and
        whatever else the pipeline computes with."""
        return networks_of(self.pipeline)

    @property
    def prediction(self) -> FoundPrediction | None:
        """What its files say that it predicts; None where nobody can say otherwise."""
        own = self.renderer.prediction
        return own and FoundPrediction(own, self.beside.prediction, self.beside.source)

    @property
    def blocks(self) -> tuple[str, ...]:
        """Of the networks that adapters change, in the order of their names."""
        names = {
            block_of(component, name)
            for component, network in self.networks.items()
            if component in (*DENOISERS, *TEXT_ENCODERS)
            for name in parameter_shapes(network)
        }
        return tuple(sorted(names))

    def info(self, identity: str, merge_modes: tuple[ModeChoice, ...] = ()) -> CheckpointInfo:
        """For the window. identity: fingerprint of all weights."""
        networks = self.networks.values()
        parameters = [p for network in networks for p in network.parameters()]
        sampling = self.family.sampling()
        return CheckpointInfo(
            source=self.name,
            name=self.family.label if self.name == DEMO else self.path.stem,
            identity=identity,
            family=self.family.name,
            device=str(self.compute.device),
            dtype=self.compute.dtype_name,
            parameters=sum(map(parameter_count, networks)),
            weight_bytes=sum(p.numel() * p.element_size() for p in parameters),
            default_width=sampling.width,
            default_height=sampling.height,
            default_steps=sampling.steps,
            size_multiple=self.renderer.size_multiple,
            default_guidance_scale=sampling.guidance_scale,
            default_sampler=sampling.sampler,
            samplers=self.renderer.samplers,
            known_words=self.known_words,
            prompts=self.prompts,
            prediction=self.prediction,
            problems=(self.beside.problem,) if self.beside.problem else (),
            merge_modes=merge_modes,
            blocks=self.blocks,
            card_bytes=card_bytes(self.compute.device),
            packing=self.packing,
        )


def networks_of(pipeline: Any) -> dict[str, torch.nn.Module]:
    """Component name → network, in the pipeline's own order."""
    return {
        name: part
        for name, part in pipeline.components.items()
        if isinstance(part, torch.nn.Module)
    }


@contextlib.contextmanager
def explaining(path: Path, what: str = _NO_CHECKPOINT) -> Iterator[None]:
    """Turn whatever the libraries raise for damaged or foreign files into one sentence: there is
    no list of that, and Rust's panics are no ordinary exceptions."""
    try:
        yield
    except Cancelled:
        raise
    except FileError as error:
        raise CheckpointError(error.message) from error
    except LoraviewerError:
        raise
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        if is_out_of_memory(error):
            raise
        raise CheckpointError(_sentence(path, what, error)) from error


def _sentence(path: Path, what: str, error: BaseException) -> str:
    reason = " ".join(text_of(error).split()) or type(error).__name__
    if len(reason) > 200:
        reason = reason[:200].rsplit(" ", 1)[0] + " …"
    return say("{path}: {what} ({why}).", path=str(path), what=what, why=reason.rstrip("."))

"""Opening a base checkpoint from whatever a person points at."""

import os
from pathlib import Path
from typing import Any

import torch

from loraviewer.core.adapter_paths import is_adapter_folder
from loraviewer.core.cancel import CancelToken
from loraviewer.core.engine_port import LoadProgress
from loraviewer.core.outcome import CheckpointError
from loraviewer.core.regular_files import read_regular
from loraviewer.core.resources import DEMO, checkpoint_path
from loraviewer.core.sentences import say
from loraviewer.engine.checkpoint import Checkpoint, explaining, networks_of
from loraviewer.engine.device import Compute
from loraviewer.engine.opening import folder, single_file
from loraviewer.engine.opening.families import Family, family_of, family_of_any
from loraviewer.engine.opening.folder import Opened
from loraviewer.engine.opening.usable_settings import check_usable
from loraviewer.engine.placement.conveyor import new_conveyor
from loraviewer.engine.placement.packing import packing_of_base
from loraviewer.engine.placement.placement import DeviceMover, Placement, compute_on
from loraviewer.engine.placement.streaming import BlockStream, can_be_streamed
from loraviewer.engine.placement.waiting import FASTEST, NOBODY, PlacementWish, Waiting, waiting_of
from loraviewer.engine.rendering.prompt_chunks import SD3, chunker_of
from loraviewer.engine.rendering.prompt_limits import PipelinePrompts, limits_of
from loraviewer.engine.rendering.renderers.base import Renderer
from loraviewer.engine.rendering.renderers.stable_diffusion import StableDiffusionRenderer
from loraviewer.engine.rendering.renderers.whole_call import WholeCallRenderer

_PICKLES = (".ckpt", ".pt", ".pth", ".bin", ".pkl")
_PACKED = ".gguf"
_SINGLE_FILES = (".safetensors", _PACKED)
_WORDS, _MOST_WORD_BYTES = "words.txt", 1 << 20


def open_checkpoint(
    name: str,
    compute: Compute,
    token: CancelToken,
    on_progress: LoadProgress,
    components: Path | None = None,
    wish: PlacementWish = FASTEST,
) -> Checkpoint:
    """Load `demo`, a diffusers folder or a single .safetensors file.

    components: a folder with what single files may lack (`adapters.originals.companions`). wish:
    how it is to lie in memory, and whether a denoiser in fp8 or fewer bits stays so. Raises
    `CheckpointError` with one sentence that names the file and what to do, `Cancelled` at any time
    while weights are read. Never reaches the network and never opens a pickle.
    """
    path = checkpoint_path(name)
    _check_kind(name, path)
    with explaining(path):
        compute = _suited(path, compute)
        found = packing_of_base(path, components, compute, wish)
        packs = found == "packed"
        opened = _open(path, compute, token, on_progress, components, packs)
        token.raise_if_cancelled()
        waiting = waiting_of(path, components, compute, wish._replace(packing=found or "widened"))
        placement = _prepared(opened.pipeline, compute, waiting)
        pipeline = opened.pipeline
        renderer = _renderer(opened, compute)
        sampler = renderer.samplers[0] if opened.is_stable_diffusion else ""
        check_usable(path, pipeline, opened.scheduler_config, sampler)
        known_words = _known_words(path)
        prompts = _prompts(opened, renderer)
    return Checkpoint(
        name=name,
        path=path,
        pipeline=pipeline,
        scheduler_config=opened.scheduler_config,
        compute=compute,
        renderer=renderer,
        family=_family(opened, path, renderer),
        known_words=known_words,
        prompts=prompts,
        beside=opened.beside,
        packing=found,
        placement=placement,
    )


def _suited(path: Path, compute: Compute) -> Compute:
    """Most that is no Stable Diffusion was trained in bfloat16."""
    opener = folder if os.path.isdir(path) else single_file
    return compute if opener.in_float16(path) else compute.with_range()


def _open(
    path: Path,
    compute: Compute,
    token: CancelToken,
    on_progress: LoadProgress,
    components: Path | None,
    packs: bool,
) -> Opened:
    if os.path.isdir(path):
        return folder.load_folder(path, compute.dtype, token, on_progress, packs)
    return single_file.load_single_file(path, compute.dtype, token, on_progress, components, packs)


def _renderer(opened: Opened, compute: Compute) -> Renderer:
    kind = StableDiffusionRenderer if opened.is_stable_diffusion else WholeCallRenderer
    return kind(opened.pipeline, opened.scheduler_config, compute)


def _prompts(opened: Opened, renderer: Renderer) -> PipelinePrompts:
    pipeline = opened.pipeline
    has_chunks = opened.is_stable_diffusion or type(pipeline).__name__ == SD3
    return PipelinePrompts(
        limits_of(pipeline),
        chunker_of(pipeline) if has_chunks else None,
        takes_negative=renderer.takes_negative,
        least_guided=renderer.least_guided,
    )


def _family(opened: Opened, path: Path, renderer: Renderer) -> Family:
    pipeline = opened.pipeline
    if not opened.is_stable_diffusion:
        return family_of_any(pipeline, renderer.samplers[0], renderer.size_multiple)
    return family_of(pipeline.unet.config, pipeline.vae_scale_factor, _has_words(path))


def open_stored_networks(
    name: str, token: CancelToken, on_progress: LoadProgress
) -> dict[str, torch.nn.Module]:
    """Component name → network on the CPU in the precision of its file, for exporting.

    Raises as `open_checkpoint` does.
    """
    path = checkpoint_path(name)
    _check_kind(name, path)
    if os.path.isfile(path) and path.suffix.lower() == _PACKED:
        raise CheckpointError(
            say(
                "{path}: GGUF files hold quantised weights, which adapters cannot be merged into; "
                "open a .safetensors version for that.",
                path=str(path),
            )
        )
    opener = folder if os.path.isdir(path) else single_file
    with explaining(path):
        return opener.load_stored_networks(path, token, on_progress)


def _check_kind(name: str, path: Path) -> None:
    if not os.path.exists(path):  # also false for a name that no file can have
        if name == DEMO:
            raise CheckpointError(
                say("The bundled demo checkpoint is missing: {path}.", path=str(path))
            )
        raise CheckpointError(say("{path}: there is no such file or folder.", path=str(path)))
    if is_adapter_folder(path):
        raise CheckpointError(
            say(
                "{path}: this folder is an adapter; add it to the stack of a checkpoint.",
                path=str(path),
            )
        )
    if os.path.isfile(path) and path.suffix.lower() in _PICKLES:
        raise CheckpointError(
            say(
                "{path}: pickle files can run code when opened; convert it to .safetensors.",
                path=str(path),
            )
        )
    if os.path.isfile(path) and path.suffix.lower() not in _SINGLE_FILES:
        raise CheckpointError(
            say(
                "{path}: this is no checkpoint; open a .safetensors file or a diffusers folder.",
                path=str(path),
            )
        )


def _prepared(pipeline: Any, compute: Compute, waiting: Waiting) -> Placement:
    """Moved to the device but for what waits, ready to infer, silent."""
    pipeline.set_progress_bar_config(disable=True)
    networks = networks_of(pipeline)
    for network in networks.values():
        network.eval().requires_grad_(False)
    if waiting == NOBODY:
        pipeline.to(compute.device)
        return Placement(networks)
    streamed = {n: stays for n, stays in waiting.streamed if can_be_streamed(networks[n])}
    for name, network in networks.items():
        if name not in waiting.components and name not in streamed:
            network.to(compute.device)
        compute_on(network, compute.device)
    mover = DeviceMover(compute.device)
    conveyor = new_conveyor(compute.device) if streamed else None
    streams = {
        name: BlockStream(networks[name], conveyor, mover.to_device, stays)
        for name, stays in streamed.items()
        if conveyor is not None
    }
    return Placement(networks, waiting.components, waiting.turning, mover, streams, waiting.beside)


def _has_words(path: Path) -> bool:
    return (path / _WORDS).is_file()


def _known_words(path: Path) -> frozenset[str] | None:
    """The words in the checkpoint's own list, one or more a line; None if it has no list."""
    if not _has_words(path):
        return None
    text = read_regular(path / _WORDS, _MOST_WORD_BYTES).decode("utf-8-sig", errors="replace")
    return frozenset(text.lower().split())

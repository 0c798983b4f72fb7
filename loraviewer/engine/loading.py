"""From a checkpoint's path to everything that belongs to it: networks, merger, memory, caches."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import torch

from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.adapters.merging.merger import Merger
from loraviewer.adapters.naming.base import DENOISERS
from loraviewer.adapters.targets import TargetIndex
from loraviewer.adapters.unmerged.mixed import MixedMerger
from loraviewer.adapters.unmerged.modes import merge_modes
from loraviewer.core.base_weights_policy import MemoryWishes
from loraviewer.core.cancel import CancelToken
from loraviewer.core.engine_port import LoadProgress
from loraviewer.core.placement.packing import AskedPacking
from loraviewer.core.placement.plan import AskedManner
from loraviewer.core.precision_speed import this_machine
from loraviewer.core.reports import ModeChoice
from loraviewer.core.request import AskedMergeMode
from loraviewer.core.resources import typed_path
from loraviewer.engine.bounded_cache import BoundedCache, steps_bytes
from loraviewer.engine.checkpoint import Checkpoint
from loraviewer.engine.compiling.captured import Capture, Graphs
from loraviewer.engine.compiling.compiled_denoiser import CompiledDenoiser
from loraviewer.engine.compiling.compiler import Compiler, machine_of
from loraviewer.engine.compiling.cuda_capture import cuda_capture
from loraviewer.engine.device import Compute
from loraviewer.engine.loaded import STEP_CACHE_BYTES, Loaded
from loraviewer.engine.loaded_adapters import LoadedAdapters
from loraviewer.engine.memory_planner import MemoryPlanner
from loraviewer.engine.opening.base_files import BaseFiles
from loraviewer.engine.opening.checkpoint import open_checkpoint
from loraviewer.engine.placement.waiting import PlacementWish
from loraviewer.engine.rendering.preview import LatentPreview
from loraviewer.engine.rendering.prompts import PromptCache
from loraviewer.engine.stand_ins import StandIns


@dataclass(frozen=True)
class LoadingWishes:
    """How checkpoints are opened. `components`: a folder with what single files may lack
    (`adapters.originals.companions`). `memory`: how base weights are kept. `merge_mode`:
    `adapters.unmerged.modes`. `packing`: `core.placement.packing`. `compiler`: of denoisers, None
    where nothing is compiled. `capture`: what records their steps on a device. `previews`: whether
    pictures are shown while they are denoised, for which something is decoded when a base is
    loaded."""

    compute: Compute
    components: Path | None
    memory: MemoryWishes
    merge_mode: AskedMergeMode
    packing: AskedPacking = "auto"
    compiler: Compiler | None = None
    capture: Callable[[torch.device], Capture | None] = cuda_capture
    previews: bool = True


def load(
    path: str,
    wishes: LoadingWishes,
    stand_ins: StandIns,
    token: CancelToken,
    on_progress: LoadProgress,
    components: str = "",
    manner: AskedManner = "",
    packing: AskedPacking = "auto",
) -> Loaded:
    """components: a folder in place of the wished one, "" for that; packing: in place of the
    wished one, "auto" for that. manner: how it is to lie in memory, where that fits. stand_ins:
    adapters that stacks may name and no file holds. Raises as `open_checkpoint` does; engine thread
    only."""
    folder = typed_path(components) if components else wishes.components
    compute = wishes.compute
    asked = wishes.packing if packing == "auto" else packing
    wish = PlacementWish(manner, wishes.merge_mode, asked)
    checkpoint = open_checkpoint(path, compute, token, on_progress, folder, wish)
    token.raise_if_cancelled()
    networks = checkpoint.networks
    graphs = _graphs(checkpoint, wishes)
    memory = MemoryPlanner(
        networks,
        compute.device,
        wishes.memory,
        lambda: BaseFiles.of(checkpoint.path, networks, folder),
        measure=graphs.free,
        in_main=checkpoint.placement.in_main if checkpoint.placement.streamed else (),
        spare=graphs.spare,
    )
    starved = networks.keys() if checkpoint.placement.wants_beside else memory.starved()
    modes = merge_modes(networks, wishes.merge_mode, starved)
    merger: Merger = WeightMerger(networks, base_weights=memory.base_weights)
    if any(choice.mode == "unmerged" for choice in modes.values()):
        merger = MixedMerger(networks, modes, merger)
    return Loaded(
        checkpoint=checkpoint,
        info=checkpoint.info(merger.base_identity, tuple(modes.values())),
        merger=merger,
        memory=memory,
        adapters=LoadedAdapters(
            TargetIndex.of(networks),
            stand_ins=stand_ins,
            base=lambda key: merger.base_weight(key).float(),
        ),
        prompts=PromptCache(),
        steps=BoundedCache(STEP_CACHE_BYTES, steps_bytes),
        preview=_preview(checkpoint) if wishes.previews else None,
        compiled=_compiled(checkpoint, modes, wishes, graphs),
        graphs=graphs,
    )


def _graphs(checkpoint: Checkpoint, wishes: LoadingWishes) -> Graphs:
    """None are made where anything of the base leaves the device now and then: there is no room for
    them, and weights that come back lie elsewhere."""
    placement = checkpoint.placement
    if placement.is_whole and wishes.compiler is not None:
        return Graphs(wishes.capture(wishes.compute.device))
    return Graphs()


def _compiled(
    checkpoint: Checkpoint,
    modes: Mapping[str, ModeChoice],
    wishes: LoadingWishes,
    graphs: Graphs,
) -> CompiledDenoiser | None:
    """None too where blocks come and go: a program knows each weight by where it lay."""
    networks = checkpoint.networks
    name = next((name for name in DENOISERS if name in networks), "")
    if wishes.compiler is None or not name or modes[name].mode == "unmerged":
        return None
    if name in checkpoint.placement.streamed:
        return None
    machine = machine_of(wishes.compute.device, this_machine(), version("diffusers"))
    return CompiledDenoiser(networks[name], wishes.compiler, machine, graphs)


def _preview(checkpoint: Checkpoint) -> LatentPreview | None:
    with checkpoint.placement.using("vae"):
        return checkpoint.renderer.fit_preview()

"""A checkpoint that is loaded, with everything that belongs to it and goes with it."""

from dataclasses import dataclass, field

from loraviewer.adapters.merging.merger import Merger
from loraviewer.adapters.targets import WeightKey
from loraviewer.core.reports import CheckpointInfo
from loraviewer.core.request import GenerationRequest
from loraviewer.engine.bounded_cache import BoundedCache
from loraviewer.engine.checkpoint import Checkpoint
from loraviewer.engine.compiling.captured import Graphs
from loraviewer.engine.compiling.compiled_denoiser import CompiledDenoiser
from loraviewer.engine.loaded_adapters import LoadedAdapters
from loraviewer.engine.memory_planner import MemoryPlanner
from loraviewer.engine.rendering.preview import LatentPreview
from loraviewer.engine.rendering.prompts import PromptCache
from loraviewer.engine.rendering.renderers.kept_steps import KeptStep

STEP_CACHE_BYTES = 64 * 2**20
"""Room for the last steps of some ten pictures of SDXL's size, on the device that made them."""


@dataclass(frozen=True)
class Loaded:
    """Used on the engine thread only."""

    checkpoint: Checkpoint
    info: CheckpointInfo
    merger: Merger
    memory: MemoryPlanner
    adapters: LoadedAdapters
    prompts: PromptCache
    steps: BoundedCache[tuple[KeptStep, ...]]
    """Of settled pictures, where drafts of other stacks start."""
    preview: LatentPreview | None
    base_energies: dict[WeightKey, float] = field(default_factory=dict[WeightKey, float])
    """‖W₀‖² of weights, as far as somebody asked."""
    compiled: CompiledDenoiser | None = None
    """None where nobody compiles, and where adapters are computed beside the denoiser."""
    graphs: Graphs = field(default_factory=Graphs)
    """What was captured of it: the first memory to go where any is lacking."""

    def kept_step(self, request: GenerationRequest) -> KeptStep | None:
        """Where a draft starts that resumes a settled picture, if that is still known."""
        if request.resumed is None:
            return None
        steps = self.steps.get(request.origin().sha256()) or ()
        return next((step for step in steps if step.done == request.resumed.done), None)

    def forget_results(self) -> None:
        """What was computed with weights that were not what they should have been."""
        self.prompts.clear()
        self.steps.clear()

"""From a moved fader to its draft, and from release to the settled picture, as the person waits.

python -m tests.bench.latency [drags]

The demo in the whole studio, and a Stable Diffusion 1.5 of full size with random weights in the
engine, at 256×256: five adapters of rank 16 on its attention blocks, of which one is dragged.
"""

import itertools
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file

from loraviewer.adapters.files.hashing import file_sha256
from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import Rendered
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from loraviewer.core.resources import clip_vocabulary, family_config
from loraviewer.core.stack import AppliedAdapter
from loraviewer.engine.opening.networks import empty_network
from loraviewer.engine.opening.original_layouts import component_class
from loraviewer.engine.studio_engine import StudioEngine
from tests.bench import faders
from tests.bench.figures import Figure, keep, print_table
from tests.full_size import attention_keys, random_adapter
from tests.listeners import silent

DRAGS = 3
DRAFT_STEPS, STEPS = 4, 12
_NETWORKS = ("unet", "vae", "text_encoder")


def random_sd1(folder: Path) -> Path:
    """A diffusers folder in float16 (2.1 GB) from the bundled configuration."""
    config = family_config("sd1")
    shutil.copytree(config, folder)
    shutil.copytree(clip_vocabulary(), folder / "tokenizer", dirs_exist_ok=True)
    torch.manual_seed(0)
    for name in _NETWORKS:
        network = empty_network(component_class(config, name), config / name).to_empty(device="cpu")
        for parameter in network.parameters():
            torch.nn.init.normal_(parameter.data, std=0.02)
        network.half().save_pretrained(folder / name)
    return folder


def random_loras(folder: Path, unet, count: int) -> Iterator[AppliedAdapter]:
    keys = attention_keys(unet)
    for number in range(count):
        tensors = {}
        for (_, parameter), delta in random_adapter(unet, keys, number).weights.items():
            name = "lora_unet_" + parameter.removesuffix(".weight").replace(".", "_")
            assert isinstance(delta, LowRankDelta)
            ones = (1,) * (unet.get_parameter(parameter).ndim - 2)
            tensors[f"{name}.lora_up.weight"] = delta.up.reshape(*delta.up.shape, *ones)
            tensors[f"{name}.lora_down.weight"] = delta.down.reshape(*delta.down.shape, *ones)
            tensors[f"{name}.alpha"] = torch.tensor(delta.scaling * delta.rank)
        path = folder / f"random {number}.safetensors"
        save_file(tensors, path)
        yield AppliedAdapter(file_sha256(path), 0.7, 0.7, path.stem, str(path))


@dataclass
class Drag:
    """What a person does to one fader, and the pictures that come of it."""

    engine: StudioEngine
    stack: tuple[AppliedAdapter, ...]
    seed: int = 0
    grasped: tuple[AppliedAdapter, ...] = ()

    def picture(self, scale: float, is_draft: bool) -> Rendered:
        first, *others = self.stack
        moved = AppliedAdapter(first.sha256, scale, scale, first.name, first.path)
        request = GenerationRequest(
            checkpoint=CheckpointRef(self.engine.checkpoint.name),
            adapters=tuple(sorted([moved, *others])),
            sampling=Sampling(
                prompt="a girl in a meadow",
                seed=self.seed,
                steps=DRAFT_STEPS if is_draft else STEPS,
                width=256,
                height=256,
            ),
            is_draft=is_draft,
            held=first.sha256 if is_draft else "",
            grasped=self.grasped if is_draft else (),
        )
        if not is_draft:
            self.grasped = request.adapters
        return self.engine.render(request, CancelToken(), lambda _: None)


def full_size(drags: int) -> list[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        engine = StudioEngine("cpu", "float32")
        engine.load_checkpoint(str(random_sd1(folder / "sd1")), CancelToken(), silent)
        stack = tuple(random_loras(folder, engine.checkpoint.networks["unet"], 5))
        drag = Drag(engine, stack)
        drag.picture(0.7, is_draft=False)
        firsts, drafts, settled = [], [], []
        scales = itertools.count(1)
        for _ in range(drags):
            firsts.append(drag.picture(0.01 * next(scales), is_draft=True))
            drafts.append(drag.picture(0.01 * next(scales), is_draft=True))
            settled.append(drag.picture(0.01 * next(scales), is_draft=False))
        engine.close()
    merges = {"first draft": firsts, "next draft": drafts, "settled": settled}
    figures = [
        Figure(f"sd1 {what}", median(r.timings.total_ms for r in pictures) / 1e3, "s")
        for what, pictures in merges.items()
    ]
    return figures + [
        Figure(f"sd1 {what}, merging", median(r.timings.merge_ms for r in pictures), "ms")
        for what, pictures in merges.items()
    ]


def median(values) -> float:
    return statistics.median(values)


def measure(drags: int = DRAGS) -> list[Figure]:
    drafts, settled, rerendered = faders.measured(faders.REPEATS)
    return [
        Figure(
            "swap_base_images",
            rerendered,
            "",
            0,
            what="base pictures made again by edits of the stack",
        ),
        Figure("demo draft", median(drafts), "s", what="a fader moves → its draft is shown"),
        Figure(
            "demo settled", median(settled), "s", what="it is let go → the settled picture is shown"
        ),
        *full_size(drags),
    ]


def main() -> None:
    figures = measure(int(sys.argv[1]) if len(sys.argv) > 1 else DRAGS)
    keep("latency", figures)
    print_table(f"latency: demo; SD 1.5 at 256×256, {DRAFT_STEPS} and {STEPS} steps", figures)


if __name__ == "__main__":
    main()

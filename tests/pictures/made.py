"""Finished pictures for the store, each of its own colours."""

import random

import msgspec

from loraviewer.core.outcome import Rendered, Timings
from loraviewer.core.picture import Picture
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from loraviewer.core.stack import AdapterStack, StackEntry

ROWS = AdapterStack(
    entries=(
        StackEntry(entry_id="1", name="manga", path="/a/manga.safetensors", sha256="aa", scale=0.8),
        StackEntry(
            entry_id="2", name="neon", path="/a/neon.safetensors", sha256="bb", is_enabled=False
        ),
    ),
    master=1.25,
)


def made(seed: int = 7, side: int = 24, **fields) -> Rendered:
    """Noise, so that nothing of it is packed away."""
    request = GenerationRequest(
        checkpoint=CheckpointRef("/bases/demo", "d" * 64),
        adapters=ROWS.applied(),
        sampling=Sampling(prompt="a girl", seed=seed),
    )
    picture = Picture(side, side, random.Random(seed).randbytes(side * side * 3))
    answer = Rendered(request, picture, Timings(1.0, 2.0, 3.0, 4.0), "f" * 64, threads=2)
    return msgspec.structs.replace(answer, **fields)

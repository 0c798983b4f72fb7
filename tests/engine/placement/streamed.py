"""A network of blocks that are streamed, and one of the same weights that is not."""

import itertools
from collections.abc import Iterator

import torch
from torch import nn

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.kinds.dora import ROWS, DoraDelta
from loraviewer.adapters.load import Adapter
from loraviewer.adapters.placement import WeightDelta, place
from loraviewer.adapters.targets import Landing, Target, WeightKey
from loraviewer.engine.placement.streaming import BlockStream
from tests.engine.placement.recording import RecordingConveyor, RecordingMover

WIDTH = 8
COMPONENT = "transformer"


class Block(nn.Module):
    """A linear layer, a convolution of one pixel, a buffer and a norm."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.up = nn.Linear(WIDTH, hidden)
        self.down = nn.Linear(hidden, WIDTH, bias=False)
        self.mix = nn.Conv1d(WIDTH, WIDTH, 1)
        self.norm = nn.LayerNorm(WIDTH)
        self.register_buffer("offset", torch.full((WIDTH,), 0.25))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        inner = self.down(torch.tanh(self.up(x))) + self.get_buffer("offset")
        return self.norm(x + self.mix(inner.T).T)


class Streamable(nn.Module):
    """Blocks of unequal size between what lies in none; two share a tensor."""

    def __init__(self, blocks: int = 5) -> None:
        super().__init__()
        self.first = nn.Linear(WIDTH, WIDTH)
        self.blocks = nn.ModuleList(Block(8 + 8 * i) for i in range(blocks))
        self.last = nn.Linear(WIDTH, WIDTH)
        for block in self.blocks[1:2]:
            assert isinstance(block, Block)
            block.norm.weight = self.blocks[0].get_parameter("norm.weight")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.first(x)
        for block in self.blocks:
            x = block(x)
        return self.last(x)


def network(dtype: torch.dtype = torch.float32, blocks: int = 5) -> Streamable:
    """The same weights on every call."""
    torch.manual_seed(5)
    return Streamable(blocks).to(dtype).eval().requires_grad_(False)


def streamed(
    made: nn.Module, room: int | None = None, *, is_eager: bool = False
) -> tuple[BlockStream, RecordingConveyor, RecordingMover]:
    conveyor, mover = RecordingConveyor(room, is_eager=is_eager), RecordingMover()
    return BlockStream(made, conveyor, mover.to_device), conveyor, mover


def given(seed: int = 0) -> torch.Tensor:
    return torch.randn(4, WIDTH, generator=torch.Generator().manual_seed(seed))


def tensors(made: nn.Module) -> Iterator[torch.Tensor]:
    return itertools.chain(made.parameters(), made.buffers())


def block_adapter(name: str, seed: int, *, is_dense: bool = False) -> Adapter:
    """A random adapter of linear layers in all blocks and before them, and with `is_dense` changes
    without low-rank form beside. name: one character, repeated to make the hash."""
    generator, found = torch.Generator().manual_seed(seed), network()
    weights: dict[WeightKey, WeightDelta] = {}
    for key, parameter in found.named_parameters():
        if not key.endswith(("up.weight", "down.weight", "first.weight")):
            continue
        rows, columns = parameter.shape
        up = torch.randn(rows, 2, generator=generator) * 0.3
        delta = LowRankDelta(up, torch.randn(2, columns, generator=generator) * 0.3, 0.5)
        weights[COMPONENT, key] = delta
        if is_dense and key.endswith("down.weight"):
            target = Target(COMPONENT, key.rpartition(".")[0], {"weight": (rows, columns)})
            magnitude = 1.0 + torch.rand(rows, generator=generator)
            dora = DoraDelta(delta, magnitude, ROWS, 1)
            weights |= place(dora, (Landing(target),), (rows, columns))
    return Adapter(name * 64, name, f"{name}.safetensors", weights)

"""A denoiser that comes block by block: the same numbers, the same parameters, and everything back
where merges write, whatever ends a forward."""

import random
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.adapters.packed.eight_bits import fp8
from loraviewer.adapters.packed.layers import pack
from loraviewer.adapters.unmerged.mixed import MixedMerger
from loraviewer.adapters.unmerged.modes import merge_modes
from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.core.placement.blocks import streamed_block
from loraviewer.engine.opening.packed_weights import BlockLinear
from loraviewer.engine.placement.streaming import BlockStream
from tests.adapters.toys import DTYPES, equal_weights, pool, use, weights
from tests.engine.placement.recording import RecordingConveyor, RecordingMover
from tests.engine.placement.streamed import (
    COMPONENT,
    Block,
    Streamable,
    block_adapter,
    given,
    network,
    streamed,
    tensors,
)

PLAIN, OTHER = block_adapter("a", 1), block_adapter("b", 2)
DENSE = block_adapter("c", 3, is_dense=True)
POOL = pool(PLAIN, OTHER, DENSE)


def nbytes(found: nn.Module) -> int:
    return sum(tensor.nbytes for tensor in tensors(found))


def pointers(found: nn.Module) -> list[int]:
    return [tensor.data_ptr() for tensor in tensors(found)]


@pytest.mark.parametrize("is_eager", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("blocks", [1, 2, 5])
def test_it_computes_what_it_computes_as_a_whole(dtype, blocks, is_eager) -> None:
    whole, made = network(dtype, blocks), network(dtype, blocks)
    streamed(made, is_eager=is_eager)
    for seed in range(3):
        x = given(seed).to(dtype)
        assert torch.equal(made(x), whole(x))


def test_parameters_stay_the_same_objects_and_the_same_memory() -> None:
    made = network()
    before = list(tensors(made))
    stream, _, _ = streamed(made)
    rested = pointers(made)
    made(given())
    assert all(one is same for one, same in zip(tensors(made), before, strict=True))
    assert pointers(made) == rested
    stream.give_back()
    assert pointers(made) == rested


def test_each_block_lies_on_the_device_while_it_computes_and_no_other_but_one() -> None:
    made = network()
    stream, conveyor, _ = streamed(made)
    seen: list[list[int]] = []

    def look(*_: object) -> None:
        at = [all(map(conveyor.is_on_device, tensors(block))) for block in made.blocks[2:]]
        seen.append([i for i, is_there in enumerate(at) if is_there])

    for block in made.blocks[2:]:
        assert isinstance(block, Block)
        block.norm.register_forward_hook(look)
    made(given())
    assert seen == [[0], [1], [2]]
    assert conveyor.peak == 2 * stream.group_bytes == stream.device_bytes
    assert not any(map(conveyor.is_on_device, tensors(made)))


def test_what_lies_in_no_block_or_in_two_is_brought_once_and_stays() -> None:
    made = network()
    _, conveyor, mover = streamed(made)
    shared = made.blocks[0].get_parameter("norm.weight")
    outside = [*made.first.parameters(), *made.last.parameters(), shared]
    for _ in range(3):
        made(given())
    assert mover.brought == sum(tensor.nbytes for tensor in outside)
    assert conveyor.sent


@pytest.mark.parametrize("room", [0.3, 0.6, 1.0])
def test_as_many_blocks_stay_as_there_is_room_for(room: float) -> None:
    whole, made = network(), network()
    blocks = [sum(t.nbytes for t in tensors(block)) for block in made.blocks]
    outside = nbytes(made) - sum(blocks) + made.blocks[0].get_parameter("norm.weight").nbytes
    stays = outside + int(room * sum(blocks))
    conveyor, mover = RecordingConveyor(), RecordingMover()
    stream = BlockStream(made, conveyor, mover.to_device, stays)
    assert outside < mover.brought <= stays
    assert mover.brought + stream.streamed_bytes >= nbytes(made)
    merger, reference = WeightMerger({COMPONENT: made}), WeightMerger({COMPONENT: whole})
    for one in (merger, reference):
        one.apply(use((PLAIN, 0.5)), POOL, CancelToken())
    for _ in range(2):
        assert torch.equal(made(given()), whole(given()))
    assert merger.verify() == ()
    assert bool(conveyor.sent) == (room < 1.0)


def test_every_step_brings_each_block_once_and_the_first_one_early() -> None:
    made = network()
    stream, conveyor, _ = streamed(made)
    for step in range(1, 5):
        made(given())
        assert len(conveyor.sent) == 5 * step + 1
    stream.give_back()
    made(given())
    assert len(conveyor.sent) == 5 * 5 + 2


def test_two_blocks_stay_once_they_are_there() -> None:
    made = network(blocks=2)
    _, conveyor, _ = streamed(made)
    for _ in range(4):
        made(given())
    assert len(conveyor.sent) == 2


def test_its_memory_is_given_back() -> None:
    made = network()
    stream, conveyor, _ = streamed(made)
    made(given())
    assert conveyor.used
    stream.give_back()
    assert (conveyor.used, stream.device_bytes) == (0, 0)


def fails_in(made: Streamable, at: int, error: BaseException) -> torch.utils.hooks.RemovableHandle:
    def fail(*_: object) -> None:
        raise error

    block = made.blocks[at]
    assert isinstance(block, Block)
    return block.down.register_forward_hook(fail)


@pytest.mark.parametrize("at", range(5))
@pytest.mark.parametrize(
    "error", [Cancelled(), torch.OutOfMemoryError("CUDA out of memory."), KeyboardInterrupt()]
)
def test_a_forward_that_is_broken_off_leaves_everything_at_rest(at, error) -> None:
    whole, made = network(), network()
    stream, _, _ = streamed(made)
    rested = pointers(made)
    handle = fails_in(made, at, error)
    with pytest.raises(type(error)):
        made(given())
    assert pointers(made) == rested
    handle.remove()
    stream.give_back()
    assert torch.equal(made(given()), whole(given()))
    assert equal_weights(weights({COMPONENT: made}), weights({COMPONENT: whole}))


@pytest.mark.parametrize("slots", [0, 1])
def test_a_device_without_room_for_two_blocks_changes_nothing(slots: int) -> None:
    made = network()
    base = weights({COMPONENT: made})
    stream, conveyor, _ = streamed(made)
    conveyor.room = slots * stream.group_bytes
    for _ in range(2):
        with pytest.raises(torch.OutOfMemoryError):
            made(given())
    assert equal_weights(weights({COMPONENT: made}), base)
    assert conveyor.used == 0
    conveyor.room = None
    assert torch.equal(made(given()), network()(given()))


def test_what_is_merged_between_two_steps_is_computed_in_the_next() -> None:
    """Also of the block that is on its way already."""
    whole, made = network(), network()
    streamed(made)
    mergers = [WeightMerger({COMPONENT: one}) for one in (whole, made)]
    for scale in (0.5, -1.0, 0.0, 0.75):
        for merger in mergers:
            merger.apply(use((PLAIN, scale)), POOL, CancelToken())
        assert torch.equal(made(given()), whole(given()))
        assert mergers[1].verify() == ()
        assert mergers[0].fingerprint() == mergers[1].fingerprint()


def test_what_somebody_writes_meanwhile_is_not_lost() -> None:
    made = network()
    streamed(made)
    block = made.blocks[3]
    assert isinstance(block, Block)

    def write(*_: object) -> None:
        block.up.weight.detach().fill_(0.5)

    handle = block.up.register_forward_pre_hook(write)
    made(given())
    handle.remove()
    assert bool((block.up.weight == 0.5).all())


def mixed(made: nn.Module) -> MixedMerger:
    networks = {COMPONENT: made}
    return MixedMerger(networks, merge_modes(networks, "unmerged"), WeightMerger(networks))


def test_branches_travel_with_their_modules() -> None:
    whole, made = network(), network()
    stream, conveyor, _ = streamed(made)
    mergers = [mixed(whole), mixed(made)]
    seen: list[bool] = []
    stacks = [((PLAIN, 0.5),), ((PLAIN, 1.0),), ((DENSE, 0.5), (OTHER, 1.0)), (), ((OTHER, 2.0),)]
    for stack in stacks:
        for merger in mergers:
            merger.apply(use(*stack), POOL, CancelToken())
        branches = [
            branch for module in made.blocks.modules() for branch in module._forward_hooks.values()
        ]
        handle = made.last.register_forward_pre_hook(
            lambda *_, found=branches: seen.append(
                sum(conveyor.is_on_device(branch.up) for branch in found) in (0, 2)
            )
        )
        assert torch.equal(made(given()), whole(given()))
        handle.remove()
        assert not any(conveyor.is_on_device(branch.up) for branch in branches)
        assert mergers[1].verify() == ()
        assert mergers[0].fingerprint() == mergers[1].fingerprint()
    assert seen == [True] * len(stacks)
    stream.give_back()
    assert conveyor.used == 0


def test_scales_that_blocks_share_are_there_in_every_forward() -> None:
    made = network()
    _, _, mover = streamed(made)
    merger = mixed(made)
    merger.apply(use((PLAIN, 1.0)), POOL, CancelToken())
    before = mover.brought
    made(given())
    made(given())
    ranks = 2  # of the one layout that all blocks share, in float32
    assert mover.brought == before + 2 * ranks * 4


def in_blocks(linear: nn.Linear) -> None:
    """As a GGUF file keeps it."""
    from diffusers.quantizers.gguf.utils import GGUFParameter
    from gguf import GGMLQuantizationType, quants

    raw = torch.from_numpy(quants.quantize(linear.weight.numpy(), GGMLQuantizationType.Q8_0))
    linear.__class__ = BlockLinear
    parameter: Any = GGUFParameter  # whose stub is that of any parameter
    linear.weight = parameter(raw, quant_type=GGMLQuantizationType.Q8_0)


def in_fp8(linear: nn.Linear) -> None:
    scale = torch.linspace(0.5, 2, len(linear.weight))
    pack(linear, fp8(linear.weight.to(torch.float8_e4m3fn), scale, torch.float32))


@pytest.mark.parametrize("packs", [in_blocks, in_fp8])
def test_packed_weights_are_brought_as_they_are_packed(packs: Callable[[nn.Linear], None]) -> None:
    def packed() -> Streamable:
        made = network()
        for block in made.blocks:
            assert isinstance(block, Block)
            linear = nn.Linear(32, 8, bias=False).requires_grad_(False)
            linear.weight.copy_(torch.randn(8, 32, generator=torch.Generator().manual_seed(1)))
            packs(linear)
            block.add_module("wide", linear)
            block.register_forward_hook(
                lambda module, args, out: out + module.get_submodule("wide")(args[0].repeat(1, 4))
            )
        return made.requires_grad_(False)

    whole, made = packed(), packed()
    assert torch.equal(made(given()), whole(given()))
    kept = [block.get_parameter("wide.weight") for block in made.blocks]
    _, conveyor, _ = streamed(made)
    rested = pointers(made)
    assert torch.equal(made(given()), whole(given()))
    assert pointers(made) == rested
    assert [id(block.get_parameter("wide.weight")) for block in made.blocks] == [*map(id, kept)]
    assert all(one.nbytes < 8 * 32 * 4 / 3 for one in kept)  # still packed
    assert conveyor.peak


@pytest.mark.parametrize("seed", range(6))
def test_no_sequence_of_steps_merges_and_failures_changes_a_byte(seed: int) -> None:
    chance = random.Random(seed)
    whole, made = network(), network()
    base = weights({COMPONENT: made})
    stream, conveyor, _ = streamed(made, is_eager=seed % 2 == 0)
    is_beside = seed % 3 == 0
    mergers = [mixed(one) if is_beside else WeightMerger({COMPONENT: one}) for one in (whole, made)]
    for _ in range(60):
        scales = [(one, chance.choice((-1.0, 0.25, 1.0))) for one in (PLAIN, OTHER, DENSE)]
        stack = use(*(pair for pair in scales if chance.random() < 0.6))
        held = chance.choice(("", *(entry.sha256 for entry in stack)))
        for merger in mergers:
            merger.apply(stack, POOL, CancelToken(), held=held)
        event = chance.choice(("steps", "steps", "fails", "no room", "given back", "cancelled"))
        if event == "steps":
            for step in range(chance.randrange(1, 4)):
                assert torch.equal(made(given(step)), whole(given(step)))
        elif event == "fails":
            handle = fails_in(made, chance.randrange(5), Cancelled())
            with pytest.raises(Cancelled):
                made(given())
            handle.remove()
        elif event == "no room":
            stream.give_back()
            conveyor.room = chance.choice((0, stream.group_bytes))
            with pytest.raises(torch.OutOfMemoryError):
                made(given())
            conveyor.room = None
        elif event == "cancelled":
            token = CancelToken()
            token.cancel()
            for merger in mergers:
                with pytest.raises(Cancelled):
                    merger.apply(use((PLAIN, 0.1)), POOL, token)
        else:
            stream.give_back()
        assert not any(map(conveyor.is_on_device, tensors(made)))
        assert mergers[1].verify() == ()
        assert equal_weights(weights({COMPONENT: made}), weights({COMPONENT: whole}))
    for merger in mergers:
        merger.restore()
    assert equal_weights(weights({COMPONENT: made}), base)


def test_blocks_are_entries_of_lists_wherever_those_lie() -> None:
    names = {
        "transformer_blocks.3.attn.to_q.weight": "transformer_blocks.3",
        "down_blocks.1.resnets.0.conv1.weight": "down_blocks.1",
        "mid_block.attentions.0.proj_in.weight": "mid_block.attentions.0",
        "encoder.block.7.layer.0.SelfAttention.q.weight": "encoder.block.7",
        "conv_in.weight": "",
        "time_embedding.linear_1.weight": "",
    }
    assert {name: streamed_block(name) for name in names} == names


def test_a_conveyor_of_the_tests_is_late_where_it_may_be() -> None:
    """Else it would find no block that is used before it is there."""
    conveyor = RecordingConveyor()
    memory = conveyor.on_device(4)
    conveyor.send(torch.zeros(4, dtype=torch.uint8), memory)
    assert int(memory[0]) == 255
    conveyor.receive()
    assert int(memory[0]) == 0

"""Networks that come and go: the same parameters, the same bytes, whatever happens meanwhile."""

import random

import pytest
import torch
from torch import nn

from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.adapters.unmerged.mixed import MixedMerger
from loraviewer.adapters.unmerged.modes import merge_modes
from loraviewer.core.cancel import CancelToken
from loraviewer.engine.placement.placement import Placement
from tests.adapters.toys import (
    TOY_KEYS,
    Toy,
    equal_weights,
    pool,
    toy_adapter,
    toy_components,
    use,
    weights,
)
from tests.engine.placement.recording import RecordingMover

ADAPTER, OTHER = toy_adapter("a", 1), toy_adapter("b", 2)
POOL = pool(ADAPTER, OTHER)


def components() -> dict[str, nn.Module]:
    networks = {**toy_components(), "vae": Toy()}
    networks["vae"].register_buffer("scale", torch.arange(4.0))
    for network in networks.values():
        network.requires_grad_(False)
    return networks


def nbytes(network: nn.Module) -> int:
    return sum(tensor.nbytes for tensor in (*network.parameters(), *network.buffers()))


def pointers(network: nn.Module) -> list[int]:
    return [tensor.data_ptr() for tensor in (*network.parameters(), *network.buffers())]


class Bench:
    """A placement of toys in which text encoder and VAE wait and the UNet gives way."""

    def __init__(self, room: int | None = None, turning: str = "unet") -> None:
        self.networks = components()
        self.base = weights(self.networks)
        self.merger = WeightMerger(self.networks)
        self.mover = RecordingMover(room)
        waiting = ("text_encoder", "vae")
        self.placement = Placement(self.networks, waiting, turning, self.mover)

    def merge(self, *scales: tuple, token: CancelToken | None = None) -> None:
        self.merger.apply(use(*scales), POOL, token or CancelToken())


def test_what_waits_is_there_while_it_is_used_and_rests_where_it_did() -> None:
    bench = Bench(turning="")
    text, parameters = (
        bench.networks["text_encoder"],
        list(bench.networks["text_encoder"].parameters()),
    )
    rested = pointers(text)
    with bench.placement.using("text_encoders"):
        assert set(pointers(text)).isdisjoint(rested)
        assert all(mine is same for mine, same in zip(text.parameters(), parameters, strict=True))
        assert equal_weights(weights(bench.networks), bench.base)
    assert pointers(text) == rested
    assert bench.mover.brought == nbytes(text)
    assert bench.mover.taken == 0, "main memory has kept what it was"


def test_the_vae_comes_with_its_buffers_and_alone() -> None:
    bench = Bench(turning="")
    text, vae = bench.networks["text_encoder"], bench.networks["vae"]
    rested = pointers(text)
    with bench.placement.using("vae"):
        assert pointers(text) == rested
        assert torch.equal(vae.get_buffer("scale"), torch.arange(4.0))
    assert bench.mover.brought == nbytes(vae)


def test_a_denoiser_gives_way_to_text_encoders_and_to_nothing_else() -> None:
    bench = Bench()
    assert bench.placement.moved == {"text_encoder", "vae", "unet"}
    unet = bench.networks["unet"]
    parameters = list(unet.parameters())
    with bench.placement.using("vae"):
        assert bench.mover.taken == 0
    with bench.placement.using("text_encoders"):
        assert bench.mover.taken == nbytes(unet)
    assert bench.mover.brought == nbytes(unet) + sum(
        nbytes(bench.networks[name]) for name in ("text_encoder", "vae")
    )
    assert all(mine is same for mine, same in zip(unet.parameters(), parameters, strict=True))
    assert equal_weights(weights(bench.networks), bench.base)


def test_uses_may_be_nested() -> None:
    bench = Bench()
    rested = pointers(bench.networks["text_encoder"])
    with bench.placement.using("text_encoders", "vae"):
        brought = bench.mover.brought
        with bench.placement.using("vae"), bench.placement.using("text_encoders"):
            assert bench.mover.brought == brought
        assert pointers(bench.networks["text_encoder"]) != rested
    assert pointers(bench.networks["text_encoder"]) == rested


def test_without_anybody_waiting_nothing_moves() -> None:
    networks = components()
    placement = Placement(networks)
    assert placement.moved == frozenset()
    rested = {name: pointers(network) for name, network in networks.items()}
    with placement.using("text_encoders", "vae"):
        assert {name: pointers(network) for name, network in networks.items()} == rested


def test_a_failure_meanwhile_leaves_everything_where_it_rests() -> None:
    bench = Bench()
    rested = pointers(bench.networks["text_encoder"])
    with pytest.raises(ValueError), bench.placement.using("text_encoders"):
        raise ValueError
    assert pointers(bench.networks["text_encoder"]) == rested
    assert equal_weights(weights(bench.networks), bench.base)


def test_memory_that_runs_out_half_way_changes_nothing() -> None:
    small = nbytes(Toy()) // 2
    bench = Bench(room=small, turning="")
    rested = pointers(bench.networks["text_encoder"])
    with pytest.raises(torch.OutOfMemoryError), bench.placement.using("text_encoders"):
        raise AssertionError("it is not there")
    assert bench.mover.brought
    assert pointers(bench.networks["text_encoder"]) == rested
    assert equal_weights(weights(bench.networks), bench.base)


def test_a_denoiser_that_could_not_come_back_does_later() -> None:
    bench = Bench()
    with pytest.raises(torch.OutOfMemoryError), bench.placement.using("text_encoders"):
        bench.mover.room = bench.mover.brought
    with pytest.raises(torch.OutOfMemoryError):
        bench.placement.rest()
    bench.mover.room = None
    before = bench.mover.brought
    bench.placement.rest()
    assert bench.mover.brought == before + nbytes(bench.networks["unet"])
    bench.placement.rest()
    assert bench.mover.brought == before + nbytes(bench.networks["unet"])
    assert equal_weights(weights(bench.networks), bench.base)


def test_what_is_written_meanwhile_is_not_lost() -> None:
    """Nobody should; where somebody does, the merger's word counts."""
    bench = Bench(turning="")
    with bench.placement.using("text_encoders"):
        bench.merge((ADAPTER, 1.0))
    assert bench.merger.verify() == ()
    bench.merge()
    assert equal_weights(weights(bench.networks), bench.base)


def test_a_precision_that_is_widened_meanwhile_is_forgotten() -> None:
    """As a VAE's is where float16 overflows."""
    bench = Bench(turning="")
    vae = bench.networks["vae"]
    with bench.placement.using("vae"):
        vae.to(torch.float64)
    assert equal_weights(weights(bench.networks), bench.base)


def test_branches_beside_weights_come_along_and_what_they_share_once() -> None:
    bench = Bench(turning="")
    networks = {"text_encoder": bench.networks["text_encoder"], "text_encoder_2": Toy()}
    networks["text_encoder_2"].requires_grad_(False)
    placement = Placement(networks, networks, "", bench.mover)
    merger = MixedMerger(networks, merge_modes(networks, "unmerged"), WeightMerger(networks))
    one = toy_adapter("t", 4, [key for key in TOY_KEYS if key[0] == "text_encoder"])
    both = {**one.weights, **{("text_encoder_2", name): d for (_, name), d in one.weights.items()}}
    adapter = Adapter(one.sha256, one.name, one.path, both)
    merger.apply(use((adapter, 0.5)), pool(adapter), CancelToken())
    branches = [
        branch
        for network in networks.values()
        for module in network.modules()
        for branch in module._forward_hooks.values()
    ]
    tensors = {id(t): t for b in branches for t in (b.up, b.down, b.scales)}
    rested = [tensor.data_ptr() for tensor in tensors.values()]
    with placement.using("text_encoders"):
        there = [tensor.data_ptr() for tensor in tensors.values()]
        assert set(there).isdisjoint(rested)
        own = sum(tensor.nbytes for tensor in tensors.values())
        assert bench.mover.brought == own + sum(map(nbytes, networks.values()))
    assert [tensor.data_ptr() for tensor in tensors.values()] == rested
    assert merger.verify() == ()


@pytest.mark.parametrize("seed", range(5))
def test_no_sequence_of_moves_and_merges_changes_a_byte(seed: int) -> None:
    chance = random.Random(seed)
    bench, reference = Bench(), Bench()
    for _ in range(200):
        scales = [(one, chance.choice((-1.0, 0.25, 0.5, 1.0))) for one in (ADAPTER, OTHER)]
        stack = tuple(pair for pair in scales if chance.random() < 0.6)
        move = chance.choice(("text_encoders", "vae", "none", "fails"))
        if move == "none":
            bench.merge(*stack)
        elif move == "fails":
            with pytest.raises(KeyError), bench.placement.using("text_encoders"):
                raise KeyError
        else:
            with bench.placement.using(move):
                assert bench.merger.verify() == ()
        assert bench.merger.verify() == ()
    bench.merge((ADAPTER, 0.5), (OTHER, -1.0))
    reference.merge((ADAPTER, 0.5), (OTHER, -1.0))
    assert equal_weights(
        {n: t for n, t in weights(bench.networks).items() if not n.startswith("vae")},
        {n: t for n, t in weights(reference.networks).items() if not n.startswith("vae")},
    )
    bench.merge()
    assert equal_weights(weights(bench.networks), bench.base)

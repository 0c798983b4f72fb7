"""The one-step change: exact for a linear network, 0 for the base, and what it must not hear."""

import pytest
import torch

from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.lab.one_step import Denoise, Probe, Reference

GUIDANCE = 4.0


def probes() -> list[Probe]:
    generator = torch.Generator().manual_seed(0)
    return [Probe(t, torch.randn(8, 4, 6, generator=generator)) for t in (900.0, 500.0, 100.0)]


def linear(weight: torch.Tensor, guidance: float = GUIDANCE) -> Denoise:
    """A toy network: noise is a matrix times the latents, without words half of them."""

    def denoise(latents: torch.Tensor, timestep: float) -> torch.Tensor:
        guided = (latents @ weight.T) * (timestep / 1000)
        plain = guided / 2
        return plain + guidance * (guided - plain)

    return denoise


def matrices(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """W₀ and a ΔW of rank 2."""
    generator = torch.Generator().manual_seed(seed)
    up, down = torch.randn(6, 2, generator=generator), torch.randn(2, 6, generator=generator)
    return torch.randn(6, 6, generator=generator), up @ down


def exact(base: torch.Tensor, change: torch.Tensor, some: list[Probe]) -> float:
    """‖ΔWz‖ / ‖W₀z‖ over all latents, each weighed by its timestep."""

    def norm(weight: torch.Tensor) -> float:
        outputs = [(one.latents.double() @ weight.double().T) * one.timestep for one in some]
        return torch.cat(outputs).norm().item()

    return norm(change) / norm(base)


def test_the_base_has_moved_nothing() -> None:
    base, _ = matrices(0)
    reference = Reference.of(probes(), linear(base))
    assert reference.change(linear(base)) == 0.0
    assert reference.changes(linear(base)) == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("strength", [-1.0, 0.01, 1.0, 5.0])
def test_exact_for_a_linear_network(strength: float) -> None:
    base, change = matrices(1)
    reference = Reference.of(probes(), linear(base))
    found = reference.change(linear(base + strength * change))
    assert found == pytest.approx(abs(strength) * exact(base, change, probes()), rel=1e-4)
    each = reference.changes(linear(base + strength * change))
    for one, alone in zip(each, probes(), strict=True):
        assert one == pytest.approx(abs(strength) * exact(base, change, [alone]), rel=1e-4)
    assert reference.together(each) == pytest.approx(found)


def test_a_change_that_no_latent_uses_is_not_heard() -> None:
    """What a norm of weights cannot tell."""
    base, change = matrices(2)
    silent = change.clone()
    change[:, 0], silent[:, 1:] = 0.0, 0.0
    some = [Probe(one.timestep, one.latents.clone()) for one in probes()]
    for one in some:
        one.latents[..., 0] = 0.0
    reference = Reference.of(some, linear(base))
    assert reference.change(linear(base + silent)) == 0.0
    assert reference.change(linear(base + change)) > 0.1


def test_an_output_twice_as_large_has_moved_by_one() -> None:
    base, _ = matrices(3)
    reference = Reference.of(probes(), linear(base))
    assert reference.change(linear(2 * base)) == pytest.approx(1.0)
    assert reference.change(linear(0 * base)) == pytest.approx(1.0)


def test_outputs_in_half_precision_are_widened_before_they_are_compared() -> None:
    """(3, 4) has the length 5, and moves by ½ when 4 becomes 4.5."""
    base, moved = (torch.tensor([[3.0, y]], dtype=torch.float16) for y in (4.0, 4.5))
    reference = Reference.of([Probe(1.0, base)], lambda latents, timestep: base)
    assert reference.change(lambda latents, timestep: moved) == pytest.approx(0.1, rel=1e-12)


def test_outputs_kept_of_the_base_are_its_own_copies() -> None:
    """Networks may hand out the same memory each time."""
    base, change = matrices(4)
    memory = torch.empty(8, 4, 6, dtype=torch.float64)

    def into_memory(weight: torch.Tensor) -> Denoise:
        return lambda latents, timestep: memory.copy_(linear(weight)(latents, timestep))

    reference = Reference.of(probes(), into_memory(base))
    assert reference.change(into_memory(base + change)) == pytest.approx(
        exact(base, change, probes()), rel=1e-4
    )


def test_nothing_is_divided_by_an_output_of_zero() -> None:
    base, change = matrices(5)
    reference = Reference.of(probes(), linear(0 * base))
    assert reference.change(linear(change)) != reference.change(linear(change))


def test_stops_between_probes() -> None:
    base, _ = matrices(6)
    token, asked = CancelToken(), list[float]()

    def denoise(latents: torch.Tensor, timestep: float) -> torch.Tensor:
        asked.append(timestep)
        token.cancel()
        return linear(base)(latents, timestep)

    with pytest.raises(Cancelled):
        Reference.of(probes(), denoise, token)
    assert asked == [900.0]

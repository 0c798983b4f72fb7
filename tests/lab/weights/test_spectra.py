"""Spectra of stacks: against dense float64, by their symmetries, and known answers."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.kinds.full import Replacement
from loraviewer.adapters.load import Adapter
from loraviewer.adapters.placement import place
from loraviewer.adapters.targets import Landing, Target
from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.core.outcome import MergeError
from loraviewer.core.stack import AppliedAdapter
from loraviewer.core.weight_spectra import Spectrum
from loraviewer.lab.weights.changes import Factors, Whole, joined
from loraviewer.lab.weights.spectra import spectra_of_stack, spectrum
from tests.adapters.toys import TOY_KEYS, pool, toy_adapter, toy_components, with_dense
from tests.adapters.toys import use as use_toys
from tests.lab.weights.builders import (
    KEY,
    adapter,
    normal,
    orthonormal,
    random_factors,
    use,
    with_spectrum,
)


def only(applied, adapters, read_base=None):
    (found,) = spectra_of_stack(applied, adapters, read_base)
    return found


def stack_values(*pairs):
    found = only(*use(*pairs)).stack
    assert found is not None
    return float64(found.values)


def float64(values):
    return torch.tensor(values, dtype=torch.float64)


def dense_values(matrix):
    return torch.linalg.svdvals(matrix)


def assert_same(values, exact):
    """To 1e-12 of the largest; what one of them lacks is zero."""
    size = max(len(values), len(exact))
    left, right = torch.zeros(2, size, dtype=torch.float64)
    left[: len(values)], right[: len(exact)] = values, exact
    torch.testing.assert_close(left, right, rtol=0, atol=1e-12 * max(right[0].item(), 1e-300))


scales = st.floats(-2, 2).filter(lambda x: abs(x) > 1e-3)


@settings(max_examples=25, deadline=None)
@given(
    rows=st.integers(6, 40),
    columns=st.integers(6, 40),
    ranks=st.lists(st.integers(1, 6), min_size=1, max_size=4),
    data=st.data(),
)
def test_any_stack_is_as_the_dense_svd_says(rows, columns, ranks, data):
    changes = [
        random_factors(rows, columns, min(rank, rows - 1, columns - 1), i)
        for i, rank in enumerate(ranks)
    ]
    own = data.draw(st.lists(scales, min_size=len(ranks), max_size=len(ranks)))
    pairs = [(adapter("abcd"[i], change, 0.3), own[i]) for i, change in enumerate(changes)]
    exact = torch.zeros(rows, columns, dtype=torch.float64)
    for s, c in zip(own, changes, strict=True):
        exact += 0.3 * s * c.matrix()
    found = only(*use(*pairs))
    assert found.stack is not None
    assert_same(float64(found.stack.values), dense_values(exact))
    assert found.stack.norm == pytest.approx(exact.norm().item(), rel=1e-10)
    assert found.shape == (rows, columns)
    for entry, change in zip(found.adapters, changes, strict=True):
        assert entry.at_one is not None
        assert_same(float64(entry.at_one.values), dense_values(0.3 * change.matrix()))


def test_scale_sign_and_order():
    a, b = adapter("a", random_factors(30, 40, 4, 1)), adapter("b", random_factors(30, 40, 5, 2))
    values = stack_values((a, 0.7), (b, -0.4))
    assert_same(stack_values((b, -0.4), (a, 0.7)), values)
    assert_same(stack_values((a, -0.7), (b, 0.4)), values)
    assert_same(stack_values((a, 2.1), (b, -1.2)), 3 * values)


def test_one_adapter_split_in_two_halves():
    whole = random_factors(30, 40, 6, 1)
    halves = [Factors(whole.up[:, :2], whole.down[:2]), Factors(whole.up[:, 2:], whole.down[2:])]
    parts = [(adapter(name, half), 0.8) for name, half in zip("ab", halves, strict=True)]
    assert_same(stack_values(*parts), stack_values((adapter("c", whole), 0.8)))


@pytest.mark.parametrize("count", [2, 5])
def test_copies_at_a_share_each_are_the_one(count):
    change = random_factors(30, 40, 4, 1)
    copies = [(adapter("abcdefgh"[i], change), 1 / count) for i in range(count)]
    alone = only(*use((adapter("z", change), 1.0))).stack
    stack = only(*use(*copies)).stack
    assert stack is not None
    assert alone is not None
    assert stack.numeric_rank == alone.numeric_rank == 4
    assert stack.stable_rank == pytest.approx(alone.stable_rank, rel=1e-10)
    assert stack.effective_rank == pytest.approx(alone.effective_rank, rel=1e-10)
    assert stack.largest == pytest.approx(alone.largest, rel=1e-12)


def test_rotations_of_both_sides_change_no_value():
    left, right = orthonormal(30, 30, 7), orthonormal(40, 40, 8)
    changes = [random_factors(30, 40, 4, i) for i in range(3)]
    turned = [Factors(left @ c.up, c.down @ right) for c in changes]
    straight, rotated = (
        stack_values(*((adapter("abc"[i], c), 0.5 + i) for i, c in enumerate(each)))
        for each in (changes, turned)
    )
    assert_same(rotated, straight)


def test_opposites_leave_nothing():
    change = random_factors(30, 40, 4, 1)
    found = only(*use((adapter("a", change), 1.0), (adapter("b", change), -1.0))).stack
    assert found is not None
    assert found.norm == pytest.approx(0.0, abs=1e-12)


def test_ranks_by_hand():
    flat = spectrum(with_spectrum(30, 20, [2.0] * 4, 1))
    assert (flat.numeric_rank, flat.energy_rank) == (4, 4)
    assert flat.stable_rank == pytest.approx(4)
    assert flat.effective_rank == pytest.approx(4)
    one = spectrum(with_spectrum(30, 20, [3.0], 2))
    assert (one.stable_rank, one.effective_rank) == (pytest.approx(1), pytest.approx(1))
    uneven = spectrum(with_spectrum(30, 20, [3.0, 1.0], 3))
    assert uneven.stable_rank == pytest.approx(10 / 9)
    assert uneven.effective_rank == pytest.approx(
        math.exp(-0.75 * math.log(0.75) - 0.25 * math.log(0.25))
    )
    assert uneven.energy_rank == 2
    assert uneven.norm == pytest.approx(math.sqrt(10))


@pytest.mark.parametrize("rank", [0, 2])
def test_zero_has_neither_rank(rank):
    nothing = spectrum(Factors(torch.zeros(9, rank).double(), torch.zeros(rank, 8).double()))
    assert (nothing.numeric_rank, nothing.energy_rank, nothing.norm) == (0, 0, 0.0)
    assert (nothing.stable_rank, nothing.effective_rank) == (0.0, 0.0)


def test_neither_huge_nor_tiny_numbers_overflow():
    for size in (1e200, 1e-200):
        found = Spectrum((2 * size, size), 2)
        assert found.norm == pytest.approx(math.sqrt(5) * size)
        assert found.stable_rank == pytest.approx(1.25)


@pytest.mark.parametrize(
    ("count", "expected"), [(1, 15.9), (2, 31.5), (5, 76.9), (10, 146), (20, 261), (32, 342)]
)
def test_random_adapters_fill_the_weight(count, expected):
    """Effective ranks of N random rank-16 adapters in 512²; 32 of them are full rank."""
    changes = [random_factors(512, 512, 16, i) for i in range(count)]
    found = spectrum(joined(changes, [1.0] * count))
    assert found.effective_rank == pytest.approx(expected, rel=0.01)
    assert found.numeric_rank == min(16 * count, 512)
    assert found.is_dense == (count == 32)


def test_norms_grow_as_the_root_and_of_copies_as_their_number():
    changes = [random_factors(128, 96, 4, i) for i in range(9)]
    alone = sum(spectrum(c).norm for c in changes) / 9
    assert spectrum(joined(changes, [1.0] * 9)).norm == pytest.approx(3 * alone, rel=0.05)
    copies = spectrum(joined(changes[:1] * 9, [1.0] * 9))
    assert copies.norm == pytest.approx(9 * spectrum(changes[0]).norm)


def test_a_spike_is_told_beside_the_base():
    base = with_spectrum(60, 50, [4.0, 2.0, 1.0], 1).matrix().float()
    spike, broad = with_spectrum(60, 50, [2.0, 0.1], 2), with_spectrum(60, 50, [2.0] * 3, 3)
    weak = with_spectrum(60, 50, [1.0, 0.1], 4)
    for change, expected in ((spike, True), (broad, False), (weak, False)):
        found = only(*use((adapter("a", change), 1.0)), lambda key: base)
        assert found.base_largest == pytest.approx(4, rel=1e-6)
        assert found.relative == pytest.approx(0.25 * spectrum(change).largest, rel=1e-6)
        assert found.is_spike is expected
        assert found.is_spike_alone(found.adapters[0]) is expected
    without = only(*use((adapter("a", spike), 1.0)))
    assert (without.base_largest, without.relative, without.is_spike) == (None, None, None)


def test_additivity_says_whether_all_pull_one_way():
    left, right = orthonormal(30, 2, 1), orthonormal(20, 2, 2)
    first, same, other = (
        Factors(left[:, i : i + 1], right[:, j : j + 1].T) for i, j in ((0, 0), (0, 0), (1, 1))
    )
    pair = only(*use((adapter("a", first), 1.0), (adapter("b", same), 2.0)))
    assert pair.additivity == pytest.approx(1.0)
    apart = only(*use((adapter("a", first), 1.0), (adapter("b", other), 1.0)))
    assert apart.additivity == pytest.approx(0.5)


def toy_base(key):
    weight = toy_components()[key[0]].get_parameter(key[1]).detach()
    return weight.reshape(len(weight), -1)


def test_a_stack_of_all_kinds_weight_by_weight():
    first, second = toy_adapter("a", 1), with_dense(toy_adapter("b", 2), 3)
    applied, adapters, told = use_toys((first, 0.7), (second, -1.3)), pool(first, second), []
    known: dict = {}
    found = list(spectra_of_stack(applied, adapters, toy_base, known, on_progress=told.append))
    assert [one.key for one in found] == TOY_KEYS
    assert told[-1] == 1.0
    assert told == sorted(told)
    for one in found:
        low, whole = first.weights[one.key], second.weights[one.key]
        assert isinstance(low, LowRankDelta)
        assert not isinstance(whole, LowRankDelta)
        exact = (
            0.7 * 0.25 * (low.up.double() @ low.down.double())
            - 1.3 * whole.dense(toy_base).double()
        )
        values = dense_values(exact)
        assert one.stack is not None
        assert one.stack.is_dense
        torch.testing.assert_close(
            float64(one.stack.values), values, rtol=0, atol=1e-6 * values[0].item()
        )
        assert one.base_largest == known[one.key]
        assert one.base_largest == pytest.approx(
            dense_values(toy_base(one.key).double())[0].item(), rel=1e-4
        )


def test_what_is_known_of_the_base_is_not_read_again():
    first = toy_adapter("a", 1)
    known = dict.fromkeys(TOY_KEYS, 2.0)
    found = list(spectra_of_stack(use_toys((first, 1.0)), pool(first), None, known))
    assert {one.base_largest for one in found} == {2.0}


def test_without_a_base_only_what_depends_on_it_is_unknown():
    target = Landing(Target("unet", "layer", {"weight": (6, 5)}))
    replaced = Adapter(
        "r" * 64, "r", "", place(Replacement(normal(6, 5, seed=1)), [target], (6, 5))
    )
    found = only(*use((adapter("a", random_factors(6, 5, 2, 1)), 1.0), (replaced, 1.0)))
    assert found.key == KEY
    assert found.stack is None
    assert [entry.at_one is None for entry in found.adapters] == [False, True]
    assert only(*use((replaced, 1.0))).shape == (6, 5)


def test_text_encoders_have_a_strength_of_their_own():
    first = toy_adapter("a", 1)
    applied = [AppliedAdapter(first.sha256, 0.0, 0.5)]
    found = list(spectra_of_stack(applied, pool(first)))
    assert {one.key[0] for one in found} == {"text_encoder"}
    assert {one.adapters[0].scale for one in found} == {0.5}


def test_silent_stacks_touch_nothing():
    first = toy_adapter("a", 1)
    assert not list(spectra_of_stack(use_toys((first, 0.0)), pool(first)))


def test_it_stops_between_weights():
    first, token = toy_adapter("a", 1), CancelToken()
    running = spectra_of_stack(use_toys((first, 1.0)), pool(first), token=token)
    next(running)
    token.cancel()
    with pytest.raises(Cancelled):
        next(running)


def test_an_adapter_that_is_not_loaded_is_named():
    with pytest.raises(MergeError, match="is not loaded"):
        list(spectra_of_stack([AppliedAdapter("f" * 64, 1.0, 1.0)], {}))


def test_a_matrix_of_float32_has_the_rank_of_float32():
    factors = random_factors(60, 50, 3, 1)
    rounded = Whole(factors.matrix().float().double(), torch.finfo(torch.float32).eps)
    assert spectrum(rounded).numeric_rank == 3

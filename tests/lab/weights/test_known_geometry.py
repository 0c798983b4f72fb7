"""What the window is told of a stack, against dense float64 sums, and by property."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loraviewer.adapters.load import Adapter
from loraviewer.core.blocks import block_of
from loraviewer.core.stack import AppliedAdapter
from loraviewer.core.weight_numbers import BEYOND_CHANCE, Place
from loraviewer.lab.weights.gram import applied_strengths
from loraviewer.lab.weights.known_geometry import KnownGeometry
from tests.adapters.toys import TOY_KEYS, toy_adapter, with_dense
from tests.lab.weights.stacks import copied, dense, halves, measured, read_base, some

FADER = st.floats(-3, 3, allow_subnormal=False)
PAINTED = (("TIME", 0.5), ("inner.00", -2.0), ("TE1.IN", 0.0))


def known(*adapters: Adapter) -> KnownGeometry:
    return KnownGeometry("toy", measured(*adapters))


def row(adapter: Adapter, scale=1.0, text=None, blocks=()) -> AppliedAdapter:
    text = scale if text is None else text
    return AppliedAdapter(adapter.sha256, scale, text, adapter.name, adapter.path, blocks)


def changes(rows, adapters, key):
    """sᵢΔWᵢ of every row in one weight, by the strengths that the merger gives."""
    pool = {adapter.sha256: adapter for adapter in adapters}
    at = applied_strengths(measured(*[pool[r.sha256] for r in rows]), rows)
    w = measured(*[pool[r.sha256] for r in rows]).weights.index(key)
    return [at[w, i] * dense(pool[r.sha256], key) for i, r in enumerate(rows)]


def flat(rows, adapters, keys=TOY_KEYS):
    """One long vector per row."""
    found = [changes(rows, adapters, key) for key in keys]
    return [np.concatenate([one[i].ravel() for one in found]) for i in range(len(rows))]


def base_norm(keys):
    return math.sqrt(sum(read_base(key).double().square().sum().item() for key in keys))


@pytest.fixture(scope="module")
def mixed():
    """Three adapters, two of them with DoRA and rotations in every weight."""
    first, second, third = some(3)
    return [first, with_dense(second, 5), with_dense(third, 6)]


@pytest.fixture(scope="module")
def rows(mixed):
    """With two faders, strengths in blocks, and one adapter in two rows."""
    first, second, third = mixed
    return [
        row(third, 1.3, 0.0),
        row(first, 0.8, 0.2, PAINTED),
        row(second, -0.5, 1.1, (("TIME", 3.0),)),
        row(first, 0.4, -0.7),
    ]


@pytest.fixture(scope="module")
def told(mixed, rows):
    return known(*mixed).energies(rows)


def test_the_stack_is_the_dense_sum(mixed, rows, told):
    whole = sum(flat(rows, mixed))
    assert told.norm == pytest.approx(np.linalg.norm(whole), rel=1e-6)
    assert told.base_norm == pytest.approx(base_norm(TOY_KEYS), rel=1e-9)
    assert told.relative == pytest.approx(told.norm / base_norm(TOY_KEYS), rel=1e-6)
    apart = math.sqrt(sum(np.square(one).sum() for one in flat(rows, mixed)))
    assert told.coherence == pytest.approx(told.norm / apart, rel=1e-6)


def test_in_adapters_counts_each_row_alone_at_one(mixed, rows, told):
    alone = flat([row(m) for m in (mixed[2], mixed[0], mixed[1], mixed[0])], mixed)
    unit = math.sqrt(np.mean([np.square(one).sum() for one in alone]))
    assert told.in_adapters == pytest.approx(told.norm / unit, rel=1e-6)


def test_rows_are_told_in_their_order(mixed, rows, told):
    vectors = flat(rows, mixed)
    whole = np.sum(vectors, axis=0)
    energy = whole @ whole
    for one, vector in zip(told.rows, vectors, strict=True):
        rest = whole - vector
        assert one.norm == pytest.approx(np.linalg.norm(vector), rel=1e-6)
        assert one.share == pytest.approx(vector @ whole / energy, rel=1e-5, abs=1e-6)
        lost = (energy - rest @ rest) / energy
        assert one.leave_one_out == pytest.approx(lost, rel=1e-5, abs=1e-6)
    assert sum(one.share or 0 for one in told.rows) == pytest.approx(1.0, abs=1e-12)


def test_a_row_is_beside_its_own_weights_alone(mixed, rows, told):
    own = list(mixed[0].weights)  # all but one
    vector = flat([rows[1]], mixed[:1], own)[0]
    exact = np.linalg.norm(vector) / base_norm(own)
    assert told.rows[1].relative == pytest.approx(exact, rel=1e-6)


def test_blocks(mixed, rows, told):
    names = known(*mixed).blocks
    assert set(names) == {(key[0], block_of(*key)) for key in TOY_KEYS}
    for b, name in enumerate(names):
        keys = [key for key in TOY_KEYS if (key[0], block_of(*key)) == name]
        vectors = flat(rows, mixed, keys)
        stack = np.linalg.norm(sum(vectors))
        assert told.blocks[b] == pytest.approx(stack, rel=1e-6, abs=1e-9)
        assert told.block_relatives[b] == pytest.approx(stack / base_norm(keys), rel=1e-6)
        for one, vector, member in zip(told.rows, vectors, rows, strict=True):
            exact = np.linalg.norm(vector)
            assert one.blocks[b] == pytest.approx(exact, rel=1e-6, abs=1e-9)
            touched = next(a for a in mixed if a.sha256 == member.sha256).weights
            own = base_norm([key for key in keys if key in touched])
            if own:
                assert one.block_relatives[b] == pytest.approx(exact / own, rel=1e-6, abs=1e-9)
            else:
                assert one.block_relatives[b] is None


def test_weight_norms(mixed, rows):
    geometry = known(*mixed)
    norms = geometry.weight_norms(rows)
    assert geometry.weights == tuple(sorted(TOY_KEYS))
    for w, key in enumerate(geometry.weights):
        each = changes(rows, mixed, key)
        assert norms.stack[w] == pytest.approx(np.linalg.norm(sum(each)), rel=1e-6, abs=1e-7)
        exact = [np.linalg.norm(one) for one in each]
        assert [one[w] for one in norms.rows] == pytest.approx(exact, rel=1e-6, abs=1e-9)
        assert norms.base[w] == pytest.approx(base_norm([key]), rel=1e-9)
        assert geometry.shapes[w] == tuple(read_base(key).shape)
        assert geometry.block_of(key) == (key[0], block_of(*key))


@pytest.mark.parametrize(
    "place",
    [Place(), Place("unet"), Place("unet", "inner.00"), Place("unet", "TIME", "first.weight")],
)
def test_angles_in_a_place(mixed, place):
    keys = [
        key
        for key in TOY_KEYS
        if place.component in ("", key[0])
        and place.block in ("", block_of(*key))
        and place.weight in ("", key[1])
    ]
    order = [mixed[1], mixed[0]]
    found = known(*mixed).angles([a.sha256 for a in order], place)
    first, second = flat([row(a) for a in order], mixed, keys)
    lengths = np.linalg.norm(first) * np.linalg.norm(second)
    exact = first @ second / lengths if lengths else None
    assert found.cosine[0][1] == found.cosine[1][0]
    if exact is None:
        assert found.cosine[0][1] is None
        return
    assert found.cosine[0][1] == pytest.approx(exact, rel=1e-5, abs=1e-6)
    assert found.cosine[0][0] == pytest.approx(1.0)
    spread = sum(
        np.square(dense(order[0], key)).sum()
        * np.square(dense(order[1], key)).sum()
        / read_base(key).numel()
        for key in keys
    )
    assert found.null[0][1] == pytest.approx(math.sqrt(spread) / lengths, rel=1e-5)


def test_norms_at_one_by_kind_of_network(mixed):
    geometry = known(*mixed)
    for factors in ((), PAINTED):
        one = row(mixed[1], blocks=factors)
        found = geometry.norms_at_one(mixed[1].sha256, factors)
        for network, norm in zip(("unet", "text_encoder"), found, strict=True):
            keys = [key for key in TOY_KEYS if key[0] == network]
            exact = np.linalg.norm(
                flat([one], mixed[1:2], [k for k in keys if k in mixed[1].weights])[0]
            )
            assert norm == pytest.approx(exact, rel=1e-6, abs=1e-12)


def test_meetings_are_those_beyond_chance_the_largest_first(mixed):
    first = mixed[0]
    near = copied(first, "n", 0.5)
    adapters = [first, toy_adapter("s", 77), near]
    rows = [row(adapters[0], 0.8), row(adapters[1], 0.6), row(near, -1.0, 0.5)]
    found = known(*adapters).meetings(rows)
    for one in found:
        i, j = one.first, one.second
        assert i < j
        a, b = (changes(rows, adapters, one.weight)[at].ravel() for at in (i, j))
        assert one.shared == pytest.approx(2 * a @ b, rel=1e-5)
        exact = a @ b / (np.linalg.norm(a) * np.linalg.norm(b))
        assert one.cosine == pytest.approx(exact, rel=1e-5)
        assert one.null == pytest.approx(1 / math.sqrt(read_base(one.weight).numel()))
    sizes = [abs(one.shared) for one in found]
    assert sizes == sorted(sizes, reverse=True)
    told = {(one.first, one.second, one.weight) for one in found}
    for (i, j), key in itertools.product([(0, 1), (0, 2), (1, 2)], TOY_KEYS):
        a, b = (changes(rows, adapters, key)[at].ravel() for at in (i, j))
        lengths = np.linalg.norm(a) * np.linalg.norm(b)
        beyond = lengths > 0 and abs(a @ b) / lengths > BEYOND_CHANCE / math.sqrt(
            read_base(key).numel()
        )
        assert ((i, j, key) in told) == beyond
    assert {one.cosine > 0 for one in found if (one.first, one.second) == (0, 2)} == {True, False}


def test_one_adapter_in_two_rows(mixed):
    geometry, first = known(*mixed), mixed[0]
    split = geometry.energies([row(first, 0.5), row(first, 0.25)])
    whole = geometry.energies([row(first, 0.75)])
    assert split.norm == pytest.approx(whole.norm, rel=1e-12)
    assert [one.share for one in split.rows] == pytest.approx([2 / 3, 1 / 3])
    assert split.coherence == pytest.approx(0.75 / math.hypot(0.5, 0.25))
    assert geometry.energies([row(first, 0.5), row(first, -0.5)]).norm == pytest.approx(0, abs=1e-7)


def test_the_rows_asked_for_last_do_not_stay(mixed):
    geometry = known(*mixed)
    one, other = [row(mixed[0])], [row(mixed[1]), row(mixed[0])]
    first = geometry.energies(one)
    assert len(geometry.energies(other).rows) == 2
    assert geometry.energies(one) == first


def test_unknown_adapters_are_refused(mixed):
    geometry = known(*mixed[:2])
    assert geometry.adapters == {mixed[0].sha256, mixed[1].sha256}
    with pytest.raises(KeyError):
        geometry.energies([row(mixed[2])])


def test_no_rows(mixed):
    told = known(*mixed).energies([])
    assert (told.rows, told.norm) == ((), 0.0)
    assert (told.relative, told.in_adapters, told.coherence) == (None, None, None)
    assert set(told.blocks) == {0.0}
    assert set(told.block_relatives) == {None}


def test_a_row_whose_blocks_are_all_off(mixed):
    """It is applied, and changes nothing."""
    off = tuple((name, 0.0) for name in ("TE1.IN", "TIME", "inner.00", "inner.01", "END"))
    told = known(*mixed).energies([row(mixed[0], blocks=off), row(mixed[1])])
    assert (told.rows[0].norm, told.rows[0].share) == (0.0, 0.0)
    assert told.rows[1].share == pytest.approx(1.0)


def test_an_adapter_without_weights_is_nothing():
    told = known(Adapter("a" * 64, "a", "", {})).energies(
        [AppliedAdapter("a" * 64, 1.0, 1.0, block_scales=(("M00", 0.5),))]
    )
    assert (told.norm, told.rows[0].share, told.blocks) == (0.0, None, ())


@pytest.fixture(scope="module")
def three():
    return known(*some(3)), some(3)


@settings(max_examples=40, deadline=None)
@given(st.tuples(FADER, FADER, FADER), st.floats(-4, 4))
def test_a_factor_on_all_is_a_factor_on_norms_and_nothing_to_shares(three, scale, factor):
    geometry, adapters = three
    before, after = (
        geometry.energies([row(a, c * s) for a, s in zip(adapters, scale, strict=True)])
        for c in (1.0, factor)
    )
    assert after.norm == pytest.approx(abs(factor) * before.norm, rel=1e-9, abs=1e-12)
    assert after.blocks == pytest.approx([abs(factor) * b for b in before.blocks], abs=1e-9)
    if after.norm > 1e-6 and before.norm > 1e-6:
        shares = [one.share for one in before.rows]
        assert [one.share for one in after.rows] == pytest.approx(shares, rel=1e-6, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.tuples(FADER, FADER, FADER), st.permutations(range(3)))
def test_order_changes_nothing_but_the_order(three, scale, order):
    geometry, adapters = three
    rows = [row(a, s) for a, s in zip(adapters, scale, strict=True)]
    plain, turned = geometry.energies(rows), geometry.energies([rows[i] for i in order])
    assert turned.norm == pytest.approx(plain.norm, rel=1e-9, abs=1e-12)
    for place, i in enumerate(order):
        assert turned.rows[place].norm == plain.rows[i].norm
        assert turned.rows[place].blocks == plain.rows[i].blocks


@settings(max_examples=40, deadline=None)
@given(st.tuples(FADER, FADER, FADER))
def test_all_signs_turned_is_the_same_energy(three, scale):
    geometry, adapters = three
    plain, turned = (
        geometry.energies([row(a, sign * s) for a, s in zip(adapters, scale, strict=True)])
        for sign in (1, -1)
    )
    assert turned == plain


def test_one_sign_turned_is_its_opposite():
    first, second = some(2)
    mirrored = known(first, copied(second, "m", -1.0))
    plain = known(first, second)
    told = mirrored.energies([row(first), row(copied(second, "m", -1.0))])
    assert told == plain.energies([row(first), row(second, -1.0)])


def test_two_halves_are_the_whole():
    (whole,) = some(1, rank=5)
    parts = halves(whole)
    both = known(*parts).energies([row(part, 0.7) for part in parts])
    alone = known(whole).energies([row(whole, 0.7)])
    assert both.norm == pytest.approx(alone.norm, rel=1e-10)
    assert both.blocks == pytest.approx(alone.blocks, rel=1e-10)
    assert sum(one.share or 0 for one in both.rows) == pytest.approx(1.0)


@pytest.mark.parametrize("count", [2, 5, 10])
def test_copies_at_one_nth_are_one(count):
    (one,) = some(1)
    copies = [copied(one, "0123456789"[i]) for i in range(count)]
    geometry = known(*copies)
    told = geometry.energies([row(copy, 1 / count) for copy in copies])
    alone = known(one).energies([row(one)])
    assert told.norm == pytest.approx(alone.norm, rel=1e-10)
    assert [part.share for part in told.rows] == pytest.approx([1 / count] * count)
    assert told.in_adapters == pytest.approx(1.0)
    assert geometry.energies([row(copy) for copy in copies]).in_adapters == pytest.approx(count)

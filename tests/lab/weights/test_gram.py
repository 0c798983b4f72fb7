"""What is kept of known adapters, and what is asked again."""

import pytest
import torch

from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.lab.weights.gram import GramCache, measure_stack
from loraviewer.lab.weights.unread_base import known_without_base
from tests.adapters.deltas import low_rank
from tests.adapters.toys import with_dense
from tests.lab.weights.stacks import measured, read_base, some


class Reader:
    """Counts how often base weights are read, which changes that depend on them need."""

    def __init__(self):
        self.count = 0

    def __call__(self, key):
        self.count += 1
        return read_base(key)


def test_known_adapters_cost_nothing():
    cache, reader = GramCache(), Reader()
    adapters = [with_dense(adapter, i) for i, adapter in enumerate(some(3))]
    first = measure_stack(adapters, reader, "base", cache)
    asked = reader.count
    again = measure_stack(adapters[::-1], reader, "base", cache)
    assert reader.count == asked
    assert (again.gram == first.gram[:, ::-1, ::-1]).all()


def test_a_new_adapter_only_meets_the_others():
    cache, adapters = GramCache(), some(3)
    measured(*adapters[:2], cache=cache)
    for adapter in adapters[:2]:
        for delta in adapter.weights.values():
            low_rank(delta).up.fill_(
                float("nan")
            )  # asked for with the third, no more with each other
    geometry = measured(*adapters, cache=cache)
    assert not torch.tensor(geometry.gram[:, :2, :2]).isnan().any()
    assert torch.tensor(geometry.gram[:, 0, 2]).isnan().any()


def test_another_base_is_measured_anew():
    cache, adapters = GramCache(), [with_dense(some(1)[0], 1)]
    first = measure_stack(adapters, read_base, "one", cache)
    other = measure_stack(adapters, lambda key: 2 * read_base(key), "two", cache)
    assert (other.base_energy == 4 * first.base_energy).all()
    assert (other.gram != first.gram).any()
    assert (measure_stack(adapters, read_base, "one", cache).base_energy == first.base_energy).all()


def test_the_cache_is_bounded():
    cache = GramCache(limit_bytes=4000)
    wide = measured(*some(6), cache=cache)
    assert cache.size_bytes <= 4000
    assert (measured(*some(6), cache=cache).gram == wide.gram).all()


def test_cancelled_keeps_nothing_half_done():
    cache, token, told = GramCache(), CancelToken(), []

    def cancel(fraction):
        told.append(fraction)
        if len(told) == 3:
            token.cancel()

    with pytest.raises(Cancelled):
        measure_stack(some(2), read_base, "toy", cache, token, cancel)
    assert cache.size_bytes == 0
    geometry = measure_stack(some(2), read_base, "toy", cache, CancelToken(), told.append)
    assert (geometry.gram == measured(*some(2)).gram).all()
    assert told[-1] == 1.0


def test_without_a_base_all_but_its_energy_is_known():
    adapters = some(3)
    known, unread = measured(*adapters), measure_stack(adapters, None, "toy")
    assert (unread.gram == known.gram).all()
    assert (unread.weights, unread.shapes) == (known.weights, known.shapes)
    assert (unread.touches == known.touches).all()
    assert torch.tensor(unread.base_energy).isnan().all()


def test_what_depends_on_an_unread_base_is_refused():
    with pytest.raises(ValueError, match="depends on the base"):
        measure_stack([with_dense(some(1)[0], 1)], None, "toy")


def test_what_depends_on_the_base_is_left_out_where_nobody_reads_it():
    whole = some(1)[0]
    mixed = with_dense(whole, 1)
    known, gone = known_without_base(mixed)
    assert gone
    assert {one.key for one in gone} == mixed.weights.keys() - known.weights.keys()
    assert known.sha256 == mixed.sha256
    assert known_without_base(known) == (known, ())

"""Ways to keep base weights: the same bytes in all of them, and what each costs."""

import pytest
import torch

from loraviewer.adapters.merging.base_weights import (
    LeanBaseWeights,
    MovableBaseWeights,
    PinnedBaseWeights,
    ResidentBaseWeights,
)
from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import FileError, MergeError
from tests.adapters.toys import (
    DTYPES,
    TOY_KEYS,
    equal_weights,
    pool,
    toy_adapter,
    toy_components,
    use,
    weights,
    with_dense,
)


class Files:
    """A source that has copies of the toy's weights, all but those of `missing`."""

    def __init__(self, dtype, missing=()):
        networks = toy_components(dtype)
        self.weights = {
            (component, name): parameter.detach().clone()
            for component, network in networks.items()
            for name, parameter in network.named_parameters()
            if (component, name) not in missing
        }
        self.reads = 0

    def gives(self, key, live):
        return key in self.weights and self.weights[key].shape == live.shape

    def read(self, key, dtype):
        self.reads += 1
        if key not in self.weights:
            raise FileError("“base.safetensors” is no longer there; put it back.")
        return self.weights[key].to(dtype).clone()

    def file_name(self, key):
        return "base.safetensors"


FIRST, SECOND = toy_adapter("a", 1), with_dense(toy_adapter("b", 2), 3)
POOL = pool(FIRST, SECOND)
KEEPERS = {
    "resident": lambda dtype: ResidentBaseWeights(),
    "host": lambda dtype: PinnedBaseWeights(),
    "lean": lambda dtype: LeanBaseWeights(Files(dtype)),
    "lean in part": lambda dtype: LeanBaseWeights(Files(dtype, missing=TOY_KEYS[:2])),
    "movable": lambda dtype: MovableBaseWeights(LeanBaseWeights(Files(dtype))),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("keeper", KEEPERS)
def test_every_way_gives_the_same_bytes(keeper, dtype):
    components, plain = toy_components(dtype), toy_components(dtype)
    base = weights(components)
    merger = WeightMerger(components, base_weights=KEEPERS[keeper](dtype))
    reference = WeightMerger(plain)
    for scales in ((0.5, 0.0), (0.5, -1.0), (0.0, 0.7)):
        stack = use((FIRST, scales[0]), (SECOND, scales[1]))
        for held in (FIRST.sha256, ""):
            merger.apply(stack, POOL, CancelToken(), held)
            reference.apply(stack, POOL, CancelToken(), held)
            assert equal_weights(weights(components), weights(plain))
            assert merger.verify() == ()
    merger.restore()
    assert equal_weights(weights(components), base)
    assert merger.kept_bytes == 0


def test_what_each_way_costs():
    def held(keeper):
        merger = WeightMerger(toy_components(), base_weights=KEEPERS[keeper](torch.float32))
        merger.apply(use((FIRST, 1.0)), POOL, CancelToken())
        return merger.kept_bytes, merger.touched_bytes

    touched = held("resident")[1]
    assert held("resident")[0] == held("host")[0] == touched
    assert held("lean")[0] == 0
    assert 0 < held("lean in part")[0] < touched


@pytest.mark.parametrize("keeper", KEEPERS)
def test_a_fader_holds_base_weights_that_would_have_to_be_read_again(keeper):
    """And counts them; those that lie beside the live ones cost nothing. One adapter: what its
    ticks start from are the base weights."""
    files = Files(torch.float32, missing=TOY_KEYS[:2] if keeper == "lean in part" else ())
    is_lean = keeper in ("lean", "lean in part", "movable")
    base_weights = LeanBaseWeights(files) if is_lean else KEEPERS[keeper](torch.float32)
    merger = WeightMerger(toy_components(), base_weights=base_weights)
    merger.apply(use((FIRST, 1.0)), POOL, CancelToken())
    at_rest = merger.kept_bytes
    merger.apply(use((FIRST, 0.5)), POOL, CancelToken(), FIRST.sha256)
    reads = files.reads
    merger.apply(use((FIRST, 0.6)), POOL, CancelToken(), FIRST.sha256)
    assert files.reads == reads
    reread = merger.touched_bytes - at_rest if is_lean else 0
    assert merger.kept_bytes - at_rest == merger.touched_bytes + reread


def test_a_thousand_swaps_leave_nothing_behind():
    components = toy_components()
    merger = WeightMerger(components)
    for i in range(1000):
        adapter = (FIRST, SECOND)[i % 2]
        merger.apply(use((adapter, 1.0)), POOL, CancelToken(), adapter.sha256 if i % 3 else "")
    merger.apply(use((FIRST, 1.0)), POOL, CancelToken())
    assert merger.kept_bytes == merger.touched_bytes
    merger.restore()
    assert merger.kept_bytes == 0


def test_a_changed_file_is_named_and_nothing_is_merged():
    components, files = toy_components(), Files(torch.float32)
    merger = WeightMerger(components, base_weights=LeanBaseWeights(files))
    merger.apply(use((FIRST, 1.0)), POOL, CancelToken())
    before = weights(components)
    files.weights[TOY_KEYS[3]] += 1.0
    with pytest.raises(MergeError, match=r"“base\.safetensors” has changed .*open it again"):
        merger.apply(use((FIRST, 0.5)), POOL, CancelToken())
    kept = weights(components)
    changed = ".".join(TOY_KEYS[3])
    assert all(torch.equal(kept[name], before[name]) for name in before if name != changed)


def test_a_vanished_file_is_named_before_anything_is_overwritten():
    components, files = toy_components(), Files(torch.float32)
    base = weights(components)
    merger = WeightMerger(components, base_weights=LeanBaseWeights(files))
    files.weights[TOY_KEYS[3]] = files.weights[TOY_KEYS[3]] + 1.0
    with pytest.raises(MergeError, match=r"“base\.safetensors” has changed"):
        merger.apply(use((FIRST, 1.0)), POOL, CancelToken())
    assert equal_weights(weights(components), base)
    assert merger.touched_names == ()


def test_base_weights_move_while_a_stack_is_merged():
    components = toy_components()
    base = weights(components)
    base_weights = MovableBaseWeights(ResidentBaseWeights())
    merger = WeightMerger(components, base_weights=base_weights)
    merger.apply(use((FIRST, 1.0)), POOL, CancelToken())
    base_weights.move_to(LeanBaseWeights(Files(torch.float32)), TOY_KEYS)
    assert merger.kept_bytes == 0
    merger.apply(use((FIRST, -0.5)), POOL, CancelToken())
    base_weights.move_to(PinnedBaseWeights(), TOY_KEYS[:3])
    assert 0 < merger.kept_bytes < merger.touched_bytes
    assert merger.verify() == ()
    merger.restore()
    assert equal_weights(weights(components), base)

"""The weights are a pure function of (base, stack): random histories against fresh mergers."""

import contextlib

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging import weight_sums
from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.adapters.merging.merger import MergeOutOfMemory
from loraviewer.adapters.merging.weight_sums import write_sum
from loraviewer.core.blocks import block_of, block_scales
from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.core.draft_ways import DraftWay
from loraviewer.core.outcome import MergeError
from loraviewer.core.stack import AdapterStack, StackEntry
from tests import health_checks
from tests.adapters.merging.exact import (
    assert_near_settled,
    fresh_weights,
    nearest,
    rank,
    size,
    terms_by_name,
)
from tests.adapters.merging.test_transaction import CountedToken
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

SEQUENCES, MANY_SEQUENCES = 300, 3_000
SHORTEST = 10  # operations
SCALES = st.sampled_from([-2.0, -1.0, -0.0, 0.0, 0.1, 0.3, 1.0, 1.7, 1e-8]) | st.floats(-3, 3)
ROWS = st.integers(0, 5)
BLOCKS = st.sampled_from(sorted({block_of(*key) for key in TOY_KEYS}))
PAINTED = st.dictionaries(BLOCKS, SCALES, max_size=3).map(block_scales)
NAMES = "abcd"
FAILING = "f"
QUICK = StackEntry(
    entry_id="q", name="q", path="", sha256="q" * 64, scale=0.9, for_drafts=DraftWay("lcm")
)
FAR_BLOCKS = block_scales({"TIME": -1.5, "TE1.IN": 0.0})
OPERATIONS = st.one_of(
    st.tuples(st.just("add"), st.sampled_from(NAMES), SCALES),
    st.tuples(st.just("remove"), ROWS, st.none()),
    st.tuples(st.just("scale"), ROWS, SCALES),
    st.tuples(st.just("text scale"), ROWS, st.none() | SCALES),
    st.tuples(st.just("paint"), ROWS, PAINTED),
    st.tuples(st.just("toggle"), ROWS, st.none()),
    st.tuples(st.just("solo"), ROWS, st.none()),
    st.tuples(st.just("move"), ROWS, ROWS),
    st.tuples(st.just("master"), st.none(), SCALES),
    st.tuples(st.just("drag"), ROWS, st.lists(SCALES, min_size=1, max_size=4)),
    st.tuples(st.just("drag text"), ROWS, st.lists(SCALES, min_size=1, max_size=3)),
    st.tuples(st.just("drag over blocks"), ROWS, st.lists(PAINTED, min_size=1, max_size=4)),
    st.tuples(st.just("hastened drag"), ROWS, st.lists(SCALES, min_size=1, max_size=4)),
    st.tuples(st.just("broken drag"), ROWS, st.integers(0, 8)),
    st.tuples(st.just("broken hastened drag"), ROWS, st.integers(0, 8)),
    st.tuples(st.just("broken drag over blocks"), ROWS, st.integers(0, 8)),
    st.tuples(st.just("undo"), st.none(), st.none()),
    st.tuples(st.just("no memory"), st.integers(0, 6), SCALES),
    st.tuples(st.just("fail"), st.none(), st.none()),
    st.tuples(st.just("cancel"), st.integers(0, 8), SCALES),
    st.tuples(st.just("tamper"), st.integers(0, 6), st.none()),
    st.tuples(st.just("limit"), st.sampled_from([0, 100, 768, 1500, 4000, 1 << 30]), st.none()),
    st.tuples(st.just("forget"), st.none(), st.none()),
)


def adapters_for_properties():
    """Four adapters of overlapping weights, the last of kinds without low-rank form, one that fails
    in a module in the middle, and one for drafts only."""
    adapters = [toy_adapter(n, i, TOY_KEYS[i:], rank=1 + i) for i, n in enumerate(NAMES)]
    adapters[-1] = with_dense(adapters[-1], 5)
    failing = toy_adapter(FAILING, 9)
    bad = LowRankDelta(torch.full((8, 3), float("nan")), torch.ones(3, 24), 1.0)
    weights = {**failing.weights, TOY_KEYS[4]: bad}
    quick = toy_adapter(QUICK.name, 6, TOY_KEYS, rank=5)
    return pool(*adapters, Adapter(FAILING * 64, FAILING, "", weights), quick)


ADAPTERS = adapters_for_properties()


BESIDE = {
    **dict.fromkeys(("fail", "cancel", "no memory"), "try_in_vain"),
    **dict.fromkeys(("limit", "forget"), "change_memory"),
    "tamper": "tamper",
}
"""What happens beside the edits of the stack: the methods of `History` that do it."""


class History:
    """One live merger and the stack that the person sees."""

    def __init__(self, dtype):
        self.dtype = dtype
        self.components = toy_components(dtype)
        self.merger = WeightMerger(self.components)
        self.stack = AdapterStack()
        self.undone_to = AdapterStack()
        self.held = ""
        self.is_hastened = False
        self.settled = AdapterStack().applied()  # where a drag begins
        self.ran_short = False

    def do(self, operation):
        kind, which, value = operation
        self.held, self.is_hastened = "", False
        before, self.undone_to = self.undone_to, self.stack
        if kind == "undo":
            self.stack = before
        elif kind == "add":
            entry = StackEntry(
                entry_id=str(len(self.stack.entries)) + which,
                name=which,
                path="",
                sha256=which * 64,
                scale=value,
            )
            if all(e.entry_id != entry.entry_id for e in self.stack.entries):
                self.stack = self.stack.with_added(entry, 0)
        elif kind == "master":
            self.stack = self.stack.with_master(value)
        elif kind in BESIDE:
            getattr(self, BESIDE[kind])(*operation)
            return
        elif self.stack.entries:
            entry = self.stack.entries[which % len(self.stack.entries)]
            if "drag" in kind:
                self.drag(kind, entry, value)
                return
            self.edit(kind, entry, value)
        self.apply()
        if kind in ("add", "toggle"):
            self.merger.fingerprint()  # so that later ones start from digests of this state

    def apply(self, token=None):
        token = token or CancelToken()
        stack = self.seen()
        result = self.merger.apply(stack, ADAPTERS, token, self.held, self.settled)
        if not self.held:
            self.settled = stack
        return result

    def seen(self):
        """What the weights see, in a drag with the adapter for drafts only."""
        return self.stack.with_draft_row(QUICK) if self.is_hastened else self.stack.applied()

    def edit(self, kind, entry, value):
        if kind == "remove":
            self.stack = self.stack.without(entry.entry_id)
        elif kind == "move":
            self.stack = self.stack.with_moved(entry.entry_id, value)
        else:
            changes = {
                "scale": {"scale": value},
                "text scale": {"text_scale": value},
                "toggle": {"is_enabled": not entry.is_enabled},
                "solo": {"is_solo": not entry.is_solo},
                "paint": {"block_scales": value},
            }[kind]
            self.stack = self.stack.with_entry(entry.entry_id, **changes)

    def drag(self, kind, entry, values):
        """Ticks of a held fader; the last operation of a history may leave it held."""
        self.held, self.is_hastened = entry.sha256, "hastened" in kind
        if kind.startswith("broken"):
            changes = {"block_scales": FAR_BLOCKS} if "blocks" in kind else {"scale": 2.5}
            before = weights(self.components)
            stack, self.stack = self.stack, self.stack.with_entry(entry.entry_id, **changes)
            try:
                self.apply(CountedToken(values))
            except Cancelled:
                self.stack, self.held, self.is_hastened = stack, "", False
                assert equal_weights(weights(self.components), before)
            return
        fields = {"drag text": "text_scale", "drag over blocks": "block_scales"}
        field = fields.get(kind, "scale")
        for value in values:
            self.stack = self.stack.with_entry(entry.entry_id, **{field: value})
            self.apply()

    def try_in_vain(self, kind, which, value):
        self.settle()
        before = weights(self.components)
        if kind == "no memory":
            self.run_short(which, value)
        elif kind == "fail":
            failing = (*self.stack.applied(), *use((ADAPTERS[FAILING * 64], 1.0)))
            with pytest.raises(MergeError, match="“f”"):
                self.merger.apply(failing, ADAPTERS, CancelToken())
        else:
            other = self.stack.with_master(value).applied()[:2]
            try:
                self.merger.apply(other, ADAPTERS, CountedToken(which))
            except Cancelled:
                pass
            else:
                self.apply()
        assert equal_weights(weights(self.components), before)

    def run_short(self, call, factor):
        """Memory runs out at one of the weights that are written, in the middle of it."""
        other, calls = self.stack.with_master(factor).applied()[:2], []

        def short_of_memory(live, *rest):
            calls.append(1)
            if len(calls) == call + 1:
                live.fill_(7)
                raise MemoryError
            write_sum(live, *rest)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(weight_sums, "write_sum", short_of_memory)
            try:
                self.merger.apply(other, ADAPTERS, CancelToken())
            except MergeOutOfMemory:
                self.ran_short = True  # deltas are forgotten, so that less is kept
                return
        self.apply()

    def settle(self):
        """Let go of the fader, if one is held."""
        self.held, self.is_hastened = "", False
        self.apply()

    def change_memory(self, kind, limit, _):
        """What a fader may keep from now on; or nobody knows what the next drag begins from."""
        if kind == "limit":
            self.merger.limit_held_sums(limit)
        else:
            self.settled = ()

    def tamper(self, _, which, __):
        """Somebody flips one element; it is named and healed, in drafts too."""
        touched = self.merger.touched_names
        if not touched:
            return
        name = touched[which % len(touched)]
        component, _, parameter = name.partition(".")
        live = self.components[component].get_parameter(parameter).data
        before = live.clone()
        live.view(-1)[which % live.numel()] += 1.0
        assert self.merger.verify() == (name,)
        self.merger.heal()
        assert torch.equal(live, before)


HISTORIES = st.lists(OPERATIONS, min_size=SHORTEST, max_size=14)


@settings(
    max_examples=SEQUENCES, deadline=None, suppress_health_check=health_checks.ALL, database=None
)
@given(st.sampled_from(DTYPES), HISTORIES)
def test_any_history_gives_the_bytes_of_a_fresh_merger(dtype, operations):
    check_history(dtype, operations)


@pytest.mark.fuzz
@settings(
    max_examples=MANY_SEQUENCES,
    deadline=None,
    suppress_health_check=health_checks.ALL,
    database=None,
)
@given(st.sampled_from(DTYPES), HISTORIES)
def test_so_do_thirty_thousand_operations(dtype, operations):
    check_history(dtype, operations)


def check_history(dtype, operations):
    history = History(dtype)
    base = weights(history.components)
    for operation in operations:
        history.do(operation)
    if history.held:
        assert_draft(history)
    history.settle()
    fresh, merger = fresh_weights(dtype, history.stack.applied(), ADAPTERS)
    assert equal_weights(weights(history.components), weights(fresh))
    assert history.merger.fingerprint() == merger.fingerprint()
    assert merger.fingerprint() == WeightMerger(fresh).base_identity
    assert history.merger.touched_names == merger.touched_names
    assert history.merger.verify() == ()
    if history.ran_short:
        assert history.merger.kept_bytes <= merger.kept_bytes
    else:
        assert history.merger.kept_bytes == merger.kept_bytes
    assert_exact(weights(history.components), base, history.stack, dtype)
    history.merger.restore()
    assert equal_weights(weights(history.components), base)
    assert history.merger.fingerprint() == history.merger.base_identity
    assert history.merger.kept_bytes == 0


def assert_draft(history):
    """A pure function of the stack, the held adapter and the stack it was grasped from, whatever
    memory allows; and near the settled one."""
    assert history.merger.is_draft
    assert history.merger.verify() == ()
    draft, stack = weights(history.components), history.seen()
    for limit in (0, 2000, 1 << 30):
        fresh, _ = fresh_weights(
            history.dtype, stack, ADAPTERS, history.held, history.settled, limit
        )
        assert equal_weights(draft, weights(fresh))
    assert_near_settled(draft, stack, history.settled, history.held, ADAPTERS, history.dtype)


def assert_exact(live, base, stack, dtype):
    """Against float64: float32 to 1e-6 of all terms, two bytes to the right one or next to it."""
    for name, terms in terms_by_name(stack.applied(), ADAPTERS, dtype).items():
        exact = base[name].double() + sum(term.value for term in terms)
        if dtype == torch.float32:
            error = (live[name].double() - exact).abs()
            assert (error <= 1e-6 * size(base[name], terms)).all()
        else:
            assert (rank(live[name]) - rank(nearest(exact, dtype))).abs().max() <= 1


REAL_SHAPES = [(320, 320), (2560, 320), (320, 1280), (320, 768), (64, 64, 3, 3), (320, 4, 3, 3)]


def real_sized(dtype):
    torch.manual_seed(0)
    layers = [
        nn.Linear(s[1], s[0], bias=False) if len(s) == 2 else nn.Conv2d(s[1], s[0], 3, bias=False)
        for s in REAL_SHAPES
    ]
    return {"unet": nn.Sequential(*layers).to(dtype)}


def real_adapter(name, seed, rank):
    generator = torch.Generator().manual_seed(seed)
    found = {}
    for i, shape in enumerate(REAL_SHAPES):
        n = torch.Size(shape[1:]).numel()
        up = torch.randn(shape[0], rank, generator=generator).half()
        down = torch.randn(rank, n, generator=generator)
        found["unet", f"{i}.weight"] = LowRankDelta(up, down, 0.1)
    return Adapter(name * 64, name, "", found)


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("dtype", DTYPES)
def test_kernels_of_real_sizes_give_the_same_bytes(dtype, two_threads):
    """History, thread count, other modules of the job and the alignment of the live weight do not
    change a byte: the sum over a short inner dimension is never split."""
    adapters = pool(
        *(real_adapter(n, i, r) for i, (n, r) in enumerate([("a", 4), ("b", 16), ("c", 64)]))
    )
    a, b, c = adapters.values()
    history = real_sized(dtype)
    merger = WeightMerger(history)
    for stack in (use((a, 1.0)), use((a, 0.3), (b, -1.0)), use((c, 0.1), (b, 2.0)), []):
        merger.apply(stack, adapters, CancelToken())
    final = use((a, 0.7), (b, -0.4), (c, 1.1))
    merger.apply(final, adapters, CancelToken())
    assert merger.verify() == ()
    fresh = real_sized(dtype)
    _misalign(fresh["unet"])
    torch.set_num_threads(1)
    WeightMerger(fresh).apply(final, adapters, CancelToken())
    assert equal_weights(weights(history), weights(fresh))


def _misalign(network):
    """Put every weight at an odd element of a larger buffer, as in a mapped file."""
    for parameter in network.parameters():
        buffer = torch.empty(parameter.numel() + 1, dtype=parameter.dtype)
        buffer[1:] = parameter.data.reshape(-1)
        parameter.data = buffer[1:].view(parameter.shape)


def test_cancelled_then_settled(two_threads):
    """A drag: every tick cancelled somewhere, then the release settles."""
    adapters = pool(real_adapter("a", 1, 8), real_adapter("b", 2, 8))
    a, b = adapters.values()
    components, fresh = real_sized(torch.float32), real_sized(torch.float32)
    merger = WeightMerger(components)
    for tick in range(20):
        with contextlib.suppress(Cancelled):
            merger.apply(use((a, tick / 7), (b, 1.0)), adapters, CountedToken(tick % 7))
    merger.apply(use((a, 0.5), (b, 1.0)), adapters, CancelToken())
    WeightMerger(fresh).apply(use((a, 0.5), (b, 1.0)), adapters, CancelToken())
    assert equal_weights(weights(components), weights(fresh))

"""What weights must be, in float64, and how far rounding may take them from it."""

from typing import NamedTuple

import torch

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.core.blocks import block_of
from loraviewer.core.cancel import CancelToken
from tests.adapters.toys import toy_components, weights

DENSE_WORK = 64
"""What a change without factors counts, as a rank, where the cheaper ground is chosen."""


def fresh_weights(dtype, stack, pool, held="", grasped=(), limit=1 << 30):
    """The components as a new merger makes them of a stack, and the merger."""
    components = toy_components(dtype)
    merger = WeightMerger(components, held_limit_bytes=limit)
    merger.apply(stack, pool, CancelToken(), held, grasped)
    return components, merger


def assert_near_settled(draft, stack, grasped, held, pool, dtype):
    """Draft weights by name against the settled ones of the same stack."""
    settled = weights(fresh_weights(dtype, stack, pool)[0])
    base = weights(toy_components(dtype))
    now = terms_by_name(stack, pool, dtype)
    is_known = {entry.sha256 for entry in grasped} <= {held, *(entry.sha256 for entry in stack)}
    before = terms_by_name(grasped, pool, dtype) if is_known else {}
    for name in now.keys() | before.keys():
        places = (now.get(name, []), before.get(name, []))
        largest, steps = draft_error(base[name].double(), *places, held)
        error = (draft[name].double() - settled[name].double()).abs()
        slack = 1e-6 * size(base[name], places[0] + places[1])
        largest = torch.maximum(largest, settled[name].double().abs())
        assert (error <= steps * step_of(largest, dtype) + slack).all()


def draft_error(base, now, before, held):
    """The largest number on the way, and how many rounding steps of it a draft may be off: one;
    one more where the change is large against its ground; one more where others moved."""
    others = [term for term in now if term.sha256 != held]
    sides = [(others, 1.0), ([term for term in before if term.sha256 != held], -1.0)]
    scales = {}
    for terms, sign in sides:
        for term in terms:
            scales.setdefault(term.sha256, []).append((sign * term.scale, term))
    moved = [terms[0][1] for terms in scales.values() if sum(s for s, _ in terms) != 0.0]
    is_cheaper = sum(t.work for t in moved) < sum(t.work for t in others)
    start = before if is_cheaper else others
    ground = base + total(base, others)
    numbers = [base + total(base, start), ground]
    if start is before:
        ground = ground + total(base, [term for term in before if term.sha256 == held])
    change = base + total(base, now) - ground
    numbers += [ground, change]
    steps = torch.where(change.abs() <= ground.abs() / 4, 1.0, 2.0)
    return torch.stack(numbers).abs().amax(0), steps + bool(is_cheaper and moved)


def total(base, terms):
    return base * 0 + sum(term.value for term in terms)


class Term(NamedTuple):
    """c·ΔW of one adapter, the sum of the magnitudes of its own rank-one terms, and what a product
    of it costs."""

    sha256: str
    scale: float
    work: int
    value: torch.Tensor
    size: torch.Tensor


def terms_by_name(applied, pool, dtype):
    """In float64, by touched weight."""
    networks = toy_components(dtype)

    def read_base(key):
        weight = networks[key[0]].get_parameter(key[1]).detach().float()
        return weight.reshape(len(weight), -1)

    found = {}
    for entry in applied:
        for key, delta in pool[entry.sha256].weights.items():
            scale = entry.text_scale if key[0] == "text_encoder" else entry.scale
            scale *= dict(entry.block_scales).get(block_of(*key), 1.0)
            if scale == 0.0:
                continue
            if isinstance(delta, LowRankDelta):
                up, down = scale * delta.scaling * delta.up.double(), delta.down.double()
                value, magnitude = up @ down, up.abs() @ down.abs()
            else:
                value = scale * delta.dense(read_base).double()
                magnitude = value.abs()
            shape = networks[key[0]].get_parameter(key[1]).shape
            work = delta.rank if isinstance(delta, LowRankDelta) else DENSE_WORK
            term = Term(entry.sha256, scale, work, value.view(shape), magnitude.view(shape))
            found.setdefault(".".join(key), []).append(term)
    return found


def size(base, terms):
    """|W₀| + Σ|terms|."""
    return base.double().abs() + sum(term.size for term in terms)


def rank(values):
    """Two-byte floats numbered in their order, so that neighbours differ by 1."""
    bits = values.view(torch.int16).long()
    return torch.where(bits < 0, -(bits & 0x7FFF), bits)


def nearest(exact, dtype):
    """Correctly rounded from float64, which a cast by way of float32 is not always."""
    guess = exact.to(dtype)
    around = [guess, *(_neighbour(guess, towards) for towards in (-1, 1))]
    errors = torch.stack([(value.double() - exact).abs() for value in around])
    return torch.stack(around).gather(0, errors.argmin(0, keepdim=True))[0]


def _neighbour(values, direction):
    number = rank(values) + direction
    bits = torch.where(number < 0, (-number) | -0x8000, number)
    return bits.to(torch.int16).view(values.dtype)


def step_of(values, dtype):
    """The distance of neighbouring numbers of `dtype` at this magnitude."""
    info = torch.finfo(dtype)
    _, exponent = torch.frexp(values)
    step = torch.ldexp(torch.full_like(values, info.eps / 2), exponent)
    return step.clamp(min=info.smallest_normal * info.eps)

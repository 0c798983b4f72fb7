"""Products of changes of every kind against dense float64, also of parts of fused modules."""

from functools import cache

import pytest
import torch

from loraviewer.adapters.kinds.base import LowRankDelta, Scaling
from loraviewer.adapters.kinds.loha import LohaKind
from loraviewer.adapters.kinds.lokr import LokrKind
from loraviewer.adapters.load import load_adapter
from loraviewer.adapters.placement import place
from loraviewer.adapters.targets import Landing, Target, TargetIndex
from loraviewer.lab.weights.factor_forms import Kronecker
from loraviewer.lab.weights.forms import energy_of, form_of, inner
from tests.adapters.deltas import placed
from tests.adapters.kinds.files import modules_for
from tests.adapters.kinds.test_formulas import SHAPES, network_of
from tests.adapters.toys import write_lora

KEY = ("unet", "layer.weight")
CASES = [(where, name) for where, shape in SHAPES.items() for name in modules_for(shape)]


@cache
def every_kind(where, folder):
    """Name → the form of a random change, and the same as a float64 matrix by its own formula."""
    network, found = network_of(SHAPES[where]), {}
    base = network.layer.weight.detach()
    for name, module in modules_for(SHAPES[where]).items():
        path = write_lora(
            folder / f"{where} {name}.safetensors".replace("/", "_"),
            {f"unet.layer.{suffix}": tensor for suffix, tensor in module.tensors.items()},
        )
        adapter, _ = load_adapter(path, TargetIndex.of({"unet": network}))
        form = form_of(adapter.weights[KEY], lambda key: base.flatten(1))
        found[name] = form, module.formula(base.double()).flatten(1)
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("kinds")


@pytest.mark.parametrize(("where", "name"), CASES)
def test_every_kind_with_every_kind(where, name, folder):
    forms = every_kind(where, folder)
    form, matrix = forms[name]
    for other, (other_form, other_matrix) in forms.items():
        exact = (matrix * other_matrix).sum().item()
        size = matrix.norm().item() * other_matrix.norm().item()
        assert inner(form, other_form) == pytest.approx(exact, abs=1e-6 * size), other


@pytest.mark.parametrize("where", SHAPES)
def test_kinds_with_factors_are_never_formed(where, folder):
    forms = {name: form for name, (form, _) in every_kind(where, folder).items()}
    lokr = [form for name, form in forms.items() if name.startswith("lokr")]
    assert lokr
    assert all(isinstance(form, Kronecker) for form in lokr)
    lora = [form for name, form in forms.items() if name.startswith(("lora plain", "adalora"))]
    assert lora
    assert all(isinstance(form, LowRankDelta) for form in lora)


def loha(rank, rows=(0, 40), out=40):
    """A LoHa of 40 rows × 30, its part on some of them, and that part as a matrix."""
    torch.manual_seed(rank)
    factors = {
        f"hada_w{half}_{side}": torch.randn(*shape) * 0.3
        for half in (1, 2)
        for side, shape in (("a", (40, rank)), ("b", (rank, 30)))
    }
    return part_of(LohaKind().delta(factors, Scaling(), (40, 30)), (40, 30), rows)


def part_of(delta, shape, rows, columns=None):
    """The change on some rows of a fused module, and the same as a float64 matrix."""
    start, stop = rows
    target = Target("unet", "conv_in", {"weight": (stop - start, columns or shape[1])})
    key, base = target.weight_key(), torch.zeros(stop - start, columns or shape[1])
    change = place(delta, (Landing(target, rows),), shape)[key]
    return form_of(change, lambda of: base), placed(change).dense(lambda of: base).double()


@pytest.mark.parametrize("rows", [(0, 40), (8, 24), (7, 30)])
@pytest.mark.parametrize(("rank", "form"), [(2, LowRankDelta), (12, torch.Tensor)])
def test_hadamard_products_have_factors_while_these_are_cheaper(rank, form, rows):
    found, matrix = loha(rank, rows)
    assert isinstance(found, form)
    assert inner(found, found) == pytest.approx(matrix.square().sum().item(), rel=1e-5)


def lokr(rows, columns=None):
    """5 × 3 ⊗ 8 × 10: blocks of eight rows."""
    generator = torch.Generator().manual_seed(4)
    sides = {
        "w1": torch.randn(5, 3, generator=generator),
        "w2": torch.randn(8, 10, generator=generator),
    }
    return part_of(LokrKind().delta(sides, Scaling(), (40, 30)), (40, 30), rows, columns)


@pytest.mark.parametrize(
    ("rows", "columns", "form"),
    [
        ((0, 40), None, Kronecker),
        ((8, 24), None, Kronecker),
        ((7, 30), None, torch.Tensor),
        ((8, 30), None, torch.Tensor),
        ((0, 40), 35, torch.Tensor),
    ],
)
def test_whole_blocks_of_a_kronecker_product_stay_one(rows, columns, form):
    found, matrix = lokr(rows, columns)
    assert isinstance(found, form)
    assert inner(found, found) == pytest.approx(matrix.square().sum().item(), rel=1e-5)


@pytest.mark.parametrize(("blocks", "form"), [(4, Kronecker), (5, torch.Tensor)])
def test_swapped_halves_of_a_kronecker_product(blocks, form):
    """Four blocks of rows swap as blocks, the third of five would be cut."""
    generator = torch.Generator().manual_seed(6)
    sides = {
        "w1": torch.randn(blocks, 3, generator=generator),
        "w2": torch.randn(8, 10, generator=generator),
    }
    shape = (8 * blocks, 30)
    plain, ones = torch.kron(sides["w1"], sides["w2"]).double(), torch.zeros(shape)
    swapped = torch.cat([plain[shape[0] // 2 :], plain[: shape[0] // 2]])
    target = Target("unet", "norm_out.linear", {"weight": shape})
    landing = Landing(target, None, is_half_swapped=True)
    change = place(LokrKind().delta(sides, Scaling(), shape), (landing,), shape)
    found = form_of(change[target.weight_key()], lambda key: ones)
    assert isinstance(found, form)
    other = torch.randn(shape, generator=generator)
    exact = (swapped * other.double()).sum().item()
    assert inner(found, other) == pytest.approx(exact, rel=1e-5)


def test_kronecker_products_of_other_sides_meet():
    other = LokrKind().delta({"w1": torch.ones(10, 5), "w2": torch.rand(4, 6)}, Scaling(), (40, 30))
    (first, matrix), (second, other_matrix) = lokr((0, 40)), part_of(other, (40, 30), (0, 40))
    exact = (matrix * other_matrix).sum().item()
    assert inner(first, second) == pytest.approx(exact, rel=1e-5)
    assert inner(second, first) == pytest.approx(exact, rel=1e-5)


def test_matrices_larger_than_a_band_are_summed_whole():
    """Ones: the sum is the number of elements."""
    tall = torch.ones(2100, 3000)
    assert energy_of(tall) == 2100 * 3000
    factors = LowRankDelta(torch.ones(2100, 1).double(), torch.ones(1, 3000).double(), 1.0)
    assert inner(factors, tall) == inner(tall, factors) == 2100 * 3000


def test_float64_sums_of_half_precision_factors():
    """65504² overflows float16, and float32 would lose the 1."""
    up, down = torch.tensor([[65504.0], [1.0]]).half(), torch.ones(1, 1).half()
    form = form_of(LowRankDelta(up, down, 1.0), lambda key: torch.zeros(2, 1))
    assert inner(form, form) == 65504.0**2 + 1.0

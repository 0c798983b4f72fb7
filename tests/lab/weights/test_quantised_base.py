"""A network of which one layer is packed: what is known of it, and of the weights around it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import MergeError
from loraviewer.core.stack import AppliedAdapter
from loraviewer.core.weight_measurements import DetailsWanted, LiveWanted, SpectraWanted
from loraviewer.lab.weights.known_geometry import KnownGeometry
from loraviewer.lab.weights.weight_lab import WeightLab
from tests.adapters.toys import pool
from tests.adapters.unmerged.stand_ins import PackedLinear
from tests.adapters.unmerged.test_mixed import adapter_of, mixed, net, relative_to_base
from tests.lab.weights.stacks import measured, some

PACKED, PLAIN = ("unet", "linear.weight"), ("unet", "conv.weight")
ONE, DORA = adapter_of("a", 1), relative_to_base("d", net())
ROWS = (AppliedAdapter(ONE.sha256, 0.5, 0.5),)


def ask(wanted, *adapters, lab=None) -> Any:
    merger = mixed(net(PackedLinear))
    lab = lab or WeightLab()
    return lab.measure(wanted, pool(*adapters), merger, CancelToken(), lambda share: None)


def test_the_norm_of_a_packed_base_weight_is_unknown_and_all_others_are_told():
    live = ask(LiveWanted(ROWS), ONE).live
    norms = dict(zip(live.weights, live.weight_norms(ROWS).base, strict=True))
    assert norms[PACKED] is None
    plain = net().conv.weight.detach().double().norm().item()
    assert norms[PLAIN] == pytest.approx(plain)
    assert dict(zip(live.weights, live.shapes, strict=True))[PACKED] == (16, 16)


def test_sizes_beside_the_base_are_told_of_blocks_without_packed_weights():
    adapters = some(2)
    rows = [AppliedAdapter(one.sha256, 0.5, 0.5) for one in adapters]
    whole = measured(*adapters)
    energies = whole.base_energy.copy()
    energies[0] = np.nan
    live = KnownGeometry("toy", replace(whole, base_energy=energies))
    found, all_known = live.energies(rows), KnownGeometry("toy", whole).energies(rows)
    assert (found.norm, found.relative) == (all_known.norm, None)
    packed = live.blocks.index(live.block_of(live.weights[0]))
    assert found.block_relatives[packed] is None
    for i, relative in enumerate(all_known.block_relatives):
        if i != packed:
            assert found.block_relatives[i] == relative
    assert len(live.blocks) > 1


def test_a_packed_weight_has_spectra_of_its_changes_alone():
    part = ask(SpectraWanted(ROWS), ONE)
    found = {one.key: one for one in part.weights}
    assert found[PACKED].base_largest is None
    assert found[PACKED].stack is not None
    plain = net().conv.weight.detach().double().flatten(1)
    largest = torch.linalg.matrix_norm(plain, 2).item()
    assert found[PLAIN].base_largest == pytest.approx(largest)


@pytest.mark.parametrize(
    "wanted",
    [
        LiveWanted((AppliedAdapter(DORA.sha256, 1.0, 1.0),)),
        SpectraWanted((AppliedAdapter(DORA.sha256, 1.0, 1.0),)),
        DetailsWanted((AppliedAdapter(DORA.sha256, 1.0, 1.0),), PACKED),
    ],
    ids=lambda wanted: type(wanted).__name__,
)
def test_a_change_that_needs_a_packed_weight_is_refused_by_name(wanted):
    with pytest.raises(MergeError, match=r"“d” .*unet\.linear\.weight.*quantised") as failed:
        ask(wanted, DORA)
    assert failed.value.subject == DORA.sha256


def test_what_is_unknown_stays_so_when_it_is_asked_for_again():
    lab = WeightLab()
    for _ in range(2):
        live = ask(LiveWanted(ROWS), ONE, lab=lab).live
        assert live.weight_norms(ROWS).base[live.weights.index(PACKED)] is None

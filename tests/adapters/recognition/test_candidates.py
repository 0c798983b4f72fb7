"""The family that a file was made for is never excluded, however little of it was trained."""

import math
import random
import re

import pytest

from loraviewer.adapters.naming.base import Network, Place, canonical_path
from loraviewer.adapters.naming.registry import CONVENTIONS
from loraviewer.adapters.placement import file_shape
from loraviewer.adapters.recognition.families import family_evidence
from tests.adapters.real_bases import BASES, header_of, index_of, shapes_of

pytestmark = pytest.mark.sampled(3)

_FAMILY = {"sd35-medium": "sd3", "sd35-large": "sd3", "sd3-medium": "sd3", "flux2-4b": "flux2"}


def _lora(rows, columns):
    return {"lora_up.weight": (rows, 4), "lora_down.weight": (4, columns)}


def _loha(rows, columns):
    halves = {f"hada_w{n}_a": (rows, 4) for n in (1, 2)}
    return halves | {f"hada_w{n}_b": (4, columns) for n in (1, 2)}


def _lokr(rows, columns):
    return {"lokr_w1": (1, 1), "lokr_w2_a": (rows, 4), "lokr_w2_b": (4, columns)}


def _oft(rows, columns):
    return {"oft_blocks": (1, rows, rows)}


def _oft_v2(rows, columns):
    block = math.gcd(columns, 32)
    return {"oft_R.weight": (columns // block, block * (block - 1) // 2)}


def _glora(rows, columns):
    return {
        "a1.weight": (columns, 4),
        "a2.weight": (4, columns),
        "b1.weight": (rows, 4),
        "b2.weight": (4, columns),
    }


def _whole(rows, columns):
    return {"diff": (rows, columns)}


def _ia3(rows, columns):
    return {"weight": (rows,), "on_input": ()}


_KINDS = (_lora, _loha, _lokr, _oft, _oft_v2, _glora, _whole, _ia3)
_FILES_OF_A_BASE = 250


def named_modules(base):
    """(convention, its name for a module, the module's shape as files have it) of all modules."""
    index = index_of(base)
    networks = {name: Network.of(name, shapes) for name, shapes in shapes_of(base).items()}
    for target in index.targets:
        place = Place(networks[target.component], canonical_path(*target.key))
        for convention in CONVENTIONS:
            for spelling in convention.spellings(place):
                shape = file_shape(index.find(spelling.name), "weight")
                if shape is not None and len(shape) > 1:
                    yield convention.name, target.component, spelling.name, shape


def subsets(modules, rng):
    """Files as people make them: one module, a few, one sort of module, one component."""
    for _ in range(_FILES_OF_A_BASE):
        convention, component, name, _ = rng.choice(modules)
        alike = [m for m in modules if m[0] == convention]
        last = re.split(r"[._]", name)[-1]
        wanted = rng.choice(
            [
                lambda m, name=name: m[2] == name,
                lambda m, last=last: m[2].endswith(last) and rng.random() < 0.2,
                lambda m, component=component: m[1] == component and rng.random() < 0.02,
                lambda m: rng.random() < 0.01,
            ]
        )
        if chosen := [m for m in alike if wanted(m)]:
            yield chosen


def tensors_of(modules, kind):
    shapes = {}
    for _, _, name, shape in modules:
        sizes = kind(shape[0], math.prod(shape[1:]))
        shapes |= {f"{name}.{suffix}": size for suffix, size in sizes.items()}
    return shapes


@pytest.mark.parametrize("base", BASES)
def test_the_true_family_is_never_excluded(base):
    modules, rng = list(named_modules(base)), random.Random(base)
    for chosen in subsets(modules, rng):
        kind = rng.choice(_KINDS)
        found = family_evidence(header_of(tensors_of(chosen, kind)))
        family = _FAMILY.get(base, base)
        names = [name for _, _, name, _ in chosen[:5]]
        assert not found.candidates or family in found.candidates, (kind, names, found)
        assert found.family == next(iter(found.candidates), "unknown")

"""Valid headers with any tensors in any shapes: overviews and matching never fail on them."""

import json
from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loraviewer.adapters.about.summary import outline_of
from loraviewer.adapters.files.header import Header, TensorInfo, bits_of
from loraviewer.adapters.groups import split_groups
from loraviewer.adapters.kinds.extras import EXTRA_SUFFIXES
from loraviewer.adapters.kinds.registry import KINDS
from loraviewer.adapters.matching import match_file
from loraviewer.adapters.targets import TargetIndex
from tests.fuzz.headers import PATH

STRANGE = {".bias", ".mask", ".lora_A.mask", ".vera_A.style", ".hada_w1_a.mask"}
SUFFIXES = sorted({s for kind in KINDS for s in kind.suffixes} | set(EXTRA_SUFFIXES) | STRANGE)
KEYS = (
    "lora_unet_down_blocks_1_proj_in",
    "down_blocks.1.proj_in",
    "unet.conv_in",
    "unet",
    "nowhere",
    "",
)
BASE = {
    "unet": {
        "down_blocks.1.proj_in.weight": (16, 16),
        "down_blocks.1.proj_in.bias": (16,),
        "conv_in.weight": (8, 4, 3, 3),
        "conv_in.bias": (8,),
        "norm.weight": (8,),
        "down_blocks.0.resnets.0.conv1.weight": (8, 8, 3, 3),
    }
}
INDEX = TargetIndex.of_shapes(BASE)
_sizes = st.sampled_from([0, 1, 2, 4, 8, 16, 7, 64, 2**20, 2**40])
_tensors = st.tuples(
    st.builds("".join, st.tuples(st.sampled_from(KEYS), st.sampled_from(SUFFIXES))),
    st.sampled_from(["F16", "F32", "I64", "F8_E4M3", "C64", "U8"]),
    st.lists(_sizes, max_size=5),
)


def header_of(tensors: list[tuple[str, str, list[int]]]) -> Header:
    infos = {
        name: TensorInfo(dtype, tuple(shape), 0, bits_of(dtype, shape) // 8)
        for name, dtype, shape in tensors
    }
    return Header(infos, {}, 8)


def check(tensors: list[tuple[str, str, list[int]]]) -> None:
    header = header_of(tensors)
    outline = outline_of(header, PATH)
    assert outline.modules <= len(header.tensors)
    json.dumps([outline.kinds, outline.ranks, outline.naming, outline.family])
    report = match_file(header, INDEX).report("")
    assert_each_in_one_group(header)
    told = {*report.matched, *report.unmatched, *report.shape_mismatch, *report.unsupported}
    groups = (group for group in split_groups(header.tensors) if group.shares and group.key in told)
    # What modules share is told with each of them that is.
    shared = {name for group in groups for name in group.roles.values() if is_shared(name)}
    rest = header.tensors.keys() - shared
    assert all(any(name.startswith(key) for key in told) for name in rest)


def assert_each_in_one_group(header: Header) -> None:
    """Only what modules share may be in several."""
    found: Counter[str] = Counter()
    for group in split_groups(header.tensors):
        own = (n for n in group.roles.values() if not (group.shares and is_shared(n)))
        found.update([*own, *group.repeated, *group.strangers])
        if not (group.roles or group.strangers):
            found[group.key] += 1
    assert found.keys() | set(filter(is_shared, header.tensors)) == header.tensors.keys()
    assert set(found.values()) <= {1}


def is_shared(name: str) -> bool:
    return "vera_A" in name or "vera_B" in name


@settings(max_examples=1_000, deadline=None)
@given(st.lists(_tensors, max_size=8))
def test_any_tensors(tensors):
    check(tensors)


@settings(max_examples=1_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(KINDS),
    st.sampled_from(KEYS),
    st.lists(st.tuples(st.sampled_from(["F16", "F32"]), st.lists(_sizes, max_size=4)), max_size=9),
)
def test_all_tensors_of_one_kind_in_any_shape(kind, key, shapes):
    check([(key + suffix, *shape) for suffix, shape in zip(kind.suffixes, shapes, strict=False)])

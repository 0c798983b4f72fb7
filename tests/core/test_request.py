import hashlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loraviewer.core.merge_rules import MergeRule
from loraviewer.core.prediction import Prediction
from loraviewer.core.request import (
    FROZEN,
    MAX_SEED,
    SAMPLERS,
    CheckpointRef,
    GenerationRequest,
    ResumedFrom,
    Sampling,
)
from loraviewer.core.stack import AppliedAdapter

BASE = GenerationRequest(checkpoint=CheckpointRef("/models/a", "identity"))


def with_fields(**fields) -> GenerationRequest:
    return msgspec.structs.replace(BASE, **fields)


def test_paths_and_names_do_not_decide_a_picture():
    here = with_fields(adapters=(AppliedAdapter("sha", 1.0, 1.0, "manga", "/a/manga"),))
    there = msgspec.structs.replace(
        here,
        checkpoint=CheckpointRef("/elsewhere", "identity"),
        adapters=(AppliedAdapter("sha", 1.0, 1.0, "renamed", "/b/other"),),
    )
    assert here.sha256() == there.sha256()


@pytest.mark.parametrize(
    "fields",
    [
        {"checkpoint": CheckpointRef("/models/a", "other weights")},
        {"adapters": (AppliedAdapter("sha", 1.0, 1.0),)},
        {"adapters": (AppliedAdapter("sha", 1.0, 0.5),)},
        {"sampling": Sampling(seed=8)},
        {"sampling": Sampling(prompt="a cat")},
        {"dtype": "bfloat16"},
        {"device": "cuda"},
        {"is_draft": True},
        {"is_draft": True, "resumed": ResumedFrom((), 6)},
        {"is_draft": True, "resumed": ResumedFrom((), 5)},
        {"prediction": Prediction("v_prediction")},
        {"prediction": Prediction("epsilon")},
        {"prediction": Prediction(zero_snr=True)},
        {"prediction": Prediction(zero_snr=False)},
        {"is_draft": True, "resumed": ResumedFrom((AppliedAdapter("sha", 1.0, 1.0),), 6)},
    ],
)
def test_everything_else_does(fields):
    assert with_fields(**fields).sha256() != BASE.sha256()


def test_names_do_not_decide_where_a_draft_starts():
    there, here = (
        with_fields(is_draft=True, resumed=ResumedFrom((AppliedAdapter("sha", 1.0, 1.0, n, n),), 6))
        for n in ("here", "there")
    )
    assert here.sha256() == there.sha256()


@pytest.mark.parametrize("done", [-1, 0, 10, 11])
def test_a_draft_resumes_within_its_schedule(done):
    assert "resume" in (with_fields(resumed=ResumedFrom((), done)).problem() or "")
    assert with_fields(resumed=ResumedFrom((), 9)).problem() is None


def test_requests_survive_json():
    request = with_fields(sampling=Sampling(seed=MAX_SEED, prompt="ein Mädchen 🐸"))
    data = msgspec.json.encode(request)
    assert msgspec.json.decode(data, type=GenerationRequest) == request


def test_unknown_fields_from_outside_are_refused():
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"prompt": "a", "style": "b"}', type=Sampling)


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"seed": -1}, "seed"),
        ({"seed": MAX_SEED + 1}, "seed"),
        ({"steps": 0}, "Steps"),
        ({"sampler": "Magic"}, "Magic"),
        ({"width": 12}, "multiples"),
        ({"height": 100_000}, "height"),
        ({"guidance_scale": -1.0}, "Guidance"),
    ],
)
def test_impossible_values_are_named(fields, word):
    problem = Sampling(**fields).problem()
    assert problem is not None
    assert word in problem


def test_ordinary_values_have_no_problem():
    assert Sampling(prompt="a girl").problem() is None


# What a hash is of, and what it must go on meaning.

STRUCTS = (GenerationRequest, Sampling, CheckpointRef, AppliedAdapter, ResumedFrom)

ADAPTERS = st.builds(
    AppliedAdapter,
    st.sampled_from(["aa", "bb"]),
    st.floats(-5, 5),
    st.sampled_from([0.0, 1.0]),
    st.text(max_size=3),
    st.text(max_size=3),
    st.sampled_from([(), (("IN04", 0.5),), (("IN04", 0.5), ("M00", 0.0))]),
)
SAMPLINGS = st.builds(
    Sampling,
    prompt=st.text(max_size=5),
    seed=st.integers(0, MAX_SEED),
    steps=st.sampled_from([10, 20]),
    guidance_scale=st.sampled_from([0.0, 4.0, 4.5]),
    sampler=st.sampled_from(SAMPLERS[:2]),
    width=st.sampled_from([128, 512]),
)
REQUESTS = st.builds(
    GenerationRequest,
    checkpoint=st.builds(CheckpointRef, st.sampled_from(["/a", "/b"]), st.sampled_from(["", "i"])),
    adapters=st.lists(ADAPTERS, max_size=2).map(tuple),
    sampling=SAMPLINGS,
    dtype=st.sampled_from(["float32", "float16"]),
    merge_mode=st.sampled_from(["merged", "unmerged"]),
    is_draft=st.booleans(),
    held=st.sampled_from(["", "aa"]),
    resumed=st.none()
    | st.builds(ResumedFrom, st.lists(ADAPTERS, max_size=1).map(tuple), st.sampled_from([1, 2])),
    batch=st.sampled_from([(), (7,), (7, 8)]),
)


def digest(told: dict[str, Any]) -> str:
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, {}),
        (
            {"sampling": Sampling(seed=8, guidance_scale=4.5)},
            {"sampling": {"seed": 8, "guidance_scale": 4.5}},
        ),
        (
            {"adapters": (AppliedAdapter("sha", 1.0, 0.5, "manga", "/x"),)},
            {"adapters": [{"sha256": "sha", "scale": 1, "text_scale": 0.5}]},
        ),
        (
            {"adapters": (AppliedAdapter("sha", 1.0, 1.0, block_scales=(("IN04", 0.5),)),)},
            {
                "adapters": [
                    {"sha256": "sha", "scale": 1, "text_scale": 1, "block_scales": [["IN04", 0.5]]}
                ]
            },
        ),
        (
            {"is_draft": True, "resumed": ResumedFrom((), 6)},
            {"is_draft": True, "resumed": {"adapters": [], "done": 6}},
        ),
        ({"dtype": "bfloat16", "batch": (7, 8)}, {"dtype": "bfloat16", "batch": [7, 8]}),
        (
            {"prediction": Prediction("v_prediction", zero_snr=True)},
            {"prediction": {"type": "v_prediction", "zero_snr": True}},
        ),
        ({"prediction": Prediction()}, {}),
        ({"merge_rule": MergeRule("ties", 0.2)}, {"merge_rule": {"name": "ties", "amount": 0.2}}),
        ({"merge_rule": MergeRule()}, {}),
        ({"is_compiled": True}, {"is_compiled": True}),
        ({"is_compiled": False}, {}),
    ],
)
def test_a_hash_is_of_the_schema_and_of_what_differs(fields, told):
    whole = {"schema": 1, "checkpoint": {"identity": "identity"}, **told}
    assert with_fields(**fields).sha256() == digest(whole)


def test_numbers_that_are_equal_are_told_alike():
    there = with_fields(
        sampling=Sampling(guidance_scale=5), adapters=(AppliedAdapter("a", 2, -0.0),)
    )
    here = with_fields(
        sampling=Sampling(guidance_scale=5.0), adapters=(AppliedAdapter("a", 2.0, 0.0),)
    )
    assert there == here
    assert there.sha256() == here.sha256()


def test_frozen_defaults_are_what_they_were():
    """Known since schema 1: a change here gives every hash another meaning."""
    assert FROZEN[Sampling] == {
        "prompt": "",
        "negative_prompt": "",
        "seed": 7,
        "steps": 10,
        "guidance_scale": 4,
        "sampler": "DPM++ 2M",
        "width": 128,
        "height": 128,
        "template": "",
        "author": None,
        "words": "plain",
    }
    assert FROZEN[GenerationRequest] == {
        "adapters": [],
        "sampling": {},
        "device": "cpu",
        "dtype": "float32",
        "merge_mode": "merged",
        "is_draft": False,
        "held": "",
        "grasped": [],
        "resumed": None,
        "batch": [],
        "prediction": {},
        "merge_rule": {},
        "draft_adapter": "",
        "is_compiled": False,
    }


@pytest.mark.parametrize("struct", STRUCTS)
def test_every_default_is_frozen(struct):
    """Whoever adds a field freezes the default that it starts with."""
    optional = {field.name for field in msgspec.structs.fields(struct) if not field.required}
    assert optional <= FROZEN[struct].keys()


class NewerSampling(Sampling, frozen=True, kw_only=True):
    eta: float = 0.3
    tiles: tuple[int, ...] = ()


class NewerAdapter(AppliedAdapter, frozen=True):
    blocks: tuple[float, ...] = ()


class NewerRequest(GenerationRequest, frozen=True, kw_only=True):
    tone: str = "plain"
    mask: CheckpointRef | None = None


def newer(struct: type, older: msgspec.Struct, **fields: Any) -> Any:
    return struct(**{name: getattr(older, name) for name in older.__struct_fields__} | fields)


@given(REQUESTS)
def test_new_fields_at_their_defaults_change_no_hash(request):
    """In the request, and in whatever it holds."""
    adapters = tuple(newer(NewerAdapter, a) for a in request.adapters)
    sampling = newer(NewerSampling, request.sampling)
    later = newer(NewerRequest, request, adapters=adapters, sampling=sampling)
    assert later.sha256() == request.sha256()


@pytest.mark.parametrize(
    "later",
    [
        newer(NewerRequest, BASE, tone="warm"),
        newer(NewerRequest, BASE, mask=CheckpointRef("", "")),
        newer(NewerRequest, BASE, sampling=NewerSampling(eta=0.0)),
        newer(NewerRequest, BASE, sampling=NewerSampling(tiles=(1,))),
        newer(NewerRequest, BASE, adapters=(NewerAdapter("a", 1.0, 1.0, blocks=(0.5,)),)),
    ],
)
def test_new_fields_with_other_values_do(later):
    older = {name: getattr(later, name) for name in BASE.__struct_fields__}
    if later.adapters:
        older["adapters"] = (AppliedAdapter("a", 1.0, 1.0),)
    older["sampling"] = Sampling()
    assert later.sha256() != GenerationRequest(**older).sha256()


class LaterSampling(Sampling, frozen=True, kw_only=True):
    """With other defaults than schema 1 was frozen with."""

    steps: int = 20
    sampler: str = "Euler"


def test_other_defaults_leave_old_hashes_their_meaning():
    old = with_fields(sampling=Sampling(steps=10, sampler="DPM++ 2M"))
    assert (
        with_fields(sampling=LaterSampling(steps=10, sampler="DPM++ 2M")).sha256() == old.sha256()
    )
    today = with_fields(sampling=Sampling(steps=20, sampler="Euler"))
    assert with_fields(sampling=LaterSampling()).sha256() == today.sha256()


def bare(request: GenerationRequest) -> GenerationRequest:
    """Without what decides no picture."""

    def unnamed(adapters):
        return tuple(
            AppliedAdapter(a.sha256, a.scale, a.text_scale, block_scales=a.block_scales)
            for a in adapters
        )

    identity = request.checkpoint.identity or request.checkpoint.path
    resumed = request.resumed
    return msgspec.structs.replace(
        request,
        checkpoint=CheckpointRef("", identity),
        adapters=unnamed(request.adapters),
        resumed=resumed and ResumedFrom(unnamed(resumed.adapters), resumed.done),
    )


@given(REQUESTS, REQUESTS)
def test_hashes_are_equal_where_the_pictures_are(one, other):
    assert (one.sha256() == other.sha256()) == (bare(one) == bare(other))


@given(REQUESTS)
def test_hashes_survive_json(request):
    again = msgspec.json.decode(msgspec.json.encode(request), type=GenerationRequest)
    assert again.sha256() == request.sha256()

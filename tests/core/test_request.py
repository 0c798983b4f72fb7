import msgspec
import pytest

from loraviewer.core.request import (
    MAX_SEED,
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

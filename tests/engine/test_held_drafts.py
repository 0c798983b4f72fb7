"""Nothing that was computed while a fader was held enters a settled picture."""

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.core.blocks import block_scales
from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import Rendered
from loraviewer.core.request import SAMPLERS, GenerationRequest, ResumedFrom
from loraviewer.core.stack import AppliedAdapter
from loraviewer.engine.studio_engine import StudioEngine
from tests.engine import tiny
from tests.engine.asking import render
from tests.engine.conftest import applied, silent

pytestmark = pytest.mark.sampled(4)

DTYPES = ("float32", "bfloat16", "float16")
TICKS = (0.25, 1.2, 0.7)


@pytest.fixture(scope="module")
def engines(tiny_folder) -> Callable[[str], StudioEngine]:
    """By precision; made when first asked for."""
    made: dict[str, StudioEngine] = {}

    def engine(dtype: str) -> StudioEngine:
        if dtype not in made:
            made[dtype] = StudioEngine("cpu", dtype)
            made[dtype].load_checkpoint(str(tiny_folder / "sd"), CancelToken(), silent)
        forget(made[dtype])
        return made[dtype]

    return engine


@pytest.fixture(scope="module")
def verbs(tiny_folder, tmp_path_factory) -> AppliedAdapter:
    """Another adapter of the UNet and the text encoder."""
    path = tmp_path_factory.mktemp("verbs") / "verbs.safetensors"
    return applied(tiny.write_lora(path, 5, with_text=True))


@pytest.fixture
def held_sums(monkeypatch) -> list[int]:
    """Bytes that the held fader may take; as much as there is, unless a test sets it."""
    limits: list[int] = []
    limit = WeightMerger.limit_held_sums

    def limited(merger: WeightMerger, limit_bytes: int) -> None:
        limit(merger, limits[0] if limits else limit_bytes)

    monkeypatch.setattr(WeightMerger, "limit_held_sums", limited)
    return limits


def forget(engine: StudioEngine) -> None:
    assert engine._loaded
    engine._loaded.merger.restore()
    engine._loaded.forget_results()
    engine._pictures.forget()


def directly(engine: StudioEngine, request: GenerationRequest) -> Rendered:
    forget(engine)
    return render(engine, request)


def at(adapter: AppliedAdapter, scale: float, text_scale: float | None = None) -> AppliedAdapter:
    text = scale if text_scale is None else text_scale
    return msgspec.structs.replace(adapter, scale=scale, text_scale=text)


def held(request: GenerationRequest, adapter: AppliedAdapter) -> GenerationRequest:
    return msgspec.structs.replace(request, is_draft=True, held=adapter.sha256)


def drag(engine: StudioEngine, settled: GenerationRequest, moved: AppliedAdapter) -> None:
    """The fader of `moved` to where it stands in `settled`; the last tick is at that place."""
    others = [a for a in settled.adapters if a.sha256 != moved.sha256]
    end = next(a for a in settled.adapters if a.sha256 == moved.sha256)
    for tick in TICKS:
        there = at(moved, end.scale * tick, end.text_scale * tick)
        stack = tuple(sorted([*others, there]))
        render(engine, held(msgspec.structs.replace(settled, adapters=stack), moved))
    shown = render(engine, held(settled, moved))
    assert shown.fingerprint == "", "these are the weights of a held fader"


def assert_same(dragged: Rendered, direct: Rendered) -> None:
    assert not dragged.is_from_cache
    assert not direct.is_from_cache
    assert dragged.request == direct.request
    assert dragged.fingerprint == direct.fingerprint != ""
    assert dragged.picture == direct.picture


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_painted_picture_is_the_one_rendered_directly(engines, request_for, words, verbs, dtype):
    """Over the blocks of the denoiser and of the text encoder, and back to where they were."""
    engine = engines(dtype)
    beside, pictures = at(verbs, 0.45), []
    for last in ({"IN04": 0.0}, {"IN04": 0.5, "TE1.00": 0.0}, {"TE1.01": -1.0}, {}):
        for factors in ({"IN04": 0.75}, {"IN04": 0.25, "TE1.00": 0.5}, last):
            painted = msgspec.structs.replace(at(words, 0.9), block_scales=block_scales(factors))
            request = request_for(painted, beside)
            render(engine, held(request, words))
        settled = render(engine, request)
        assert_same(settled, directly(engine, request))
        pictures.append(settled.picture.rgb)
    assert len(set(pictures)) == len(pictures)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_dragged_picture_is_the_one_rendered_directly(
    engines, request_for, words, verbs, dtype, sampler
):
    engine = engines(dtype)
    request = request_for(at(words, 0.9), at(verbs, 0.45), sampler=sampler)
    drag(engine, request, words)
    dragged = render(engine, request)
    assert_same(dragged, directly(engine, request))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("text_scale", [-1.5, 0.0, 0.3, 1.0, 7.0])
@pytest.mark.parametrize("master", [0.35, 1.0])
def test_whatever_the_strength_of_the_text_part(
    engines, request_for, words, verbs, dtype, text_scale, master
):
    engine = engines(dtype)
    request = request_for(at(words, 0.8 * master, text_scale * master), at(verbs, master))
    drag(engine, request, words)
    dragged = render(engine, request)
    assert_same(dragged, directly(engine, request))


@pytest.mark.parametrize("dtype", DTYPES)
def test_after_the_faders_of_two_adapters(engines, request_for, words, verbs, style, dtype):
    engine = engines(dtype)
    request = request_for(at(words, 0.9), at(verbs, 0.45), style)
    for moved in (words, style, verbs, words):
        drag(engine, request, moved)
    dragged = render(engine, request)
    assert_same(dragged, directly(engine, request))


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_picture_of_a_batch(engines, request_for, words, verbs, dtype):
    engine = engines(dtype)
    seeds = (3, 4, 5)
    asked = request_for(at(words, 0.9), at(verbs, 0.45), seed=4)
    request = msgspec.structs.replace(asked, batch=seeds)
    drag(engine, asked, words)
    dragged = [render(engine, request.with_seed(seed)) for seed in seeds]
    forget(engine)
    for one, seed in zip(dragged, seeds, strict=True):
        direct = render(engine, request.with_seed(seed))
        assert (one.picture, one.fingerprint) == (direct.picture, direct.fingerprint)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("has_step", [False, True])
def test_a_draft_is_the_same_whatever_came_before(
    engines, request_for, words, verbs, dtype, has_step
):
    """After a settled picture of the same prompt and stack, and without one."""
    engine = engines(dtype)
    start = request_for(at(words, 0.85), at(verbs, 0.45), steps=6)
    settled = request_for(at(words, 0.9), at(verbs, 0.45), steps=6)
    before = render(engine, start).request
    draft = held(msgspec.structs.replace(before, adapters=settled.adapters), words)
    if has_step:
        draft = msgspec.structs.replace(draft, resumed=ResumedFrom(start.adapters, 4))
    direct = render(engine, draft)
    assert direct.request == draft
    render(engine, settled)
    drag(engine, request_for(at(words, 0.2), at(verbs, 0.7)), verbs)
    engine._pictures.forget()
    again = render(engine, draft)
    assert not again.is_from_cache
    assert (again.request, again.picture) == (direct.request, direct.picture)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    dtype=st.sampled_from(DTYPES),
    moves=st.lists(
        st.tuples(st.booleans(), st.sampled_from([0.0, 0.3, 0.9]), st.sampled_from([0.0, 0.6, 1.1]))
    ),
)
def test_any_drags_end_in_the_same_picture(engines, request_for, words, verbs, dtype, moves):
    engine = engines(dtype)
    stack = {words.sha256: words, verbs.sha256: verbs}
    asked = request_for(*stack.values(), steps=1)
    for is_first, scale, text_scale in moves:
        moved = words if is_first else verbs
        stack[moved.sha256] = at(moved, scale, text_scale)
        heard = tuple(sorted(a for a in stack.values() if not a.is_silent))
        asked = msgspec.structs.replace(asked, adapters=heard)
        render(engine, held(asked, moved))
    dragged = render(engine, asked)
    assert_same(dragged, directly(engine, asked))


def test_a_draft_is_the_same_with_and_without_memory_for_its_fader(
    engines, request_for, words, held_sums
):
    engine = engines("bfloat16")
    request = held(request_for(at(words, 0.9)), words)
    with_memory = render(engine, request)
    held_sums.append(0)
    without = directly(engine, request)
    assert not without.is_from_cache
    assert (without.request, without.picture) == (with_memory.request, with_memory.picture)
    assert without.fingerprint == with_memory.fingerprint == ""


@pytest.mark.parametrize("was_held", [False, True])
def test_a_fader_held_at_zero_gives_settled_weights(engines, request_for, words, style, was_held):
    """Whether it was heard before or not."""
    engine = engines("bfloat16")
    expected = directly(engine, msgspec.structs.replace(request_for(style), is_draft=True))
    forget(engine)
    if was_held:
        render(engine, held(request_for(at(words, 0.9), style), words))
    shown = render(engine, held(request_for(style), words))
    assert shown.request.held == ""
    assert (shown.picture, shown.fingerprint) == (expected.picture, expected.fingerprint)


@pytest.mark.parametrize("dtype", DTYPES)
def test_only_drafts_are_made_while_a_fader_is_held(engines, request_for, words, dtype):
    engine = engines(dtype)
    request = request_for(at(words, 0.9))
    asked = msgspec.structs.replace(request, held=words.sha256)
    render(engine, held(request, words))
    assert_same(render(engine, asked), directly(engine, request))


def test_beside_the_weights_a_held_fader_changes_nothing(tiny_folder, request_for, words):
    """So that a strength that was there before is answered from the cache."""
    engine = StudioEngine("cpu", "bfloat16", merge_mode="unmerged")
    engine.load_checkpoint(str(tiny_folder / "sd"), CancelToken(), silent)
    draft = held(request_for(at(words, 0.9)), words)
    first = render(engine, draft)
    assert first.request.held == ""
    assert render(engine, draft).is_from_cache
    settled = render(engine, request_for(at(words, 0.9)))
    assert (settled.picture, settled.fingerprint) == (first.picture, first.fingerprint)


def test_a_prompt_is_encoded_again_only_where_its_encoder_may_differ(
    engines, request_for, style, words
):
    engine = engines("bfloat16")
    assert engine._loaded
    prompts = engine._loaded.prompts
    request = request_for(at(style, 0.5), at(words, 0.9))
    render(engine, request)
    assert len(prompts) == 2
    drag(engine, request, style)
    assert len(prompts) == 2, "the held adapter has no text part"

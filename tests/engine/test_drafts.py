"""Drafts that run the last steps of a settled picture of another stack."""

import msgspec
import pytest

from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.core.outcome import Progress, Rendered, RequestError
from loraviewer.core.request import SAMPLERS, GenerationRequest, ResumedFrom
from loraviewer.engine.rendering import picture_maker
from tests.engine.asking import render
from tests.engine.conftest import applied

pytestmark = pytest.mark.sampled(2)

STEPS = 6
DRAFT_STEPS = 2


def resuming(
    settled: GenerationRequest, before: GenerationRequest, steps: int
) -> GenerationRequest:
    """However far apart the stacks are."""
    resumed = ResumedFrom(before.adapters, settled.sampling.steps - steps)
    return msgspec.structs.replace(settled, is_draft=True, resumed=resumed)


def draft(settled: Rendered, before: Rendered, steps: int = DRAFT_STEPS) -> GenerationRequest:
    return resuming(settled.request, before.request, steps)


def distance(one: Rendered, other: Rendered) -> float:
    pairs = zip(one.picture.rgb, other.picture.rgb, strict=True)
    return sum(abs(a - b) for a, b in pairs) / len(one.picture.rgb)


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("done", [1, 3, STEPS - 1])
def test_resuming_with_the_same_weights_gives_the_settled_picture(
    engine, request_for, style, sampler, done
):
    settled = render(engine, request_for(style, sampler=sampler, steps=STEPS))
    resumed = msgspec.structs.replace(
        settled.request, is_draft=True, resumed=ResumedFrom(settled.request.adapters, done)
    )
    answer = render(engine, resumed)
    assert not answer.is_from_cache
    assert answer.request == resumed
    assert answer.picture == settled.picture


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_resumed_draft_is_a_pure_function_of_its_request(
    engine, request_for, style, words, sampler
):
    before = render(engine, request_for(style, sampler=sampler, steps=STEPS))
    settled = request_for(style, words, sampler=sampler, steps=STEPS)
    request = resuming(
        msgspec.structs.replace(
            settled,
            checkpoint=before.request.checkpoint,
            device=before.request.device,
            dtype=before.request.dtype,
        ),
        before.request,
        DRAFT_STEPS,
    )
    assert request.resumed is not None
    first = render(engine, request)
    assert first.picture != before.picture
    engine._pictures.forget()
    render(engine, request_for(words, steps=1))  # other weights in between
    again = render(engine, request)
    assert not again.is_from_cache
    assert again.picture == first.picture


def test_only_the_last_steps_are_run_and_counted(engine, request_for, style):
    base = render(engine, request_for(steps=STEPS))
    settled = msgspec.structs.replace(base.request, adapters=(style,))
    seen: list[Progress] = []
    answer = render(engine, resuming(settled, base.request, DRAFT_STEPS), on_progress=seen.append)
    assert answer.request.resumed == ResumedFrom((), STEPS - DRAFT_STEPS)
    assert [(p.step, p.steps) for p in seen if p.memory is None] == [(1, 2), (2, 2)]


def test_a_small_change_is_nearer_than_few_steps_are(engine, request_for, tiny_folder):
    path = tiny_folder / "style.safetensors"
    before = render(engine, request_for(applied(path, 0.5), steps=20))
    after = render(engine, request_for(applied(path, 0.51), steps=20))
    resumed = draft(after, before, 4)
    few = resumed.from_the_start()
    assert distance(render(engine, resumed), after) < distance(render(engine, few), after)


@pytest.mark.parametrize("forget", ["recover", "other picture"])
def test_without_the_kept_steps_a_draft_takes_few_from_the_start(
    engine, request_for, style, forget
):
    base = render(engine, request_for(steps=STEPS))
    settled = msgspec.structs.replace(base.request, adapters=(style,))
    request = resuming(settled, base.request, DRAFT_STEPS)
    if forget == "recover":
        engine.recover()
    else:
        engine._loaded.steps.clear()
    answer = render(engine, request)
    assert answer.request == request.from_the_start()
    assert answer.request.is_draft
    assert answer.request.sampling.steps == DRAFT_STEPS


def test_more_steps_than_are_kept(engine, request_for, style):
    base = render(engine, request_for(steps=20))
    settled = msgspec.structs.replace(base.request, adapters=(style,))
    assert render(engine, resuming(settled, base.request, 8)).request.resumed is not None
    assert render(engine, resuming(settled, base.request, 9)).request.resumed is None


def test_a_draft_is_no_start_for_others(engine, request_for, style):
    request = msgspec.structs.replace(request_for(style, steps=STEPS), is_draft=True)
    shown = render(engine, request)
    resumed = msgspec.structs.replace(shown.request, resumed=ResumedFrom((style,), 4))
    assert render(engine, resumed).request.resumed is None


@pytest.mark.parametrize("step", [1, 2])
def test_cancelling_a_resumed_draft_leaves_what_was_kept(engine, request_for, style, step):
    base = render(engine, request_for(steps=STEPS))
    settled = msgspec.structs.replace(base.request, adapters=(style,))
    request = resuming(settled, base.request, DRAFT_STEPS)
    expected = render(engine, request).picture
    engine._pictures.forget()
    token = CancelToken()

    def cancel(progress: Progress) -> None:
        if progress.step == step:
            token.cancel()

    with pytest.raises(Cancelled):
        render(engine, request, token=token, on_progress=cancel)
    assert render(engine, request).picture == expected
    assert engine.verify(CancelToken()).differing == ()


def test_impossible_starts_are_refused(engine, request_for, style):
    request = msgspec.structs.replace(
        request_for(style, steps=STEPS), is_draft=True, resumed=ResumedFrom((), STEPS)
    )
    with pytest.raises(RequestError, match="resume"):
        render(engine, request)


def test_the_scheduler_left_behind_can_be_saved(engine, request_for, style, tmp_path):
    base = render(engine, request_for(steps=STEPS))
    settled = msgspec.structs.replace(base.request, adapters=(style,))
    render(engine, resuming(settled, base.request, DRAFT_STEPS))
    engine.checkpoint.pipeline.scheduler.save_pretrained(tmp_path)
    assert engine.checkpoint.pipeline.config.scheduler[0] == "diffusers"


def held_draft(settled: GenerationRequest, held: str, grasped: Rendered) -> GenerationRequest:
    return msgspec.structs.replace(
        settled, is_draft=True, held=held, grasped=grasped.request.adapters
    )


def test_what_a_held_fader_made_of_the_prompt_stays_in_its_drafts(
    engine, request_for, words, monkeypatch
):
    """The text encoder's draft weights are a rounding step from the settled ones, and so are the
    embeddings: settled pictures and drafts of other drags encode the prompt themselves."""
    calls, real = [], picture_maker.encode_prompt

    def counted(*arguments):
        calls.append(arguments)
        return real(*arguments)

    monkeypatch.setattr(picture_maker, "encode_prompt", counted)
    before = render(engine, request_for(words, steps=STEPS))
    moved = msgspec.structs.replace(words, scale=0.7, text_scale=0.7)
    settled = request_for(moved, steps=STEPS)
    draft = held_draft(settled, words.sha256, before)
    for request, count in ((draft, 2), (settled, 2), (draft, 0)):
        calls.clear()
        render(engine, request)
        assert len(calls) == count  # the prompt and the negative one
    other = render(engine, request_for(msgspec.structs.replace(words, text_scale=0.9), steps=STEPS))
    calls.clear()
    render(engine, held_draft(settled, words.sha256, other))
    assert len(calls) == 2


def test_a_held_adapter_that_leaves_the_text_alone_shares_its_embeddings(
    engine, request_for, style, monkeypatch
):
    before = render(engine, request_for(style, steps=STEPS))
    moved = msgspec.structs.replace(style, scale=0.7)
    monkeypatch.setattr(picture_maker, "encode_prompt", None)
    render(engine, held_draft(request_for(moved, steps=STEPS), style.sha256, before))


def test_a_held_draft_is_a_pure_function_of_its_request(engine, request_for, style, words):
    """Straight from the settled picture, and after another stack was in the weights."""
    before = render(engine, request_for(style, words, steps=STEPS))
    moved = msgspec.structs.replace(style, scale=0.55, text_scale=0.55)
    request = held_draft(request_for(moved, words, steps=STEPS), style.sha256, before)
    first = render(engine, request)
    engine.recover()  # forgets pictures and embeddings
    render(engine, request_for(words, steps=STEPS))
    again = render(engine, request)
    assert not again.is_from_cache
    assert again.picture == first.picture


def test_a_held_fader_at_zero_is_a_draft_whatever_came_before(engine, request_for, style, words):
    """A silent adapter is not in the stack; the one that is held is known from where it was."""
    before = render(engine, request_for(style, words, steps=STEPS))
    at_zero = held_draft(request_for(words, steps=STEPS), style.sha256, before)
    first = render(engine, at_zero)
    engine.recover()
    moved = msgspec.structs.replace(style, scale=0.3, text_scale=0.3)
    render(engine, held_draft(request_for(moved, words, steps=STEPS), style.sha256, before))
    again = render(engine, at_zero)
    assert not again.is_from_cache
    assert (first.fingerprint, again.fingerprint) == ("", "")  # settled weights have one
    assert again.picture == first.picture

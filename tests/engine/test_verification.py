"""Making pictures again with a real engine: never from a cache, drafts with the steps they took."""

import msgspec
import pytest

from loraviewer.core.cancel import CancelToken
from loraviewer.core.infotext import record_of
from loraviewer.core.request import ResumedFrom
from loraviewer.core.verification import RecordedPicture
from loraviewer.engine.verification import made_again
from tests.engine.asking import render
from tests.engine.conftest import start_over
from tests.listeners import silent


def recorded(made, **changes) -> RecordedPicture:
    return RecordedPicture(
        record=record_of(made), picture=made.picture, request=made.request, **changes
    )


def test_a_picture_that_is_known_is_made_anew_where_asked(engine, request_for, style):
    request = request_for(style)
    first = render(engine, request)
    assert render(engine, request).is_from_cache
    again = engine.render_anew(request, CancelToken(), lambda _: None)
    assert not again.is_from_cache
    assert again.picture == first.picture


def test_the_same_engine_makes_the_same_picture(engine, request_for, style, words):
    made = render(engine, request_for(style, words))
    start_over(engine)
    assert made_again(engine, recorded(made), CancelToken(), silent).result == "identical"


def test_a_draft_that_went_on_from_another_picture(engine, request_for, style):
    settled = render(engine, request_for(style))
    moved = msgspec.structs.replace(style, scale=0.9, text_scale=0.9)
    asked = msgspec.structs.replace(
        request_for(moved),
        checkpoint=settled.request.checkpoint,
        is_draft=True,
        resumed=ResumedFrom(settled.request.adapters, 1),
    )
    draft = render(engine, asked)
    assert draft.request.resumed is not None
    start_over(engine)
    assert made_again(engine, recorded(draft), CancelToken(), silent).result == "identical"


@pytest.mark.parametrize("scale", [0.5, -2.0])
def test_another_stack_is_another_picture(engine, request_for, style, scale):
    made = render(engine, request_for(style))
    other = msgspec.structs.replace(style, scale=scale, text_scale=scale)
    request = msgspec.structs.replace(made.request, adapters=(other,))
    changed = msgspec.structs.replace(recorded(made, changed=("style",)), request=request)
    answer = made_again(engine, changed, CancelToken(), silent)
    assert answer.result == "different"
    assert answer.causes[0] == "the adapter “style” has changed since"
    assert answer.max_difference is not None
    assert answer.mean_difference is not None
    assert answer.max_difference >= answer.mean_difference > 0


@pytest.mark.parametrize("threads", [-3, 10**9])
def test_a_number_of_threads_that_cannot_be_is_not_taken(engine, request_for, style, threads):
    made = render(engine, request_for(style))
    told = msgspec.structs.replace(record_of(made), threads=threads)
    start_over(engine)
    odd = msgspec.structs.replace(recorded(made), record=told)
    assert made_again(engine, odd, CancelToken(), silent).max_difference is not None

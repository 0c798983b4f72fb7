"""Several seeds denoised in one go."""

from collections.abc import Iterator

import pytest
import torch

from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.core.outcome import OutOfMemory, Rendered
from loraviewer.core.request import SAMPLERS, GenerationRequest
from loraviewer.engine.studio_engine import StudioEngine
from tests.engine.conftest import silent, start_over

PIXELS = 3 * 32 * 32
SEEDS = range(4)


@pytest.fixture(scope="module")
def loaded(tiny_folder) -> StudioEngine:
    engine = StudioEngine("cpu", batch_pixels=PIXELS)
    engine.load_checkpoint(str(tiny_folder / "sd"), CancelToken(), silent)
    return engine


@pytest.fixture
def batching(loaded) -> Iterator[StudioEngine]:
    """Makes three pictures of 32×32 in one go."""
    start_over(loaded)
    yield loaded
    start_over(loaded)


def requests(request_for, *adapters, **sampling) -> list[GenerationRequest]:
    return [request_for(*adapters, seed=seed, **sampling) for seed in SEEDS]


def many(engine: StudioEngine, asked: list[GenerationRequest], token=None) -> tuple[Rendered, ...]:
    return engine.render_many(asked, token or CancelToken(), silent)


def largest_difference(one: Rendered, other: Rendered) -> int:
    pairs = zip(one.picture.rgb, other.picture.rgb, strict=True)
    return max(abs(a - b) for a, b in pairs)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_each_picture_is_the_one_of_its_seed(batching, engine, request_for, style, sampler):
    asked = requests(request_for, style, sampler=sampler)
    made = many(batching, asked)
    assert [rendered.request.batch for rendered in made] == [(0, 1, 2)] * 3 + [()]
    for request, rendered in zip(asked, made, strict=True):
        alone = engine.render(request, CancelToken(), silent)
        assert rendered.request.sampling == request.sampling
        assert largest_difference(rendered, alone) <= 1
        assert rendered.fingerprint == alone.fingerprint
    assert len({rendered.picture.rgb for rendered in made}) == len(SEEDS)


def test_the_request_of_a_batch_gives_the_same_bytes_again(batching, request_for):
    made = many(batching, requests(request_for))
    start_over(batching)
    again = batching.render(made[1].request, CancelToken(), silent)
    assert not again.is_from_cache
    assert again.picture == made[1].picture
    assert again.request == made[1].request


def test_a_picture_alone_is_never_answered_with_one_of_a_batch(batching, engine, request_for):
    asked = requests(request_for)
    many(batching, asked)
    alone = batching.render(asked[0], CancelToken(), silent)
    assert not alone.is_from_cache
    assert alone.picture == engine.render(asked[0], CancelToken(), silent).picture


def test_an_equal_batch_comes_from_the_cache(batching, request_for):
    made = many(batching, requests(request_for))
    again = many(batching, requests(request_for))
    assert all(rendered.is_from_cache for rendered in again)
    assert [r.picture for r in again] == [r.picture for r in made]


def test_sdxl_in_a_batch(tiny_folder, request_for):
    engine = StudioEngine("cpu", batch_pixels=PIXELS)
    engine.load_checkpoint(str(tiny_folder / "xl"), CancelToken(), silent)
    asked = requests(request_for)
    for request, rendered in zip(asked, many(engine, asked), strict=True):
        alone = engine.render(request, CancelToken(), silent)
        assert largest_difference(rendered, alone) <= 1


def test_on_a_cpu_pictures_are_made_one_by_one(engine, request_for):
    asked = requests(request_for)
    made = many(engine, asked)
    assert all(rendered.request.batch == () for rendered in made)
    assert engine.render(asked[2], CancelToken(), silent).is_from_cache


def test_other_pictures_between_seeds_keep_their_places(batching, request_for, style):
    asked = [request_for(seed=0), request_for(style, seed=0), request_for(style, seed=1)]
    made = many(batching, asked)
    assert [r.request.adapters for r in made] == [r.adapters for r in asked]
    assert [r.request.batch for r in made] == [(), (0, 1), (0, 1)]


def test_where_memory_does_not_do_for_a_batch_they_are_made_one_by_one(
    batching, request_for, monkeypatch
):
    renderer = batching.checkpoint.renderer
    denoise = renderer.denoise

    def short_of_memory(sampling, positive, negative, watch, kept, seeds, prediction):
        if seeds:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return denoise(sampling, positive, negative, watch, kept, seeds, prediction)

    monkeypatch.setattr(renderer, "denoise", short_of_memory)
    made = many(batching, requests(request_for))
    assert [rendered.request.batch for rendered in made] == [()] * 4
    assert [rendered.request.sampling.seed for rendered in made] == list(SEEDS)


def test_where_memory_does_not_do_for_one_there_is_a_sentence(batching, request_for, monkeypatch):
    def fail(*_):
        raise MemoryError

    monkeypatch.setattr(batching.checkpoint.renderer, "denoise", fail)
    with pytest.raises(OutOfMemory, match="32×32"):
        many(batching, requests(request_for))


def test_cancelling_a_batch_leaves_nothing_behind(batching, request_for, style):
    token = CancelToken()

    def cancel(index, progress) -> None:
        if progress.step == 2:
            token.cancel()

    asked = requests(request_for, style)
    with pytest.raises(Cancelled):
        batching.render_many(asked, token, cancel)
    assert len(batching._pictures._images) == 0
    assert batching.verify(CancelToken()).differing == ()
    assert len(many(batching, asked)) == 4

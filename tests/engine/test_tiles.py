"""Pictures that are decoded in tiles, where there is no memory for the whole."""

import pytest
import torch

from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import CheckpointError, OutOfMemory
from loraviewer.engine.device import FreeMemory
from loraviewer.engine.rendering import pipeline

SIZE = (512, 64)


@pytest.fixture
def latents(engine) -> torch.Tensor:
    """Of a picture of 512×64 pixels; the tiny VAE has four for each of latents."""
    return torch.randn(1, 4, 16, 128, generator=torch.Generator().manual_seed(0))


def free(host: int):
    return lambda device: FreeMemory(host)


def levels(picture) -> torch.Tensor:
    return torch.frombuffer(bytearray(picture.rgb), dtype=torch.uint8).double()


def test_a_picture_that_fits_is_decoded_whole(engine, latents):
    decoded = pipeline.decode(engine.checkpoint, latents, SIZE, free(2**40))
    assert decoded.tile_px == 0
    assert decoded.picture == engine.checkpoint.renderer.decode(latents).picture


def test_where_memory_is_short_tiles_give_nearly_the_same_picture(engine, latents):
    whole = pipeline.decode(engine.checkpoint, latents, SIZE, free(2**40)).picture
    tiled = pipeline.decode(engine.checkpoint, latents, SIZE, free(1))
    assert tiled.tile_px == 256
    assert (tiled.picture.width, tiled.picture.height) == SIZE
    assert tiled.picture != whole
    assert (levels(tiled.picture) - levels(whole)).abs().mean() < 5.0
    again = pipeline.decode(engine.checkpoint, latents, SIZE, free(2**40))
    assert again.picture == whole, "the next picture is whole again"


def test_what_matters_less_than_a_whole_picture_makes_room_for_it(engine, latents):
    room = [1, 2**40]
    spared = []

    def measure(device):
        return FreeMemory(room[len(spared)])

    def spare() -> bool:
        spared.append(True)
        return True

    decoded = pipeline.decode(engine.checkpoint, latents, SIZE, measure, spare)
    assert decoded.tile_px == 0
    pipeline.decode(engine.checkpoint, latents, SIZE, free(2**40), spare)
    assert len(spared) == 1  # there was room enough


def failing_once(engine, monkeypatch, error: Exception, times: int = 1) -> list[bool]:
    """The VAE fails so often; returns whether it decoded in tiles each time."""
    vae, calls = engine.checkpoint.pipeline.vae, []
    decode = vae.decode

    def fail(*args, **kwargs):
        calls.append(vae.use_tiling)
        if len(calls) <= times:
            raise error
        return decode(*args, **kwargs)

    monkeypatch.setattr(vae, "decode", fail)
    return calls


def test_after_running_out_of_memory_it_is_tried_once_more_in_tiles(engine, latents, monkeypatch):
    calls = failing_once(engine, monkeypatch, torch.OutOfMemoryError("CUDA out of memory"))
    decoded = pipeline.decode(engine.checkpoint, latents, SIZE, free(2**40))
    assert decoded.tile_px == 256
    assert calls == [False, True]


def test_by_then_what_matters_less_is_gone(engine, latents, monkeypatch):
    failing_once(engine, monkeypatch, torch.OutOfMemoryError("CUDA out of memory"))
    spared = []
    pipeline.decode(engine.checkpoint, latents, SIZE, free(2**40), lambda: not spared.append(True))
    assert spared == [True]


def test_only_once(engine, latents, monkeypatch):
    calls = failing_once(engine, monkeypatch, MemoryError(), times=9)
    with pytest.raises(MemoryError):
        pipeline.decode(engine.checkpoint, latents, SIZE, free(2**40))
    assert calls == [False, True]
    assert not engine.checkpoint.pipeline.vae.use_tiling


def test_other_failures_are_not_tried_again(engine, latents, monkeypatch):
    calls = failing_once(engine, monkeypatch, RuntimeError("shapes do not match"), times=9)
    with pytest.raises(CheckpointError, match=r"no picture can be made .*shapes"):
        pipeline.decode(engine.checkpoint, latents, SIZE, free(2**40))
    assert calls == [False]


def test_the_outcome_says_that_it_was_decoded_in_tiles(engine, request_for, monkeypatch):
    failing_once(engine, monkeypatch, MemoryError())
    request = request_for(width=512, height=64, steps=1)
    assert engine.render(request, CancelToken(), lambda _: None).tile_px == 256


def test_a_picture_smaller_than_any_tile_fails_in_a_sentence(engine, request_for, monkeypatch):
    failing_once(engine, monkeypatch, MemoryError(), times=9)
    with pytest.raises(OutOfMemory, match="32×32"):
        engine.render(request_for(steps=1), CancelToken(), lambda _: None)

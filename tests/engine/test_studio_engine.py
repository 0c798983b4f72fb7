from collections.abc import Callable, Iterator

import msgspec
import pytest
import torch

from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.core.infotext import record_of
from loraviewer.core.outcome import (
    CheckpointError,
    LoraviewerError,
    OutOfMemory,
    Progress,
    RequestError,
    Timings,
)
from loraviewer.core.request import SAMPLERS, CheckpointRef, ResumedFrom
from loraviewer.engine.rendering import picture_maker, pipeline
from loraviewer.engine.studio_engine import StudioEngine
from tests.engine.asking import render
from tests.engine.conftest import applied, silent, start_over


def forget_pictures(engine: StudioEngine) -> None:
    engine._pictures.forget()


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("steps", [1, 3])
def test_every_sampler_renders_the_same_bytes_twice(engine, request_for, sampler, steps):
    request = request_for(sampler=sampler, steps=steps)
    first = render(engine, request)
    forget_pictures(engine)
    second = render(engine, request)
    assert not second.is_from_cache
    assert first.picture == second.picture
    assert (first.picture.width, first.picture.height) == (32, 32)
    assert len(set(first.picture.rgb)) > 20  # no flat colour


def test_seeds_prompts_and_guidance_change_the_picture(engine, request_for):
    pictures = {
        render(engine, request_for(**values)).picture.rgb
        for values in (
            {},
            {"seed": 8},
            {"prompt": "a blue tree"},
            {"negative_prompt": "blurry"},
            {"guidance_scale": 1.0},
            {"steps": 4},
        )
    }
    assert len(pictures) == 6


def test_any_multiple_of_8_is_a_size(engine, request_for):
    picture = render(engine, request_for(width=40, height=24)).picture
    assert (picture.width, picture.height) == (40, 24)


def test_the_empty_stack_gives_the_base_bit_for_bit(engine, request_for, style, words):
    base = render(engine, request_for())
    stacked = render(engine, request_for(style, words))
    forget_pictures(engine)
    again = render(engine, request_for())
    assert stacked.picture != base.picture
    assert stacked.fingerprint != base.fingerprint
    assert again.picture == base.picture
    assert again.fingerprint == base.fingerprint
    assert engine.verify(CancelToken()).differing == ()


def test_scale_zero_is_the_base(engine, request_for, tiny_folder):
    base = render(engine, request_for())
    zero = applied(tiny_folder / "words.safetensors", 0.0)
    forget_pictures(engine)
    assert render(engine, request_for(zero)).picture == base.picture


def test_the_same_stack_gives_the_same_picture_whatever_came_before(
    engine, request_for, style, words
):
    direct = render(engine, request_for(style, words))
    render(engine, request_for(words))
    render(engine, request_for(style))
    forget_pictures(engine)
    around = render(engine, request_for(words, style))
    assert around.picture == direct.picture
    assert around.fingerprint == direct.fingerprint


def test_an_equal_request_is_answered_from_the_cache(engine, request_for, style):
    first = render(engine, request_for(style))
    renamed = msgspec.structs.replace(style, name="another name")
    second = render(engine, request_for(renamed))
    assert second.is_from_cache
    assert second.picture == first.picture
    assert second.timings == Timings()


def test_drafts_and_settled_pictures_do_not_share_the_cache(engine, request_for):
    request = request_for()
    render(engine, request)
    assert not render(engine, msgspec.structs.replace(request, is_draft=True)).is_from_cache


def test_timings_of_all_four_stages(engine, request_for, words):
    timings = render(engine, request_for(words)).timings
    assert min(timings.merge_ms, timings.encode_ms, timings.denoise_ms, timings.decode_ms) > 0.0


def test_progress_counts_steps_and_previews_every_other_one(engine, request_for):
    seen: list[Progress] = []
    render(engine, request_for(steps=5), on_progress=seen.append)
    assert [p.step for p in seen] == [1, 2, 3, 4, 5]
    assert {p.steps for p in seen} == {5}
    assert [p.preview is not None for p in seen] == [False, True, False, True, False]
    preview = seen[1].preview
    assert preview is not None
    assert (preview.width, preview.height) == (8, 8)


def test_where_nobody_looks_at_previews_there_are_none_and_the_same_picture(
    engine, request_for, tiny_folder
):
    blind = StudioEngine("cpu", previews=False)
    blind.load_checkpoint(str(tiny_folder / "sd"), CancelToken(), silent)
    seen: list[Progress] = []
    made = blind.render(request_for(steps=5), CancelToken(), seen.append)
    assert [p.preview for p in seen if p.memory is None] == [None] * 5
    assert made.picture == render(engine, request_for(steps=5)).picture


def test_the_outcome_names_what_was_really_used(engine, request_for):
    request = render(engine, request_for()).request
    assert request.checkpoint.identity
    assert request.checkpoint.path.endswith("sd")
    assert (request.device, request.dtype) == ("cpu", "float32")


@pytest.fixture
def threads() -> Iterator[Callable[[int], None]]:
    """Sets the number of torch's threads until the test ends."""
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


def test_the_number_of_threads_is_told_and_no_cache_mixes_them(
    engine, request_for, words, monkeypatch, threads
):
    encoded = count_encodings(monkeypatch)
    threads(1)
    one = render(engine, request_for(words))
    merged = engine._loaded.merger.apply
    results = []

    def counting(*arguments, **named):
        results.append(merged(*arguments, **named))
        return results[-1]

    monkeypatch.setattr(engine._loaded.merger, "apply", counting)
    threads(2)
    two = render(engine, request_for(words))
    assert (one.threads, two.threads) == (1, 2)
    assert not two.is_from_cache
    assert len(encoded) == 4, "embeddings are sums too"
    assert results[-1].weights_rebuilt == 5, "so are merged weights"
    draft = msgspec.structs.replace(
        one.request, is_draft=True, resumed=ResumedFrom(one.request.adapters, 2)
    )
    threads(1)
    assert render(engine, draft).request.resumed is None, "the steps were made by two threads"
    again = render(engine, request_for(words))
    assert not again.is_from_cache
    assert (again.picture, again.threads) == (one.picture, 1)
    assert record_of(again).threads == 1


# Cancelling: at every check point, and the next picture is as if nothing had happened.


class _CancelAfter(CancelToken):
    """Cancels itself at the n-th check."""

    def __init__(self, checks: int) -> None:
        super().__init__()
        self._left = checks

    def raise_if_cancelled(self) -> None:
        self._left -= 1
        if self._left <= 0:
            self.cancel()
        super().raise_if_cancelled()


def count_checks(engine, request) -> int:
    class Counting(CancelToken):
        checks = 0

        def raise_if_cancelled(self) -> None:
            self.checks += 1

    token = Counting()
    render(engine, request, token=token)
    return token.checks


def test_cancel_at_every_check_leaves_the_engine_usable(engine, request_for, style, words):
    request = request_for(style, words)
    expected = render(engine, request).picture
    start_over(engine)
    checks = count_checks(engine, request)
    assert checks >= 8  # before merging, modules, before encoding, three steps, before decoding
    for check in range(1, checks + 1):
        start_over(engine)
        with pytest.raises(Cancelled):
            render(engine, request, token=_CancelAfter(check))
        assert engine.verify(CancelToken()).differing == ()
    assert render(engine, request).picture == expected


def test_a_cancelled_picture_is_never_decoded(engine, request_for, monkeypatch):
    monkeypatch.setattr(picture_maker, "decode", lambda *_: pytest.fail("it was decoded"))
    token = CancelToken()
    with pytest.raises(Cancelled):
        render(engine, request_for(), token=token, on_progress=lambda progress: token.cancel())


# Prompts


def count_encodings(monkeypatch) -> list[str]:
    encoded: list[str] = []
    original = pipeline.encode_prompt

    def counting(checkpoint, text, is_negative, chunks):
        encoded.append(text)
        return original(checkpoint, text, is_negative, chunks)

    monkeypatch.setattr(picture_maker, "encode_prompt", counting)
    return encoded


def test_prompts_are_encoded_once(engine, request_for, monkeypatch, style):
    encoded = count_encodings(monkeypatch)
    render(engine, request_for())
    render(engine, request_for(seed=8))
    render(engine, request_for(style))  # has no text-encoder part
    assert encoded == ["a red cat", ""]


def test_a_change_of_the_text_encoders_encodes_again(engine, request_for, monkeypatch, tiny_folder):
    encoded = count_encodings(monkeypatch)
    path = tiny_folder / "words.safetensors"
    render(engine, request_for(applied(path, 1.0, 1.0)))
    render(engine, request_for(applied(path, 0.5, 1.0)))
    assert len(encoded) == 2
    louder = render(engine, request_for(applied(path, 0.5, 2.0)))
    assert len(encoded) == 4
    assert louder.picture != render(engine, request_for(applied(path, 0.5, 1.0))).picture


# Failures


def test_without_a_checkpoint_there_is_a_sentence(request_for):
    with pytest.raises(RequestError, match="open one first"):
        render(StudioEngine("cpu"), request_for())


def test_a_request_for_another_checkpoint_is_refused(engine, request_for):
    other = msgspec.structs.replace(request_for(), checkpoint=CheckpointRef("other", "1234"))
    with pytest.raises(RequestError, match="another checkpoint"):
        render(engine, other)


def test_an_impossible_request_is_refused(engine, request_for):
    with pytest.raises(RequestError, match="multiples of 8"):
        render(engine, request_for(width=33))


def test_a_failed_load_keeps_the_previous_checkpoint(engine, request_for, tmp_path):
    expected = render(engine, request_for()).picture
    with pytest.raises(CheckpointError):
        engine.load_checkpoint(str(tmp_path / "nothing"), CancelToken(), silent)
    forget_pictures(engine)
    assert render(engine, request_for()).picture == expected


def test_a_cancelled_load_keeps_the_previous_checkpoint(engine, request_for, tiny_folder):
    expected = render(engine, request_for()).picture
    token = CancelToken()
    with pytest.raises(Cancelled):
        engine.load_checkpoint(str(tiny_folder / "half"), token, lambda *step: token.cancel())
    forget_pictures(engine)
    assert render(engine, request_for()).picture == expected


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("DefaultCPUAllocator: not enough memory"),
    ],
)
def test_out_of_memory_is_one_sentence_and_the_base_returns(
    engine, request_for, style, monkeypatch, error
):
    expected = render(engine, request_for()).picture

    def fail(*_, **__):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(picture_maker, "decode", fail)
        with pytest.raises(OutOfMemory, match="not enough memory"):
            render(engine, request_for(style))
    assert engine._loaded
    assert engine._loaded.merger.applied == ()
    assert render(engine, request_for()).picture == expected


def test_a_check_can_be_stopped(engine, request_for, style):
    render(engine, request_for(style))
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        engine.verify(token)
    check = engine.verify(CancelToken())
    assert check.differing == ()
    networks = engine.checkpoint.networks.values()
    parameters = sum(len(list(network.parameters())) for network in networks)
    assert check.checked >= parameters


def test_a_stack_that_is_not_live_is_merged_before_it_is_checked(engine, request_for, style, words):
    of_style = render(engine, request_for(style))
    render(engine, request_for(words))
    live = {name: w.clone() for name, w in engine.checkpoint.pipeline.unet.named_parameters()}
    assert engine.verify(CancelToken(), of_style.request.adapters).differing == ()
    now = dict(engine.checkpoint.pipeline.unet.named_parameters())
    assert any(not torch.equal(live[name], now[name]) for name in live)
    forget_pictures(engine)
    again = render(engine, request_for(style))
    assert (again.picture, again.fingerprint) == (of_style.picture, of_style.fingerprint)


def test_damaged_weights_are_named_and_healed(engine, request_for, style):
    expected = render(engine, request_for(style)).picture
    name = "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k"
    engine.checkpoint.pipeline.unet.get_submodule(name).weight.data.add_(1.0)
    assert engine.verify(CancelToken()).differing == (f"unet.{name}.weight",)
    assert engine.verify(CancelToken()).differing == ()
    assert render(engine, request_for(style)).picture == expected


def test_memory_and_close(tiny_folder, request_for):
    engine = StudioEngine("cpu")
    assert engine.memory_bytes() > 2**20
    engine.load_checkpoint(str(tiny_folder / "sd"), CancelToken(), silent)
    engine.close()
    with pytest.raises(LoraviewerError):
        render(engine, request_for())

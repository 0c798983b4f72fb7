"""LoRA Switch and LoRA Composite: what single adapters give, and what the paper says of several."""

import msgspec
import pytest
import torch
from safetensors.torch import save_file

from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.core.infotext import record_of
from loraviewer.core.merge_rules import SUM, MergeRule
from loraviewer.core.outcome import Rendered, RequestError
from loraviewer.core.request import GenerationRequest, ResumedFrom
from loraviewer.core.stack import AppliedAdapter
from loraviewer.core.verification import RecordedPicture
from loraviewer.engine.rendering.renderers.taking_turns import Turn, Turns, mean
from loraviewer.engine.studio_engine import StudioEngine
from loraviewer.engine.verification import made_again
from tests.engine import tiny
from tests.engine.asking import render
from tests.engine.conftest import applied, silent, start_over

pytestmark = pytest.mark.sampled(2)

COMPOSITE = MergeRule("composite")
SWITCHES = [MergeRule("switch", turn) for turn in (1, 2, 3)]
RULES = [COMPOSITE, *SWITCHES]


def by(request: GenerationRequest, rule: MergeRule) -> GenerationRequest:
    return msgspec.structs.replace(request, merge_rule=rule)


def anew(engine: StudioEngine, request: GenerationRequest) -> Rendered:
    start_over(engine)
    return render(engine, request)


@pytest.fixture(scope="module")
def verbs(tiny_folder, tmp_path_factory) -> AppliedAdapter:
    """Another adapter of the UNet and the text encoder."""
    path = tmp_path_factory.mktemp("verbs") / "verbs.safetensors"
    return applied(tiny.write_lora(path, 5, with_text=True), 0.8, 0.6)


@pytest.mark.parametrize("rule", RULES)
def test_one_adapter_gives_what_it_gives_in_a_sum(engine, request_for, words, rule):
    strong = msgspec.structs.replace(words, scale=0.7, text_scale=1.3)
    for request in (request_for(strong), request_for()):
        alone = anew(engine, request)
        ruled = anew(engine, by(request, rule))
        assert not ruled.is_from_cache
        assert ruled.picture == alone.picture
        assert ruled.fingerprint == alone.fingerprint


def test_a_long_turn_is_the_first_adapter_alone(engine, request_for, words, verbs, style):
    first, *_ = stack = sorted([words, verbs, style])
    alone = anew(engine, request_for(first))
    for turn in (3, 1000):
        ruled = anew(engine, by(request_for(*stack), MergeRule("switch", turn)))
        assert ruled.picture == alone.picture
    assert anew(engine, by(request_for(*stack), MergeRule("switch", 2))).picture != alone.picture


def test_each_step_of_a_switch_is_that_of_the_adapter_alone(engine, request_for, words, verbs):
    """Two steps with τ = 1: a picture whose first step is the first one's, resumed by the other."""
    first, second = sorted([words, verbs])
    ruled = anew(engine, by(request_for(first, second, steps=2), MergeRule("switch", 1)))
    start_over(engine)
    settled = render(engine, request_for(first, steps=2))
    resumed = msgspec.structs.replace(
        request_for(second, steps=2),
        checkpoint=settled.request.checkpoint,
        is_draft=True,
        resumed=ResumedFrom(settled.request.adapters, 1),
    )
    by_hand = render(engine, resumed)
    assert by_hand.request.resumed is not None
    assert ruled.picture == by_hand.picture


def test_a_composite_of_two_copies_is_the_adapter(engine, request_for, words):
    alone = anew(engine, request_for(words))
    twice = anew(engine, by(request_for(words, words), COMPOSITE))
    assert twice.picture == alone.picture
    assert anew(engine, request_for(words, words)).picture != alone.picture


def test_a_composite_of_one_step_is_the_mean_of_the_latents(
    engine, request_for, words, verbs, monkeypatch
):
    """A step of DDIM is linear in what is predicted, so one step from the same noise is the mean
    of those of the adapters, guidance and prompts of each among them."""
    latents = []
    checkpoint = engine.checkpoint
    decode = checkpoint.renderer.decode

    def listening(denoised, tile_px=0):
        latents.append(denoised.clone())
        return decode(denoised, tile_px)

    monkeypatch.setattr(checkpoint.renderer, "decode", listening)
    sampling = {"steps": 1, "sampler": "DDIM", "negative_prompt": "blurry", "guidance_scale": 3.0}
    for request in (
        request_for(words, **sampling),
        request_for(verbs, **sampling),
        by(request_for(words, verbs, **sampling), COMPOSITE),
    ):
        anew(engine, request)
    one, other, both = latents
    assert not torch.allclose(one, other, atol=1e-3)
    torch.testing.assert_close(both, (one + other) / 2, atol=1e-5, rtol=1e-4)


@pytest.fixture(scope="module")
def xl_engine(tiny_folder) -> StudioEngine:
    engine = StudioEngine("cpu")
    engine.load_checkpoint(str(tiny_folder / "xl"), CancelToken(), silent)
    return engine


@pytest.mark.parametrize("rule", [COMPOSITE, SWITCHES[0]])
@pytest.mark.parametrize("guidance_scale", [1.0, 4.0])
def test_sdxl_takes_turns_with_both_of_its_embeddings(
    xl_engine, request_for, rule, guidance_scale, tmp_path
):
    """Two copies of an adapter of both text encoders: what they give is what one of them gives."""
    tensors = {}
    for part in ("text_encoder", "text_encoder_2"):
        generator = torch.Generator().manual_seed(4)
        name = f"{part}.text_model.encoder.layers.1.self_attn.v_proj"
        tensors[f"{name}.lora_B.weight"] = torch.randn(32, 4, generator=generator)
        tensors[f"{name}.lora_A.weight"] = torch.randn(4, 32, generator=generator)
    save_file(tensors, tmp_path / "xl.safetensors")
    adapter = applied(tmp_path / "xl.safetensors")
    sampling = {"guidance_scale": guidance_scale, "negative_prompt": "blurry"}
    alone = render(xl_engine, request_for(adapter, **sampling))
    assert render(xl_engine, request_for(**sampling)).picture != alone.picture
    copies = by(request_for(adapter, adapter, **sampling), rule)
    assert render(xl_engine, copies).picture == alone.picture


@pytest.mark.parametrize("rule", [COMPOSITE, SWITCHES[0]])
def test_sums_are_the_same_before_and_after(engine, request_for, words, verbs, rule):
    request = request_for(words, verbs)
    before = anew(engine, request)
    start_over(engine)
    ruled = render(engine, by(request, rule))
    assert ruled.picture != before.picture
    assert ruled.fingerprint not in ("", before.fingerprint)
    assert engine.verify(CancelToken()).differing == ()
    again = render(engine, request)
    assert not again.is_from_cache
    assert (again.picture, again.fingerprint) == (before.picture, before.fingerprint)
    assert render(engine, by(request, rule)).is_from_cache


@pytest.mark.parametrize("rule", RULES)
def test_it_is_made_again_from_its_record(engine, request_for, words, verbs, rule):
    made = anew(engine, by(request_for(words, verbs), rule))
    recorded = RecordedPicture(record=record_of(made), picture=made.picture, request=made.request)
    start_over(engine)
    assert made_again(engine, recorded, CancelToken(), silent).result == "identical"
    start_over(engine)
    assert render(engine, made.request).fingerprint == made.fingerprint


@pytest.mark.parametrize("rule", [COMPOSITE, SWITCHES[0]])
@pytest.mark.parametrize("at", [1, 2])
def test_it_is_cancelled_at_any_step(engine, request_for, words, verbs, rule, at):
    request = by(request_for(words, verbs), rule)
    whole = anew(engine, request)
    start_over(engine)
    token, seen = CancelToken(), []

    def on_progress(progress) -> None:
        if progress.steps and progress.step:
            seen.append((progress.step, progress.steps))
            if progress.step == at:
                token.cancel()

    with pytest.raises(Cancelled):
        render(engine, request, token=token, on_progress=on_progress)
    assert seen == [(step, 3) for step in range(1, at + 1)]
    assert engine.verify(CancelToken()).differing == ()
    assert render(engine, request).picture == whole.picture


@pytest.mark.parametrize("rule", RULES)
def test_drafts_go_on_from_a_picture_of_their_own_rule(engine, request_for, words, verbs, rule):
    """Of the same stack, where all steps are the same; never from that of a sum."""
    request = by(request_for(words, verbs, steps=4), rule)
    start_over(engine)
    settled = render(engine, request)
    draft = msgspec.structs.replace(
        request,
        checkpoint=settled.request.checkpoint,
        is_draft=True,
        held=words.sha256,
        resumed=ResumedFrom(settled.request.adapters, 2),
    )
    went_on = render(engine, draft)
    assert went_on.request.resumed is not None
    assert went_on.request.held == ""
    assert went_on.picture == settled.picture
    start_over(engine)
    engine._loaded.steps.clear()
    render(engine, by(draft.origin(), SUM))
    assert render(engine, draft).request.resumed is None


@pytest.mark.parametrize("rule", [COMPOSITE, SWITCHES[0]])
def test_a_batch_takes_turns_together(tiny_folder, engine, request_for, words, verbs, rule):
    together = StudioEngine("cpu", batch_pixels=32 * 32 * 4)
    together.load_checkpoint(str(tiny_folder / "sd"), CancelToken(), silent)
    requests = [by(request_for(words, verbs, seed=seed), rule) for seed in (1, 2)]
    made = together.render_many(requests, CancelToken(), lambda *_: None)
    for request, rendered in zip(requests, made, strict=True):
        assert rendered.request.batch == (1, 2)
        alone = anew(engine, request).picture
        levels = zip(alone.rgb, rendered.picture.rgb, strict=True)
        assert max(abs(a - b) for a, b in levels) <= 1


@pytest.mark.parametrize("rule", [COMPOSITE, SWITCHES[0]])
def test_adapters_beside_the_weights_take_turns_too(tiny_folder, request_for, words, verbs, rule):
    engine = StudioEngine("cpu", merge_mode="unmerged")
    engine.load_checkpoint(str(tiny_folder / "sd"), CancelToken(), silent)
    alone = render(engine, request_for(words))
    assert render(engine, by(request_for(words, words), rule)).picture == alone.picture
    request = request_for(words, verbs)
    before = render(engine, request)
    assert render(engine, by(request, rule)).picture not in (before.picture, alone.picture)
    assert engine.verify(CancelToken()).differing == ()
    again = engine.render_anew(request, CancelToken(), silent)
    assert (again.picture, again.fingerprint) == (before.picture, before.fingerprint)


def test_a_turn_is_a_whole_number_of_steps(engine, request_for, words, verbs):
    start_over(engine)
    with pytest.raises(RequestError, match="whole number"):
        render(engine, by(request_for(words, verbs), MergeRule("switch", 1.5)))


def test_in_a_composite_whoever_is_in_force_goes_first_and_the_mean_is_in_order():
    entered: list[str] = []

    def turn(name: str) -> Turn:
        return Turn(lambda: entered.append(name), name, "")

    one, other, third = (turn(name) for name in ("one", "other", "third"))
    numbers = {"one": 1e8, "other": -1e8, "third": 1.0}
    turns = Turns(lambda _: (one, other, third))
    means = []
    for turns.step in range(3):
        means.append(turns.predicted(lambda t: torch.tensor([numbers[t.positive]])))
    assert entered == ["one", "other", "third", "one", "other", "one", "third"]
    assert all(torch.equal(mean, torch.tensor([1.0]) / 3) for mean in means)


def test_the_mean_reaches_into_whatever_a_network_gives():
    one, other = torch.tensor([1.0, 3.0]), torch.tensor([3.0, 4.0])
    expected = torch.tensor([2.0, 3.5])
    assert mean([one]) is one
    for pack in (lambda t: t, lambda t: (t,), lambda t: [t, t]):
        made = mean([pack(one), pack(other)])
        tensors = [made] if isinstance(made, torch.Tensor) else list(made)
        assert all(torch.equal(tensor, expected) for tensor in tensors)
    half = mean([one.to(torch.bfloat16)] * 3)
    assert half.dtype == torch.bfloat16
    assert torch.equal(half.float(), one)

"""Merge rules through the engine: pictures, what is kept between them, checks, what is baked."""

import msgspec
import numpy as np
import pytest

from loraviewer.core.cancel import CancelToken
from loraviewer.core.infotext import record_of
from loraviewer.core.merge_rules import read_rule
from loraviewer.core.outcome import MergeError, Rendered
from loraviewer.core.request import GenerationRequest, ResumedFrom
from loraviewer.core.stack import AppliedAdapter
from loraviewer.core.verification import RecordedPicture
from loraviewer.engine.baking import bake_adapter, bake_checkpoint, open_workbench
from loraviewer.engine.studio_engine import StudioEngine
from loraviewer.engine.verification import made_again
from tests.engine import tiny
from tests.engine.asking import render
from tests.engine.conftest import applied, silent, start_over

pytestmark = pytest.mark.sampled(2)

RULES = ["svd:2", "clip:0.1", "ties:0.3", "dare:0.5", "knots-ties:0.3", "iso-c"]


def by(request: GenerationRequest, text: str, **fields) -> GenerationRequest:
    return msgspec.structs.replace(request, merge_rule=read_rule(text), **fields)


def anew(engine: StudioEngine, request: GenerationRequest) -> Rendered:
    start_over(engine)
    return render(engine, request)


@pytest.fixture(scope="module")
def verbs(tiny_folder, tmp_path_factory) -> AppliedAdapter:
    """Another adapter of the UNet and the text encoder."""
    path = tmp_path_factory.mktemp("verbs") / "verbs.safetensors"
    return applied(tiny.write_lora(path, 5, with_text=True), 0.8, 0.6)


def test_pictures_by_different_rules_differ_and_come_back_whatever_was_between(
    engine, request_for, words, verbs
):
    request = request_for(words, verbs)
    directly = {text: anew(engine, by(request, text)) for text in ["sum", *RULES]}
    assert len({bytes(made.picture.rgb) for made in directly.values()}) == len(directly)
    assert len({made.fingerprint for made in directly.values()}) == len(directly)
    start_over(engine)
    for text, expected in directly.items():
        made = render(engine, by(request, text))
        assert not made.is_from_cache
        assert (made.picture, made.fingerprint) == (expected.picture, expected.fingerprint)
        assert made.request == expected.request
        assert engine.verify(CancelToken()).differing == ()


def test_prompts_read_by_text_encoders_of_another_rule_are_read_again(
    engine, request_for, words, verbs
):
    """The text encoders alone are changed, so that nothing but embeddings could tell."""
    quiet = [msgspec.structs.replace(adapter, scale=0.0) for adapter in (words, verbs)]
    request = request_for(*quiet)
    expected = anew(engine, by(request, "ties:0.3"))
    start_over(engine)
    summed = render(engine, request)
    assert render(engine, by(request, "ties:0.3")).picture == expected.picture
    assert summed.picture != expected.picture


def test_a_check_is_of_the_weights_that_the_rule_makes(engine, request_for, words, verbs):
    made = render(engine, by(request_for(words, verbs), "ties:0.3"))
    render(engine, request_for(words))
    asked = made.request
    assert engine.verify(CancelToken(), asked.adapters, asked.merge_rule).differing == ()
    assert engine._loaded
    assert engine._loaded.merger.fingerprint() == made.fingerprint
    assert engine.verify(CancelToken(), asked.adapters).differing == ()
    assert engine._loaded.merger.fingerprint() != made.fingerprint


def test_a_held_fader_gives_the_settled_weights_of_the_rule(engine, request_for, words, verbs):
    rule = {"is_draft": True, "held": words.sha256, "grasped": (words,)}
    draft = render(engine, by(request_for(words, verbs), "dare:0.5", **rule))
    settled = render(engine, by(request_for(words, verbs), "dare:0.5"))
    assert draft.request.held == ""
    assert draft.request.grasped == ()
    assert (draft.fingerprint, draft.picture) == (settled.fingerprint, settled.picture)


def test_a_draft_resumes_no_picture_of_another_rule(engine, request_for, words, verbs):
    summed = render(engine, request_for(words, verbs))
    resumed = ResumedFrom(summed.request.adapters, 1)
    draft = render(
        engine, by(request_for(words, verbs), "ties:0.37", is_draft=True, resumed=resumed)
    )
    assert draft.request.resumed is None
    render(engine, by(request_for(words, verbs), "ties:0.37"))
    again = by(request_for(verbs), "ties:0.37", is_draft=True, resumed=resumed)
    assert render(engine, again).request.resumed is not None


def test_a_picture_is_made_again_from_its_record(engine, request_for, words, verbs):
    made = render(engine, by(request_for(words, verbs), "knots-ties:0.3"))
    start_over(engine)
    recorded = RecordedPicture(record=record_of(made), picture=made.picture, request=made.request)
    assert made_again(engine, recorded, CancelToken(), silent).result == "identical"


def test_beside_the_weights_a_rule_is_refused_in_a_sentence(tiny_folder, request_for, words):
    engine = StudioEngine("cpu", merge_mode="unmerged")
    engine.load_checkpoint(str(tiny_folder / "sd"), CancelToken(), silent)
    before = render(engine, request_for(words))
    with pytest.raises(MergeError, match=r"“ties:0\.3” needs all adapters in the weights"):
        render(engine, by(request_for(words), "ties:0.3"))
    start_over(engine)
    assert render(engine, request_for(words)).picture == before.picture


def bench_of(tiny_folder, stack):
    base = str(tiny_folder / "sd")
    return base, open_workbench(base, stack, CancelToken(), silent)


@pytest.mark.parametrize("text", RULES)
def test_a_baked_checkpoint_gives_the_picture_of_the_rule(
    engine, request_for, words, verbs, tiny_folder, tmp_path, text
):
    made = anew(engine, by(request_for(words, verbs), text))
    stack = made.request.adapters
    base, bench = bench_of(tiny_folder, stack)
    told = bake_checkpoint(bench, base, stack, tmp_path / "baked", CancelToken(), read_rule(text))
    assert told["merge_rule"] == text
    assert told["fingerprint"] == made.fingerprint
    baked = StudioEngine("cpu")
    baked.load_checkpoint(str(tmp_path / "baked"), CancelToken(), silent)
    assert render(baked, request_for()).picture == made.picture


@pytest.mark.parametrize("text", RULES)
def test_a_baked_adapter_gives_the_picture_of_the_rule(
    engine, request_for, words, verbs, tiny_folder, tmp_path, text
):
    made = anew(engine, by(request_for(words, verbs), text))
    stack, out = made.request.adapters, tmp_path / "baked.safetensors"
    _, bench = bench_of(tiny_folder, stack)
    told = bake_adapter(bench, stack, out, None, rule=read_rule(text))
    assert told["merge_rule"] == text
    assert told["relative_error"] < 1e-6
    again = anew(engine, request_for(applied(out)))
    levels = np.abs(_levels(again) - _levels(made))
    assert levels.max() <= 1


def test_a_dense_rule_is_baked_into_few_ranks_with_its_error(
    engine, words, verbs, tiny_folder, tmp_path
):
    stack = tuple(sorted((words, verbs)))
    _, bench = bench_of(tiny_folder, stack)
    errors = [
        bake_adapter(
            bench, stack, tmp_path / f"{rank}.safetensors", rank, rule=read_rule("ties:0.3")
        )["relative_error"]
        for rank in (1, 4, 16)
    ]
    assert 0.9 > errors[0] > errors[1] > errors[2] > 0.01


def _levels(rendered: Rendered) -> np.ndarray:
    return np.frombuffer(rendered.picture.rgb, dtype=np.uint8).astype(int)

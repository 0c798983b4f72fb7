"""What a base is said to predict reaches the sampler, and changes the picture."""

import msgspec
import pytest

from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import RequestError
from loraviewer.core.prediction import AS_FOUND, FoundPrediction, Prediction
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from loraviewer.engine.opening import single_file
from loraviewer.engine.rendering.samplers import make_scheduler, with_prediction
from loraviewer.engine.studio_engine import StudioEngine
from tests.engine import tiny_pipelines
from tests.engine.asking import render
from tests.engine.conftest import silent
from tests.engine.test_single_file import (  # noqa: F401 - fixtures
    networks,
    open_tensors,
    tensors,
)

pytestmark = pytest.mark.sampled(2)

V, V_ZERO = Prediction("v_prediction"), Prediction("v_prediction", zero_snr=True)
EPS = Prediction("epsilon")


def asked(request: GenerationRequest, prediction: Prediction) -> GenerationRequest:
    return msgspec.structs.replace(request, prediction=prediction)


def test_the_sampler_uses_it_and_the_picture_changes(engine, request_for):
    """The tiny base predicts velocity, without zero terminal SNR."""
    usual = render(engine, request_for())
    found = engine.checkpoint.info("").prediction
    assert found == FoundPrediction(Prediction("v_prediction", zero_snr=False))
    pictures = {usual.picture.rgb}
    for prediction in (EPS, Prediction(zero_snr=True)):
        rendered = render(engine, asked(request_for(), prediction))
        config = engine.checkpoint.pipeline.scheduler.config
        assert config.prediction_type == (prediction.type or "v_prediction")
        assert bool(config.rescale_betas_zero_snr) == bool(prediction.zero_snr)
        assert rendered.request.prediction == prediction
        pictures.add(rendered.picture.rgb)
    assert len(pictures) == 3
    again = render(engine, request_for())
    assert again.picture == usual.picture


def test_to_ask_for_what_it_is_changes_nothing(engine, request_for):
    usual = render(engine, request_for())
    same = render(engine, asked(request_for(), V))
    assert same.is_from_cache
    assert same.request == usual.request
    assert same.request.prediction == AS_FOUND


def test_a_contradiction_is_one_sentence(engine, request_for):
    wish = asked(request_for(), Prediction("epsilon", zero_snr=True))
    with pytest.raises(RequestError, match="only goes with v_prediction"):
        render(engine, wish)


def test_drafts_and_batches_use_it_too(engine, request_for):
    draft = msgspec.structs.replace(asked(request_for(), EPS), is_draft=True)
    assert render(engine, draft).request.prediction == EPS
    wish = asked(request_for(seed=2), EPS)
    made = engine.render_many([wish, wish.with_seed(3)], CancelToken(), lambda *_: None)
    assert all(one.request.prediction == EPS for one in made)
    assert made[0].picture == render(engine, wish).picture


@pytest.mark.parametrize("family", ["flux1", "pixart"])
def test_pipelines_that_keep_their_scheduler_refuse_and_others_take_it(family, tmp_path):
    engine = StudioEngine("cpu")
    info = engine.load_checkpoint(str(tiny_pipelines.save(family, tmp_path)), CancelToken(), silent)
    sampling = Sampling(prompt="a cat", steps=2, width=32, height=32)
    wish = GenerationRequest(checkpoint=CheckpointRef(""), sampling=sampling)
    if family == "flux1":
        assert info.prediction is None
        with pytest.raises(RequestError, match="cannot be chosen"):
            engine.render(asked(wish, V), CancelToken(), silent)
        return
    usual = engine.render(wish, CancelToken(), silent)
    changed = engine.render(asked(wish, V), CancelToken(), silent)
    assert usual.picture != changed.picture


def test_zero_terminal_snr_ends_in_noise_alone_and_can_be_taken_back():
    usual = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
    with_zero = with_prediction(usual, V_ZERO)
    scheduler = make_scheduler("DDIM", with_zero, 10)
    assert scheduler.alphas_cumprod[-1] == 0.0
    assert scheduler.config.timestep_spacing == "trailing"
    back = make_scheduler("DDIM", with_prediction(with_zero, Prediction(zero_snr=False)), 10)
    plain = make_scheduler("DDIM", usual, 10)
    assert back.alphas_cumprod[-1] == plain.alphas_cumprod[-1] > 0.0
    assert back.config.timestep_spacing == plain.config.timestep_spacing


def test_a_yaml_beside_a_file_is_read_and_the_picture_follows(
    tensors,  # noqa: F811
    open_tensors,  # noqa: F811
    tmp_path,
    monkeypatch,
):
    _own_words(tmp_path, monkeypatch)
    open_tensors(tensors("sd1"))  # writes the file
    path = tmp_path / "tiny.safetensors"
    plain = _rendered(path)
    path.with_suffix(".yaml").write_text("model: {params: {parameterization: v, ztsnr: true}}")
    info, by_file = _rendered(path)
    assert info.prediction == FoundPrediction(
        Prediction("epsilon", zero_snr=False), V_ZERO, "tiny.yaml"
    )
    assert by_file.request.prediction == V_ZERO, "so that it can be made without the file"
    path.with_suffix(".yaml").unlink()
    assert _rendered(path, V_ZERO)[1].picture == by_file.picture != plain[1].picture


def test_the_size_of_an_unmarked_sd2_follows_its_yaml(tensors, open_tensors, tmp_path):  # noqa: F811
    (tmp_path / "tiny.yaml").write_text("model: {params: {parameterization: v}}")
    assert open_tensors(tensors("sd2")).family.size_px == 768
    (tmp_path / "tiny.yaml").write_text("model: {params: {parameterization: eps}}")
    assert open_tensors(tensors("sd2")).family.size_px == 512


def test_a_broken_yaml_is_a_sentence_and_the_file_opens(tensors, open_tensors, tmp_path):  # noqa: F811
    (tmp_path / "tiny.yaml").write_text("model: [")
    info = open_tensors(tensors("sd1")).info("")
    assert info.prediction == FoundPrediction(Prediction("epsilon", zero_snr=False))
    (problem,) = info.problems
    assert "tiny.yaml” is no YAML text" in problem


def _own_words(tmp_path, monkeypatch):
    import shutil

    from loraviewer.core.resources import clip_vocabulary
    from tests.engine import tiny

    tiny.write_tokenizer(tmp_path / "words")
    shutil.copy(clip_vocabulary() / "tokenizer_config.json", tmp_path / "words")
    monkeypatch.setattr(single_file, "clip_vocabulary", lambda: tmp_path / "words")


def _rendered(path, prediction: Prediction = AS_FOUND):
    engine = StudioEngine("cpu")
    info = engine.load_checkpoint(str(path), CancelToken(), silent)
    sampling = Sampling(prompt="a red cat", steps=3, width=64, height=64)
    wish = GenerationRequest(checkpoint=CheckpointRef(""), sampling=sampling)
    return info, engine.render(asked(wish, prediction), CancelToken(), silent)

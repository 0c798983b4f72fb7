"""Numbers that overflow: told in a sentence with its cause, never shown, never kept."""

from collections.abc import Callable

import msgspec
import pytest
import torch

from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import FailureKind, NotFinite, Progress
from loraviewer.core.request import SAMPLERS, CheckpointRef, GenerationRequest, Sampling
from loraviewer.engine.rendering import pipeline
from loraviewer.engine.rendering.finite import check_finite
from loraviewer.engine.rendering.renderers import stable_diffusion
from loraviewer.engine.studio_engine import StudioEngine
from tests.engine import tiny_pipelines
from tests.engine.asking import render
from tests.engine.conftest import applied, silent, start_over

pytestmark = pytest.mark.sampled(2)

TOO_HIGH = {"float32": 1e30, "bfloat16": 1e30, "float16": 1e4}
WAY_OUT = {
    "float32": r"in float32; lower or remove it\.$",
    "bfloat16": r"in bfloat16; lower or remove it\.$",
    "float16": r"in float16; lower it, or choose bfloat16 or float32\.$",
}


@pytest.fixture(scope="module")
def engines(tiny_folder) -> Callable[[str], StudioEngine]:
    made: dict[str, StudioEngine] = {}

    def engine(dtype: str) -> StudioEngine:
        if dtype not in made:
            made[dtype] = StudioEngine("cpu", dtype)
            made[dtype].load_checkpoint(str(tiny_folder / "sd"), CancelToken(), silent)
        start_over(made[dtype])
        loaded = made[dtype]._loaded
        assert loaded is not None
        loaded.steps.clear()
        return made[dtype]

    return engine


def at(adapter, scale, text_scale):
    return msgspec.structs.replace(adapter, scale=scale, text_scale=text_scale)


def assert_nothing_is_kept(engine: StudioEngine, prompts: int) -> None:
    assert engine._loaded
    assert len(engine._pictures._images) == 0
    assert len(engine._loaded.steps) == 0
    assert len(engine._loaded.prompts) == prompts


@pytest.mark.parametrize("dtype", TOO_HIGH)
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_strength_that_is_too_high_is_named(engines, request_for, style, words, dtype, sampler):
    engine = engines(dtype)
    base = render(engine, request_for(sampler=sampler))
    engine = engines(dtype)
    loud = at(style, TOO_HIGH[dtype], 0.0)
    with pytest.raises(NotFinite, match=rf"^“style” at strength .*{WAY_OUT[dtype]}") as caught:
        render(engine, request_for(loud, at(words, -1.0, 1.0), sampler=sampler))
    failure = caught.value.failure()
    assert (failure.kind, failure.subject) == (FailureKind.PICTURE, "")
    assert_nothing_is_kept(engine, prompts=2)
    assert engine.verify(CancelToken()).differing == ()
    assert render(engine, request_for(sampler=sampler)).picture == base.picture


@pytest.mark.parametrize("dtype", TOO_HIGH)
def test_an_embedding_that_is_too_much_is_an_error_and_not_kept(
    engines, request_for, style, words, dtype
):
    engine = engines(dtype)
    loud = at(words, 0.0, TOO_HIGH[dtype])
    with pytest.raises(NotFinite, match=rf"^“words” at strength .*{WAY_OUT[dtype]}"):
        render(engine, request_for(at(style, 3.0, 3.0), loud))
    assert_nothing_is_kept(engine, prompts=0)
    assert render(engine, request_for(at(style, 3.0, 3.0)))


def test_rows_of_one_adapter_count_together(engines, request_for, style, words):
    rows = [at(style, 0.6e30, 0.0), at(style, 0.5e30, 0.0), at(words, -0.8e30, 0.0)]
    with pytest.raises(NotFinite, match=r"“style” at strength 1\.1e\+30"):
        render(engines("float32"), request_for(*rows))


class _Spoiled:
    """A weight of a network that is undefined for as long as this is open."""

    def __init__(self, weight: torch.Tensor, value: float = float("nan")) -> None:
        self._weight, self._value = weight, value
        self._before = weight.detach().clone()

    def __enter__(self) -> None:
        self._weight.data.view(-1)[0] = self._value

    def __exit__(self, *_: object) -> None:
        self._weight.data.copy_(self._before)


@pytest.mark.parametrize("part", ["unet", "vae", "text_encoder"])
def test_without_adapters_the_checkpoint_or_float16_is_to_blame(engines, request_for, part):
    for dtype, words in {"float32": "“sd” is likely damaged", "float16": "choose bfloat16"}.items():
        engine = engines(dtype)
        weight = list(getattr(engine.checkpoint.pipeline, part).parameters())[-1]
        with _Spoiled(weight), pytest.raises(NotFinite, match=words):
            render(engine, request_for())
        assert_nothing_is_kept(engine, prompts=0 if part == "text_encoder" else 2)
        assert render(engine, request_for())


def test_with_usual_strengths_it_is_float16_that_is_too_small(engines, request_for, style):
    engine = engines("float16")
    weight = list(engine.checkpoint.pipeline.unet.parameters())[-1]
    with _Spoiled(weight), pytest.raises(NotFinite, match="range of float16; choose bfloat16"):
        render(engine, request_for(style))


def test_it_ends_at_the_step_where_it_happens(engines, request_for, style):
    steps: list[Progress] = []
    engine, loud = engines("float32"), request_for(at(style, 1e30, 0.0), steps=5)
    with pytest.raises(NotFinite):
        render(engine, loud, on_progress=steps.append)
    assert [step for step in steps if step.memory is None] == []


def test_no_preview_shows_them(engines, request_for, monkeypatch):
    """A guess at the finished picture may overflow before the latents do."""
    engine = engines("float32")
    assert engine._loaded is not None
    preview = engine._loaded.preview
    assert preview is not None
    seen: list[Progress] = []
    with monkeypatch.context() as patch:
        patch.setattr(preview, "_to_rgb", preview._to_rgb * float("inf"))
        render(engine, request_for(steps=5), on_progress=seen.append)
    assert [progress.preview for progress in seen] == [None] * 5


@pytest.mark.parametrize("dtype", TOO_HIGH)
def test_a_batch_fails_as_a_whole_and_the_next_one_does_not(engines, request_for, style, dtype):
    engine = engines(dtype)
    asked = [request_for(at(style, TOO_HIGH[dtype], 0.0), seed=seed) for seed in range(3)]
    batch = tuple(range(3))
    with pytest.raises(NotFinite, match="“style”"):
        render(engine, msgspec.structs.replace(asked[1], batch=batch))
    assert_nothing_is_kept(engine, prompts=2)
    good = msgspec.structs.replace(request_for(style, seed=1), batch=batch)
    assert render(engine, good).request.batch == batch


@pytest.mark.parametrize("steps", [1, 2, 3, 6])
def test_where_a_look_would_wait_it_is_looked_at_with_previews_and_at_the_end(
    engines, request_for, style, monkeypatch, steps
):
    """As on accelerators."""
    monkeypatch.setattr(stable_diffusion, "is_cheap", lambda value: False)
    seen: list[Progress] = []
    engine, loud = engines("float32"), request_for(at(style, 1e30, 0.0), steps=steps)
    with pytest.raises(NotFinite, match="“style”"):
        render(engine, loud, on_progress=seen.append)
    told = [progress.preview for progress in seen if progress.memory is None]
    assert told == [None] * (steps if steps < 3 else 1)
    assert_nothing_is_kept(engine, prompts=2)


# The VAE alone


@pytest.fixture
def narrow_vae(engines):
    """An engine in float16 whose VAE overflows there, in front of a norm; and its VAE."""
    engine = engines("float16")
    vae = engine.checkpoint.pipeline.vae
    convolution = vae.decoder.up_blocks[-1].resnets[-1].conv2
    before = convolution.weight.detach().clone()
    convolution.weight.data.mul_(4e5).clamp_(-6e4, 6e4)
    vae.register_to_config(force_upcast=False)  # what a checkpoint says that does not know it
    yield engine
    vae.register_to_config(force_upcast=True)
    convolution.weight.data.copy_(before)


def in_float32(engine: StudioEngine, latents: torch.Tensor) -> torch.Tensor:
    """Levels of the picture, decoded by the VAE itself."""
    vae = engine.checkpoint.pipeline.vae
    vae.to(torch.float32)
    with torch.no_grad():
        image = vae.decode(latents.float() / vae.config.scaling_factor).sample[0]
    vae.to(torch.float16)
    return ((image + 1.0) * 127.5).round().clamp(0, 255).permute(1, 2, 0)


def latents_of(seed: int) -> torch.Tensor:
    return torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(seed)).half()


def test_where_only_the_vae_overflows_it_decodes_again_in_float32(narrow_vae):
    latents = latents_of(3)
    vae = narrow_vae.checkpoint.pipeline.vae
    with torch.no_grad():
        assert not torch.isfinite(vae.decode(latents).sample).all(), "the fixture overflows"
    decoded = pipeline.decode(narrow_vae.checkpoint, latents, (32, 32))
    assert decoded.has_widened
    found = torch.frombuffer(bytearray(decoded.picture.rgb), dtype=torch.uint8).view(32, 32, 3)
    assert torch.equal(found.float(), in_float32(narrow_vae, latents))
    assert vae.dtype == torch.float16
    assert "decode" not in vars(vae)


def test_the_outcome_says_so_and_the_weights_stay_what_they_are(narrow_vae, request_for):
    before = [p.detach().clone() for p in narrow_vae.checkpoint.pipeline.vae.parameters()]
    first = render(narrow_vae, request_for())
    assert first.has_widened
    assert all(map(torch.equal, before, narrow_vae.checkpoint.pipeline.vae.parameters()))
    start_over(narrow_vae)
    again = render(narrow_vae, request_for())
    assert (again.picture, again.has_widened) == (first.picture, True)


def test_a_vae_that_says_so_is_widened_at_once(narrow_vae, request_for):
    """That is its own precision, so there is nothing to say."""
    narrow_vae.checkpoint.pipeline.vae.register_to_config(force_upcast=True)
    assert not render(narrow_vae, request_for()).has_widened


def test_a_vae_that_fits_is_left_alone(engines, request_for):
    for dtype in TOO_HIGH:
        assert not render(engines(dtype), request_for()).has_widened


def test_the_preview_of_a_narrow_vae_is_fitted_in_float32(narrow_vae):
    preview = narrow_vae.checkpoint.renderer.fit_preview()
    assert preview.picture(latents_of(1)) is not None


def test_a_vae_that_never_decodes_leaves_a_checkpoint_without_previews(engines):
    engine = engines("float32")
    weight = list(engine.checkpoint.pipeline.vae.decoder.parameters())[-1]
    with _Spoiled(weight):
        assert engine.checkpoint.renderer.fit_preview() is None


# Pipelines that are called as a whole


@pytest.fixture(scope="module")
def flux(tmp_path_factory) -> StudioEngine:
    folder = tiny_pipelines.save("flux1", tmp_path_factory.mktemp("flux"))
    engine = StudioEngine("cpu", "float16")
    engine.load_checkpoint(str(folder), CancelToken(), silent)
    return engine


def picture_of_flux(*adapters) -> GenerationRequest:
    sampling = Sampling(prompt="a red cat", steps=3, width=32, height=48)
    return GenerationRequest(checkpoint=CheckpointRef(""), adapters=adapters, sampling=sampling)


def test_other_pipelines_name_the_strength_too(flux, tmp_path):
    network = flux.checkpoint.networks["transformer"]
    module = "single_transformer_blocks.0.attn.to_v"
    path = tiny_pipelines.write_lora(tmp_path / "odd.safetensors", network, module, "transformer")
    seen: list[Progress] = []
    with pytest.raises(NotFinite, match=r"“odd” at strength .* in float16; lower it"):
        render(flux, picture_of_flux(applied(path, 5e3)), on_progress=seen.append)
    assert [step for step in seen if step.memory is None] == []
    assert not render(flux, picture_of_flux()).has_widened


def test_the_vae_of_another_pipeline_decodes_again_in_float32(flux):
    vae = flux.checkpoint.pipeline.vae
    plain = render(flux, picture_of_flux())
    convolution = vae.decoder.up_blocks[-1].resnets[-1].conv2
    before = convolution.weight.detach().clone()
    convolution.weight.data.mul_(4e5).clamp_(-6e4, 6e4)
    flux._pictures.forget()
    try:
        widened = render(flux, picture_of_flux())
    finally:
        convolution.weight.data.copy_(before)
        flux._pictures.forget()
    assert widened.has_widened
    assert len(set(widened.picture.rgb)) > 20
    assert render(flux, picture_of_flux()).picture == plain.picture


@pytest.mark.parametrize(
    "value",
    [
        torch.tensor([1.0, float("nan")]),
        {"a": None, "b": [torch.zeros(2), torch.tensor(float("inf"))]},
        (torch.tensor([True]), torch.tensor([-float("inf")], dtype=torch.float16)),
    ],
)
def test_they_are_found_wherever_they_are(value):
    with pytest.raises(NotFinite):
        check_finite(value)


def test_masks_texts_and_nothing_are_finite():
    check_finite({"mask": torch.tensor([True, False]), "ids": torch.tensor([2**40]), "text": "a"})
    check_finite(())

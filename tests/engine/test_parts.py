import pytest
import torch

from loraviewer.core.lack_of_memory import is_out_of_memory
from loraviewer.core.outcome import NotFinite, Rendered, RequestError, Timings
from loraviewer.core.picture import Picture
from loraviewer.core.request import SAMPLERS, CheckpointRef, GenerationRequest, Sampling
from loraviewer.engine.bounded_cache import BoundedCache, picture_bytes
from loraviewer.engine.device import choose_compute
from loraviewer.engine.opening.families import family_of
from loraviewer.engine.rendering.preview import LatentPreview, to_picture
from loraviewer.engine.rendering.prompts import PromptCache, PromptKey
from loraviewer.engine.rendering.renderers.stable_diffusion import PromptEmbedding
from loraviewer.engine.rendering.samplers import make_scheduler

V_TRAILING = {
    "_class_name": "PNDMScheduler",
    "prediction_type": "v_prediction",
    "beta_schedule": "scaled_linear",
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "num_train_timesteps": 1000,
    "timestep_spacing": "trailing",
    "skip_prk_steps": True,
}


@pytest.mark.parametrize("name", SAMPLERS)
def test_samplers_keep_what_the_checkpoint_was_trained_with(name):
    config = make_scheduler(name, V_TRAILING, 10).config
    assert config.prediction_type == "v_prediction"
    assert (config.beta_schedule, config.beta_start) == ("scaled_linear", 0.00085)
    if "timestep_spacing" in config:
        assert config.timestep_spacing == "trailing"


@pytest.mark.parametrize("name", SAMPLERS)
@pytest.mark.parametrize("steps", [1, 60])
def test_samplers_take_any_number_of_steps(name, steps):
    scheduler = make_scheduler(name, V_TRAILING, steps)
    scheduler.set_timesteps(steps)
    assert len(scheduler.timesteps) == steps


def test_samplers_choose_their_spacing_where_the_checkpoint_does_not():
    config = {**V_TRAILING, "timestep_spacing": "leading"}
    assert make_scheduler("Euler", config, 10).config.timestep_spacing == "linspace"
    assert make_scheduler("DDIM", config, 10).config.timestep_spacing == "leading"


def test_an_unknown_sampler_is_named():
    with pytest.raises(RequestError, match="Magic"):
        make_scheduler("Magic", V_TRAILING, 10)


def test_the_preview_finds_a_linear_decoder():
    colours = torch.tensor([[0.3, 0, 0], [0, 0.3, 0], [0, 0, 0.3], [0.1, 0.1, 0.1]])

    def decode(latents: torch.Tensor) -> torch.Tensor:
        rgb = torch.einsum("nchw,cd->ndhw", latents, colours)
        return rgb.repeat_interleave(4, 2).repeat_interleave(4, 3)

    preview = LatentPreview.fit(decode, channels=4)
    latents = torch.randn(1, 4, 6, 8, generator=torch.Generator().manual_seed(1)) * 0.5
    picture = preview.picture(latents)
    assert picture is not None
    shown = torch.frombuffer(bytearray(picture.rgb), dtype=torch.uint8)
    exact = to_picture(torch.einsum("chw,cd->hwd", latents[0], colours))
    wanted = torch.frombuffer(bytearray(exact.rgb), dtype=torch.uint8)
    assert (shown.float() - wanted.float()).abs().mean() < 2.0


def test_colours_beyond_the_range_are_the_nearest():
    picture = to_picture(torch.tensor([[[0.0, 2.0, -2.0]]]))
    assert picture == Picture(1, 1, bytes([128, 255, 0]))


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_has_no_colour(bad):
    with pytest.raises(NotFinite, match="infinite or undefined"):
        to_picture(torch.tensor([[[0.0, bad, 0.0]]]))


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_what_is_no_number_has_no_preview(bad):
    preview = LatentPreview(torch.ones(5, 3))
    latents = torch.zeros(1, 4, 2, 2)
    assert preview.picture(latents) is not None
    latents[0, 1, 0, 1] = bad
    assert preview.picture(latents) is None


def rendered(name: str, size_px: int) -> Rendered:
    request = GenerationRequest(checkpoint=CheckpointRef(name))
    return Rendered(request, Picture(size_px, 1, bytes(size_px * 3)), Timings(), "")


def test_the_image_cache_is_bounded_by_bytes_and_keeps_what_was_used():
    cache = BoundedCache(30, picture_bytes)
    for name in "abc":
        cache.put(name, rendered(name, 3))
    assert cache.get("a")
    cache.put("d", rendered("d", 3))
    assert [name for name in "abcd" if cache.get(name)] == ["a", "c", "d"]
    cache.put("a", rendered("a", 3))
    assert len(cache) == 3
    cache.put("huge", rendered("huge", 11))
    assert len(cache) == 0


def test_the_prompt_cache_forgets_the_least_recently_used():
    cache = PromptCache(limit=2)
    embedding = PromptEmbedding(torch.zeros(1, 1, 1))
    encoded: list[str] = []

    def ask(text: str) -> None:
        def encode() -> PromptEmbedding:
            encoded.append(text)
            return embedding

        cache.get(PromptKey(text, False, ()), encode)

    for text in "abacab":
        ask(text)
    assert encoded == ["a", "b", "c", "b"]


def test_devices():
    assert choose_compute("cpu").dtype == torch.float32
    assert choose_compute("cpu", "bfloat16").dtype_name == "bfloat16"
    for device, dtype in (("toaster", None), ("cuda:99", None), ("cpu", "int8")):
        with pytest.raises(RequestError, match=device if dtype is None else dtype):
            choose_compute(device, dtype)


def test_out_of_memory_is_recognised():
    assert is_out_of_memory(MemoryError())
    assert is_out_of_memory(RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory"))
    assert not is_out_of_memory(RuntimeError("shapes differ"))


@pytest.mark.parametrize(
    ("width", "sample_size", "name", "size_px"),
    [
        (768, 64, "sd1", 512),
        (1024, 96, "sd2", 768),
        (2048, 128, "sdxl", 1024),
        (32, 8, "unknown", 64),
    ],
)
def test_families(width, sample_size, name, size_px):
    config = {"cross_attention_dim": width, "sample_size": sample_size}
    family = family_of(config, vae_factor=8, is_demo=False)
    assert (family.name, family.sampling().width) == (name, size_px)
    assert Sampling().problem() is None

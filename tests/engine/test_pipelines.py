"""Pipelines beyond Stable Diffusion: loaded from folders, rendered through the engine."""

import json
import shutil

import msgspec
import pytest
import torch

from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.core.experiments.shots import Disturbance
from loraviewer.core.merge_rules import MergeRule
from loraviewer.core.optional_packages import OptionalPackage
from loraviewer.core.outcome import CheckpointError, Progress, RequestError
from loraviewer.core.request import SAMPLERS, CheckpointRef, GenerationRequest, Sampling
from loraviewer.engine.device import Compute
from loraviewer.engine.opening.checkpoint import open_checkpoint
from loraviewer.engine.studio_engine import StudioEngine
from tests.engine import tiny_pipelines
from tests.engine.conftest import applied, silent

pytestmark = pytest.mark.sampled(2)

FAMILIES = tuple(tiny_pipelines.BUILDERS)
_MODULES = {
    "sd3": "transformer_blocks.0.attn.to_q",
    "flux1": "single_transformer_blocks.0.attn.to_v",
    "chroma": "single_transformer_blocks.1.attn.to_v",
    "pixart": "transformer_blocks.1.attn2.to_v",
    "lumina2": "layers.0.attn.to_v",
    "z-image": "layers.0.attention.to_v",
    "qwen-image": "transformer_blocks.0.attn.to_v",
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("pipelines")
    return {family: tiny_pipelines.save(family, root) for family in FAMILIES}


@pytest.fixture(scope="module")
def engines(folders):
    """Family → an engine that has its pipeline loaded; made when first asked for."""
    made = {}

    def engine(family: str) -> StudioEngine:
        if family not in made:
            made[family] = StudioEngine("cpu")
            made[family].load_checkpoint(str(folders[family]), CancelToken(), silent)
        return made[family]

    return engine


def request(*adapters, **values) -> GenerationRequest:
    usual = {"prompt": "a red cat", "steps": 3, "width": 32, "height": 48, "guidance_scale": 4.0}
    return GenerationRequest(
        checkpoint=CheckpointRef(""), adapters=adapters, sampling=Sampling(**(usual | values))
    )


def render(engine, *adapters, **values):
    return engine.render(request(*adapters, **values), CancelToken(), silent)


@pytest.mark.parametrize("family", FAMILIES)
def test_it_renders_as_its_own_pipeline_does(family, engines):
    engine = engines(family)
    picture = render(engine, seed=3).picture
    assert (picture.width, picture.height) == (32, 48)
    pipeline = engine.checkpoint.pipeline
    guidance = {"guidance_scale": 4.0}
    if family == "qwen-image":
        guidance = {"true_cfg_scale": 4.0}
    if family == "pixart":
        guidance["use_resolution_binning"] = False
    negative = {} if family == "flux1" else {"negative_prompt": ""}
    with torch.no_grad():
        wanted = pipeline(
            prompt="a red cat",
            **negative,
            **guidance,
            width=32,
            height=48,
            num_inference_steps=3,
            generator=torch.Generator("cpu").manual_seed(3),
        ).images[0]
    found = torch.frombuffer(bytearray(picture.rgb), dtype=torch.uint8).int()
    expected = torch.frombuffer(bytearray(wanted.convert("RGB").tobytes()), dtype=torch.uint8).int()
    assert (found - expected).abs().max() <= 1


@pytest.mark.parametrize("family", FAMILIES)
def test_adapters_merge_into_the_live_transformer(family, engines, tmp_path):
    engine = engines(family)
    base = render(engine)
    path = tiny_pipelines.write_lora(
        tmp_path / "style.safetensors",
        engine.checkpoint.networks["transformer"],
        _MODULES[family],
        "transformer",
    )
    adapter = applied(path, 2.0)
    report = engine.report(adapter.path, adapter.sha256, CancelToken())
    assert report.is_complete
    stacked = render(engine, adapter)
    assert stacked.fingerprint != base.fingerprint
    assert stacked.picture != base.picture
    engine._pictures.forget()
    again = render(engine)
    assert (again.picture, again.fingerprint) == (base.picture, base.fingerprint)
    assert engine.verify(CancelToken()).differing == ()


@pytest.mark.parametrize("family", FAMILIES)
def test_adapters_take_turns_in_the_live_transformer(family, engines, tmp_path):
    """Copies of one adapter give what it gives alone, whatever the network's outputs are made of;
    of two strengths both count."""
    engine = engines(family)
    path = tiny_pipelines.write_lora(
        tmp_path / "style.safetensors",
        engine.checkpoint.networks["transformer"],
        _MODULES[family],
        "transformer",
    )
    one, other = stack = [applied(path, 2.0), applied(path, -2.0)]
    alone = [render(engine, adapter).picture for adapter in stack]
    for rule in (MergeRule("switch", 1), MergeRule("composite")):
        twice = msgspec.structs.replace(request(one, one), merge_rule=rule)
        assert engine.render(twice, CancelToken(), silent).picture == alone[0]
        both = msgspec.structs.replace(request(*sorted(stack)), merge_rule=rule)
        seen: list[Progress] = []
        made = engine.render(both, CancelToken(), seen.append)
        assert made.picture not in alone
        assert [progress.step for progress in seen if progress.step] == [1, 2, 3]
    assert render(engine, other).picture == alone[1]
    assert engine.verify(CancelToken()).differing == ()


def test_text_encoders_cannot_change_from_step_to_step_there(engines, tmp_path):
    engine = engines("sd3")
    encoder = engine.checkpoint.networks["text_encoder"]
    stack = []
    for seed in (1, 2):
        path = tmp_path / f"{seed}.safetensors"
        module = "text_model.encoder.layers.0.self_attn.v_proj"
        tiny_pipelines.write_lora(path, encoder, module, "text_encoder")
        stack.append(applied(path, float(seed)))
    asked = msgspec.structs.replace(request(*sorted(stack)), merge_rule=MergeRule("composite"))
    with pytest.raises(RequestError, match="set the text strengths to 0"):
        engine.render(asked, CancelToken(), silent)
    quiet = tuple(msgspec.structs.replace(adapter, text_scale=0.0) for adapter in asked.adapters)
    made = engine.render(
        msgspec.structs.replace(asked, adapters=quiet), CancelToken(), silent
    ).picture
    assert made == render(engine).picture


@pytest.mark.parametrize("family", FAMILIES)
def test_noise_goes_into_the_guided_output_and_into_layers(family, engines, tmp_path):
    """On the base's own way, led along it; and the base comes back."""
    engine, asked = engines(family), request()
    path = tiny_pipelines.write_lora(
        tmp_path / "style.safetensors",
        engine.checkpoint.networks["transformer"],
        _MODULES[family],
        "transformer",
    )
    base, way = render(engine).picture, engine.walked(asked, None, CancelToken())
    assert len(way) == 3
    guided = Disturbance(place="guided", is_frozen=True, energy=0.25)
    layers = Disturbance(
        place="activations", is_frozen=False, energy=1.0, layers_of=(applied(path),)
    )
    for disturbance in (guided, layers):
        led = engine.walked(asked, disturbance, CancelToken(), way)
        for own, other in zip(way, led, strict=True):
            assert torch.equal(own.latents, other.latents)
            change = ((other.output - own.output).norm() / own.output.norm()).item()
            assert change > 0
            if disturbance is guided:
                assert change == pytest.approx(0.25, rel=1e-3)
        disturbed = engine.render_disturbed(asked, disturbance, CancelToken(), silent)
        assert disturbed.picture != base
    engine._pictures.forget()
    assert render(engine).picture == base


@pytest.mark.parametrize("family", FAMILIES)
def test_prompts_and_seeds_change_the_picture(family, engines):
    pictures = {
        render(engines(family), **values).picture.rgb
        for values in ({}, {"prompt": "blue tree"}, {"seed": 8}, {"steps": 4})
    }
    assert len(pictures) == 4


@pytest.mark.parametrize("family", [f for f in FAMILIES if f != "flux1"])
def test_negative_prompts_and_guidance_change_the_picture(family, engines):
    pictures = {
        render(engines(family), **values).picture.rgb
        for values in ({}, {"negative_prompt": "a cat"}, {"guidance_scale": 7.0})
    }
    assert len(pictures) == 3


def test_distilled_guidance_changes_the_picture_and_negative_prompts_do_not(engines):
    engine = engines("flux1")
    base = render(engine).picture
    assert render(engine, guidance_scale=1.0).picture != base
    assert render(engine, negative_prompt="a cat").picture == base


def test_z_image_counts_guidance_from_zero(engines):
    """Up to zero no negative prompt is read, and above it is, also where others leave it out."""
    engine = engines("z-image")
    reads = engine.checkpoint.prompts.unread
    for scale, is_read in ((0.0, False), (0.5, True), (1.0, True)):
        told = request(guidance_scale=scale, negative_prompt="a cat").sampling
        assert any(unread.is_negative for unread in reads(told)) != is_read
        picture = render(engine, guidance_scale=scale).picture
        other = render(engine, guidance_scale=scale, negative_prompt="a cat").picture
        assert (picture != other) == is_read


@pytest.mark.parametrize("family", FAMILIES)
def test_progress_and_previews(family, engines):
    seen: list[Progress] = []
    engines(family).render(request(seed=11, steps=5), CancelToken(), seen.append)
    assert [progress.step for progress in seen] == [1, 2, 3, 4, 5]
    assert [p.preview is not None for p in seen] == [False, True, False, True, False]
    preview = seen[1].preview
    assert preview
    assert preview.width * 48 == preview.height * 32


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("step", [1, 3])
def test_cancelling_after_any_step(family, step, engines):
    engine, token = engines(family), CancelToken()

    def cancel(progress: Progress) -> None:
        if progress.step == step:
            token.cancel()

    with pytest.raises(Cancelled):
        engine.render(request(seed=20 + step), token, cancel)
    assert engine.verify(CancelToken()).differing == ()
    assert render(engine, seed=20 + step).picture


@pytest.mark.parametrize(
    ("family", "sampler", "steps", "guidance_scale", "size_multiple"),
    [
        ("sd3", "Euler", 28, 4.5, 8),
        ("flux1", "Euler", 28, 3.5, 8),
        ("chroma", "Euler", 28, 4.0, 8),
        ("lumina2", "Euler", 30, 4.0, 16),
        ("pixart", "DPM++ 2M", 20, 4.5, 8),
        ("qwen-image", "Euler", 30, 4.0, 16),
        ("z-image", "Euler", 9, 0.0, 8),
    ],
)
def test_what_a_family_starts_from(family, sampler, steps, guidance_scale, size_multiple, engines):
    info = engines(family)._loaded.info
    assert info.family == family
    assert (info.default_sampler, info.default_steps) == (sampler, steps)
    assert info.default_guidance_scale == guidance_scale
    assert info.size_multiple == size_multiple
    assert info.default_width % size_multiple == 0


def test_flow_matching_keeps_its_sampler_and_says_so(engines):
    rendered = render(engines("sd3"), sampler="DDIM")
    assert rendered.request.sampling.sampler == "Euler"
    assert engines("sd3")._loaded.info.samplers == ("Euler",)


def test_other_samplers_go_where_they_suit(engines):
    engine = engines("pixart")
    assert render(engine, sampler="DDIM").picture != render(engine, sampler="DPM++ 2M").picture


def test_sizes_that_a_pipeline_cannot_make(engines):
    with pytest.raises(RequestError, match="multiples of 16"):
        render(engines("qwen-image"), width=40)


def test_text_encoders_are_components(engines):
    networks = engines("sd3").checkpoint.networks
    assert networks.keys() == {
        "transformer",
        "vae",
        "text_encoder",
        "text_encoder_2",
        "text_encoder_3",
    }


def test_an_adapter_of_t5_encodes_prompts_again(engines, tmp_path):
    engine = engines("sd3")
    base = render(engine, seed=40).picture
    path = tiny_pipelines.write_lora(
        tmp_path / "t5.safetensors",
        engine.checkpoint.networks["text_encoder_3"],
        "encoder.block.0.layer.0.SelfAttention.q",
        "text_encoder_3",
    )
    assert render(engine, applied(path, 3.0), seed=40).picture != base


def test_a_unet_with_another_way_of_guiding(tiny_folder, tmp_path):
    folder = shutil.copytree(tiny_folder / "sd", tmp_path / "pag")
    edit_index(folder, _class_name="StableDiffusionPAGPipeline")
    engine = StudioEngine("cpu")
    info = engine.load_checkpoint(str(folder), CancelToken(), silent)
    assert set(info.samplers) == set(SAMPLERS)
    style = applied(tiny_folder / "style.safetensors")
    pictures = {
        render(engine, *adapters, sampler=sampler, height=32).picture.rgb
        for adapters in ((), (style,))
        for sampler in ("Euler", "DDIM")
    }
    assert len(pictures) == 4
    engine.render(request(), CancelToken(), silent)
    assert engine.verify(CancelToken()).differing == ()


# Folders


@pytest.fixture
def copy(folders, tmp_path):
    return lambda family: shutil.copytree(folders[family], tmp_path / family)


def load(folder):
    StudioEngine("cpu").load_checkpoint(str(folder), CancelToken(), silent)


def test_shards_and_variants(tmp_path, engines):
    folder = tiny_pipelines.save("sd3", tmp_path, variant="fp16", max_shard_size="30KB")
    assert len(list((folder / "transformer").glob("*.fp16-0*.safetensors"))) > 1
    engine = StudioEngine("cpu")
    info = engine.load_checkpoint(str(folder), CancelToken(), silent)
    assert info.identity == engines("sd3")._loaded.info.identity


@pytest.mark.parametrize(("is_asked", "dtype"), [(False, torch.bfloat16), (True, torch.float16)])
def test_half_precision_with_range_where_nobody_asked(is_asked, dtype, folders):
    compute = Compute(torch.device("cpu"), torch.float16, is_asked=is_asked)
    checkpoint = open_checkpoint(str(folders["flux1"]), compute, CancelToken(), silent)
    assert checkpoint.networks["transformer"].dtype == dtype
    assert checkpoint.info("").dtype == str(dtype).removeprefix("torch.")
    # T5 keeps one layer in float32 beside float16, as transformers does.
    wide = "encoder.block.0.layer.1.DenseReluDense.wo.weight"
    kept = checkpoint.networks["text_encoder_2"].get_parameter(wide)
    assert kept.dtype == (torch.float32 if is_asked else torch.bfloat16)


def test_a_missing_shard(tmp_path):
    folder = tiny_pipelines.save("sd3", tmp_path, max_shard_size="30KB")
    next((folder / "transformer").glob("*-00002-*.safetensors")).unlink()
    with pytest.raises(CheckpointError, match=r"transformer: 1 of the \d+ files"):
        load(folder)


def edit_index(folder, **values):
    index = json.loads((folder / "model_index.json").read_text())
    (folder / "model_index.json").write_text(json.dumps(index | values))


@pytest.mark.parametrize(
    ("class_name", "reason"),
    [
        ("WanPipeline", "renders video"),
        ("StableVideoDiffusionPipeline", "does not render from a prompt|video|picture"),
        ("StableDiffusionInpaintPipeline", "takes a picture as input"),
        ("FluxFillPipeline", "takes a picture as input"),
        ("StableDiffusionUpscalePipeline", "takes a picture as input"),
        ("FluxControlPipeline", "control picture"),
        ("StableDiffusionXLControlNetPipeline", "control picture"),
        ("KandinskyV22PriorPipeline", "does not render"),
        ("StableAudioPipeline", "does not render pictures"),
        ("NoSuchPipeline", "does not know"),
        (["my_pipeline", "MyPipeline"], "its own code"),
    ],
)
def test_other_pipelines_are_refused(class_name, reason, copy):
    folder = copy("flux1")
    edit_index(folder, _class_name=class_name)
    with pytest.raises(CheckpointError, match=reason) as caught:
        load(folder)
    assert "flux1" in str(caught.value)


def test_what_kolors_needs_is_said(copy, monkeypatch):
    monkeypatch.setattr(OptionalPackage, "is_usable", False)
    folder = copy("flux1")
    edit_index(folder, _class_name="KolorsPipeline")
    with pytest.raises(CheckpointError) as caught:
        load(folder)
    assert caught.value.message == (
        f"{folder}: Kolors needs the Python package sentencepiece (0.2.3 or newer); install it "
        'with “pip install "loraviewer[kolors]"” and open it again.'
    )


@pytest.mark.parametrize(
    "entry",
    [["my_module", "MyModel"], ["os", "system"], ["transformers", "no_such"], ["diffusers"]],
)
def test_only_classes_of_the_libraries_are_made(entry, copy):
    folder = copy("flux1")
    (folder / "my_module.py").write_text("raise RuntimeError('this was run')")
    edit_index(folder, transformer=entry)
    with pytest.raises(CheckpointError, match=r"needs the class|damaged"):
        load(folder)


@pytest.mark.parametrize("method", ["bitsandbytes", "torchao", "quanto", "gptq"])
def test_folders_that_are_said_to_be_quantised_otherwise_are_refused(method, copy):
    """Also by bitsandbytes, where nothing of it is in the files."""
    folder = copy("flux1")
    config = json.loads((folder / "transformer" / "config.json").read_text())
    config["quantization_config"] = {"quant_method": method}
    (folder / "transformer" / "config.json").write_text(json.dumps(config))
    with pytest.raises(CheckpointError, match=rf"quantised \({method}\)"):
        load(folder)


def test_a_failed_load_of_another_family_keeps_the_base(folders, copy):
    engine = StudioEngine("cpu")
    engine.load_checkpoint(str(folders["flux1"]), CancelToken(), silent)
    before = render(engine).picture
    broken = copy("sd3")
    weights = broken / "vae" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-50])
    with pytest.raises(CheckpointError):
        engine.load_checkpoint(str(broken), CancelToken(), silent)
    engine._pictures.forget()
    assert render(engine).picture == before

"""The script for diffusers: it runs, and says to diffusers what the request says."""

import shlex
import sys
from unittest.mock import MagicMock

import msgspec
import pytest

from loraviewer.core.arguments import parse_adapter
from loraviewer.core.diffusers_code import code_of
from loraviewer.core.merge_rules import read_rule
from loraviewer.core.prediction import Prediction
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from loraviewer.core.stack import AppliedAdapter

REQUEST = GenerationRequest(
    checkpoint=CheckpointRef("/models/base"),
    adapters=(
        AppliedAdapter("1", 0.8, 0.8, "manga", "/adapters/manga.v2.safetensors"),
        AppliedAdapter("2", 1.2, 1.2, "night", "/adapters/night"),
    ),
    sampling=Sampling(prompt="a \"girl\" 'in'\na meadow", negative_prompt="fog", seed=2**40),
)


@pytest.fixture
def diffusers(monkeypatch: pytest.MonkeyPatch) -> MagicMock:
    """Stands in for diffusers and torch, and remembers what is asked of it."""
    fake = MagicMock()
    monkeypatch.setitem(sys.modules, "diffusers", fake)
    monkeypatch.setitem(sys.modules, "torch", MagicMock())
    return fake


def run(code: str) -> None:
    exec(compile(code, "picture.py", "exec"), {})


def test_it_runs_and_asks_for_the_same(diffusers: MagicMock) -> None:
    run(code_of(REQUEST, "/models/base", "sd1"))
    loaded = diffusers.DiffusionPipeline.from_pretrained
    assert loaded.call_args.args == ("/models/base",)
    pipeline = loaded.return_value
    first, second = pipeline.load_lora_weights.call_args_list
    assert first.args == ("/adapters",)
    assert first.kwargs == {"weight_name": "manga.v2.safetensors", "adapter_name": "manga"}
    assert second.args == ("/adapters/night",)
    assert pipeline.set_adapters.call_args.args == (["manga", "night"], [0.8, 1.2])
    asked = pipeline.call_args
    assert asked.args == (REQUEST.sampling.prompt,)
    assert asked.kwargs["negative_prompt"] == "fog"
    assert asked.kwargs["num_inference_steps"] == 10
    assert (asked.kwargs["width"], asked.kwargs["height"]) == (128, 128)
    generator = sys.modules["torch"].Generator
    assert generator.call_args.args == ("cpu",)
    assert generator.return_value.manual_seed.call_args.args == (2**40,)


def test_the_sampler_and_what_is_known_of_the_prediction(diffusers: MagicMock) -> None:
    sampling = msgspec.structs.replace(REQUEST.sampling, sampler="Euler a")
    predicting = Prediction("v_prediction", True)
    request = msgspec.structs.replace(REQUEST, sampling=sampling, prediction=predicting)
    run(code_of(request, "/models/base", "sd2"))
    made = diffusers.EulerAncestralDiscreteScheduler.from_config
    assert made.call_args.kwargs == {
        "timestep_spacing": "trailing",
        "prediction_type": "v_prediction",
        "rescale_betas_zero_snr": True,
    }


@pytest.mark.parametrize(
    ("family", "name"),
    [
        ("sd1", "StableDiffusionPipeline"),
        ("sdxl", "StableDiffusionXLPipeline"),
        ("flux1", "FluxPipeline"),
    ],
)
def test_a_checkpoint_of_one_file_is_read_by_its_class(diffusers, family, name) -> None:
    run(code_of(REQUEST, "/models/base.safetensors", family))
    assert getattr(diffusers, name).from_single_file.called


@pytest.mark.parametrize(
    ("family", "pipeline", "network"),
    [
        ("z-image", "ZImagePipeline", "ZImageTransformer2DModel"),
        ("qwen-image", "QwenImagePipeline", "QwenImageTransformer2DModel"),
        ("chroma", "ChromaPipeline", "ChromaTransformer2DModel"),
        ("lumina2", "Lumina2Pipeline", "Lumina2Transformer2DModel"),
    ],
)
@pytest.mark.parametrize("suffix", ["safetensors", "gguf"])
def test_a_transformer_of_one_file_is_put_into_its_pipeline(
    diffusers, family, pipeline, network, suffix
) -> None:
    run(code_of(REQUEST, f"/models/base.{suffix}", family))
    read = getattr(diffusers, network).from_single_file
    assert read.call_args.args == (f"/models/base.{suffix}",)
    assert ("quantization_config" in read.call_args.kwargs) == (suffix == "gguf")
    made = getattr(diffusers, pipeline).from_pretrained
    assert made.call_args.kwargs["transformer"] is read.return_value
    asked = made.return_value.call_args.kwargs
    guidance = "true_cfg_scale" if family == "qwen-image" else "guidance_scale"
    assert asked[guidance] == REQUEST.sampling.guidance_scale


def test_a_unet_of_kolors_is_put_into_its_pipeline(diffusers: MagicMock) -> None:
    """By the published settings: diffusers takes it for SDXL else."""
    run(code_of(REQUEST, "/models/base.safetensors", "kolors"))
    read = diffusers.UNet2DConditionModel.from_single_file
    told = read.call_args.kwargs
    assert (told["config"], told["subfolder"]) == ("Kwai-Kolors/Kolors-diffusers", "unet")
    made = diffusers.KolorsPipeline.from_pretrained
    assert made.call_args.args == (told["config"],)
    assert made.call_args.kwargs["unet"] is read.return_value


@pytest.mark.parametrize(("sampler", "is_kept"), [("Euler", True), ("Euler a", False)])
def test_kolors_keeps_the_scheduler_of_its_files_for_its_own_sampler(sampler, is_kept) -> None:
    sampling = msgspec.structs.replace(REQUEST.sampling, sampler=sampler)
    code = code_of(msgspec.structs.replace(REQUEST, sampling=sampling), "/models/base", "kolors")
    assert ("Scheduler.from_config" not in code) == is_kept


def test_a_family_with_its_own_scheduler_keeps_it(diffusers: MagicMock) -> None:
    assert "Scheduler.from_config" not in code_of(REQUEST, "/models/base", "flux1")


def test_weights_that_diffusers_does_not_read_are_told() -> None:
    sampling = msgspec.structs.replace(REQUEST.sampling, prompt="a (hat:1.3)", words="weighted")
    asked = msgspec.structs.replace(REQUEST, sampling=sampling)
    told = "the CLIP encoders of SD 3 read them"
    assert told in code_of(asked, "/models/sd3", "sd3")
    assert told not in code_of(asked, "/models/flux", "flux1")
    assert told not in code_of(REQUEST, "/models/sd3", "sd3")


def test_separate_strengths_of_text_encoders(diffusers: MagicMock) -> None:
    adapters = (AppliedAdapter("1", 0.8, 0.3, "manga", "/a/manga.safetensors"),)
    run(code_of(msgspec.structs.replace(REQUEST, adapters=adapters), "/models/base", "sd1"))
    pipeline = diffusers.DiffusionPipeline.from_pretrained.return_value
    (weights,) = pipeline.set_adapters.call_args.args[1]
    assert weights == {"unet": 0.8, "text_encoder": 0.3, "text_encoder_2": 0.3}


class LoraLayer:
    """Stands in for PEFT's, as far as strengths go."""

    def __init__(self, **scaling: float) -> None:
        self.scaling = scaling


def network(*places: str, **scaling: float) -> MagicMock:
    fake = MagicMock()
    modules = {place: LoraLayer(**scaling) for place in places}
    # what is no layer of PEFT's may have a scaling, too
    fake.named_modules.return_value = [*modules.items(), ("mid_block", MagicMock(scaling=0.125))]
    fake.told = {place: module.scaling for place, module in modules.items()}
    return fake


def test_strengths_in_single_blocks_are_set_module_by_module(diffusers, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "peft.tuners.lora", MagicMock(LoraLayer=LoraLayer))
    soft = (("IN04", 0.5), ("M00", 0.0), ("TE1.03", -2.0), ("TE2.03", 4.0))
    first, second = REQUEST.adapters
    adapters = (msgspec.structs.replace(first, block_scales=soft), second)
    pipeline = diffusers.DiffusionPipeline.from_pretrained.return_value
    near = ("down_blocks.1.resnets.0.conv1", "down_blocks.1.attentions.1", "conv_in")
    pipeline.unet = network(*near, "mid_block.resnets.0.conv1", manga=0.8, night=1.2)
    pipeline.text_encoder = network("text_model.encoder.layers.3.mlp.fc1", manga=0.25)
    pipeline.text_encoder_2 = torch_module = MagicMock()
    torch_module.named_modules.return_value = []
    run(code_of(msgspec.structs.replace(REQUEST, adapters=adapters), "/models/base", "sdxl"))
    assert pipeline.set_adapters.call_args.args == (["manga", "night"], [0.8, 1.2])
    own = {place: scaling["manga"] for place, scaling in pipeline.unet.told.items()}
    assert own == dict(zip(pipeline.unet.told, [0.4, 0.8, 0.8, 0.0], strict=True))
    assert {scaling["night"] for scaling in pipeline.unet.told.values()} == {1.2}
    (layer,) = pipeline.text_encoder.told.values()
    assert layer == {"manga": -0.5}


def test_a_block_that_no_base_has_is_said_to_be_left_out(diffusers, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "peft.tuners.lora", MagicMock(LoraLayer=LoraLayer))
    adapters = (AppliedAdapter("1", 1.0, 1.0, "ink", "/ink", block_scales=(("ELSEWHERE", 0.5),)),)
    code = code_of(msgspec.structs.replace(REQUEST, adapters=adapters), "/models/base", "sd1")
    run(code)
    assert "# What 'ink' has in ELSEWHERE was left out" in code


def test_without_them_nothing_is_said_of_blocks(diffusers: MagicMock) -> None:
    assert "multiply" not in code_of(REQUEST, "/models/base", "sd1")


def test_two_adapters_of_one_name_are_told_apart(diffusers: MagicMock) -> None:
    adapters = tuple(AppliedAdapter(sha, 1.0, 1.0, "ink", f"/{sha}/ink.pt") for sha in "ab")
    run(code_of(msgspec.structs.replace(REQUEST, adapters=adapters), "/models/base", "sd1"))
    pipeline = diffusers.DiffusionPipeline.from_pretrained.return_value
    assert pipeline.set_adapters.call_args.args[0] == ["ink", "ink_2"]


def test_the_base_needs_no_adapters(diffusers: MagicMock) -> None:
    code = code_of(msgspec.structs.replace(REQUEST, adapters=()), "/models/base", "sd1")
    run(code)
    assert "adapters" not in code.replace(code[: code.index("import torch")], "")


@pytest.mark.parametrize("source", ["/models/base", "/models/base.safetensors"])
def test_what_another_merge_rule_made_starts_from_weights_that_are_baked(diffusers, source) -> None:
    request = msgspec.structs.replace(REQUEST, merge_rule=read_rule("ties:0.2"))
    code = code_of(request, source, "sd1")
    merged = "merged.safetensors" if source.endswith(".safetensors") else "merged"
    (command,) = [line[1:].strip() for line in code.splitlines() if " bake " in line]
    words = shlex.split(command)
    assert words[:4] == ["loraviewer", "bake", "--base", source]
    assert words[-4:] == ["--merge-rule", "ties:0.2", "-o", merged]
    adapters = [parse_adapter(words[i + 1]) for i, word in enumerate(words) if word == "--lora"]
    assert [(a.file, a.scale, a.text_scale) for a in adapters] == [
        ("/adapters/manga.v2.safetensors", 0.8, 0.8),
        ("/adapters/night", 1.2, 1.2),
    ]
    run(code)
    of_file = diffusers.StableDiffusionPipeline.from_single_file
    is_file = source.endswith(".safetensors")
    loaded = of_file if is_file else diffusers.DiffusionPipeline.from_pretrained
    assert loaded.call_args.args == (merged,)
    loaded.return_value.load_lora_weights.assert_not_called()


def test_a_path_cannot_leave_the_comment_that_it_stands_in(diffusers: MagicMock) -> None:
    evil = AppliedAdapter("1", 1.0, 1.0, "evil", "/adapters/a\nraise SystemExit\n.safetensors")
    rule = read_rule("iso-c")
    run(code_of(msgspec.structs.replace(REQUEST, adapters=(evil,), merge_rule=rule), "/b", "sd1"))


def test_what_takes_turns_is_said_to_be_another_picture(diffusers: MagicMock) -> None:
    request = msgspec.structs.replace(REQUEST, merge_rule=read_rule("switch:1"))
    code = code_of(request, "/models/base", "sd1")
    assert "NOT the same picture" in code
    assert "loraviewer bake --as" in code
    run(code)


def test_the_base_alone_is_the_same_by_every_rule(diffusers: MagicMock) -> None:
    alone = msgspec.structs.replace(REQUEST, adapters=())
    for text in ("iso-c", "composite"):
        request = msgspec.structs.replace(alone, merge_rule=read_rule(text))
        assert code_of(request, "/b", "sd1") == code_of(alone, "/b", "sd1")

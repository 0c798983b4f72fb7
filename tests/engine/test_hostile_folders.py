"""Folders that try to run code or open a pickle: each is refused, or loads without doing so.

Everything that an attack could reach writes the canary, which no test may ever find.
"""

import json
import pickle
import shutil
from pathlib import Path

import pytest

from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import CheckpointError
from loraviewer.engine.device import choose_compute
from loraviewer.engine.opening.checkpoint import open_checkpoint, open_stored_networks
from tests.engine.conftest import silent

CODE = "hostile"
"""The module that every attack names."""


class Bomb:
    """Writes the canary when it is unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self):
        return (open, (self.path, "w"))


@pytest.fixture
def canary(tmp_path, monkeypatch):
    """The file that hostile code writes; whoever asks a question gets a yes."""
    path = tmp_path / "canary"
    monkeypatch.setattr("builtins.input", lambda *args: path.write_text("asked") and "y")
    monkeypatch.chdir(tmp_path)
    yield path
    assert not path.exists()


@pytest.fixture
def hostile(tiny_folder, tmp_path, canary):
    """A good checkpoint with the attacker's code and pickles in every one of its folders."""
    folder = tmp_path / "base"
    shutil.copytree(tiny_folder / "sd", folder)
    for place in (tmp_path, folder, *(p for p in folder.iterdir() if p.is_dir())):
        source = f"open({str(canary)!r}, 'w').close()\nclass Own:\n    from_pretrained = Own = 1\n"
        (place / f"{CODE}.py").write_text(source)
        (place / "__init__.py").write_text(source)
        for name in ("pytorch_model", "diffusion_pytorch_model", "adapter_model"):
            (place / f"{name}.bin").write_bytes(pickle.dumps(Bomb(str(canary))))
    return folder


def edit(path, **fields):
    values = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps(values | fields))


def named(component, library, class_name):
    """The index names another class for a component."""
    return lambda folder: edit(folder / "model_index.json", **{component: [library, class_name]})


def configured(file, **fields):
    return lambda folder: edit(folder / file, **fields)


def both(*attacks):
    def together(folder):
        for attack in attacks:
            attack(folder)

    return together


def without_safetensors(component):
    def remove(folder):
        for path in (folder / component).glob("*.safetensors"):
            path.unlink()

    return remove


_AUTOS = ("AutoConfig", "AutoModel", "AutoProcessor", "AutoModelForCausalLM")
AUTO_MAP = dict.fromkeys(_AUTOS, f"{CODE}.Own") | {"AutoTokenizer": [f"{CODE}.Own"] * 2}

CLASSES = {
    "a pipeline as scheduler": named("scheduler", "diffusers", "DiffusionPipeline"),
    "a pipeline as network": named("unet", "diffusers", "StableDiffusionPipeline"),
    "a pipeline with code beside it": both(
        named("scheduler", "diffusers", "DiffusionPipeline"),
        configured("scheduler/model_index.json", _class_name=[CODE, "Own"]),
    ),
    "a pipeline that chooses": named("unet", "diffusers", "AutoPipelineForText2Image"),
    "a modular pipeline": named("unet", "diffusers", "ModularPipeline"),
    "modular blocks": named("unet", "diffusers", "ModularPipelineBlocks"),
    "diffusers chooses a network": named("unet", "diffusers", "AutoModel"),
    "a tokenizer that chooses": both(
        named("tokenizer", "transformers", "AutoTokenizer"),
        configured("tokenizer/tokenizer_config.json", auto_map=AUTO_MAP, tokenizer_class="Own"),
    ),
    "a processor that chooses": named("tokenizer", "transformers", "AutoProcessor"),
    "a network that chooses": both(
        named("text_encoder", "transformers", "AutoModel"),
        configured("text_encoder/config.json", auto_map=AUTO_MAP, model_type="own"),
    ),
    "a network that chooses, pickled": both(
        named("text_encoder", "transformers", "AutoModel"), without_safetensors("text_encoder")
    ),
    "a configuration": named("text_encoder", "transformers", "AutoConfig"),
    "a function": named("text_encoder", "transformers", "pipeline"),
    "a trainer": named("text_encoder", "transformers", "Trainer"),
    "a tool": named("text_encoder", "transformers", "BitsAndBytesConfig"),
    "another library": named("unet", "torch.hub", "load"),
    "the system": named("unet", "os", "system"),
    "a module here": named("unet", CODE, "Own"),
    "a module above": named("unet", f"..{CODE}", "Own"),
    "an inner module": named("unet", "diffusers.utils.dynamic_modules_utils", "check_imports"),
    "an inner name": named("unet", "diffusers", "utils.hub_utils"),
    "a class that a pipeline imports": named("unet", "stable_diffusion", "PipelineImageInput"),
    "a pipeline of its own": configured("model_index.json", _class_name=[CODE, "Own"]),
    "a pipeline by its code": configured("model_index.json", _class_name=CODE),
    "an abstract pipeline": configured("model_index.json", _class_name="DiffusionPipeline"),
}

SETTINGS = {
    "code of a tokenizer": configured("tokenizer/tokenizer_config.json", auto_map=AUTO_MAP),
    "code of a network": configured("text_encoder/config.json", auto_map=AUTO_MAP),
    "code further in": configured("text_encoder/config.json", text_config={"auto_map": AUTO_MAP}),
    "a kernel": configured("text_encoder/config.json", _attn_implementation="org/kernel"),
    "a kernel by its public name": configured(
        "text_encoder/config.json", attn_implementation="org/kernel:layer"
    ),
    "a kernel of a part": configured(
        "text_encoder/config.json", _attn_implementation={"": "sdpa", "text": "org/kernel@main"}
    ),
    "a kernel of experts": configured(
        "text_encoder/config.json", experts_implementation="org/kernel"
    ),
    "a quantiser": configured(
        "text_encoder/config.json", quantization_config={"quant_method": "aqlm"}
    ),
    "settings of another file": configured(
        "text_encoder/config.json", configuration_files=["config.1.0.0.json"]
    ),
    "trust": configured("text_encoder/config.json", trust_remote_code=True, auto_map=AUTO_MAP),
}

PICKLES = {
    f"a pickled {part}": without_safetensors(part) for part in ("unet", "vae", "text_encoder")
}

HARMLESS = {
    "nothing": lambda folder: None,
    "an adapter beside the network": configured(
        "text_encoder/adapter_config.json", peft_type="LORA", base_model_name_or_path="x"
    ),
    "a code of a network of diffusers": configured("unet/config.json", auto_map=AUTO_MAP),
    "a custom pipeline": configured("model_index.json", custom_pipeline=CODE),
}


def rendered(folder):
    return open_checkpoint(str(folder), choose_compute("cpu"), CancelToken(), silent).networks


def exported(folder):
    return open_stored_networks(str(folder), CancelToken(), silent)


@pytest.mark.parametrize("opened", [rendered, exported])
@pytest.mark.parametrize("name", CLASSES | SETTINGS | PICKLES)
def test_code_and_pickles_are_refused(hostile, canary, name, opened):
    (CLASSES | SETTINGS | PICKLES)[name](hostile)
    if opened is exported and name == "code of a tokenizer":
        assert opened(hostile)  # it reads no tokenizer
        return
    with pytest.raises(CheckpointError) as told:
        opened(hostile)
    assert str(hostile) in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_never_looked_at_does_no_harm(hostile, canary, name):
    HARMLESS[name](hostile)
    assert rendered(hostile)
    assert exported(hostile)


def test_the_list_lets_every_part_of_the_usual_pipelines_pass():
    """Whatever a text-to-image pipeline of diffusers wants, by the names in its own signature."""
    from loraviewer.engine.opening.part_classes import part_class

    wanted = {
        "diffusers": ("DDIMScheduler", "FlowMatchEulerDiscreteScheduler", "AutoencoderKL",
                      "FluxTransformer2DModel", "UNet2DConditionModel", "AutoencoderKLQwenImage"),
        "transformers": ("CLIPTextModelWithProjection", "T5TokenizerFast", "Qwen2Tokenizer",
                         "Qwen3Model", "Mistral3ForConditionalGeneration",
                         "GemmaTokenizerFast", "CLIPImageProcessor", "PreTrainedTokenizerFast"),
        "kolors": ("ChatGLMModel", "ChatGLMTokenizer"),
    }  # fmt: skip
    for library, names in wanted.items():
        for name in names:
            assert part_class(Path("base"), library, name).__name__

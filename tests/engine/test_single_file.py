import json
import shutil
import socket

import pytest
import torch

from loraviewer.adapters.files.header import Header, TensorInfo
from loraviewer.adapters.recognition import single_file_config
from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import CheckpointError
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from loraviewer.core.resources import clip_vocabulary, family_config
from loraviewer.engine.checkpoint import Checkpoint
from loraviewer.engine.device import choose_compute
from loraviewer.engine.opening import single_file
from loraviewer.engine.opening.checkpoint import open_checkpoint
from loraviewer.engine.opening.prediction import scheduler_config
from loraviewer.engine.opening.single_file import clip_tokenizers
from loraviewer.engine.studio_engine import StudioEngine
from tests.engine import original, tiny
from tests.engine.conftest import silent

pytestmark = pytest.mark.sampled(2)

FAMILIES = ("sd1", "sd2", "sdxl")
_CLIP_L = "cond_stage_model.transformer."
_TELLING = "model.diffusion_model.output_blocks.11.1.transformer_blocks.0.norm1.bias"
_START, _END = 49406, 49407


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    """Family → tiny networks with random weights, and the folder of their configurations."""
    root = tmp_path_factory.mktemp("configs")
    configs = {family: original.write_tiny_config(family, root / family) for family in FAMILIES}
    return {family: original.random_networks(config) for family, config in configs.items()}, root


@pytest.fixture
def tensors(networks):
    """Family → a copy of the checkpoint's tensors to change."""
    return lambda family: original.original_tensors(family, networks[0][family])


@pytest.fixture
def open_tensors(networks, tmp_path, monkeypatch):
    """Write tensors to a file and open it without a network, with the tiny configurations."""

    def refuse(*args, **kwargs):
        raise AssertionError("the network was used")

    def open_them(tensors, metadata=None, components=None) -> Checkpoint:
        path = original.save(tensors, tmp_path / "tiny.safetensors", metadata)
        return open_checkpoint(str(path), choose_compute("cpu"), CancelToken(), silent, components)

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(single_file_config, "family_config", lambda family: networks[1] / family)
    return open_them


# Weights: the original names and layout → diffusers, bit for bit.


@pytest.mark.parametrize("family", FAMILIES)
def test_every_weight_arrives(family, networks, tensors, open_tensors):
    checkpoint = open_tensors(tensors(family))
    wanted = networks[0][family]
    assert checkpoint.networks.keys() == wanted.keys()
    assert checkpoint.family.name == family
    for component, network in checkpoint.networks.items():
        found = network.state_dict()
        for name, weight in wanted[component].state_dict().items():
            assert torch.equal(found[name], weight), (component, name)


@pytest.mark.parametrize("family", FAMILIES)
def test_they_render(family, tensors, open_tensors, tmp_path, monkeypatch):
    tiny.write_tokenizer(tmp_path / "words")
    shutil.copy(clip_vocabulary() / "tokenizer_config.json", tmp_path / "words")
    monkeypatch.setattr(single_file, "clip_vocabulary", lambda: tmp_path / "words")
    open_tensors(tensors(family))  # writes the file, and forbids the network
    engine = StudioEngine("cpu")
    engine.load_checkpoint(str(tmp_path / "tiny.safetensors"), CancelToken(), silent)
    sampling = Sampling(prompt="a red cat", steps=2, width=64, height=64)
    request = GenerationRequest(checkpoint=CheckpointRef(""), sampling=sampling)
    picture = engine.render(request, CancelToken(), silent).picture
    assert (picture.width, picture.height) == (64, 64)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_tiny_files_are_named_as_real_ones(family, tensors):
    assert tensors(family).keys() <= original.listing(family)["keys"].keys()


def test_a_unet_alone_finds_its_companions(networks, tensors, open_tensors, tmp_path):
    some = tensors("sd1")
    folder = tmp_path / "components"
    folder.mkdir()
    lone = {"vae.safetensors": "first_stage_model.", "clip.safetensors": _CLIP_L}
    for file, prefix in lone.items():
        names = [name for name in some if name.startswith(prefix)]
        original.save({name.removeprefix(prefix): some.pop(name) for name in names}, folder / file)
    with pytest.raises(CheckpointError, match=r"CLIP-L .* VAE"):
        open_tensors(some)
    checkpoint = open_tensors(some, components=folder)
    for component, network in networks[0]["sd1"].items():
        found = checkpoint.networks[component].state_dict()
        assert all(torch.equal(found[n], w) for n, w in network.state_dict().items()), component


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"auto_map": {"AutoModel": "hostile.Own"}}, "names code to be run"),
        ({"_attn_implementation": "org/kernel"}, "asks for code from the network"),
        ({"num_hidden_layers": 10**9}, "is 1,000,000,000"),
    ],
)
def test_a_companion_is_looked_at_before_it_is_read(
    settings, words, networks, tensors, open_tensors, tmp_path
):
    some = tensors("sd1")
    folder = tmp_path / "components" / "text_encoder"
    networks[0]["sd1"]["text_encoder"].save_pretrained(folder)
    some = {name: tensor for name, tensor in some.items() if not name.startswith(_CLIP_L)}
    assert open_tensors(some, components=folder.parent).networks
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | settings))
    with pytest.raises(CheckpointError, match=words) as told:
        open_tensors(some, components=folder.parent)
    assert str(folder / "config.json") in str(told.value)


@pytest.mark.parametrize(
    "name",
    [
        "model.diffusion_model.out.2.weight",
        "first_stage_model.decoder.conv_out.bias",
        "cond_stage_model.transformer.text_model.final_layer_norm.weight",
    ],
)
def test_missing_weights_are_never_random(name, tensors, open_tensors):
    some = tensors("sd1")
    del some[name]
    with pytest.raises(CheckpointError, match="not complete") as caught:
        open_tensors(some)
    assert "tiny.safetensors" in str(caught.value)


def test_a_missing_component(tensors, open_tensors):
    some = {name: t for name, t in tensors("sd1").items() if "first_stage" not in name}
    with pytest.raises(CheckpointError, match="not complete"):
        open_tensors(some)


def test_edm_checkpoints_are_refused(tensors, open_tensors):
    with pytest.raises(CheckpointError, match="EDM"):
        open_tensors(tensors("sdxl") | {"edm_mean": torch.zeros(4)})


# Configurations: the published architectures, name for name and shape for shape.


@pytest.mark.parametrize("family", FAMILIES)
def test_the_unet_is_the_published_one(family):
    shapes = _shapes(original.skeleton(family_config(family))["unet"])
    listed = original.listing(family)
    published = {
        new: listed["keys"][f"model.diffusion_model.{old}"] for old, new in listed["unet"].items()
    }
    assert shapes == published


@pytest.mark.parametrize("family", FAMILIES)
def test_text_encoders_and_vae_are_the_published_ones(family):
    networks = original.skeleton(family_config(family))
    published = original.listing(family)["keys"]
    ours = original.original_others(family, networks)
    for name, tensor in ours.items():
        assert name in published
        assert published[name] in (None, list(tensor.shape)), name
    left = {name for name in published.keys() - ours.keys() if not _is_ignored(name)}
    assert not left


def _shapes(network: torch.nn.Module) -> dict[str, list[int]]:
    return {name: list(parameter.shape) for name, parameter in network.named_parameters()}


def _is_ignored(name: str) -> bool:
    """What no pipeline uses. SD 2 leaves out the last layer of its text encoder."""
    return not name.startswith(("first_stage_model.", "cond_stage_model.", "conditioner.")) or (
        name.startswith("cond_stage_model.model.transformer.resblocks.23.")
        or name.endswith("position_ids")
    )


# Prediction type


def _spread(std: float) -> torch.Tensor:
    return torch.tensor([std, -std, std, -std])


@pytest.mark.parametrize(
    ("spread", "prediction", "size_px"), [(0.2, "v_prediction", 768), (0.01, "epsilon", 512)]
)
def test_sd2_files_without_metadata(spread, prediction, size_px, tensors, open_tensors):
    checkpoint = open_tensors(tensors("sd2") | {_TELLING: _spread(spread)})
    assert checkpoint.scheduler_config["prediction_type"] == prediction
    assert checkpoint.family.sampling().width == size_px


@pytest.mark.parametrize(
    ("family", "metadata", "prediction"),
    [
        ("sd2", {"modelspec.prediction_type": "epsilon"}, "epsilon"),
        ("sd2", {"modelspec.architecture": "stable-diffusion-v2-512"}, "epsilon"),
        ("sd2", {"modelspec.architecture": "stable-diffusion-v2-768-v"}, "v_prediction"),
        ("sdxl", {"modelspec.prediction_type": "v"}, "v_prediction"),
        ("sd1", {"ss_v_parameterization": "True"}, "v_prediction"),
        ("sd1", {"modelspec.prediction_type": "something new"}, "epsilon"),
        ("sdxl", {}, "epsilon"),
    ],
)
def test_what_the_metadata_says(family, metadata, prediction, networks):
    config = scheduler_config(
        Header({}, metadata, 0), _usual(family), family, networks[0][family]["unet"]
    )
    assert config == _usual(family) | {"prediction_type": prediction}


def test_tensors_that_mark_zero_terminal_snr(networks):
    mark = TensorInfo("F32", (0,), 0, 0)
    header = Header({"v_pred": mark, "ztsnr": mark}, {"modelspec.prediction_type": "epsilon"}, 0)
    config = scheduler_config(header, _usual("sdxl"), "sdxl", networks[0]["sdxl"]["unet"])
    assert config["prediction_type"] == "v_prediction"
    assert config["rescale_betas_zero_snr"]
    assert config["timestep_spacing"] == "trailing"


def _usual(family: str) -> dict:
    path = family_config(family) / "scheduler" / "scheduler_config.json"
    return json.loads(path.read_text())


# The CLIP vocabulary


@pytest.fixture(scope="module")
def tokenizers():
    return {family: clip_tokenizers(family_config(family)) for family in FAMILIES}


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("a photo of an astronaut", [320, 1125, 539, 550, 18376]),
        ("  A PHOTO\nof an Astronaut ", [320, 1125, 539, 550, 18376]),
        ("wow!", [2781, 256]),
        ("", []),
    ],
)
@pytest.mark.parametrize(
    ("family", "part", "padding"),
    [
        ("sd1", "tokenizer", _END),
        ("sd2", "tokenizer", 0),
        ("sdxl", "tokenizer", _END),
        ("sdxl", "tokenizer_2", 0),
    ],
)
def test_prompts_become_the_tokens_clip_was_trained_with(
    tokenizers, family, part, padding, text, ids
):
    tokenizer = tokenizers[family][part]
    found = tokenizer(text, padding="max_length", truncation=True).input_ids
    assert found == [_START, *ids, _END, *[padding] * (75 - len(ids))]


def test_the_vocabulary_is_bundled_once_and_small():
    configs = clip_vocabulary().parent
    assert len(list(configs.rglob("vocab.json"))) == 1
    assert sum(file.stat().st_size for file in configs.rglob("*")) < 3_000_000
    assert "OpenAI" in (clip_vocabulary() / "LICENSE").read_text()

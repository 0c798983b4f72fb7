"""Kolors as a folder and as single files of its UNet, against diffusers' own pipeline. Nothing
reaches the network."""

import json
import shutil
import socket
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

pytest.importorskip("sentencepiece", reason="the extra “kolors” is not installed")

import diffusers
import transformers

from loraviewer.adapters.inspection.inspect import inspect_file
from loraviewer.adapters.inspection.stored_base import stored_base
from loraviewer.adapters.recognition import single_file_config
from loraviewer.core.cancel import CancelToken
from loraviewer.core.lost_encoders import lost_words
from loraviewer.core.optional_packages import OptionalPackage
from loraviewer.core.outcome import CheckpointError
from loraviewer.core.placement.choosing import usual_precision
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from loraviewer.engine.baking import bake_checkpoint, open_workbench
from loraviewer.engine.device import Compute, choose_compute
from loraviewer.engine.opening.checkpoint import open_checkpoint
from loraviewer.engine.opening.part_classes import load_small_part
from loraviewer.engine.studio_engine import StudioEngine
from tests.engine import original, tiny_kolors
from tests.engine.conftest import applied, silent
from tests.engine.exports import bake, dotted, factors_of_all_matrices
from tests.engine.test_base_files import unlike
from tests.engine.test_cut_down_unets import ldm_tensors
from tests.engine.test_export_diffusers import assert_landed

pytestmark = pytest.mark.sampled(2)

FULL = "model.diffusion_model."
MODULE = "down_blocks.2.attentions.0.transformer_blocks.1.attn2.to_k"


class Files:
    """A tiny pipeline: as a folder, as the configuration that is bundled for it, and as a folder of
    components without UNet."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "pipeline"
        made = tiny_kolors.save(self.folder)
        self.weights = made.unet.state_dict()
        self.ldm = {
            name.removeprefix(FULL): tensor for name, tensor in ldm_tensors(made.unet).items()
        }
        self.config = root / "configs" / "kolors"
        shutil.copytree(self.folder, self.config, ignore=shutil.ignore_patterns("tokenizer"))
        self.components = root / "components"
        left_out = shutil.ignore_patterns("unet", "model_index.json", "scheduler")
        shutil.copytree(self.folder, self.components, ignore=left_out)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return Files(tmp_path_factory.mktemp("kolors"))


@pytest.fixture
def files(made, monkeypatch) -> Files:
    def refuse(*args, **kwargs):
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(single_file_config, "family_config", lambda name: made.config.parent / name)
    return made


@pytest.fixture(scope="module")
def engine(made) -> StudioEngine:
    engine = StudioEngine("cpu")
    engine.load_checkpoint(str(made.folder), CancelToken(), silent)
    return engine


def request(*adapters, **values) -> GenerationRequest:
    usual = {
        "prompt": "a red cat", "negative_prompt": "blue trees", "steps": 2, "seed": 3,
        "width": 32, "height": 48, "guidance_scale": 5.0, "sampler": "Euler",
    }  # fmt: skip
    return GenerationRequest(
        checkpoint=CheckpointRef(""), adapters=adapters, sampling=Sampling(**(usual | values))
    )


def rendered(engine, *adapters, **values) -> np.ndarray:
    made = engine.render_anew(request(*adapters, **values), CancelToken(), silent)
    return np.frombuffer(made.picture.rgb, np.uint8)


def wanted(pipeline, **values) -> np.ndarray:
    """The picture of the same request by a pipeline of diffusers."""
    usual = {
        "prompt": "a red cat", "negative_prompt": "blue trees", "num_inference_steps": 2,
        "width": 32, "height": 48, "guidance_scale": 5.0,
    }  # fmt: skip
    pipeline.set_progress_bar_config(disable=True)
    generator = torch.Generator("cpu").manual_seed(3)
    picture = pipeline(generator=generator, **(usual | values)).images[0]
    return np.asarray(picture.convert("RGB")).reshape(-1)


def open_file(path: Path, components: Path | None = None):
    return open_checkpoint(str(path), choose_compute("cpu"), CancelToken(), silent, components)


def assert_same_weights(checkpoint, files: Files) -> None:
    others = open_file(files.folder).networks
    assert checkpoint.networks.keys() == others.keys()
    for component, network in others.items():
        found = checkpoint.networks[component].state_dict()
        for name, weight in network.state_dict().items():
            assert torch.equal(found[name], weight), (component, name)


# A folder


@pytest.mark.parametrize("guidance", [5.0, 1.0])
def test_it_renders_as_its_own_pipeline_does(guidance, engine, files):
    """With leading steps of 1100, by its own sampler. Where weights lie in memory may round
    otherwise, so that the same pipeline is the same to the last byte, and another one nearly."""
    found = rendered(engine, guidance_scale=guidance)
    assert np.array_equal(found, wanted(engine.checkpoint.pipeline, guidance_scale=guidance))
    other = wanted(diffusers.KolorsPipeline.from_pretrained(files.folder), guidance_scale=guidance)
    assert np.abs(found.astype(int) - other).max() <= 1
    assert found.std() > 5


def test_what_it_starts_from(engine):
    info = engine._loaded.info
    assert (info.family, info.default_sampler, info.default_steps) == ("kolors", "Euler", 50)
    assert info.default_guidance_scale == 5.0
    assert {"DPM++ 2M", "Euler trailing"} < set(info.samplers)
    pictures = [rendered(engine, sampler=name) for name in ("Euler", "Euler trailing", "DDIM")]
    assert len({picture.tobytes() for picture in pictures}) == 3


def test_float16_is_its_precision_on_a_card(files):
    """Its VAE decodes in float32 there, as diffusers has it, and is itself again."""
    compute = Compute(torch.device("cpu"), torch.float16)  # nobody asked for it
    checkpoint = open_checkpoint(str(files.folder), compute, CancelToken(), silent)
    assert {network.dtype for network in checkpoint.networks.values()} == {torch.float16}
    half = StudioEngine("cpu", "float16")
    half.load_checkpoint(str(files.folder), CancelToken(), silent)
    with warnings.catch_warnings():
        warnings.simplefilter("error", FutureWarning)
        found = rendered(half)
    with pytest.warns(FutureWarning, match="upcast_vae"):
        assert np.array_equal(found, wanted(half.checkpoint.pipeline))
    assert half.checkpoint.networks["vae"].dtype == torch.float16
    assert half.verify(CancelToken()).differing == ()


def test_prompts_are_counted_and_cut_off_where_it_stops(engine):
    prompts = engine._loaded.info.prompts
    assert not prompts.reads_weights
    words = "red cat " * 200
    assert prompts.count("a red cat", "weighted").limit == 254
    (left,) = prompts.unread(Sampling(prompt=words))
    assert left.limit == 254
    read = words.strip().removesuffix(left.words)
    assert 0 < prompts.count(read, "weighted").tokens <= 254
    tokenizer = engine.checkpoint.pipeline.tokenizer
    options = {"max_length": 256, "truncation": True, "padding": "max_length"}
    whole, part = (tokenizer(text, **options).input_ids for text in (words, read))
    kept = [token for token in part if token != tokenizer.pad_token_id]
    assert whole[: len(kept)] == kept
    assert np.array_equal(rendered(engine, prompt=words), rendered(engine, prompt=words + "moon"))


# Adapters


def style(path: Path, files: Files, spelling: str) -> Path:
    """A LoRA of one module as PEFT, or as kohya names it in LDM's words."""
    out, inner = files.weights[f"{MODULE}.weight"].shape
    generator = torch.Generator().manual_seed(1)
    down, up = (torch.randn(*s, generator=generator) for s in ((2, inner), (out, 2)))
    if spelling == "peft":
        name = f"unet.{MODULE}"
        return original.save({f"{name}.lora_A.weight": down, f"{name}.lora_B.weight": up}, path)
    name = (
        "lora_unet_"
        + {
            "kohya": "input_blocks_5_1_transformer_blocks_1_attn2_to_k",
            "kohya, diffusers": MODULE.replace(".", "_"),
        }[spelling]
    )
    factors = {f"{name}.lora_down.weight": down, f"{name}.lora_up.weight": up}
    return original.save({**factors, f"{name}.alpha": torch.tensor(1.0)}, path)


@pytest.mark.parametrize("spelling", ["peft", "kohya", "kohya, diffusers"])
def test_an_adapter_changes_what_diffusers_changes(spelling, engine, files, tmp_path):
    """The picture of `load_lora_weights` and `fuse_lora`, and then the base again. Of Kolors, that
    reads none of LDM's words."""
    adapter = applied(style(tmp_path / "style.safetensors", files, spelling), 1.0)
    assert engine.report(adapter.path, adapter.sha256, CancelToken()).is_complete
    base, found = rendered(engine), rendered(engine, adapter)
    other = diffusers.KolorsPipeline.from_pretrained(files.folder)
    is_read = spelling != "kohya"
    path = adapter.path if is_read else style(tmp_path / "other.safetensors", files, "peft")
    other.load_lora_weights(load_file(path))
    other.fuse_lora(lora_scale=1.0 if is_read else 0.5)  # alpha through rank
    assert np.abs(found.astype(int) - wanted(other)).max() <= 1
    assert not np.array_equal(found, base)
    assert np.array_equal(rendered(engine), base)
    assert engine.verify(CancelToken()).differing == ()


def test_adapters_of_sdxl_are_told(engine, files, tmp_path):
    """Its UNet has the same names and widths, its text encoders have not."""
    own = load_file(style(tmp_path / "own.safetensors", files, "kohya"))
    clip = "lora_te1_text_model_encoder_layers_0_self_attn_q_proj"
    words = {
        f"{clip}.lora_down.weight": torch.ones(2, 768),
        f"{clip}.lora_up.weight": torch.ones(768, 2),
        f"{clip}.alpha": torch.tensor(2.0),
    }
    path = original.save(own | words, tmp_path / "sdxl.safetensors")
    told = engine.report(str(path), applied(path).sha256, CancelToken())
    assert len(told.unmatched) == 1
    assert lost_words(told, "kolors") == (
        "1 of the text encoder CLIP, which the base does not have"
    )
    facts = [inspect_file(file) for file in (tmp_path / "own.safetensors", path)]
    assert [set(f["candidates"]) for f in facts] == [{"sdxl", "kolors"}, {"sdxl"}]


# Single files


def write(path: Path, files: Files, words: str = "diffusers", prefix: str = "") -> Path:
    tensors = files.weights if words == "diffusers" else files.ldm
    return original.save({prefix + name: tensor for name, tensor in tensors.items()}, path)


@pytest.mark.parametrize("words", ["diffusers", "ldm"])
@pytest.mark.parametrize("prefix", ["", FULL])
def test_a_unet_alone_opens(words, prefix, files, tmp_path):
    path = write(tmp_path / "tiny.safetensors", files, words, prefix)
    facts = inspect_file(path)
    assert (facts["type"], facts["family"], facts["components"]) == (
        "checkpoint",
        "kolors",
        ["unet"],
    )
    assert (facts["opens"], facts["why_not"], facts["prediction"]) == (True, "", "epsilon")
    assert sorted(facts["needs"]) == ["text_encoder", "tokenizer", "vae"]
    checkpoint = open_file(path, files.components)
    assert checkpoint.family.name == "kolors"
    assert_same_weights(checkpoint, files)
    assert unlike(checkpoint, files.components) == set()  # read again, where there is no memory


def test_the_picture_is_that_of_the_folder(engine, files, tmp_path):
    """With an adapter, too."""
    single = StudioEngine("cpu", components=files.components)
    path = write(tmp_path / "tiny.safetensors", files, "ldm", FULL)
    single.load_checkpoint(str(path), CancelToken(), silent)
    adapter = applied(style(tmp_path / "style.safetensors", files, "peft"), 2.0)
    for stack in ((), (adapter,)):
        found, other = rendered(single, *stack).astype(int), rendered(engine, *stack)
        assert np.abs(found - other).max() <= 1


def test_what_is_missing_is_named(files, tmp_path):
    path = write(tmp_path / "tiny.safetensors", files)
    with pytest.raises(CheckpointError, match=r"needs ChatGLM3 6B.*VAE.*--components"):
        open_file(path)
    folder = shutil.copytree(files.components, tmp_path / "components")
    (folder / "tokenizer" / "tokenizer.model").unlink()
    with pytest.raises(CheckpointError, match=r"needs the tokenizer of .*--components"):
        open_file(path, folder)


def test_lone_files_are_known_by_their_tensors(files, tmp_path):
    """Of ChatGLM as it was published, and without the table that some leave out."""
    folder = tmp_path / "components"
    shutil.copytree(files.components / "tokenizer", folder / "tokenizer")
    encoder = load_file(files.components / "text_encoder" / "model.safetensors")
    encoder.pop("rotary_pos_emb.inv_freq")
    save_file({f"transformer.{n}": t for n, t in encoder.items()}, folder / "a.safetensors")
    vae = load_file(files.components / "vae" / "diffusion_pytorch_model.safetensors")
    save_file(vae, folder / "b.safetensors")
    path = write(tmp_path / "tiny.safetensors", files)
    assert_same_weights(open_file(path, folder), files)
    assert inspect_file(folder / "a.safetensors")["holds"] == "a text encoder alone"


def test_the_vae_of_another_family_is_left_where_it_lies(files, tmp_path):
    """SD 1's has the same names and shapes, and other latents."""
    folder = shutil.copytree(files.components, tmp_path / "components")
    original.edit(folder / "vae", scaling_factor=0.18215)
    path = write(tmp_path / "tiny.safetensors", files)
    with pytest.raises(CheckpointError, match="needs the VAE"):
        open_file(path, folder)


# What strangers write


@pytest.fixture
def copy(made, tmp_path):
    return shutil.copytree(made.folder, tmp_path / "copy")


def edit(path: Path, **values) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_code_that_the_published_folder_names_is_never_run(copy, files):
    """Its settings name code, for other programs; and paths in them lead nowhere."""
    canary = copy / "canary"
    names = {"AutoTokenizer": ["hostile.Own", None], "AutoModel": "hostile.Own"}
    for part in ("tokenizer", "text_encoder"):
        (copy / part / "hostile.py").write_text(f"open({str(canary)!r}, 'w')\nOwn = None\n")
    edit(copy / "tokenizer" / "tokenizer_config.json", auto_map=names, vocab_file="/dev/zero")
    edit(copy / "text_encoder" / "config.json", auto_map=names)
    assert_same_weights(open_file(copy), files)
    assert not canary.exists()


def long_piece() -> bytes:
    """It would have crashed older releases of the library."""
    text = b"q" * 5000
    body = b"\x0a" + bytes([0x88, 0x27]) + text
    return tiny_kolors.vocabulary() + b"\x0a" + bytes([0x8B, 0x27]) + body


def blown_up() -> bytes:
    """A letter that becomes a hundred thousand."""
    chars = b"\0\0\0\0" + b"x" * 100_000 + b"\0"
    field = b"\x12" + bytes([0xA5, 0x8D, 0x06]) + chars
    return tiny_kolors.vocabulary() + b"\x1a" + bytes([0xA9, 0x8D, 0x06]) + field


@pytest.mark.parametrize(
    "vocabulary",
    [
        lambda: b"",
        lambda: b"\xff" * 40,
        lambda: tiny_kolors.vocabulary()[:1000],
        lambda: b"\x12\x03\x18\xc0\x3e",
        long_piece,
        blown_up,
    ],
)
def test_what_is_no_vocabulary_is_refused(vocabulary, copy):
    """Before the library is asked, but for what only that finds."""
    (copy / "tokenizer" / "tokenizer.model").write_bytes(vocabulary())
    with pytest.raises(CheckpointError, match=r"tokenizer.model: this is no SentencePiece"):
        open_file(copy)


def test_a_vocabulary_without_end_is_not_read(copy):
    with (copy / "tokenizer" / "tokenizer.model").open("wb") as file:
        file.truncate(100 << 20)  # a hole
    with pytest.raises(CheckpointError, match="too large"):
        open_file(copy)


@pytest.mark.parametrize("is_lone", [False, True])
def test_more_words_than_the_text_encoder_knows(is_lone, copy, files, tmp_path):
    """A prompt would read beyond its table."""
    model = files.folder.parent / "many.model"
    if not model.exists():
        model.write_bytes(tiny_kolors.vocabulary(300))
    shutil.copy(model, copy / "tokenizer" / "tokenizer.model")
    path = write(tmp_path / "tiny.safetensors", files) if is_lone else copy
    with pytest.raises(CheckpointError, match="other words than its text encoder"):
        open_file(path, copy if is_lone else None)


@pytest.mark.parametrize("name", ["SiglipTokenizer", "MarianTokenizer", "BertJapaneseTokenizer"])
def test_nothing_else_is_read_by_that_library(name, copy):
    edit(copy / "model_index.json", tokenizer=["transformers", name])
    with pytest.raises(CheckpointError, match="for Kolors alone"):
        open_file(copy)


def test_other_tokenizers_choke_on_none_either(tmp_path):
    """With that library there, transformers makes some of such a file alone."""
    path = tmp_path / "tokenizer.model"
    path.write_bytes(long_piece())
    with pytest.raises(CheckpointError, match="no SentencePiece vocabulary"):
        load_small_part("tokenizer", transformers.LlamaTokenizer, tmp_path)


def test_a_sound_one_is_left_to_them(tmp_path):
    pytest.importorskip("google.protobuf", reason="transformers reads it with that package")
    (tmp_path / "tokenizer.model").write_bytes(tiny_kolors.vocabulary())
    made = load_small_part("tokenizer", transformers.LlamaTokenizer, tmp_path)
    assert made("a red cat").input_ids


def test_sizes_without_end_take_no_memory(copy):
    edit(copy / "text_encoder" / "config.json", hidden_size=1 << 21, ffn_hidden_size=1 << 21)
    with pytest.raises(CheckpointError, match="mismatched"):
        open_file(copy)


def test_one_that_takes_a_picture_is_refused(copy, files, tmp_path):
    edit(copy / "unet" / "config.json", in_channels=9)
    with pytest.raises(CheckpointError, match="takes a picture as input"):
        open_file(copy)
    wide = {**files.weights, "conv_in.weight": torch.zeros(4, 9, 3, 3)}
    path = original.save(wide, tmp_path / "inpaint.safetensors")
    assert "takes a picture as input" in inspect_file(path)["why_not"]


# What is written


def test_a_baked_adapter_lands_whole_in_diffusers(files, tmp_path):
    """The projection that SDXL has not, too; a change of the text encoder is told."""
    own = diffusers.KolorsPipeline.from_pretrained(files.folder)
    components = {"unet": own.unet, "text_encoder": own.text_encoder}
    factors = factors_of_all_matrices(own.unet)
    out, written = bake(tmp_path, components, dotted(factors, "unet"))
    assert (written.names, written.notes(out)) == ("peft", [])
    own.load_lora_weights(str(out), adapter_name="baked")
    assert_landed(own.unet, factors)
    words = dotted(factors_of_all_matrices(own.text_encoder), "text_encoder")
    out, written = bake(tmp_path, components, words)
    (note,) = written.notes(out)
    assert "having no loader for that text encoder" in note
    with pytest.raises(ValueError, match="Could not"):
        own.load_lora_weights(str(out), adapter_name="words")


def test_baked_checkpoints_read_back(files, tmp_path):
    """A file keeps its layout, a folder is one of diffusers."""
    adapter = applied(style(tmp_path / "style.safetensors", files, "peft"), 1.0)
    file = write(tmp_path / "tiny.safetensors", files, "ldm", FULL)
    for base in (file, files.folder):
        out = tmp_path / f"baked{base.suffix}"
        bench = open_workbench(str(base), (adapter,), CancelToken(), silent)
        bake_checkpoint(bench, str(base), (adapter,), out, CancelToken())
        found = open_file(out, files.components).networks["unet"].state_dict()
        changed = {n for n, weight in files.weights.items() if not torch.equal(found[n], weight)}
        assert changed == {f"{MODULE}.weight"}
    assert load_file(tmp_path / "baked.safetensors").keys() == load_file(file).keys()


def test_the_plan_knows_it(files, tmp_path):
    """What lies beside a UNet alone, and what is computed in float16 and decoded in float32."""
    path = write(tmp_path / "tiny.safetensors", files)
    base = stored_base(path, files.components)
    assert {part.name for part in base.components} == {"unet", "vae", "text_encoder"}
    assert not base.missing
    assert (base.steps, base.pictures, usual_precision(base, has_card=True)) == (50, 2, "float16")
    assert base.vae is not None
    assert base.vae.is_upcast
    (text,) = base.texts
    assert (text.tokens, text.width, text.inner) == (256, tiny_kolors.WIDTH, 16)
    assert stored_base(path).missing == ("text_encoder", "vae")


def test_without_the_package_it_does_not_open_and_says_so(files, tmp_path, monkeypatch):
    path = write(tmp_path / "tiny.safetensors", files)
    monkeypatch.setattr(OptionalPackage, "is_usable", False)
    facts = inspect_file(path)
    assert (facts["opens"], facts["needs"]) == (False, [])
    assert 'pip install "loraviewer[kolors]"' in facts["why_not"]
    with pytest.raises(CheckpointError, match="needs the Python package sentencepiece"):
        open_file(path, files.components)

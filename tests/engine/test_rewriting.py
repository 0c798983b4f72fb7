"""A base with a stack inside in every layout and precision: each weight is the float32 sum, rounded
once, and diffusers reads the same from it as we do."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import diffusers
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.adapters.recognition import single_file_config
from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.core.outcome import FileError, LoraviewerError
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from loraviewer.core.resources import clip_vocabulary
from loraviewer.engine.baking import bake_checkpoint, open_workbench
from loraviewer.engine.opening import single_file
from loraviewer.engine.opening.checkpoint import open_stored_networks
from loraviewer.engine.rewriting import single_file_places, to_folder
from loraviewer.engine.rewriting.forms import form_of
from loraviewer.engine.studio_engine import StudioEngine
from tests.adapters.merging.exact import nearest, step_of
from tests.engine import original, tiny
from tests.engine.conftest import applied
from tests.listeners import silent

pytestmark = pytest.mark.sampled(3)

FAMILIES = ("sd1", "sd2", "sdxl")
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
PIPELINES = {
    "sd1": diffusers.StableDiffusionPipeline,
    "sd2": diffusers.StableDiffusionPipeline,
    "sdxl": diffusers.StableDiffusionXLPipeline,
}
SCALE = 0.7
_FLOAT32_SUM = 2e-6
"""What sums of a few numbers below 10 may be off by in float32, before they are rounded."""
_MODULE = "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k"
_TEXT = "encoder.layers.0.self_attn.v_proj"


@pytest.fixture(scope="module")
def configs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small networks of the published build, and a vocabulary of few words."""
    root = tmp_path_factory.mktemp("configs")
    for family in FAMILIES:
        original.write_tiny_config(family, root / family)
    tiny.write_tokenizer(root / "words")
    words = root / "words" / "vocab.json"
    vocabulary = json.loads(words.read_text())
    for word in ("!", "!</w>"):  # OpenCLIP's padding, which the usual vocabulary has
        vocabulary[word] = len(vocabulary)
    words.write_text(json.dumps(vocabulary))
    shutil.copy(clip_vocabulary() / "tokenizer_config.json", root / "words")
    return root


@pytest.fixture(autouse=True)
def _small(configs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(single_file_config, "family_config", lambda family: configs / family)
    for module in (single_file, single_file_places, to_folder):
        monkeypatch.setattr(module, "clip_vocabulary", lambda: configs / "words")


@pytest.fixture(scope="module")
def files(configs: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Family → a float32 file of its own and an adapter for UNet and first text encoder."""
    root = tmp_path_factory.mktemp("files")
    made: dict[str, Path] = {}
    for family in FAMILIES:
        networks = original.random_networks(configs / family)
        for network in networks.values():
            for parameter in network.parameters():
                parameter.data.mul_(0.1)
        made[family] = original.save(
            original.original_tensors(family, networks), root / f"{family}.safetensors"
        )
        _write_adapter(root / f"{family}-lora.safetensors", networks)
    return made


def _write_adapter(path: Path, networks: Mapping[str, torch.nn.Module]) -> None:
    generator = torch.Generator().manual_seed(5)
    tensors: dict[str, torch.Tensor] = {}
    for component, module in (("unet", _MODULE), ("text_encoder", _TEXT)):
        own = dict(networks[component].named_parameters())
        name = f"{module}.weight"
        out, inner = own[name if name in own else f"text_model.{name}"].shape
        tensors[f"{component}.{module}.lora_B.weight"] = torch.randn(out, 2, generator=generator)
        tensors[f"{component}.{module}.lora_A.weight"] = torch.randn(2, inner, generator=generator)
    save_file(tensors, path)


def lora_of(base: Path, family: str) -> Path:
    return base.parent / f"{family}-lora.safetensors"


def written(base: Path, lora: Path, out: Path, precision: str = "base") -> dict[str, Any]:
    stack = (applied(lora, SCALE),)
    is_file = out.suffix == ".safetensors"
    form = form_of(base, is_file=is_file, precision=precision)  # type: ignore[arg-type]
    bench = open_workbench(str(base), stack, CancelToken(), silent)
    return bake_checkpoint(bench, str(base), stack, out, CancelToken(), form=form)


def networks_of(path: Path) -> dict[str, torch.nn.Module]:
    return open_stored_networks(str(path), CancelToken(), silent)


def weights(networks: Mapping[str, torch.nn.Module]) -> dict[str, torch.Tensor]:
    return {
        f"{component}.{name.removeprefix('text_model.')}": parameter.detach()
        for component, network in networks.items()
        for name, parameter in network.named_parameters()
    }


@pytest.fixture(scope="module")
def sums(files):
    """Family → `exact_sums`, made once."""
    known: dict[str, tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]] = {}

    def of(family: str) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
        if family not in known:
            base = files[family]
            known[family] = exact_sums(base, lora_of(base, family))
        return known[family]

    return of


def exact_sums(base: Path, lora: Path) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    """W₀ + ΔW of every weight in float64, and as a float32 merger makes it."""
    networks = networks_of(base)
    exact = {name: weight.double() for name, weight in weights(networks).items()}
    factors = load_file(lora)
    for component, module in (("unet", _MODULE), ("text_encoder", _TEXT)):
        up, down = (factors[f"{component}.{module}.lora_{m}.weight"].double() for m in "BA")
        exact[f"{component}.{module}.weight"] += SCALE * up @ down
    stack = (applied(lora, SCALE),)
    bench = open_workbench(str(base), stack, CancelToken(), silent)
    WeightMerger(bench.networks).apply(stack, bench.adapters, CancelToken())
    return exact, weights(bench.networks)


CASES = (
    *(("sd1", precision) for precision in ("base", *DTYPES)),
    *(("sd2", "float16"), ("sdxl", "bfloat16"), ("sdxl", "float16")),
)


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("family", "precision"), CASES)
@pytest.mark.parametrize("name", ["folder", "file.safetensors"])
def test_every_weight_is_the_sum_rounded_once(family, precision, name, files, sums, tmp_path):
    base = files[family]
    lora, out = lora_of(base, family), tmp_path / name
    told = written(base, lora, out, precision)
    assert told["dtype"] == precision
    found = weights(networks_of(out))
    exact, merged = sums(family)
    assert found.keys() == exact.keys()
    dtype = DTYPES.get(precision, torch.float32)
    changed = {f"unet.{_MODULE}.weight", f"text_encoder.{_TEXT}.weight"}
    for key, weight in found.items():
        assert weight.dtype == dtype, key
        if key not in changed or dtype == torch.float32:
            assert torch.equal(weight, merged[key].to(dtype)), key
            continue
        error = (weight.double() - exact[key]).abs()
        assert (error <= 0.5 * step_of(exact[key], dtype) + _FLOAT32_SUM).all(), key
        assert (weight == nearest(exact[key], dtype)).double().mean() > 0.99, key
    assert not list(tmp_path.glob(".loraviewer-*"))


@pytest.mark.parametrize(("family", "precision"), [*zip(FAMILIES, DTYPES, strict=True)])
def test_a_folder_becomes_a_file_again(family, precision, files, tmp_path):
    base, folder, again = files[family], tmp_path / "folder", tmp_path / "again.safetensors"
    lora = lora_of(base, family)
    written(base, lora, folder, precision)
    _write_empty(tmp_path / "none.safetensors", lora)
    written(folder, tmp_path / "none.safetensors", again)
    direct = tmp_path / "direct.safetensors"
    written(base, lora, direct, precision)
    one, other = load_file(again), load_file(direct)
    left = {"cond_stage_model.model.logit_scale", "conditioner.embedders.1.model.logit_scale",
            "cond_stage_model.model.text_projection"}  # fmt: skip
    assert one.keys() == other.keys() - left
    assert all(torch.equal(one[key], other[key]) for key in one)
    precisions = tmp_path / "wide"
    written(folder, tmp_path / "none.safetensors", precisions, "float32")
    narrow, wide = weights(networks_of(folder)), weights(networks_of(precisions))
    assert all(torch.equal(wide[key], narrow[key].float()) for key in narrow)
    assert {weight.dtype for weight in wide.values()} == {torch.float32}


def _write_empty(path: Path, like: Path) -> None:
    """An adapter that changes nothing."""
    save_file({name: torch.zeros_like(tensor) for name, tensor in load_file(like).items()}, path)


@pytest.mark.long
@pytest.mark.parametrize("family", FAMILIES)
def test_diffusers_reads_the_same_from_both(family, files, tmp_path):
    base = files[family]
    lora, folder, file = lora_of(base, family), tmp_path / "folder", tmp_path / "one.safetensors"
    written(base, lora, folder, "float16")
    written(base, lora, file, "float16")
    wanted = weights(networks_of(file))
    options: dict[str, Any] = {"torch_dtype": torch.float16, "local_files_only": True}
    opened = PIPELINES[family].from_pretrained(str(folder), **options)
    from_file = PIPELINES[family].from_single_file(str(file), config=str(folder), **options)
    for pipeline in (opened, from_file):
        networks = {n: m for n, m in pipeline.components.items() if isinstance(m, torch.nn.Module)}
        found = weights(networks)
        assert found.keys() == wanted.keys()
        assert all(torch.equal(found[key], wanted[key]) for key in wanted)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_pictures_are_those_of_the_stack(family, files, tmp_path):
    base = files[family]
    stack = (applied(lora_of(base, family), SCALE),)
    wanted = picture(base, stack)
    for name in ("folder", "one.safetensors"):
        written(base, lora_of(base, family), tmp_path / name, "float32")
        assert picture(tmp_path / name) == wanted, name


def picture(base: Path, stack=()) -> bytes:
    engine = StudioEngine("cpu", image_cache_bytes=0)
    engine.load_checkpoint(str(base), CancelToken(), silent)
    sampling = Sampling(prompt="a red cat", steps=2, width=64, height=64)
    request = GenerationRequest(checkpoint=CheckpointRef(""), adapters=stack, sampling=sampling)
    return engine.render(request, CancelToken(), silent).picture.rgb


def test_what_is_predicted_comes_along(files, tmp_path):
    base, folder = files["sdxl"], tmp_path / "folder"
    v_base = tmp_path / "v.safetensors"
    save_file({**load_file(base), "v_pred": torch.zeros(0), "ztsnr": torch.zeros(0)}, v_base)
    lora = lora_of(base, "sdxl")
    written(v_base, lora, folder)
    config = json.loads((folder / "scheduler" / "scheduler_config.json").read_text())
    assert config["prediction_type"] == "v_prediction"
    assert config["rescale_betas_zero_snr"] is True
    written(folder, lora, tmp_path / "again.safetensors")
    with safe_open(tmp_path / "again.safetensors", "pt") as file:
        assert {"v_pred", "ztsnr"} <= set(file.keys())
        assert file.metadata()["modelspec.prediction_type"] == "v"


def test_what_is_built_otherwise_stays_a_folder(files, tmp_path, tiny_folder):
    lora = lora_of(files["sd1"], "sd1")
    written(files["sd1"], lora, tmp_path / "folder")
    path = tmp_path / "folder" / "vae" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"scaling_factor": 0.5}))
    with pytest.raises(LoraviewerError, match=r"vae \(scaling_factor\)"):
        form_of(tmp_path / "folder", is_file=True, precision="base")
    with pytest.raises(LoraviewerError, match="only these can become one file"):
        form_of(tiny_folder / "sd", is_file=True, precision="base")


def test_a_vocabulary_of_its_own_stays_a_folder(files, tmp_path):
    written(files["sd1"], lora_of(files["sd1"], "sd1"), tmp_path / "folder")
    words = tmp_path / "folder" / "tokenizer" / "vocab.json"
    words.write_text(json.dumps({"own": 0}))
    with pytest.raises(LoraviewerError, match=r"tokenizer \(vocabulary\)"):
        form_of(tmp_path / "folder", is_file=True, precision="base")


def test_a_file_without_its_vae_becomes_no_folder(files, tmp_path):
    some = {k: v for k, v in load_file(files["sd1"]).items() if not k.startswith("first_stage")}
    save_file(some, tmp_path / "some.safetensors")
    with pytest.raises(LoraviewerError, match="has no vae"):
        form_of(tmp_path / "some.safetensors", is_file=False, precision="base")


def test_what_float16_cannot_hold_is_told_and_nothing_is_left(files, tmp_path):
    tensors = load_file(files["sd1"])
    tensors["first_stage_model.decoder.conv_out.bias"].fill_(1e6)
    base = tmp_path / "large.safetensors"
    save_file(tensors, base)
    (tmp_path / "out").mkdir()
    for name in ("folder", "one.safetensors"):
        with pytest.raises(FileError, match="too large for float16; choose bfloat16"):
            written(base, lora_of(files["sd1"], "sd1"), tmp_path / "out" / name, "float16")
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize("name", ["folder", "one.safetensors"])
def test_a_cancel_leaves_nothing(name, files, tmp_path):
    class Late(CancelToken):
        """Cancelled in the middle of writing."""

        left = 40

        def raise_if_cancelled(self) -> None:
            self.left -= 1
            if self.left < 0:
                raise Cancelled

    base, stack = files["sd1"], (applied(lora_of(files["sd1"], "sd1"), SCALE),)
    (tmp_path / "out").mkdir()
    form = form_of(base, is_file=name != "folder", precision="float16")
    bench = open_workbench(str(base), stack, CancelToken(), silent)
    with pytest.raises(Cancelled):
        bake_checkpoint(bench, str(base), stack, tmp_path / "out" / name, Late(), form=form)
    assert not list((tmp_path / "out").iterdir())

"""Bases whose denoisers stay in fp8 or fewer bits: the pictures of the widened ones, with stacks of
many kinds and after any history."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from loraviewer.adapters.inspection.stored_base import stored_base
from loraviewer.adapters.packed.layers import PackedLayer
from loraviewer.adapters.storage import packing_of, parameter_count, weight_numbers
from loraviewer.core.cancel import CancelToken
from loraviewer.core.experiments.shots import Disturbance
from loraviewer.core.outcome import CheckpointError, LoraviewerError, MergeError
from loraviewer.core.placement.packing import AskedPacking
from loraviewer.core.request import AskedMergeMode, CheckpointRef, GenerationRequest, Sampling
from loraviewer.core.stack import AppliedAdapter
from loraviewer.engine.opening.checkpoint import open_stored_networks
from loraviewer.engine.placement.placement import Placement
from loraviewer.engine.studio_engine import StudioEngine
from tests.adapters.kinds.files import modules_for
from tests.engine import packed_files, tiny_pipelines
from tests.engine.conftest import applied, silent

FORMATS = {
    "fp8": (packed_files.plain_fp8, "fp8"),
    "fp8 e5m2": (packed_files.e5m2, "fp8"),
    "scale_weight": (packed_files.scaled_fp8("scale_weight"), "fp8"),
    "weight_scale by rows": (packed_files.scaled_fp8("weight_scale", by_rows=True), "fp8"),
    "nf4": (packed_files.four_bits("nf4"), "nf4"),
    "nf4, scales packed": (packed_files.four_bits("nf4", outer=256), "nf4"),
    "fp4": (packed_files.four_bits("fp4", outer=16), "fp4"),
    "int8": (packed_files.int8, "int8"),
}
KINDS = ("lora with alpha", "loha", "lokr whole", "oft", "dora lora dora_scale 2-d over rows")
PLACES = (
    "mid_block.resnets.0.conv1",
    "mid_block.attentions.0.transformer_blocks.0.attn2.to_k",
    "mid_block.attentions.0.transformer_blocks.0.ff.net.0.proj",
    "conv_in",
)
SAMPLING = Sampling(prompt="a red cat", steps=2, width=32, height=32, guidance_scale=4.0)


@pytest.fixture(scope="module")
def base(tiny_folder, tmp_path_factory):
    """A function: name of a format → the tiny SD 1 in it."""
    root = tmp_path_factory.mktemp("packed")

    @cache
    def made(name: str) -> Path:
        return packed_files.repacked(tiny_folder / "sd", root / name, FORMATS[name][0])

    return made


@pytest.fixture(scope="module")
def stack(tiny_folder, tmp_path_factory) -> tuple[AppliedAdapter, ...]:
    """Kinds that are products and kinds that are not, linear and convolutional, one of them in the
    text encoder too."""
    folder = tmp_path_factory.mktemp("stack")
    weights = load_file(tiny_folder / "sd" / "unet" / packed_files.WEIGHTS)
    made = [applied(tiny_folder / "words.safetensors", 0.6)]
    for number, kind in enumerate(KINDS):
        tensors = {}
        for place in PLACES:
            module = modules_for(tuple(weights[f"{place}.weight"].shape), number, 0.1).get(kind)
            for suffix, tensor in (module.tensors if module else {}).items():
                tensors[f"lora_unet_{place.replace('.', '_')}.{suffix}"] = tensor.contiguous()
        save_file(tensors, folder / f"{number}.safetensors")
        made.append(applied(folder / f"{number}.safetensors", 0.9 - number / 4))
    return tuple(sorted(made))


def opened(path: Path, packing: AskedPacking, mode: AskedMergeMode = "auto", **options):
    engine = StudioEngine("cpu", "float32", merge_mode=mode, packing=packing, **options)
    return engine, engine.load_checkpoint(str(path), CancelToken(), silent)


def pixels(engine: StudioEngine, adapters: tuple[AppliedAdapter, ...] = (), **edits) -> np.ndarray:
    request = GenerationRequest(
        checkpoint=CheckpointRef(""), sampling=SAMPLING, adapters=tuple(sorted(adapters)), **edits
    )
    made = engine.render_anew(request, CancelToken(), lambda step: None)
    return np.frombuffer(made.picture.rgb, np.uint8).astype(int)


def _of_unet(stack: tuple[AppliedAdapter, ...]) -> tuple[AppliedAdapter, ...]:
    return tuple(AppliedAdapter(a.sha256, a.scale, 0.0, a.name, a.path) for a in stack)


def packed_layers(engine: StudioEngine) -> dict[str, PackedLayer]:
    unet = engine.checkpoint.networks["unet"]
    return {n: module for n, module in unet.named_modules() if isinstance(module, PackedLayer)}


@pytest.mark.parametrize("name", FORMATS)
def test_a_packed_weight_is_the_widened_one(base, name):
    packed, widened = opened(base(name), "packed")[0], opened(base(name), "widened")[0]
    found = packed_layers(packed)
    assert found
    assert not packed_layers(widened)
    plain = dict(widened.checkpoint.networks["unet"].named_parameters())
    for path, module in found.items():
        assert packing_of(module) == FORMATS[name][1]
        numbers = weight_numbers(module)
        assert numbers is not None
        assert torch.equal(numbers, plain[f"{path}.weight"]), path
    for path, parameter in packed.checkpoint.networks["unet"].named_parameters():
        if path.removesuffix(".weight") not in found:
            assert torch.equal(parameter, plain[path]), path


@pytest.mark.sampled(4)
@pytest.mark.parametrize("name", FORMATS)
def test_its_pictures_are_those_of_the_widened_base(base, name, stack):
    """Without a stack to the last byte; with one as if its adapters were beside widened weights, to
    the last byte, and as if they were merged, to rounding."""
    packed, info = opened(base(name), "packed")
    modes = {choice.component: choice for choice in info.merge_modes}
    assert modes["unet"].mode == "unmerged"
    assert FORMATS[name][1] in modes["unet"].reason
    assert modes["text_encoder"].mode == "merged"
    with_stack, without = pixels(packed, stack), pixels(packed)
    widened, told = opened(base(name), "widened")
    assert (info.packing, told.packing) == ("packed", "widened")
    assert (info.identity, info.parameters) == (told.identity, told.parameters)
    assert info.weight_bytes < told.weight_bytes
    assert {choice.mode for choice in told.merge_modes} == {"merged"}
    assert np.array_equal(without, pixels(widened))
    beside = pixels(opened(base(name), "widened", "unmerged")[0], _of_unet(stack))
    assert np.array_equal(pixels(packed, _of_unet(stack)), beside)
    assert abs(with_stack - pixels(widened, stack)).max() <= 2
    assert abs(with_stack - without).max() > 10
    assert not packed.verify(CancelToken()).differing


def test_it_is_the_same_base_in_half_precision(base, stack):
    """Scaled weights are rounded once, and kinds that are computed from a base weight see that."""
    made = []
    asked: tuple[AskedPacking, ...] = ("packed", "widened")
    for packing in asked:
        engine = StudioEngine("cpu", "bfloat16", merge_mode="unmerged", packing=packing)
        info = engine.load_checkpoint(str(base("scale_weight")), CancelToken(), silent)
        made.append((info.identity, info.dtype, pixels(engine, stack).tolist()))
    assert made[0] == made[1]
    assert made[0][1] == "bfloat16"


def test_convolutions_and_linear_layers_stay_in_fp8(base):
    engine, _ = opened(base("fp8"), "packed")
    found = packed_layers(engine)
    unet = engine.checkpoint.networks["unet"]
    wanted = {
        name
        for name, module in unet.named_modules()
        if isinstance(module, torch.nn.Linear | torch.nn.Conv2d)
    }
    assert found.keys() == wanted
    assert {len(module.packed_form.shape) for module in found.values()} == {2, 4}
    for module in found.values():
        assert module.weight.nbytes == torch.Size(module.packed_form.shape).numel()


@pytest.mark.sampled(4)
@pytest.mark.parametrize("name", FORMATS)
def test_its_plan_counts_what_it_takes(base, name):
    """Every byte of it: what is loaded, and what the headers say before."""
    asked: tuple[AskedPacking, ...] = ("packed", "widened")
    for packing in asked:
        unet = opened(base(name), packing)[0].checkpoint.networks["unet"]
        components = stored_base(base(name), packs=packing == "packed").components
        found = next(one for one in components if one.name == "unet")
        taken = sum(parameter.nbytes for parameter in unet.parameters())
        assert found.weights.bytes_in("float32") == taken
        assert found.weights.parameters == parameter_count(unet)


@pytest.mark.sampled(4)
@pytest.mark.parametrize("name", ["weight_scale by rows", "nf4, scales packed"])
def test_no_history_changes_it(base, stack, name):
    engine, info = opened(base(name), "packed")
    empty, whole = pixels(engine), pixels(engine, stack)
    first = stack[0]
    for scale in (0.1, 0.7, -0.4):  # a fader is held
        moved = (AppliedAdapter(first.sha256, scale, scale, first.name, first.path), *stack[1:])
        pixels(engine, moved)
    missing = AppliedAdapter("0" * 64, 1.0, 1.0, "gone", "/nowhere.safetensors")
    with pytest.raises(LoraviewerError):
        pixels(engine, (*stack, missing))
    assert np.array_equal(pixels(engine, stack), whole)
    assert np.array_equal(pixels(engine, tuple(reversed(stack))), whole)
    assert np.array_equal(pixels(engine), empty)
    assert not engine.verify(CancelToken()).differing
    assert opened(base(name), "packed")[1].identity == info.identity


def test_a_changed_byte_is_found(base, stack):
    engine, _ = opened(base("fp8"), "packed")
    pixels(engine, stack)
    layer = packed_layers(engine)["conv_in"]
    layer.weight.data[3] ^= 1
    with pytest.raises(MergeError, match=r"unet\.conv_in\.weight.*load the checkpoint again"):
        engine.verify(CancelToken())


@pytest.mark.parametrize("name", ["fp8", "nf4"])
def test_what_fits_is_widened_unless_it_is_asked_for(base, name):
    assert not packed_layers(opened(base(name), "auto")[0])
    engine = StudioEngine("cpu", "float32")
    engine.load_checkpoint(str(base(name)), CancelToken(), silent, packing="packed")
    assert packed_layers(engine)


@pytest.mark.parametrize("name", ["nf4", "int8"])
def test_four_bits_and_int8_cannot_be_baked(base, name):
    with pytest.raises(CheckpointError, match=rf"quantised \({name.upper()}\).*float16"):
        open_stored_networks(str(base(name)), CancelToken(), silent)


@pytest.mark.parametrize("form", ["nf4", "int8"])
def test_text_encoders_of_a_folder_are_widened(form, tmp_path):
    """As diffusers saves pipelines whose denoiser and T5 bitsandbytes has quantised."""
    folder = tiny_pipelines.save("flux1", tmp_path / "plain")
    pack, kind = FORMATS["nf4, scales packed" if form == "nf4" else form]
    told = {"quant_method": "bitsandbytes", "load_in_4bit": form == "nf4"}
    path = packed_files.repacked(folder, tmp_path / "packed", pack, told)
    t5 = path / "text_encoder_2"
    weights = load_file(t5 / "model.safetensors")
    attention = {n: t for n, t in weights.items() if "SelfAttention" in n and "bias" not in n}
    save_file(weights | pack(attention), t5 / "model.safetensors", {"format": "pt"})
    packed_files.edit(t5, quantization_config=told)
    packed, info = opened(path, "packed")
    widened, same = opened(path, "widened")
    assert info.identity == same.identity
    transformer = packed.checkpoint.networks["transformer"]
    kinds = {packing_of(one) for one in transformer.modules()} - {""}
    assert kinds == {kind}
    assert not any(map(packing_of, packed.checkpoint.networks["text_encoder_2"].modules()))
    assert np.array_equal(pixels(packed), pixels(widened))


def test_sdxl_in_fp8(tiny_folder, tmp_path):
    path = packed_files.repacked(tiny_folder / "xl", tmp_path / "xl", packed_files.plain_fp8)
    packed, widened = opened(path, "packed")[0], opened(path, "widened")[0]
    assert {len(one.packed_form.shape) for one in packed_layers(packed).values()} == {2, 4}
    assert np.array_equal(pixels(packed), pixels(widened))


def test_noise_in_its_layers_is_that_of_the_widened_base(base, stack):
    """Of convolutions too, whose patches are as large as the kernel that their bytes stand for."""
    unet = tuple(one for one in _of_unet(stack) if one.scale > 0)
    noise = Disturbance(place="activations", is_frozen=True, energy=0.05, layers_of=unet)
    made = []
    asked: tuple[AskedPacking, ...] = ("packed", "widened")
    for packing in asked:
        engine, _ = opened(base("fp8"), packing)
        request = GenerationRequest(checkpoint=CheckpointRef(""), sampling=SAMPLING)
        rendered = engine.render_disturbed(request, noise, CancelToken(), lambda step: None)
        made.append(np.frombuffer(rendered.picture.rgb, np.uint8).astype(int))
        assert not np.array_equal(made[-1], pixels(engine))
    assert abs(made[0] - made[1]).max() <= 1


class Aside:
    """A device in the midst of other memory, where nothing begins at a round place."""

    def to_device(self, tensor: torch.Tensor) -> torch.Tensor:
        whole = torch.empty(tensor.numel() + 3, dtype=tensor.dtype)
        return whole[3:].view(tensor.shape).copy_(tensor)

    def to_main(self, tensor: torch.Tensor) -> torch.Tensor:
        return tensor.clone()


def test_it_gives_way_to_text_encoders_and_comes_back(base, stack):
    engine, _ = opened(base("nf4, scales packed"), "packed")
    wanted = pixels(engine, stack)
    checkpoint = engine.checkpoint
    placement = Placement(checkpoint.networks, ["text_encoder"], "unet", Aside())
    layer = next(iter(packed_layers(engine).values()))
    before = layer.weight.data_ptr()
    with placement.using("text_encoders"):
        assert layer.weight.data_ptr() != before
    assert layer.weight.storage_offset() == 3
    assert np.array_equal(pixels(engine, stack), wanted)
    assert not engine.verify(CancelToken()).differing

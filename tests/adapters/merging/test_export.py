"""Baking: exactly the live weights, or one LoRA file with a measured error."""

import json
import math

import pytest
import torch
from safetensors.torch import load_file, save_file

from loraviewer.adapters.files.header import read_header
from loraviewer.adapters.load import load_adapter
from loraviewer.adapters.merging.compress import LowRank
from loraviewer.adapters.merging.export import write_adapter, write_checkpoint
from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.adapters.naming.base import canonical_path
from loraviewer.adapters.originals.unet import UnetLayout, ldm_path
from loraviewer.adapters.targets import TargetIndex
from loraviewer.core.blocks import block_of, block_scales
from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import FileError
from loraviewer.core.stack import AppliedAdapter
from tests.adapters.builders import KOHYA_MODULES, load, tiny_components
from tests.adapters.kinds.files import modules_for
from tests.adapters.toys import DTYPES, equal_weights, lora_tensors, pool, weights, write_lora


def two_adapters(tmp_path, components):
    return [
        load(write_lora(tmp_path / f"{i}.safetensors", lora_tensors(KOHYA_MODULES, i)), components)
        for i in (1, 2)
    ]


def stack_of(first, second):
    return [AppliedAdapter(first.sha256, 0.7, 0.2), AppliedAdapter(second.sha256, -1.2, 1.0)]


def merged(components, stack, adapters):
    merger = WeightMerger(components)
    merger.apply(stack, pool(*adapters), CancelToken())
    return merger


def relative_error(base, wanted, got):
    """‖wanted − got‖ / ‖wanted − base‖ over all weights."""
    energy = sum((wanted[k] - base[k]).double().square().sum().item() for k in base)
    missing = sum((wanted[k] - got[k]).double().square().sum().item() for k in base)
    return math.sqrt(missing / energy)


def test_strengths_of_single_blocks_are_in_the_file(tmp_path):
    """A block at 0 is not in it, and what is in it needs no strengths of its own any more."""
    components, again = tiny_components(), tiny_components()
    base = weights(components)
    first, second = two_adapters(tmp_path, components)
    blocks = sorted({block_of(*key) for key in first.weights})
    factors = block_scales({blocks[0]: 0.0, blocks[-1]: -0.5})
    stack = [
        AppliedAdapter(adapter.sha256, scale, 0.2, block_scales=factors)
        for adapter, scale in ((first, 0.7), (second, -1.2))
    ]
    out = tmp_path / "baked.safetensors"
    written = write_adapter(out, components, stack, pool(first, second), unlanded=None)
    merged(components, stack, [first, second])
    baked, _ = load_adapter(out, TargetIndex.of(again))
    assert {block_of(*key) for key in baked.weights} == set(blocks[1:])
    merged(again, [AppliedAdapter(baked.sha256, 1.0, 1.0)], [baked])
    assert relative_error(base, weights(components), weights(again)) < 1e-5
    assert written.lost <= 1e-6 * written.energy
    sources = json.loads(read_header(out).metadata["loraviewer.sources"])
    assert [source["block_scales"] for source in sources] == [dict(factors)] * 2


@pytest.mark.parametrize(("rank", "limit"), [(None, 1e-6), (100, 1e-6), (2, 0.9), (1, 0.99)])
def test_baked_adapter_gives_the_merged_weights(tmp_path, rank, limit):
    components, again = tiny_components(), tiny_components()
    adapters = two_adapters(tmp_path, components)
    stack = stack_of(*adapters)
    base = weights(components)
    merged(components, stack, adapters)
    out = tmp_path / "baked.safetensors"
    error = write_adapter(out, components, stack, pool(*adapters), rank).relative_error
    assert error <= limit
    baked, report = load_adapter(out, TargetIndex.of(again))
    assert report.is_complete
    merged(again, [AppliedAdapter(baked.sha256, 1.0, 1.0)], [baked])
    missing = relative_error(base, weights(components), weights(again))
    assert missing == pytest.approx(error, rel=1e-3, abs=1e-6)
    metadata = read_header(out).metadata
    assert [s["scale"] for s in json.loads(metadata["loraviewer.sources"])] == sorted(
        (0.7, -1.2), key=lambda s: next(a.sha256 for a in stack if a.scale == s)
    )


DENSE = ("loha", "oft", "boft", "glora", "dora lora magnitude 1-d over rows", "set_weight")


def dense_adapter(tmp_path, components, kind):
    """A module of this kind, and a bias and a norm, which have no low-rank form either."""
    conv = "lora_unet_mid_block_resnets_0_conv1"
    module = modules_for((16, 16, 3, 3))[kind]
    tensors = {f"{conv}.{suffix}": tensor for suffix, tensor in module.tensors.items()}
    tensors |= {
        f"{conv}.diff_b": torch.linspace(0, 1, 16),
        "lora_unet_mid_block_attentions_0_norm.w_norm": torch.linspace(-1, 1, 16),
    }
    return load(write_lora(tmp_path / "dense.safetensors", tensors), components)


@pytest.mark.parametrize("kind", DENSE)
@pytest.mark.parametrize(("rank", "limit"), [(None, 1e-7), (16, 1e-6), (3, 0.9)])
def test_kinds_without_low_rank_form_are_baked_too(tmp_path, kind, rank, limit):
    """Factors of full rank or the best approximation, which all read; vectors are always whole."""
    components, again = tiny_components(), tiny_components()
    low_rank, _ = two_adapters(tmp_path, components)
    dense = dense_adapter(tmp_path, components, kind)
    stack = stack_of(dense, low_rank)
    out, base = tmp_path / "baked.safetensors", weights(components)
    error = write_adapter(out, components, stack, pool(dense, low_rank), rank).relative_error
    assert error <= limit
    merged(components, stack, (dense, low_rank))
    baked, report = load_adapter(out, TargetIndex.of(again))
    assert report.is_complete
    merged(again, [AppliedAdapter(baked.sha256, 1.0, 1.0)], [baked])
    wanted, got = weights(components), weights(again)
    assert relative_error(base, wanted, got) == pytest.approx(error, rel=1e-2, abs=1e-6)
    tensors = load_file(out)
    conv = "lora_unet_mid_block_resnets_0_conv1"
    assert len(tensors[f"{conv}.lora_down.weight"]) == (rank or 16)
    bias = "unet.mid_block.resnets.0.conv1.bias"
    assert torch.allclose(wanted[bias], got[bias], rtol=1e-6)


def test_truncation_is_the_best_approximation():
    generator = torch.Generator().manual_seed(1)
    up = torch.randn(20, 6, generator=generator, dtype=torch.float64)
    down = torch.randn(6, 30, generator=generator, dtype=torch.float64)
    exact = LowRank(up, down)
    singular = torch.linalg.svdvals(up @ down)
    for rank in range(1, 6):
        error = exact.minus(exact.truncated(rank)).energy()
        assert error == pytest.approx(singular[rank:].square().sum().item(), rel=1e-9)
    assert exact.energy() == pytest.approx((up @ down).square().sum().item())


def test_bad_requests_leave_nothing_behind(tmp_path):
    components = tiny_components()
    adapters = two_adapters(tmp_path, components)
    before = sorted(p.name for p in tmp_path.iterdir())
    for stack, rank in (([], None), (stack_of(*adapters), 0)):
        with pytest.raises(FileError):
            write_adapter(tmp_path / "x.safetensors", components, stack, pool(*adapters), rank)
    with pytest.raises(FileError, match="does not exist"):
        write_adapter(tmp_path / "no" / "x", components, stack_of(*adapters), pool(*adapters), 1)
    assert sorted(p.name for p in tmp_path.iterdir()) == before


def test_a_file_of_numbers_that_float32_does_not_have_is_not_written(tmp_path):
    components = tiny_components()
    first, second = two_adapters(tmp_path, components)
    steep = [AppliedAdapter(first.sha256, 1e100, 1e100), AppliedAdapter(second.sha256, 1.0, 1.0)]
    out = tmp_path / "x.safetensors"
    for rank in (None, 2):
        with pytest.raises(FileError, match="infinite or undefined"):
            write_adapter(out, components, steep, pool(first, second), rank)
    assert not out.exists()


def diffusers_folder(tmp_path, components):
    source = tmp_path / "base"
    for name, network in components.items():
        network.save_pretrained(source / name, safe_serialization=True)
    (source / "model_index.json").write_text("{}")
    (source / "unet" / "diffusion_pytorch_model.bin").write_bytes(b"\x80\x02")
    return source


@pytest.mark.parametrize("dtype", DTYPES)
def test_baked_folder_holds_exactly_the_live_weights(tmp_path, dtype):
    components = tiny_components(dtype)
    source = diffusers_folder(tmp_path, components)
    adapters = two_adapters(tmp_path, components)
    merger = merged(components, stack_of(*adapters), adapters)
    out = tmp_path / "baked"
    write_checkpoint(out, source, components, merger.touched_names)
    for name, network in components.items():
        again = type(network).from_pretrained(out / name, torch_dtype=dtype)
        assert equal_weights(network.state_dict(), again.state_dict())
        (file,) = (out / name).glob("*.safetensors")
        old, new = load_file(source / name / file.name), load_file(file)
        same = [k for k in old if torch.equal(old[k], new[k])]
        touched = [n for n in merger.touched_names if n.startswith(name + ".")]
        assert len(old) - len(same) == len(touched)
        assert read_header(source / name / file.name) == read_header(file)
    assert not list(out.rglob("*.bin"))
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


def test_a_folder_in_another_precision_is_refused(tmp_path):
    source = diffusers_folder(tmp_path, tiny_components(torch.float16))
    components = tiny_components()
    adapters = two_adapters(tmp_path, components)
    merger = merged(components, stack_of(*adapters), adapters)
    before = sorted(p.name for p in tmp_path.iterdir())
    with pytest.raises(FileError, match="precision"):
        write_checkpoint(tmp_path / "baked", source, components, merger.touched_names)
    for out in (source, source / "inside", tmp_path / "single.safetensors"):
        with pytest.raises(FileError):
            write_checkpoint(out, source, components, merger.touched_names)
    assert sorted(p.name for p in tmp_path.iterdir()) == before


def test_baked_single_file(tmp_path):
    components = tiny_components()
    layout = UnetLayout.of(dict(components["unet"].named_parameters()))
    assert layout is not None
    tensors = {}
    for name, network in components.items():
        for key, tensor in network.state_dict().items():
            path, _, role = key.rpartition(".")
            if name == "unet":
                tensors[f"model.diffusion_model.{ldm_path(path, layout)}.{role}"] = tensor.clone()
            else:
                full = f"cond_stage_model.transformer.{canonical_path(name, path)}.{role}"
                tensors[full] = tensor.clone()
    source = tmp_path / "base.safetensors"
    save_file(tensors, source, {"format": "pt"})
    adapters = two_adapters(tmp_path, components)
    merger = merged(components, stack_of(*adapters), adapters)
    out = tmp_path / "baked.safetensors"
    write_checkpoint(out, source, components, merger.touched_names)
    new = load_file(out)
    changed = [k for k in tensors if not torch.equal(tensors[k], new[k])]
    assert len(changed) == len(merger.touched_names)
    conv = components["unet"].get_parameter("down_blocks.0.resnets.0.conv1.weight")
    assert torch.equal(new["model.diffusion_model.input_blocks.1.0.in_layers.2.weight"], conv)

"""Packed weights against the library that wrote them, arithmetic in float64, and broken ones."""

import io
import json
import struct
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from loraviewer.adapters.files.bitsandbytes import with_true_shapes
from loraviewer.adapters.files.header import read_header_from
from loraviewer.adapters.files.weights_header import read_weights_header
from loraviewer.adapters.originals.weight_files import WeightFile
from loraviewer.adapters.packed.eight_bits import fp8, int8_rows
from loraviewer.adapters.packed.forms import PackedWeight, as_bytes, parts_of
from loraviewer.adapters.packed.layers import PackedLayer, can_pack, pack
from loraviewer.core.cancel import CancelToken
from loraviewer.engine.opening.weights import WeightReader
from tests.engine.packed_files import four_bits, int8
from tests.listeners import silent

SHAPES = [(48, 64), (5, 7), (96, 192)]


def read(path: Path, name: str = "layer.weight") -> PackedWeight:
    reader = WeightReader(1, CancelToken(), silent, packs=True)
    found = reader.read("unet", [WeightFile.whole(path)], lambda key: torch.float32)
    assert isinstance(found[name], PackedWeight)
    return found[name]


def drawn(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(6))


@pytest.mark.bitsandbytes
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("kind", ["nf4", "fp4"])
def test_four_bits_are_what_bitsandbytes_reads(kind, nested, shape, tmp_path):
    functional = import_module("bitsandbytes.functional")
    weight = drawn(*shape)
    codes, state = functional.quantize_4bit(
        weight, quant_type=kind, compress_statistics=nested, blocksize=64
    )
    tensors = {f"layer.weight.{n}": t for n, t in state.as_dict(packed=True).items()}
    save_file({"layer.weight": codes, **tensors}, tmp_path / "a.safetensors")
    found = read(tmp_path / "a.safetensors")
    assert (found.form.kind, found.shape) == (kind, shape)
    wanted = functional.dequantize_4bit(codes, state)
    torch.testing.assert_close(found.numbers(), wanted, rtol=1e-6, atol=1e-7)


@pytest.mark.bitsandbytes
def test_int8_is_what_bitsandbytes_reads(tmp_path):
    bitsandbytes = import_module("bitsandbytes")
    plain = nn.Linear(64, 48)
    layer = bitsandbytes.nn.Linear8bitLt(64, 48, has_fp16_weights=False)
    layer.load_state_dict(plain.state_dict())
    layer.to("cpu")
    tensors = {f"layer.{name}": tensor for name, tensor in layer.state_dict().items()}
    save_file(tensors, tmp_path / "a.safetensors")
    found = read(tmp_path / "a.safetensors")
    codes, largest = tensors["layer.weight"], tensors["layer.SCB"]
    exact = codes.double() * largest.double()[:, None] / 127
    torch.testing.assert_close(found.numbers().double(), exact, rtol=1e-6, atol=0)
    assert (found.numbers() - plain.weight).abs().max() <= largest.max() / 127


@pytest.mark.parametrize("outer", [0, 2])
def test_four_bits_in_float64(outer, tmp_path):
    """By the words of the format, in another way than the code: the upper half of a byte first."""
    save_file(four_bits("nf4", outer, block=16)({"layer.weight": drawn(6, 32)}), tmp_path / "a")
    raw = {n.removeprefix("layer.weight."): t for n, t in load_file(tmp_path / "a").items()}
    codes = [n for byte in raw["layer.weight"].flatten().tolist() for n in divmod(byte, 16)]
    largest = raw["absmax"].double().numpy()
    if outer:
        state = json.loads(bytes(raw["quant_state.bitsandbytes__nf4"].tolist()))
        table = raw["nested_quant_map"].double().numpy()
        spread = np.repeat(raw["nested_absmax"].double().numpy(), outer)[: len(largest)]
        largest = table[raw["absmax"].numpy()] * spread + state["nested_offset"]
    exact = raw["quant_map"].double().numpy()[codes] * np.repeat(largest, 16)
    found = read(tmp_path / "a").numbers().double().numpy()
    np.testing.assert_allclose(found, exact.reshape(6, 32), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("dtype", [torch.float8_e4m3fn, torch.float8_e5m2])
@pytest.mark.parametrize("into", [torch.float32, torch.bfloat16, torch.float16])
def test_every_code_of_fp8_is_widened_without_loss(dtype, into):
    codes = torch.arange(256, dtype=torch.uint8).view(dtype).reshape(16, 16)
    found = fp8(codes, None, into).numbers()
    assert torch.equal(found.double().nan_to_num(9e9), codes.float().double().nan_to_num(9e9))


@pytest.mark.parametrize("form", ["fp8", "rows", "int8", "nf4", "nf4 nested"])
def test_rows_are_the_rows_of_the_whole(form, tmp_path):
    weight = packed(form, tmp_path)
    part = weight.rows(8, 24)
    assert part is not None
    assert torch.equal(part.numbers(), weight.numbers()[8:24])


def test_rows_that_share_a_block_with_others_are_not_parted(tmp_path):
    assert packed("nf4", tmp_path, columns=24).rows(1, 3) is None


def packed(form: str, folder: Path, columns: int = 64) -> PackedWeight:
    weight = drawn(48, columns)
    if form in ("fp8", "rows"):
        scale = torch.rand(48) if form == "rows" else None
        return fp8(weight.to(torch.float8_e4m3fn), scale, torch.float32)
    if form == "int8":
        return int8_rows((weight * 20).to(torch.int8), torch.rand(48), torch.float32)
    outer = 256 if form == "nf4 nested" else 0
    save_file(four_bits("nf4", outer)({"layer.weight": weight}), folder / "a")
    return read(folder / "a")


@pytest.mark.parametrize("begin", [0, 1, 2, 3])
def test_bytes_are_read_wherever_they_begin(begin, tmp_path):
    """Whoever moves weights may put them side by side in one piece of memory."""
    weight = packed("nf4 nested", tmp_path)
    raw, places = as_bytes(weight.parts)
    moved = torch.zeros(begin + len(raw), dtype=torch.int8)[begin:].copy_(raw)
    assert torch.equal(
        weight.form.numbers(parts_of(moved, places), torch.float32), weight.numbers()
    )


@pytest.mark.parametrize("is_linear", [True, False])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_layer_computes_as_its_widened_twin(is_linear, dtype):
    layer = nn.Linear(64, 48) if is_linear else nn.Conv2d(4, 6, 3, padding=1, stride=2)
    layer = layer.to(dtype)
    codes = layer.weight.detach().to(torch.float8_e4m3fn)
    layer.weight.data = codes.to(dtype)
    inputs = drawn(2, 64) if is_linear else drawn(2, 4, 9, 9)
    wanted = layer(inputs.to(dtype))
    pack(layer, fp8(codes, None, dtype))
    assert isinstance(layer, PackedLayer)
    assert torch.equal(layer(inputs.to(dtype)), wanted)
    assert layer.weight.nbytes == codes.numel()
    layer.to(torch.float64).to(dtype)  # no precision touches bytes
    assert torch.equal(layer(inputs.to(dtype)), wanted)


def test_only_layers_of_torch_are_packed():
    class Own(nn.Linear):
        pass

    assert can_pack(nn.Conv1d(2, 2, 1))
    assert not can_pack(Own(2, 2))
    assert not can_pack(nn.Embedding(2, 2))
    assert not can_pack(None)


def header_of(tensors: dict[str, torch.Tensor], folder: Path):
    save_file(tensors, folder / "a.safetensors")
    return read_weights_header(folder / "a.safetensors")


@pytest.mark.parametrize(
    "broken",
    ["absmax", "quant_map", "state", "shape", "block", "nothing", "weight"],
)
def test_what_does_not_fit_together_stays_as_it_is(broken, tmp_path):
    """And is refused by its names (`test_flow_single_file`), never read beyond its end."""
    tensors = four_bits("nf4")({"layer.weight": drawn(8, 64)})
    key, state = "layer.weight.quant_state.bitsandbytes__nf4", {"blocksize": 64, "shape": [8, 64]}
    if broken in ("absmax", "quant_map"):
        tensors[f"layer.weight.{broken}"] = torch.ones(3)
    elif broken == "weight":
        del tensors["layer.weight"]
    else:
        words = {"state": {}, "shape": {"shape": [8, 1 << 30]}, "block": {"blocksize": 0}}
        text = "no JSON" if broken == "nothing" else json.dumps(state | words[broken])
        text = "{}" if broken == "state" else text
        tensors[key] = torch.tensor(list(text.encode()), dtype=torch.uint8)
    header = header_of(tensors, tmp_path)
    assert key in header.tensors
    assert not header.beside


def test_int8_without_a_scale_for_each_row_stays_as_it_is(tmp_path):
    tensors = int8({"layer.weight": drawn(8, 64)}) | {"layer.SCB": torch.ones(7)}
    assert not header_of(tensors, tmp_path).beside


def test_a_header_names_shapes_and_keeps_the_bytes_of_a_file():
    tensors = four_bits("nf4")({"layer.weight": drawn(8, 64), "norm.weight": drawn(8)})
    folder = io.BytesIO()
    entries, data = {}, b""
    for name, tensor in tensors.items():
        raw = tensor.contiguous().view(-1).view(torch.uint8).numpy().tobytes()
        dtype = {torch.uint8: "U8", torch.float32: "F32", torch.bfloat16: "BF16"}[tensor.dtype]
        offsets = [len(data), len(data) + len(raw)]
        entries[name] = {"dtype": dtype, "shape": list(tensor.shape), "data_offsets": offsets}
        data += raw
    text = json.dumps(entries).encode()
    folder.write(struct.pack("<Q", len(text)) + text + data)
    plain = read_header_from(folder, Path("a"))
    header = with_true_shapes(folder, plain)
    assert header.tensors.keys() == {"layer.weight", "norm.weight"}
    weight = header.tensors["layer.weight"]
    assert (weight.dtype, weight.shape, weight.end - weight.begin) == ("NF4", (8, 64), 256)
    assert header.beside.keys() | header.tensors.keys() == plain.tensors.keys()

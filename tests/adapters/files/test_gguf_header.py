"""The GGUF reader agrees with ggml's own package, and refuses every malformed file with one
sentence."""

import io
import struct
from pathlib import Path

import gguf
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loraviewer.adapters.files.gguf_formats import BLOCK_FORMATS, TYPE_NAMES, block_format
from loraviewer.adapters.files.gguf_header import read_gguf_header
from loraviewer.adapters.files.header import Header, read_header
from loraviewer.adapters.files.weights_header import read_weights_header
from loraviewer.core.outcome import FileError

TYPES = gguf.GGMLQuantizationType


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "a.gguf"
    writer = gguf.GGUFWriter(path, "flux")
    writer.add_string("general.license", "apache-2.0")
    writer.add_uint32("general.quantization_version", 2)
    writer.add_array("tokenizer.tokens", ["a", "bc"])
    writer.add_array("numbers", [1.0, 2.0])
    writer.add_array("comfy.gguf.orig_shape.folded", [4, 3, 8])
    writer.add_tensor("plain", np.arange(6, dtype=np.float32).reshape(2, 3))
    writer.add_tensor("half", np.zeros((5,), np.float16))
    packed = gguf.quants.quantize(np.ones((3, 64), np.float32), TYPES.Q5_1)
    writer.add_tensor("packed", packed, raw_dtype=TYPES.Q5_1)
    folded = gguf.quants.quantize(np.ones((3, 32), np.float32), TYPES.Q8_0)
    writer.add_tensor("folded", folded, raw_dtype=TYPES.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_formats_are_those_of_ggml() -> None:
    for number, name in TYPE_NAMES.items():
        assert TYPES(number).name == name
        assert block_format(name) == gguf.GGML_QUANT_SIZES[TYPES(number)]
    assert BLOCK_FORMATS.keys() <= set(TYPE_NAMES.values())


def test_it_reads_what_ggml_writes(written: Path) -> None:
    header = read_weights_header(written)
    assert header.metadata["general.architecture"] == "flux"
    assert header.metadata["general.license"] == "apache-2.0"
    assert header.metadata["general.quantization_version"] == "2"
    shapes = {name: (info.dtype, info.shape) for name, info in header.tensors.items()}
    assert shapes == {
        "plain": ("F32", (2, 3)),
        "half": ("F16", (5,)),
        "packed": ("Q5_1", (3, 64)),
        "folded": ("Q8_0", (4, 3, 8)),
    }
    content = written.read_bytes()
    for tensor in gguf.GGUFReader(written).tensors:
        info = header.tensors[tensor.name]
        begin, end = header.data_offset + info.begin, header.data_offset + info.end
        assert content[begin:end] == tensor.data.tobytes()


def test_adapters_are_never_gguf(written: Path) -> None:
    with pytest.raises(FileError, match=r"a\.gguf” is a GGUF file"):
        read_header(written)


def test_a_file_that_is_cut_off(written: Path) -> None:
    content = written.read_bytes()
    last = read_weights_header(written).tensors["folded"].end
    for kept in (*range(0, 400, 7), len(content) - 32 - last % 32):
        with pytest.raises(FileError, match=r"“a\.gguf” is damaged: .*\. Download"):
            read(content[:kept])


def read(content: bytes) -> Header:
    return read_gguf_header(io.BytesIO(content), Path("a.gguf"))


def text(words: str) -> bytes:
    return struct.pack("<Q", len(words)) + words.encode()


def tensor(name: str, shape: tuple[int, ...], kind: int = 0, offset: int = 0) -> bytes:
    sizes = struct.pack(f"<{len(shape)}Q", *reversed(shape))
    return text(name) + struct.pack("<I", len(shape)) + sizes + struct.pack("<IQ", kind, offset)


def file(*tensors: bytes, entries: tuple[bytes, ...] = (), version: int = 3) -> bytes:
    start = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(entries))
    header = start + b"".join(entries) + b"".join(tensors)
    return header + bytes(-len(header) % 32) + bytes(64)


UNSHAPED = struct.pack("<IIQf", 9, 6, 1, 1.5)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (file(version=1), "version 1 of GGUF"),
        (file(tensor("a", (4,)), tensor("a", (4,), offset=32)), "lists tensor “a” twice"),
        (file(tensor("a", (4,)), tensor("b", (4,))), "overlaps"),
        (file(tensor("a", (4,), offset=3)), "not aligned"),
        (file(tensor("a", (4,), kind=999)), "unknown number format 999"),
        (file(tensor("a", (33,), kind=2)), "impossible shape"),
        (file(tensor("a", (2**40, 2**40))), "impossible shape"),
        (file(tensor("a", (1,) * 9)), "impossible shape"),
        (file(tensor("a", (17,))), "cut off"),
        (b"GGUF" + struct.pack("<IQQ", 3, 2**40, 0), "more tensors"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 2**40), "more tensors or metadata"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 2**60), "far too long"),
        (file(entries=(text("a") + struct.pack("<I", 77),)), "unknown type 77"),
        (file(entries=(text("a") + struct.pack("<IIQ", 9, 9, 1),)), "list of lists"),
        (file(entries=(text("a") + struct.pack("<IIQ", 9, 0, 2**50),)), "cut off"),
        (file(entries=(text("general.alignment") + struct.pack("<II", 4, 3),)), "power of two"),
        (file(entries=(text("comfy.gguf.orig_shape.a") + UNSHAPED,)), "is no shape"),
    ],
)
def test_malformed_files(content: bytes, problem: str) -> None:
    with pytest.raises(FileError, match=problem):
        read(content)


@settings(deadline=None)
@given(st.data())
def test_whatever_changes_is_read_or_refused(data: st.DataObject) -> None:
    content = bytearray(
        file(tensor("ab", (2, 3)), tensor("c", (32,), 2, 32),
             entries=(text("k") + struct.pack("<I", 8) + text("value"),))
    )  # fmt: skip
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        header = read(bytes(content))
    except FileError:
        return
    ends = [header.data_offset + info.end for info in header.tensors.values()]
    assert all(end <= len(content) for end in ends)

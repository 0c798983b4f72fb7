"""Denoisers in GGUF files: read as ggml reads them, computed with as they are, stacked on."""

from pathlib import Path

import gguf
import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from loraviewer.adapters.files.hash_cache import HashCache
from loraviewer.adapters.files.header_json import TensorInfo
from loraviewer.adapters.inspection.inspect import inspect_file
from loraviewer.adapters.recognition import single_file_config
from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import CheckpointError, FileError
from loraviewer.core.request import AskedMergeMode, CheckpointRef, GenerationRequest, Sampling
from loraviewer.engine.device import choose_compute
from loraviewer.engine.opening.checkpoint import open_checkpoint, open_stored_networks
from loraviewer.engine.opening.packed_weights import (
    BlockLinear,
    packed_weight,
    take_packed,
    unpacked,
)
from loraviewer.engine.studio_engine import StudioEngine
from loraviewer.library.library import Library
from tests.engine import original, original_flow
from tests.engine.conftest import applied, silent

pytestmark = pytest.mark.sampled(3)

TYPES = gguf.GGMLQuantizationType
WRITTEN = ("Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0")
"""What ggml's package can write; it reads all."""
PREFIX = "model.diffusion_model."
COMPANIONS = {
    "clip_l.safetensors": "text_encoders.clip_l.transformer.",
    "clip_g.safetensors": "text_encoders.clip_g.transformer.",
    "t5xxl.safetensors": "text_encoders.t5xxl.transformer.",
    "ae.safetensors": "first_stage_model.",
}


def write_gguf(path: Path, tensors: dict[str, torch.Tensor], kind: str) -> dict[str, np.ndarray]:
    """Matrices whose rows are whole blocks in `kind`, the rest as it is; returns what ggml reads
    of the packed ones."""
    writer = gguf.GGUFWriter(path, "flux")
    read: dict[str, np.ndarray] = {}
    for name, tensor in tensors.items():
        values = tensor.float().numpy()
        if values.ndim == 2 and values.shape[1] % 32 == 0:
            packed = gguf.quants.quantize(values, TYPES[kind])
            writer.add_tensor(name, packed, raw_dtype=TYPES[kind])
            read[name] = gguf.quants.dequantize(packed, TYPES[kind])
        else:
            writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return read


class Files:
    """A base as people with small cards keep it: its denoiser in GGUF, the rest beside it."""

    def __init__(self, config: str, folder: Path, root: Path) -> None:
        self.networks = original.random_networks(original_flow.write_tiny_config(config, root))
        tensors = original_flow.original_tensors(config, self.networks)
        self.components = original_flow.write_t5_tokenizer(folder / "components")
        for file, prefix in COMPANIONS.items():
            part = {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}
            if part:
                save_file({n: t.contiguous() for n, t in part.items()}, self.components / file)
        self.denoiser = {
            name.removeprefix(PREFIX): t for name, t in tensors.items() if name.startswith(PREFIX)
        }
        self.folder = folder

    def packed(self, kind: str) -> tuple[Path, Path]:
        """The GGUF file, and a plain one of the numbers that ggml reads from it."""
        path, plain = self.folder / f"tiny-{kind}.gguf", self.folder / f"plain-{kind}.safetensors"
        read = write_gguf(path, self.denoiser, kind)
        numbers = {name: torch.from_numpy(values.copy()) for name, values in read.items()}
        whole = {name: t.contiguous() for name, t in (self.denoiser | numbers).items()}
        save_file(whole, plain)
        return path, plain


@pytest.fixture(scope="module", params=["flux1-dev", "sd3-medium"])
def made(request, tmp_path_factory) -> tuple[Files, Path]:
    folder, root = tmp_path_factory.mktemp("files"), tmp_path_factory.mktemp("configs")
    return Files(request.param, folder, root / request.param), root


@pytest.fixture
def files(made, monkeypatch) -> Files:
    files, root = made
    monkeypatch.setattr(single_file_config, "family_config", lambda name: root / name)
    return files


def linear_layers(network: nn.Module) -> dict[str, nn.Linear]:
    return {name: one for name, one in network.named_modules() if isinstance(one, nn.Linear)}


@pytest.mark.parametrize("kind", WRITTEN)
def test_every_weight_is_what_ggml_reads(files: Files, kind: str) -> None:
    path, plain = files.packed(kind)
    compute = choose_compute("cpu")
    opened = open_checkpoint(str(path), compute, CancelToken(), silent, files.components)
    same = open_checkpoint(str(plain), compute, CancelToken(), silent, files.components)
    found = linear_layers(opened.networks["transformer"])
    wanted = linear_layers(same.networks["transformer"])
    assert found.keys() == wanted.keys()
    packed = [name for name, one in found.items() if isinstance(one, BlockLinear)]
    assert packed
    for name, module in found.items():
        is_packed = isinstance(module, BlockLinear)
        numbers = unpacked(module.weight) if is_packed else module.weight
        assert torch.equal(numbers, wanted[name].weight), name


def rendered(path: Path, components: Path, adapters=(), mode: AskedMergeMode = "auto"):
    engine = StudioEngine("cpu", components=components, merge_mode=mode)
    info = engine.load_checkpoint(str(path), CancelToken(), silent)
    sampling = Sampling(prompt="a red cat", steps=2, width=32, height=32, guidance_scale=4.0)
    stack = tuple(sorted(adapters, key=lambda adapter: adapter.sha256))
    request = GenerationRequest(checkpoint=CheckpointRef(""), sampling=sampling, adapters=stack)
    made = engine.render(request, CancelToken(), lambda step: None)
    return info, np.frombuffer(made.picture.rgb, np.uint8).astype(int), engine


@pytest.fixture
def stack(files: Files, tmp_path: Path):
    """Two adapters of the first linear layers that are kept in blocks."""
    wanted = linear_layers(files.networks["transformer"])
    fits = [name for name, one in wanted.items() if one.in_features % 32 == 0][:12]
    torch.manual_seed(4)
    made = []
    for index in range(2):
        tensors = {}
        for name in fits:
            layer = wanted[name]
            tensors[f"transformer.{name}.lora_A.weight"] = torch.randn(4, layer.in_features)
            tensors[f"transformer.{name}.lora_B.weight"] = torch.randn(layer.out_features, 4) * 0.3
        path = tmp_path / f"style{index}.safetensors"
        save_file(tensors, path)
        made.append(applied(path, 0.5 + index))
    return made


def test_a_stack_on_it_gives_the_picture_of_the_plain_weights(files: Files, stack) -> None:
    path, plain = files.packed("Q8_0")
    info, with_stack, engine = rendered(path, files.components, stack)
    modes = {choice.component: choice for choice in info.merge_modes}
    assert modes["transformer"].mode == "unmerged"
    assert "GGUF Q8_0" in modes["transformer"].reason
    assert modes["text_encoder"].mode == "merged"
    _, same, _ = rendered(plain, files.components, stack, mode="unmerged")
    _, without, _ = rendered(plain, files.components)
    assert np.abs(with_stack - same).max() <= 1
    assert np.abs(with_stack - without).max() > 3
    assert not engine.verify(CancelToken()).differing


def test_a_kind_that_needs_base_weights_reads_what_they_stand_for(files: Files, tmp_path: Path):
    path, plain = files.packed("Q8_0")
    layers = linear_layers(files.networks["transformer"])
    name, layer = next((n, one) for n, one in layers.items() if one.in_features % 32 == 0)
    torch.manual_seed(5)
    module = f"transformer.{name}"
    tensors = {
        f"{module}.lora_A.weight": torch.randn(4, layer.in_features),
        f"{module}.lora_B.weight": torch.randn(layer.out_features, 4) * 0.3,
        f"{module}.lora_magnitude_vector": torch.rand(layer.out_features) * 30,
    }
    save_file(tensors, tmp_path / "dora.safetensors")
    dora = applied(tmp_path / "dora.safetensors")
    _, packed, engine = rendered(path, files.components, [dora])
    _, same, _ = rendered(plain, files.components, [dora], mode="unmerged")
    assert np.abs(packed - same).max() <= 1
    assert np.abs(packed - rendered(plain, files.components)[1]).max() > 3
    assert not engine.verify(CancelToken()).differing


def test_without_a_stack_it_is_the_base_again(files: Files, stack) -> None:
    path, _ = files.packed("Q4_0")
    _, before, engine = rendered(path, files.components)
    sampling = Sampling(prompt="a red cat", steps=2, width=32, height=32, guidance_scale=4.0)
    for adapters in (stack, []):
        ordered = tuple(sorted(adapters, key=lambda adapter: adapter.sha256))
        request = GenerationRequest(
            checkpoint=CheckpointRef(""), sampling=sampling, adapters=ordered
        )
        made = engine.render_anew(request, CancelToken(), lambda step: None)
        same = np.array_equal(np.frombuffer(made.picture.rgb, np.uint8), before)
        assert same == (not adapters)


def test_what_it_lacks_is_named(files: Files, tmp_path: Path) -> None:
    path, _ = files.packed("Q8_0")
    with pytest.raises(CheckpointError, match=r"tiny-Q8_0\.gguf.*needs.*CLIP-L.*Components"):
        open_checkpoint(str(path), choose_compute("cpu"), CancelToken(), silent)


BLOCKS = {
    "Q2_K": (84, (80, 82)), "Q3_K": (110, (108,)), "Q4_K": (144, (0, 2)), "Q5_K": (176, (0, 2)),
    "Q6_K": (210, (208,)), "IQ4_XS": (136, (0,)),
}  # fmt: skip
"""Bytes of a block of 256, and where its half-precision scales are."""


@pytest.mark.parametrize("kind", BLOCKS)
@pytest.mark.parametrize("inner", [256, 768])
def test_larger_blocks_are_what_ggml_reads(kind: str, inner: int) -> None:
    """Of any bytes, with finite scales: ggml's package cannot write these."""
    size, scales = BLOCKS[kind]
    blocks = np.random.default_rng(3).integers(0, 256, (5 * inner // 256, size), dtype=np.uint8)
    for at in scales:
        halves = np.linspace(-0.1, 0.1, len(blocks)).astype(np.float16)
        blocks[:, at : at + 2] = halves.view(np.uint8).reshape(-1, 2)
    raw = blocks.reshape(5, -1)
    wanted = torch.from_numpy(gguf.quants.dequantize(raw, TYPES[kind]))
    info = TensorInfo(kind, (5, inner), 0, raw.size)
    weight = packed_weight(torch.from_numpy(raw.reshape(-1).copy()), info, "w", Path("a.gguf"))
    with torch.device("meta"):
        network = nn.Sequential(nn.Linear(inner, 5, bias=False))
    tensors = {"0.weight": weight}
    assert take_packed(network, tensors, Path("a.gguf")) == {"0.weight"}
    assert not tensors
    inputs = torch.randn(7, inner, generator=torch.Generator().manual_seed(1))
    found = network(inputs).double()
    exact = inputs.double() @ wanted.double().T
    torch.testing.assert_close(found, exact, rtol=1e-5, atol=1e-5)


def test_rows_that_are_no_whole_blocks_become_numbers() -> None:
    values = np.linspace(-1, 1, 96, dtype=np.float32)
    raw = gguf.quants.quantize(values.reshape(3, 32), TYPES.Q8_0)
    info = TensorInfo("Q8_0", (4, 3, 8), 0, raw.size)
    found = packed_weight(torch.from_numpy(raw.reshape(-1).copy()), info, "w", Path("a.gguf"))
    wanted = gguf.quants.dequantize(raw, TYPES.Q8_0).reshape(4, 3, 8)
    assert torch.equal(found, torch.from_numpy(wanted))


def test_a_format_that_cannot_be_computed_with_is_named() -> None:
    info = TensorInfo("IQ2_XS", (1, 256), 0, 74)
    with pytest.raises(FileError, match=r"“a\.gguf” stores “w” as IQ2_XS.*Q2_K to Q8_0"):
        packed_weight(torch.zeros(74, dtype=torch.uint8), info, "w", Path("a.gguf"))


def test_the_library_and_inspect_know_it(files: Files, tmp_path: Path) -> None:
    path, _ = files.packed("Q8_0")
    facts = inspect_file(path)
    family = "flux1" if "double_blocks.0.img_attn.qkv.weight" in files.denoiser else "sd3"
    assert (facts["type"], facts["family"]) == ("checkpoint", family)
    assert family == "sd3" or facts["dtype"] == "Q8_0"  # most of the tiny SD 3 is too narrow
    library = Library(tmp_path / "cache", tmp_path, HashCache(tmp_path / "hashes.sqlite"))
    library.add_folder(str(path.parent))
    library.scan(CancelToken())
    entry = library.entry(str(path))
    assert entry is not None
    assert (entry.sort, entry.families, entry.problem) == ("checkpoint", (family,), "")


def test_it_cannot_be_baked(files: Files, tmp_path: Path) -> None:
    path, _ = files.packed("Q8_0")
    with pytest.raises(CheckpointError, match=r"tiny-Q8_0\.gguf: GGUF.*\.safetensors version"):
        open_stored_networks(str(path), CancelToken(), silent)

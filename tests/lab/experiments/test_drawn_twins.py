"""Random twins: the singular values of the real one in every module, and nothing else of it."""

from pathlib import Path

import msgspec
import pytest
import torch
from safetensors.torch import load_file, save_file

from loraviewer.adapters.files.hashing import file_sha256
from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.adapters.targets import TargetIndex
from loraviewer.core.cancel import CancelToken
from loraviewer.core.experiments.random_twins import twin_of
from loraviewer.core.outcome import AdapterError, MergeError
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from loraviewer.core.stack import AppliedAdapter
from loraviewer.engine.loaded_adapters import LoadedAdapters
from loraviewer.engine.studio_engine import StudioEngine
from loraviewer.lab.experiments.drawn_twins import DrawnTwin

TOKEN = CancelToken()


@pytest.fixture
def engine(tiny_folder):
    def started(*twins: DrawnTwin) -> StudioEngine:
        engine = StudioEngine("cpu", stand_ins=_by_sha256(twins))
        engine.load_checkpoint(str(tiny_folder / "sd"), TOKEN, _silently)
        return engine

    return started


@pytest.fixture
def loaded(engine):
    index = TargetIndex.of(engine().checkpoint.networks)

    def load(applied: AppliedAdapter, *twins: DrawnTwin):
        return LoadedAdapters(index, stand_ins=_by_sha256(twins)).adapters((applied,), TOKEN)[
            applied.sha256
        ]

    return load


def _silently(what: str, fraction: float, done_bytes: int = 0, total_bytes: int = 0) -> None:
    pass


def _by_sha256(twins):
    return {twin.sha256: twin for twin in twins}


@pytest.fixture
def words(tiny_folder) -> AppliedAdapter:
    path = tiny_folder / "words.safetensors"
    return AppliedAdapter(file_sha256(path), 0.7, 0.7, "words", str(path))


def dense(adapter) -> dict:
    return {
        key: d.scaling * (d.up.double() @ d.down.double()) for key, d in adapter.weights.items()
    }


def test_the_spectrum_is_the_real_one_in_every_module_and_directions_are_not(loaded, words):
    twin = DrawnTwin(words.sha256, 1)
    real, drawn = dense(loaded(words)), dense(loaded(twin_of(words, 1), twin))
    assert real.keys() == drawn.keys()
    assert len(real) == 5
    for key in real:
        ours, theirs = (torch.linalg.svdvals(one[key]) for one in (real, drawn))
        torch.testing.assert_close(theirs[:4], ours[:4], rtol=1e-6, atol=0)
        assert theirs[4] < 1e-6 * theirs[0]
        assert _cosine(real[key], drawn[key]) < 0.3


@pytest.fixture
def dora(tiny_folder, tmp_path) -> AppliedAdapter:
    """The UNet's part of `words`, and a magnitude of 2 for each row."""
    tensors = load_file(tiny_folder / "words.safetensors")
    tensors = {name: tensor for name, tensor in tensors.items() if name.startswith("unet")}
    for name, up in list(tensors.items()):
        if name.endswith("lora_B.weight"):
            module = name.removesuffix(".lora_B.weight")
            tensors[f"{module}.lora_magnitude_vector"] = torch.full((len(up),), 2.0)
    path = tmp_path / "dora.safetensors"
    save_file(tensors, path)
    return AppliedAdapter(file_sha256(path), 0.7, 0.7, "dora", str(path))


def test_a_change_that_depends_on_the_base_has_a_twin_where_that_is_known(engine, dora):
    """DoRA's rows: W₀ + BA, each of length 2, less W₀."""
    networks = engine().checkpoint.networks
    merger, twin = WeightMerger(networks), DrawnTwin(dora.sha256, 1)
    loaded = LoadedAdapters(
        TargetIndex.of(networks), stand_ins={twin.sha256: twin}, base=merger.base_weight
    )
    drawn = dense(loaded.adapters((twin_of(dora, 1),), TOKEN)[twin.sha256])
    tensors = load_file(dora.path)
    assert len(drawn) == 3
    for key, change in drawn.items():
        module = key[1].removesuffix(".weight")
        up, down = (tensors[f"unet.{module}.lora_{side}.weight"].double() for side in "BA")
        base = merger.base_weight(key).double()
        rows = base + up @ down
        known = 2 * rows / rows.norm(dim=1, keepdim=True) - base
        values, wanted = (torch.linalg.svdvals(one) for one in (change, known))
        torch.testing.assert_close(values, wanted, rtol=1e-4, atol=1e-5)
        assert _cosine(change, known) < 0.3


def test_a_picture_is_made_with_such_a_twin(engine, dora):
    request = GenerationRequest(
        checkpoint=CheckpointRef("sd"),
        adapters=(twin_of(dora, 1),),
        sampling=Sampling(prompt="a cat", steps=2, width=32, height=32),
    )
    started = engine(DrawnTwin(dora.sha256, 1))
    assert started.render(request, TOKEN, lambda step: None).picture.width == 32


def test_where_the_base_cannot_be_read_one_sentence_says_so(loaded, dora):
    with pytest.raises((AdapterError, MergeError), match="cannot be read here"):
        loaded(twin_of(dora, 1), DrawnTwin(dora.sha256, 1))


def test_the_same_draw_is_the_same_and_another_one_is_another(loaded, words):
    first, again, other = (
        dense(loaded(twin_of(words, draw), DrawnTwin(words.sha256, draw))) for draw in (1, 1, 2)
    )
    for key in first:
        assert torch.equal(first[key], again[key])
        assert _cosine(first[key], other[key]) < 0.3


def test_many_twins_are_as_long_as_the_root_of_their_number(loaded, words):
    """Random directions neither help nor hinder each other."""
    drawn = [dense(loaded(twin_of(words, n), DrawnTwin(words.sha256, n))) for n in range(1, 17)]
    whole = {key: sum(one[key] for one in drawn) for key in drawn[0]}
    assert _length(whole) / _length(drawn[0]) == pytest.approx(4.0, rel=0.05)


def test_threads_decide_nothing(loaded, words):
    before, seen = torch.get_num_threads(), []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        seen.append(dense(loaded(twin_of(words, 1), DrawnTwin(words.sha256, 1))))
    torch.set_num_threads(before)
    assert all(torch.equal(seen[0][key], seen[1][key]) for key in seen[0])


def test_twins_are_merged_as_any_adapter(engine, words):
    started = engine(DrawnTwin(words.sha256, 1))
    base = GenerationRequest(
        checkpoint=CheckpointRef("sd"),
        sampling=Sampling(prompt="a cat", steps=2, width=32, height=32),
    )
    pictures = [
        started.render(
            msgspec.structs.replace(base, adapters=stack), TOKEN, lambda step: None
        ).picture
        for stack in ((), (words,), (twin_of(words, 1),), ())
    ]
    assert pictures[0] == pictures[3]
    assert len({picture.rgb for picture in pictures}) == 3


def test_a_file_that_has_changed_or_gone_has_no_twin(loaded, words, tmp_path: Path):
    twin = DrawnTwin(words.sha256, 1)
    other = tmp_path / "words.safetensors"
    applied = twin_of(msgspec.structs.replace(words, path=str(other)), 1)
    with pytest.raises(AdapterError, match="no longer there"):
        loaded(applied, twin)
    tensors = load_file(words.path)
    save_file({name: tensor * 2 for name, tensor in tensors.items()}, other)
    with pytest.raises(AdapterError, match="has changed"):
        loaded(applied, twin)


def _length(weights) -> float:
    return sum(weight.square().sum().item() for weight in weights.values()) ** 0.5


def _cosine(one, other) -> float:
    return abs((one * other).sum() / (one.norm() * other.norm())).item()

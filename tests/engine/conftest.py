from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from loraviewer.adapters.files.hashing import file_sha256
from loraviewer.core.cancel import CancelToken
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from loraviewer.core.stack import AppliedAdapter
from loraviewer.engine.opening import offline
from loraviewer.engine.studio_engine import StudioEngine
from tests.listeners import silent

Request = Callable[..., GenerationRequest]


@pytest.fixture(scope="package", autouse=True)
def _one_quiet_thread() -> Iterator[None]:
    offline.seal()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def loaded_engine(tiny_folder) -> StudioEngine:
    engine = StudioEngine("cpu")
    engine.load_checkpoint(str(tiny_folder / "sd"), CancelToken(), silent)
    return engine


@pytest.fixture
def engine(loaded_engine) -> StudioEngine:
    """One engine for all tests: back to its base and with empty caches."""
    start_over(loaded_engine)
    return loaded_engine


@pytest.fixture
def style(tiny_folder) -> AppliedAdapter:
    """An adapter of the UNet alone, at strength 1."""
    return applied(tiny_folder / "style.safetensors")


@pytest.fixture
def words(tiny_folder) -> AppliedAdapter:
    """An adapter of the UNet and the text encoder, at strength 1."""
    return applied(tiny_folder / "words.safetensors")


@pytest.fixture
def request_for() -> Request:
    def build(*adapters: AppliedAdapter, **sampling) -> GenerationRequest:
        values = {"prompt": "a red cat", "steps": 3, "width": 32, "height": 32, **sampling}
        return GenerationRequest(
            checkpoint=CheckpointRef("anything"),
            adapters=tuple(sorted(adapters)),
            sampling=Sampling(**values),
        )

    return build


def start_over(engine: StudioEngine) -> None:
    """As `recover`, without its garbage collection, which takes longer than a test."""
    assert engine._loaded
    engine._loaded.merger.restore()
    engine._loaded.prompts.clear()
    engine._pictures.forget()


def applied(path: Path, scale: float = 1.0, text_scale: float | None = None) -> AppliedAdapter:
    text = scale if text_scale is None else text_scale
    return AppliedAdapter(file_sha256(path), scale, text, path.stem, str(path))
